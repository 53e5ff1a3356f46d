# What upgrade guides of terraform-aws-modules/rds/aws list as changing resources.
# Sources: UPGRADE-4.0.md, UPGRADE-6.0.md and UPGRADE-7.0.md in the module's docs.

source = "terraform-aws-modules/rds/aws"

guide "4.0.0" {
  resources = ["aws_db_instance.this"]
  unless    = ["storage_encrypted"]
  effect    = "storage is encrypted by default, which replaces an instance that is not"
}
guide "4.0.0" {
  resources = ["aws_db_instance.this", "random_password.master_password"]
  unless    = ["create_random_password"]
  effect    = "a random password is set by default"
}
guide "4.0.0" {
  resources = ["aws_db_subnet_group.this"]
  unless    = ["create_db_subnet_group"]
  effect    = "it is not created by default, and would be destroyed"
}
guide "4.0.0" {
  resources = ["aws_db_instance.this_mssql"]
  effect    = "instances of SQL Server move to `aws_db_instance.this`; move their state, or they are replaced"
}
guide "4.0.0" {
  resources = ["aws_db_instance.this"]
  effect    = "the Name tag is removed, and the name of the final snapshot is built another way"
}
guide "6.0.0" {
  resources = ["random_password.master_password", "aws_db_instance.this"]
  unless    = ["manage_master_user_password"]
  effect    = "there is no random password; Secrets Manager manages the password by default, and rotates it"
}
guide "7.0.0" {
  resources = ["aws_db_instance.this"]
  arguments = ["password"]
  effect    = "the password is write-only: set `password_wo` and `password_wo_version`"
}
guide "7.0.0" {
  resources = ["aws_db_instance.this"]
  unless    = ["copy_tags_to_snapshot"]
  effect    = "tags are copied to snapshots by default"
}
