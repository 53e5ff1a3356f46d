# What provider 4 refuses already of code of older majors, and 5 with it: arguments and attributes that
# the upgrade guides of versions 2, 3 and 4 name as removed, and that the schema of 5.100.0 does not
# have. What else those majors change is not here.

provider "aws" {
  rename "endpoints.kinesis_analytics" {
    to     = "kinesisanalytics"
    needed = false
  }
  rename "endpoints.r53" {
    to     = "route53"
    needed = false
  }
}

data "aws_availability_zones" {
  rename "blacklisted_names" {
    to     = "exclude_names"
    needed = false
  }
  rename "blacklisted_zone_ids" {
    to     = "exclude_zone_ids"
    needed = false
  }
}

data "aws_iam_role" {
  refer "assume_role_policy_document" {
    to     = "assume_role_policy"
    needed = false
  }
  refer "role_id" {
    to     = "unique_id"
    needed = false
  }
  rename "role_name" {
    to     = "name"
    needed = false
  }
}

data "aws_lambda_invocation" {
  manual "result_map" {
    needed = false
    help   = "read it from `jsondecode()` of `result`"
  }
}

data "aws_region" {
  delete "current" { needed = false }
}

resource "aws_acm_certificate" {
  set "domain_validation_options" {
    review = true
    needed = false
    why    = "it is a set since 3.0, which has no order: where it has several elements, look at the first plan"
  }
  set "subject_alternative_names" {
    review = true
    needed = false
    why    = "it is a set since 3.0, which has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_alb_listener_rule" {
  manual "condition.field" {
    needed = false
    help   = "write a `host_header` or a `path_pattern` block with `values` into `condition`"
  }
}

resource "aws_cloudfront_distribution" {
  rename "cache_behavior" {
    to     = "ordered_cache_behavior"
    review = true
    needed = false
    why    = "the order of these blocks counts: the first has precedence"
  }
  manual "active_trusted_signers" {
    needed = false
    help   = "use `trusted_signers` instead, which is a list"
  }
}

resource "aws_cognito_user_pool" {
  manual "admin_create_user_config.unused_account_validity_days" {
    needed = false
    help   = "use `temporary_password_validity_days` in `password_policy`"
  }
}

resource "aws_dx_gateway_association_proposal" {
  rename "vpn_gateway_id" {
    to     = "associated_gateway_id"
    needed = false
  }
}

resource "aws_ecs_service" {
  rename "placement_strategy" {
    to     = "ordered_placement_strategy"
    review = true
    needed = false
    why    = "the order of these blocks counts: the first has precedence"
  }
}

resource "aws_efs_file_system" {
  rename "reference_name" {
    to     = "creation_token"
    needed = false
  }
}

resource "aws_elasticache_cluster" {
  rename "availability_zones" {
    to     = "preferred_availability_zones"
    review = true
    needed = false
    why    = "`preferred_availability_zones` takes a list, in order"
  }
}

resource "aws_elasticache_global_replication_group" {
  refer "actual_engine_version" {
    to     = "engine_version_actual"
    needed = false
  }
}

resource "aws_emr_cluster" {
  manual "core_instance_count" {
    needed = false
    help   = "write `instance_count` into `core_instance_group`"
  }
  manual "core_instance_type" {
    needed = false
    help   = "write `instance_type` into `core_instance_group`"
  }
  manual "instance_group" {
    needed = false
    help   = "write `master_instance_group` and `core_instance_group`, and tasks as an `aws_emr_instance_group`"
  }
  manual "master_instance_type" {
    needed = false
    help   = "write `instance_type` into `master_instance_group`"
  }
}

resource "aws_glue_job" {
  rename "allocated_capacity" {
    to     = "max_capacity"
    needed = false
  }
}

resource "aws_iam_access_key" {
  refer "ses_smtp_password" {
    to     = "ses_smtp_password_v4"
    review = true
    needed = false
    why    = "the password is another one, of Signature Version 4: what uses it has to get it"
  }
}

resource "aws_iam_instance_profile" {
  manual "roles" {
    needed = false
    help   = "name the one role in `role`"
  }
}

resource "aws_instance" {
  refer "network_interface_id" {
    to     = "primary_network_interface_id"
    needed = false
  }
}

resource "aws_lb_listener_rule" {
  manual "condition.field" {
    needed = false
    help   = "write a `host_header` or a `path_pattern` block with `values` into `condition`"
  }
}

resource "aws_network_acl" {
  wrap "subnet_id" {
    to     = "subnet_ids"
    place  = "last"
    needed = false
  }
}

resource "aws_redshift_cluster" {
  manual "bucket_name" {
    needed = false
    help   = "write it into a `logging` block, from 6 on into an `aws_redshift_logging`"
  }
  manual "enable_logging" {
    needed = false
    help   = "write it into a `logging` block as `enable`, from 6 on into an `aws_redshift_logging`"
  }
  manual "s3_key_prefix" {
    needed = false
    help   = "write it into a `logging` block, from 6 on into an `aws_redshift_logging`"
  }
}

resource "aws_route53_zone" {
  manual "vpc_id" {
    needed = false
    help   = "write it into a `vpc` block"
  }
  manual "vpc_region" {
    needed = false
    help   = "write it into a `vpc` block"
  }
}

resource "aws_s3_bucket" {
  delete "hosted_zone_id" {
    review   = true
    needed   = false
    computed = true
    why      = "the provider sets it: it can still be read"
  }
  manual "region" {
    until    = "6"
    needed   = false
    computed = true
    help     = "remove it where the bucket is there, unless the module runs on 6: before 6 it is that of the provider"
  }
  delete "website_domain" {
    review   = true
    needed   = false
    computed = true
    why      = "the provider sets it: it can still be read"
  }
  delete "website_endpoint" {
    review   = true
    needed   = false
    computed = true
    why      = "the provider sets it: it can still be read"
  }
}

resource "aws_wafregional_byte_match_set" {
  rename "byte_match_tuple" {
    to     = "byte_match_tuples"
    needed = false
  }
}
