# Blocks of the files `variables.tf` and `outputs.tf`, as in blocks.tf.
# ----
variable "NAME" {
  description = "Name of the WORD, unique in its account"
  type        = string
}
# ----
variable "NAME" {
  description = "How many of WORD there are"
  type        = number
  default     = NUMBER
}
# ----
variable "NAME" {
  description = <<-EOT
    Subnets in which WORD runs. They have to lie in at least two zones,
    and a route to the internet is not needed.
  EOT
  type        = list(string)
  default     = []
}
# ----
variable "NAME" {
  type = object({
    enabled  = bool
    schedule = optional(string, "cron(0 3 * * ? *)")
    targets  = map(string)
  })
  default = {
    enabled = false
    targets = {}
  }

  validation {
    condition     = length(var.NAME.targets) < NUMBER
    error_message = "WORD takes fewer targets than that."
  }
}
# ----
output "NAME" {
  description = "ARN of WORD"
  value       = aws_lambda_function.NAME.arn
}
# ----
output "NAME" {
  description = "Where WORD is reached"
  value       = "https://WORD.${var.domain}"
  sensitive   = false
}
