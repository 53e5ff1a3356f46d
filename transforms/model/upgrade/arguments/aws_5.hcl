# What provider 5 does to configurations of provider 4.67: its schemas (4.67.0 and 5.100.0) side by
# side, and its upgrade guide.

resource "aws_db_instance" {
  rename "name" { to = "db_name" }
  delete "security_group_names" {
    when   = ["[]", "null"]
    review = true
    why    = "EC2-Classic is gone: name the groups in `vpc_security_group_ids`"
  }
  refer "id" {
    to    = "identifier"
    fails = false
    why   = "`id` is the resource id from 5.0 on; `identifier` is what `id` was"
  }
}

resource "aws_autoscaling_group" {
  convert "autoscaling_group_tags" {
    paths  = ["tags"]
    review = true
    why    = "write a `tag` block for each"
  }
}
