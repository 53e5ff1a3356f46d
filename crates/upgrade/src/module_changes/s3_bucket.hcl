# What upgrade guides of terraform-aws-modules/s3-bucket/aws list as changing resources.
# Source: UPGRADE-3.0.md in the module's docs.

source = "terraform-aws-modules/s3-bucket/aws"

guide "3.0.0" {
  resources = ["aws_s3_bucket.this"]
  effect    = "each part of the bucket becomes a resource of its own, to be imported or applied again"
}
guide "3.0.0" {
  resources = ["aws_s3_bucket_acl.this"]
  unless    = ["acl"]
  effect    = "no ACL is set by default"
}
guide "3.0.0" {
  submodule = "modules/object"
  resources = ["aws_s3_object.this"]
  effect    = "it has another type, and the object is created again unless it is imported"
}
