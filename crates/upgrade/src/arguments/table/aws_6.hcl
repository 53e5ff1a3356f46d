# What provider 6 does to configurations of provider 5.100: its schemas (5.100.0 and 6.25.0) side by
# side, and its upgrade guide.

provider "aws" {
  delete "endpoints" {
    names = ["iotanalytics", "iotevents", "lookoutmetrics", "opsworks", "sdb", "simpledb", "worklink"]
    why   = "the provider has no such endpoint any more: the URL goes with it"
  }
  manual "s3_us_east_1_regional_endpoint" {
    with   = ["s3_us_east_1_regional_endpoint = \"legacy\""]
    fails  = false
    needed = false
    help   = "take the argument out, or set it to `regional`, and see that it works: the global endpoint goes in 7"
  }
}

resource "aws_accessanalyzer_archive_rule" {
  bool "filter.exists" {}
}

resource "aws_alb_listener" {
  manual "mutual_authentication" {
    names = ["advertise_trust_store_ca_names", "ignore_client_certificate_expiry", "trust_store_arn"]
    with  = ["mode = \"off\"", "mode = \"passthrough\""]
    help  = "take it out, or verify: it is for `mode = \"verify\"` only"
  }
  missing "mutual_authentication.trust_store_arn" {
    with = ["mode = \"verify\""]
    help = "name it: `mode = \"verify\"` requires a trust store from 6.0 on"
  }
}

resource "aws_alb_target_group" {
  bool "preserve_client_ip" {}
}

resource "aws_api_gateway_account" {
  delete "reset_on_delete" {
    help = "take it out by a `removed` block to keep the settings of the account: destroying it resets them now"
  }
}

resource "aws_api_gateway_deployment" {
  manual "canary_settings" {
    help = "write an `aws_api_gateway_stage` and import the one that exists (`terraform import aws_api_gateway_stage.NAME REST_API_ID/STAGE_NAME`): the stage is a resource of its own"
  }
  manual "stage_description" {
    help = "write an `aws_api_gateway_stage` and import the one that exists (`terraform import aws_api_gateway_stage.NAME REST_API_ID/STAGE_NAME`): the stage is a resource of its own"
  }
  manual "stage_name" {
    help = "write an `aws_api_gateway_stage` and import the one that exists (`terraform import aws_api_gateway_stage.NAME REST_API_ID/STAGE_NAME`): the stage is a resource of its own"
  }
  manual "execution_arn" {
    help = "read it from the `aws_api_gateway_stage` that has the stage"
  }
  manual "invoke_url" {
    help = "read it from the `aws_api_gateway_stage` that has the stage"
  }
}

resource "aws_batch_compute_environment" {
  rename "compute_environment_name" {
    to    = "name"
    since = "6.0"
  }
  rename "compute_environment_name_prefix" {
    to    = "name_prefix"
    since = "6.0"
  }
}

resource "aws_batch_job_queue" {
  convert "batch_compute_environments" {
    paths  = ["compute_environments"]
    since  = "5.100"
    review = true
    help   = "write a `compute_environment_order` block for each, in their order"
  }
}

resource "aws_bedrock_model_invocation_logging_configuration" {
  index "logging_config" {
    since  = "6.0"
    review = true
  }
  index "logging_config.cloudwatch_config" {
    since  = "6.0"
    review = true
  }
  index "logging_config.cloudwatch_config.large_data_delivery_s3_config" {
    since  = "6.0"
    review = true
  }
  index "logging_config.s3_config" {
    since  = "6.0"
    review = true
  }
}

resource "aws_cloudformation_stack_set_instance" {
  manual "region" {
    fails  = false
    needed = false
    help   = "use `stack_set_instance_region`: `region` is deprecated in 6, and means the region of the provider from 7 on"
  }
}

resource "aws_cloudfront_key_value_store" {
  refer "id" {
    to     = "name"
    review = true
    fails  = false
    why    = "`id` is the one that AWS gave from 6.0 on: `name` is what `id` was"
  }
}

resource "aws_cloudfront_response_headers_policy" {
  delete "etag" {
    computed = true
  }
}

resource "aws_cloudtrail_event_data_store" {
  bool "suspend" {}
}

resource "aws_cognito_user_in_group" {
  manual "id" {
    fails = false
    why   = "`id` is user pool, group and user with commas between them from 6.0 on"
  }
}

resource "aws_config_aggregate_authorization" {
  manual "region" {
    fails  = false
    needed = false
    help   = "use `authorized_aws_region`: `region` is deprecated in 6, and means the region of the provider from 7 on"
  }
}

resource "aws_cur_report_definition" {
  missing "s3_prefix" {
    help = "name the prefix that the reports are stored under"
  }
}

resource "aws_db_instance" {
  manual "character_set_name" {
    with   = ["replicate_source_db", "restore_to_point_in_time", "s3_import", "snapshot_identifier"]
    fails  = false
    needed = false
    why    = "the two fail together, where both are set: the character set is that of what the instance is made from"
  }
}

resource "aws_dms_endpoint" {
  manual "s3_settings" {
    help = "write an `aws_dms_s3_endpoint`, import the endpoint there and take this one out of the state"
  }
}

resource "aws_dx_gateway_association" {
  rename "vpn_gateway_id" {
    to = "associated_gateway_id"
  }
}

resource "aws_dx_hosted_connection" {
  manual "region" {
    fails  = false
    needed = false
    help   = "use `connection_region`: `region` is deprecated in 6, and means the region of the provider from 7 on"
  }
}

resource "aws_ecs_task_definition" {
  delete "inference_accelerator" {}
}

resource "aws_eip" {
  convert "eip_domain" {
    paths = ["vpc"]
    since = "5.0"
    help  = "say `domain = \"vpc\"` where it is true: `vpc` is removed in 6.0"
  }
}

resource "aws_eks_addon" {
  convert "eks_addon_resolve_conflicts" {
    paths  = ["resolve_conflicts"]
    since  = "5.100"
    review = true
    help   = "say `resolve_conflicts_on_create` (`NONE` or `OVERWRITE`) and `resolve_conflicts_on_update` (`PRESERVE` too)"
  }
}

resource "aws_elasticache_cluster" {
  bool "auto_minor_version_upgrade" {}
}

resource "aws_elasticache_replication_group" {
  bool "at_rest_encryption_enabled" {}
  bool "auto_minor_version_upgrade" {}
  missing "auth_token_update_strategy" {
    with = ["auth_token"]
    why  = "it has to be said with `auth_token`: `ROTATE` is what it was without"
  }
}

resource "aws_evidently_feature" {
  bool "variations.value.bool_value" {}
}

resource "aws_flow_log" {
  convert "flow_log_group_name" {
    paths  = ["log_group_name"]
    review = true
    help   = "name the ARN of the log group in `log_destination`"
  }
}

resource "aws_guardduty_detector_feature" {
  set "additional_configuration" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_guardduty_organization_configuration" {
  convert "guardduty_auto_enable" {
    paths = ["auto_enable"]
    since = "5.100"
    help  = "say `auto_enable_organization_members`: `NEW` where it is true, `NONE` where it is false"
  }
}

resource "aws_imagebuilder_container_recipe" {
  bool "instance_configuration.block_device_mapping.ebs" {
    names = ["delete_on_termination", "encrypted"]
  }
}

resource "aws_imagebuilder_image_recipe" {
  bool "block_device_mapping.ebs" {
    names = ["delete_on_termination", "encrypted"]
  }
}

resource "aws_instance" {
  convert "cpu_options" {
    paths = ["cpu_core_count", "cpu_threads_per_core"]
    help  = "write them into `cpu_options`, as `core_count` and `threads_per_core`"
  }
  manual "user_data" {
    fails = false
    help  = "see that it holds no secret, and move what is base64 into `user_data_base64`: plans and the state show it as it is, where a hash stood"
  }
}

resource "aws_launch_template" {
  bool "block_device_mappings.ebs" {
    names = ["delete_on_termination", "encrypted"]
  }
  bool "ebs_optimized" {}
  bool "network_interfaces" {
    names = ["associate_carrier_ip_address", "associate_public_ip_address", "delete_on_termination", "primary_ipv6"]
  }
  delete "elastic_gpu_specifications" {}
  delete "elastic_inference_accelerator" {}
}

resource "aws_lb_listener" {
  manual "mutual_authentication" {
    names = ["advertise_trust_store_ca_names", "ignore_client_certificate_expiry", "trust_store_arn"]
    with  = ["mode = \"off\"", "mode = \"passthrough\""]
    help  = "take it out, or verify: it is for `mode = \"verify\"` only"
  }
  missing "mutual_authentication.trust_store_arn" {
    with = ["mode = \"verify\""]
    help = "name it: `mode = \"verify\"` requires a trust store from 6.0 on"
  }
}

resource "aws_lb_target_group" {
  bool "preserve_client_ip" {}
}

resource "aws_macie2_classification_export_configuration" {
  missing "s3_destination" {
    help = "name the bucket and the key that findings are exported to"
  }
}

resource "aws_mq_broker" {
  bool "logs.audit" {}
}

resource "aws_networkmanager_core_network" {
  wrap "base_policy_region" {
    to    = "base_policy_regions"
    place = "first"
  }
}

resource "aws_opensearch_domain" {
  refer "kibana_endpoint" {
    to     = "dashboard_endpoint"
    review = true
    why    = "its path is another one: `/_dashboards`, not `/_plugin/kibana`"
  }
}

resource "aws_opensearchserverless_security_config" {
  index "saml_options" {
    since  = "6.0"
    review = true
  }
}

resource "aws_opsworks_application" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_custom_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_ecs_cluster_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_ganglia_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_haproxy_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_instance" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_java_app_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_memcached_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_mysql_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_nodejs_app_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_permission" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_php_app_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_rails_app_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_rds_db_instance" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_stack" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_static_web_layer" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_opsworks_user_profile" {
  removed_type {
    help = "destroy it or take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired OpsWorks Stacks"
  }
}

resource "aws_paymentcryptography_key" {
  index "key_attributes" {
    since  = "6.0"
    review = true
  }
  index "key_attributes.key_modes_of_use" {
    since  = "6.0"
    review = true
  }
}

resource "aws_redshift_cluster" {
  delete "cluster_public_key" {
    computed = true
  }
  delete "cluster_revision_number" {
    computed = true
  }
  delete "endpoint" {
    computed = true
  }
  manual "logging" {
    help = "write an `aws_redshift_logging` and import it by the identifier of the cluster: it is a resource of its own"
  }
  manual "snapshot_copy" {
    help = "write an `aws_redshift_snapshot_copy` and import it by the identifier of the cluster: it is a resource of its own"
  }
  pin "encrypted" {
    value  = "false"
    review = true
    fails  = false
    why    = "it is `true` without from 6.0 on: where the cluster is encrypted already, write `true`"
  }
  pin "publicly_accessible" {
    value  = "true"
    review = true
    fails  = false
    why    = "it is `false` without from 6.0 on"
  }
}

resource "aws_rekognition_stream_processor" {
  index "regions_of_interest.bounding_box" {
    since  = "6.0"
    review = true
  }
}

resource "aws_resiliencehub_resiliency_policy" {
  index "policy" {
    since  = "6.0"
    review = true
  }
  index "policy.az" {
    since  = "6.0"
    review = true
  }
  index "policy.hardware" {
    since  = "6.0"
    review = true
  }
  index "policy.region" {
    since  = "6.0"
    review = true
  }
  index "policy.software" {
    since  = "6.0"
    review = true
  }
}

resource "aws_s3_bucket" {
  refer "region" {
    to     = "bucket_region"
    since  = "6.0"
    fails  = false
    needed = false
    why    = "`region` is where the provider manages the bucket from 6.0 on"
  }
}

resource "aws_sagemaker_image_version" {
  refer "id" {
    to     = "image_name"
    review = true
    fails  = false
    why    = "`id` has the version behind the name from 6.0 on: `image_name` is what `id` was"
  }
}

resource "aws_sagemaker_notebook_instance" {
  delete "accelerator_types" {
    why = "Elastic Inference was retired by AWS: an `instance_type` with Inferentia is what is left"
  }
}

resource "aws_servicequotas_template" {
  manual "region" {
    fails  = false
    needed = false
    help   = "use `aws_region`: `region` is deprecated in 6, and means the region of the provider from 7 on"
  }
}

resource "aws_simpledb_domain" {
  removed_type {
    help = "take it out of the state (`terraform state rm`) with the provider of today, then take the block out: the provider knows no SimpleDB any more"
  }
}

resource "aws_spot_fleet_request" {
  bool "terminate_instances_on_delete" {}
}

resource "aws_spot_instance_request" {
  convert "cpu_options" {
    paths = ["cpu_core_count", "cpu_threads_per_core"]
    help  = "write them into `cpu_options`, as `core_count` and `threads_per_core`"
  }
  delete "block_duration_minutes" {}
  manual "network_interface.network_card_index" {
    computed = true
    help     = "take it out where it is 0, which it is without: it is read only from 6.1 on"
  }
}

resource "aws_ssm_association" {
  convert "ssm_association_instance" {
    paths = ["instance_id"]
    help  = "write `targets` with the key `InstanceIds`"
  }
}

resource "aws_ssmincidents_replication_set" {
  manual "region" {
    fails  = false
    needed = false
    help   = "use `regions`: `region` is deprecated in 6, and means the region of the provider from 7 on"
  }
}

resource "aws_ssoadmin_account_assignment" {
  missing "target_type" {
    why = "`AWS_ACCOUNT` is the only one there is"
  }
}

resource "aws_verifiedpermissions_schema" {
  index "definition" {
    since  = "6.0"
    review = true
  }
}

resource "aws_wafv2_web_acl" {
  pin "rule.statement.managed_rule_group_statement.managed_rule_group_configs.aws_managed_rules_bot_control_rule_set.enable_machine_learning" {
    value  = "true"
    review = true
    fails  = false
    why    = "it is `false` without from 6.0 on"
  }
}

resource "aws_worklink_fleet" {
  removed_type {
    help = "take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired WorkLink"
  }
}

resource "aws_worklink_website_certificate_authority_association" {
  removed_type {
    help = "take it out of the state (`terraform state rm`) with the provider of today, then take the block out: AWS retired WorkLink"
  }
}

data "aws_ami" {
  manual "most_recent" {
    with    = ["most_recent = true"]
    without = ["owners", "filter.name = \"image-id\"", "filter.name = \"owner-id\"", "allow_unsafe_filter"]
    help    = "say whose it may be, `owners = [\"amazon\"]` or `[\"self\"]`: anyone can publish an image that fits"
  }
}

data "aws_batch_compute_environment" {
  rename "compute_environment_name" {
    to    = "name"
    since = "6.0"
  }
}

data "aws_ecs_task_definition" {
  delete "inference_accelerator" {
    help = "take out what reads it: AWS retired Elastic Inference"
  }
}

data "aws_ecs_task_execution" {
  delete "overrides.inference_accelerator_overrides" {}
}

data "aws_globalaccelerator_accelerator" {
  delete "id" {
    computed = true
  }
}

data "aws_identitystore_group" {
  convert "identitystore_filter" {
    paths = ["filter"]
    help  = "write it as `unique_attribute` into `alternate_identifier`"
  }
}

data "aws_identitystore_user" {
  convert "identitystore_filter" {
    paths = ["filter"]
    help  = "write it as `unique_attribute` into `alternate_identifier`"
  }
}

data "aws_launch_template" {
  delete "elastic_gpu_specifications" {
    help = "take out what reads it: AWS retired Elastic Graphics"
  }
  delete "elastic_inference_accelerator" {
    help = "take out what reads it: AWS retired Elastic Inference"
  }
}

data "aws_lb_listener_rule" {
  index "action.authenticate_cognito" {
    since  = "6.0"
    review = true
  }
  index "action.authenticate_oidc" {
    since  = "6.0"
    review = true
  }
  index "action.fixed_response" {
    since  = "6.0"
    review = true
  }
  index "action.forward" {
    since  = "6.0"
    review = true
  }
  index "action.forward.stickiness" {
    since  = "6.0"
    review = true
  }
  index "action.redirect" {
    since  = "6.0"
    review = true
  }
  index "condition.host_header" {
    since  = "6.0"
    review = true
  }
  index "condition.http_header" {
    since  = "6.0"
    review = true
  }
  index "condition.http_request_method" {
    since  = "6.0"
    review = true
  }
  index "condition.path_pattern" {
    since  = "6.0"
    review = true
  }
  index "condition.query_string" {
    since  = "6.0"
    review = true
  }
  index "condition.source_ip" {
    since  = "6.0"
    review = true
  }
}

data "aws_opensearch_domain" {
  refer "kibana_endpoint" {
    to     = "dashboard_endpoint"
    review = true
    why    = "its path is another one: `/_dashboards`, not `/_plugin/kibana`"
  }
}

data "aws_opensearchserverless_security_config" {
  index "saml_options" {
    since  = "6.0"
    review = true
  }
}

data "aws_quicksight_data_set" {
  manual "tags_all" {
    help = "read `tags`, or take out what reads it"
  }
}

data "aws_redshift_service_account" {
  removed_type {
    help = "name the service in the policy instead: `Service = \"redshift.amazonaws.com\"`"
  }
}

data "aws_region" {
  rename "name" {
    to     = "region"
    since  = "6.0"
    fails  = false
    needed = false
    why    = "`name` is deprecated in 6"
  }
}

data "aws_s3_bucket" {
  refer "region" {
    to     = "bucket_region"
    since  = "6.0"
    fails  = false
    needed = false
    why    = "`region` is where the provider looks for the bucket from 6.0 on"
  }
}

data "aws_service_discovery_service" {
  manual "tags_all" {
    help = "read `tags`, or take out what reads it"
  }
}

data "aws_servicequotas_templates" {
  manual "region" {
    fails  = false
    needed = false
    help   = "use `aws_region`: `region` is deprecated in 6, and means the region of the provider from 7 on"
  }
}

data "aws_ssmincidents_replication_set" {
  manual "region" {
    fails  = false
    needed = false
    help   = "use `regions`: `region` is deprecated in 6, and means the region of the provider from 7 on"
  }
}

data "aws_vpc_endpoint_service" {
  manual "region" {
    fails  = false
    needed = false
    help   = "use `service_region`: `region` is deprecated in 6, and means the region of the provider from 7 on"
  }
}

data "aws_vpc_peering_connection" {
  manual "region" {
    fails  = false
    needed = false
    help   = "use `requester_region`: `region` is deprecated in 6, and means the region of the provider from 7 on"
  }
}
