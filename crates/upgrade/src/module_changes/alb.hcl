# What upgrade guides of terraform-aws-modules/alb/aws list as changing resources.
# Sources: UPGRADE-5.0.md, UPGRADE-9.0.md and UPGRADE-10.0.md in the module's docs.

source = "terraform-aws-modules/alb/aws"

guide "5.0.0" {
  resources = ["aws_lb.application_no_logs", "aws_lb_target_group.main_no_logs", "aws_lb_listener.frontend_http_tcp_no_logs", "aws_lb_listener.frontend_https_no_logs", "aws_lb_listener_certificate.https_listener_no_logs"]
  effect    = "balancers without logs move to the resources of those with logs; move their state, or they are replaced"
}
guide "9.0.0" {
  resources = ["aws_lb_target_group", "aws_lb_target_group_attachment"]
  arguments = ["target_groups"]
  effect    = "target groups are a map with one target each; move their state, or they are replaced"
}
guide "9.0.0" {
  resources = ["aws_lb_listener", "aws_lb_listener_rule", "aws_lb_listener_certificate"]
  arguments = ["http_tcp_listeners", "https_listeners", "http_tcp_listener_rules", "https_listener_rules", "extra_ssl_certs"]
  effect    = "listeners are one map, `listeners`; move their state, or they are replaced"
}
guide "9.0.0" {
  resources = ["aws_security_group_rule.this"]
  arguments = ["security_group_rules"]
  effect    = "rules are of another type, for ingress and egress, and are replaced"
}
guide "9.0.0" {
  resources = ["aws_lb.this"]
  effect    = "Name tags are removed"
}
guide "9.0.0" {
  resources = ["aws_lb.this"]
  unless    = ["enable_cross_zone_load_balancing"]
  effect    = "it balances across zones by default"
}
guide "9.0.0" {
  resources = ["aws_lb.this"]
  unless    = ["drop_invalid_header_fields"]
  effect    = "invalid header fields are dropped by default"
}
guide "9.0.0" {
  resources = ["aws_lb.this"]
  unless    = ["enable_deletion_protection"]
  effect    = "it is protected from deletion by default"
}
guide "9.0.0" {
  resources = ["aws_wafv2_web_acl_association.this"]
  arguments = ["web_acl_arn"]
  effect    = "it is destroyed unless `associate_web_acl` is set"
}
guide "10.0.0" {
  resources = ["aws_vpc_security_group_ingress_rule.this", "aws_vpc_security_group_egress_rule.this"]
  arguments = ["security_group_ingress_rules", "security_group_egress_rules"]
  effect    = "their Name tags are built another way"
}
guide "10.0.0" {
  resources = ["aws_lb_listener.this"]
  arguments = ["listeners"]
  effect    = "the default TLS policy is ELBSecurityPolicy-TLS13-1-3-2021-06"
}
