provider "aws" {
  region = var.region

  assume_role {
    role_arn = "arn:aws:iam::${var.account_id}:role/deploy"
  }
}

variable "account_id" {
  type    = string
  default = "111111111111"
}

variable "region" {
  type    = string
  default = "us-east-1"
}
