# What provider 5 does to configurations of provider 4.67: its schemas (4.67.0 and 5.100.0) side by
# side, and its upgrade guide.

provider "aws" {
  convert "assume_role_duration" {
    paths = ["assume_role.duration_seconds"]
    why   = "`duration` takes a number with its unit, as in `\"3600s\"`"
  }
  rename "s3_force_path_style" { to = "s3_use_path_style" }
  wrap "shared_credentials_file" {
    to    = "shared_credentials_files"
    place = "last"
  }
  delete "skip_get_ec2_platforms" {}
  delete "endpoints" {
    names = [
      "alexaforbusiness", "amplifybackend", "amplifyuibuilder", "apigatewaymanagementapi",
      "appconfigdata", "applicationcostprofiler", "applicationdiscovery",
      "applicationdiscoveryservice", "augmentedairuntime", "backupgateway", "billingconductor",
      "braket", "chimesdkidentity", "chimesdkmeetings", "chimesdkmessaging", "clouddirectory",
      "cloudsearchdomain", "codestar", "cognitosync", "comprehendmedical", "connectcontactlens",
      "connectparticipant", "connectwisdomservice", "discovery", "dynamodbstreams", "ebs",
      "ec2instanceconnect", "elasticinference", "finspacedata", "forecast", "forecastquery",
      "forecastqueryservice", "forecastservice", "frauddetector", "greengrassv2", "health",
      "honeycode", "iot1clickdevices", "iot1clickdevicesservice", "iot1clickprojects",
      "iotdata", "iotdataplane", "iotdeviceadvisor", "ioteventsdata", "iotfleethub",
      "iotjobsdata", "iotjobsdataplane", "iotsecuretunneling", "iotsitewise", "iotthingsgraph",
      "iottwinmaker", "iotwireless", "kinesisvideoarchivedmedia", "kinesisvideomedia",
      "kinesisvideosignaling", "kinesisvideosignalingchannels", "lexruntime",
      "lexruntimeservice", "lexruntimev2", "lexv2runtime", "lookoutequipment",
      "lookoutforvision", "lookoutvision", "machinelearning", "macie", "managedblockchain",
      "marketplacecatalog", "marketplacecommerceanalytics", "marketplaceentitlement",
      "marketplaceentitlementservice", "marketplacemetering", "mediastoredata", "mediatailor",
      "meteringmarketplace", "mgh", "migrationhub", "migrationhubconfig",
      "migrationhubrefactorspaces", "migrationhubstrategy",
      "migrationhubstrategyrecommendations", "mobile", "mturk", "nimble", "nimblestudio",
      "opsworkscm", "panorama", "personalize", "personalizeevents", "personalizeruntime", "pi",
      "pinpointemail", "pinpointsmsvoice", "proton", "qldbsession", "rdsdata", "rdsdataservice",
      "robomaker", "route53recoverycluster", "sagemakera2iruntime", "sagemakeredge",
      "sagemakeredgemanager", "sagemakerfeaturestoreruntime", "sagemakerruntime",
      "savingsplans", "sms", "snowball", "snowdevicemanagement", "ssooidc", "support",
      "textract", "transcribestreaming", "transcribestreamingservice", "translate", "voiceid",
      "wisdom", "workdocs", "workmail", "workmailmessageflow",
    ]
    why = "the provider has no such endpoint any more: the URL goes with it"
  }
}

data "aws_connect_hours_of_operation" {
  refer "hours_of_operation_arn" { to = "arn" }
}

data "aws_db_instance" {
  manual "db_security_groups" { help = "remove it: AWS retired EC2-Classic" }
}

data "aws_dms_replication_instance" {
  manual "allow_major_version_upgrade" {
    help = "take the reference out: the data source no longer returns it"
  }
  manual "apply_immediately" {
    help = "take the reference out: the data source no longer returns it"
  }
}

data "aws_elasticache_cluster" {
  manual "security_group_names" { help = "remove it: AWS retired EC2-Classic" }
}

data "aws_elasticache_replication_group" {
  refer "number_cache_clusters" { to = "num_cache_clusters" }
  refer "replication_group_description" { to = "description" }
}

data "aws_iam_policy_document" {
  wrap "source_json" {
    to    = "source_policy_documents"
    place = "first"
  }
  wrap "override_json" {
    to    = "override_policy_documents"
    place = "last"
  }
}

data "aws_identitystore_group" {
  convert "identitystore_filter" {
    paths  = ["filter"]
    fails  = false
    needed = false
    help   = "write it as `unique_attribute` into `alternate_identifier`"
  }
}

data "aws_identitystore_user" {
  convert "identitystore_filter" {
    paths  = ["filter"]
    fails  = false
    needed = false
    help   = "write it as `unique_attribute` into `alternate_identifier`"
  }
}

data "aws_launch_configuration" {
  manual "vpc_classic_link_id" { help = "remove it: AWS retired EC2-Classic" }
  manual "vpc_classic_link_security_groups" {
    help = "remove it: AWS retired EC2-Classic"
  }
}

data "aws_neptune_engine_version" {
  set "exportable_log_types" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

data "aws_redshift_cluster" {
  manual "cluster_security_groups" {
    help = "remove it: AWS retired EC2-Classic"
  }
}

data "aws_secretsmanager_secret" {
  manual "rotation_enabled" {
    help = "read it from `data \"aws_secretsmanager_secret_rotation\"`"
  }
  manual "rotation_lambda_arn" {
    help = "read it from `data \"aws_secretsmanager_secret_rotation\"`"
  }
  manual "rotation_rules" {
    help = "read it from `data \"aws_secretsmanager_secret_rotation\"`"
  }
}

data "aws_subnet_ids" {
  convert "subnet_ids" {
    paths    = ["vpc_id"]
    computed = true
    help     = "use `data \"aws_subnets\"` with a `filter` by `vpc-id`"
  }
}

data "aws_vpc_ipam_pools" {
  manual "ipam_pools.ipam_pool_id" { help = "read `id` instead, and look at what it holds" }
}

data "aws_vpc_peering_connection" {
  manual "accepter" {
    fails  = false
    needed = false
    why    = "where `allow_classic_link_to_remote_vpc` or `allow_vpc_to_remote_classic_link` is read from it, take that out"
  }
  manual "requester" {
    fails  = false
    needed = false
    why    = "where `allow_classic_link_to_remote_vpc` or `allow_vpc_to_remote_classic_link` is read from it, take that out"
  }
}

resource "aws_acmpca_certificate_authority" {
  manual "status" { help = "take the reference out: the status is no longer returned" }
}

resource "aws_alb_listener" {
  delete "timeouts.read" {}
}

resource "aws_api_gateway_stage" {
  missing "canary_settings.deployment_id" {
    why = "the provider does not guess it any more"
  }
}

resource "aws_appflow_flow" {
  missing "source_flow_config.source_connector_properties.s3.bucket_prefix" {
    why = "the provider does not guess it any more"
  }
}

resource "aws_autoscaling_attachment" {
  rename "alb_target_group_arn" { to = "lb_target_group_arn" }
}

resource "aws_autoscaling_group" {
  convert "autoscaling_group_tags" {
    paths  = ["tags"]
    review = true
    help   = "write a `tag` block for each"
  }
  manual "instance_refresh.triggers" {
    with = ["triggers has \"tags\""]
    help = "name `tag`: `tags` is no argument any more"
  }
  manual "instance_refresh.triggers" {
    with    = ["triggers unknown"]
    without = ["triggers has \"tags\""]
    fails   = false
    needed  = false
    why     = "where `tags` is among them, it has to be `tag`: `tags` is no argument any more"
  }
}

resource "aws_budgets_budget" {
  convert "budget_cost_filters" {
    paths  = ["cost_filters"]
    review = true
    help   = "write a `cost_filter` block with `name` and `values` for each: a value with commas is several"
  }
}

resource "aws_ce_anomaly_subscription" {
  convert "anomaly_threshold" {
    paths  = ["threshold"]
    review = true
    help   = "write a `threshold_expression` with the dimension `ANOMALY_TOTAL_IMPACT_ABSOLUTE`"
  }
}

resource "aws_cloud9_environment_ec2" {
  missing "image_id" { help = "choose an AMI alias" }
}

resource "aws_cloudtrail" {
  set "insight_selector" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_cloudwatch_event_target" {
  missing "ecs_target.propagate_tags" {
    fails = false
    help  = "look at the first plan: it has no default any more"
  }
}

resource "aws_codebuild_project" {
  delete "source.auth" {
    review  = true
    without = ["auth.resource"]
    why     = "`auth` never had an effect on its own: `aws_codebuild_source_credential` holds credentials"
  }
  delete "secondary_sources.auth" {
    review  = true
    without = ["auth.resource"]
    why     = "`auth` never had an effect on its own: `aws_codebuild_source_credential` holds credentials"
  }
}

resource "aws_connect_hours_of_operation" {
  refer "hours_of_operation_arn" { to = "arn" }
}

resource "aws_connect_queue" {
  refer "quick_connect_ids_associated" { to = "quick_connect_ids" }
}

resource "aws_connect_routing_profile" {
  refer "queue_configs_associated" { to = "queue_configs" }
}

resource "aws_db_instance" {
  rename "name" { to = "db_name" }
  delete "security_group_names" {
    when   = ["[]", "null"]
    review = true
    help   = "name the groups in `vpc_security_group_ids`: AWS retired EC2-Classic"
  }
  refer "id" {
    to    = "identifier"
    fails = false
    why   = "`id` is the resource id from 5.0 on: `identifier` is what `id` was"
  }
}

resource "aws_db_proxy" {
  set "auth" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_db_security_group" {
  removed_type {
    help = "remove the block and `terraform state rm` it before the upgrade: AWS retired EC2-Classic"
  }
}

resource "aws_default_vpc" {
  delete "enable_classiclink" {
    when = ["false", "null"]
    help = "remove it: AWS retired EC2-Classic"
  }
  delete "enable_classiclink_dns_support" {
    when = ["false", "null"]
    help = "remove it: AWS retired EC2-Classic"
  }
}

resource "aws_dms_endpoint" {
  delete "s3_settings.ignore_headers_row" {
    review = true
    why    = "it never had an effect: `ignore_header_rows` skips rows"
  }
}

resource "aws_dms_event_subscription" {
  missing "source_type" { why = "the provider does not guess it any more" }
}

resource "aws_dms_replication_subnet_group" {
  delete "timeouts" {}
}

resource "aws_docdb_cluster" {
  manual "snapshot_identifier" {
    fails  = false
    needed = false
    why    = "from now on a change of it destroys the cluster"
  }
}

resource "aws_dx_gateway_association" {
  rename "vpn_gateway_id" { to = "associated_gateway_id" }
}

resource "aws_ec2_client_vpn_endpoint" {
  manual "status" { help = "take the reference out: the status is no longer returned" }
}

resource "aws_ec2_client_vpn_network_association" {
  manual "status" { help = "take the reference out: the status is no longer returned" }
  manual "security_groups" {
    help = "name them in `security_group_ids` of the `aws_ec2_client_vpn_endpoint`"
  }
}

resource "aws_ecs_cluster" {
  convert "ecs_cluster_capacity_providers" {
    paths  = ["capacity_providers", "default_capacity_provider_strategy"]
    review = true
    help   = "put them into an `aws_ecs_cluster_capacity_providers` of their own: a new resource that puts what is there already"
  }
}

resource "aws_eip" {
  convert "eip_domain" {
    paths  = ["vpc"]
    since  = "5.0"
    fails  = false
    needed = false
    help   = "say `domain = \"vpc\"` where it is true: `vpc` is deprecated, and removed in 6.0"
  }
}

resource "aws_elasticache_cluster" {
  delete "security_group_names" {
    when   = ["[]", "null"]
    review = true
    help   = "name the groups in `security_group_ids`: AWS retired EC2-Classic"
  }
}

resource "aws_elasticache_replication_group" {
  convert "elasticache_zones" {
    paths  = ["availability_zones"]
    review = true
    why    = "`preferred_cache_cluster_azs` takes a list, in order"
  }
  convert "elasticache_cluster_mode" {
    paths  = ["cluster_mode"]
    review = true
    why    = "its arguments stand in the resource itself from 5.0 on"
  }
  rename "number_cache_clusters" { to = "num_cache_clusters" }
  rename "replication_group_description" { to = "description" }
}

resource "aws_elasticache_security_group" {
  removed_type {
    help = "remove the block and `terraform state rm` it before the upgrade: AWS retired EC2-Classic"
  }
}

resource "aws_fsx_ontap_file_system" {
  missing "storage_capacity" { why = "the provider does not guess it any more" }
}

resource "aws_iam_role" {
  manual "role_last_used" { help = "read it from `data \"aws_iam_role\"`" }
}

resource "aws_kinesis_firehose_delivery_stream" {
  rename "extended_s3_configuration.buffer_size" {
    to    = "buffering_size"
    since = "5.0"
  }
  rename "extended_s3_configuration.buffer_interval" {
    to    = "buffering_interval"
    since = "5.0"
  }
  rename "extended_s3_configuration.s3_backup_configuration.buffer_size" {
    to    = "buffering_size"
    since = "5.0"
  }
  rename "extended_s3_configuration.s3_backup_configuration.buffer_interval" {
    to    = "buffering_interval"
    since = "5.0"
  }
  rename "redshift_configuration.s3_backup_configuration.buffer_size" {
    to    = "buffering_size"
    since = "5.0"
  }
  rename "redshift_configuration.s3_backup_configuration.buffer_interval" {
    to    = "buffering_interval"
    since = "5.0"
  }
  convert "firehose_s3_configuration" {
    paths  = ["s3_configuration"]
    review = true
    since  = "5.0"
    help   = "put it into the block of the destination, `extended_s3_configuration` where that is S3; its `buffer_*` are `buffering_*` from 5.0 on"
  }
  set "elasticsearch_configuration.processing_configuration.processors.parameters" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
  set "extended_s3_configuration.processing_configuration.processors.parameters" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
  set "http_endpoint_configuration.processing_configuration.processors.parameters" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
  set "opensearch_configuration.processing_configuration.processors.parameters" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
  set "redshift_configuration.processing_configuration.processors.parameters" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
  set "splunk_configuration.processing_configuration.processors.parameters" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_lakeformation_permissions" {
  set "permissions" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
  set "permissions_with_grant_option" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_launch_configuration" {
  delete "vpc_classic_link_id" {
    when = ["null", "[]"]
    help = "remove it: AWS retired EC2-Classic"
  }
  delete "vpc_classic_link_security_groups" {
    when = ["null", "[]"]
    help = "remove it: AWS retired EC2-Classic"
  }
}

resource "aws_launch_template" {
  missing "metadata_options.http_tokens" {
    fails = false
    help  = "look at the first plan: what `metadata_options` leaves out is up to AWS now"
  }
}

resource "aws_lb_listener" {
  delete "timeouts.read" {}
}

resource "aws_lightsail_instance" {
  refer "ipv6_address" { to = "ipv6_addresses[0]" }
}

resource "aws_macie_member_account_association" {
  removed_type {
    help = "remove the block, `terraform state rm` it before the upgrade, and use `aws_macie2_member`: AWS retired Macie Classic"
  }
}

resource "aws_macie_s3_bucket_association" {
  removed_type {
    help = "remove the block, `terraform state rm` it before the upgrade, and use `aws_macie2_classification_job`: AWS retired Macie Classic"
  }
}

resource "aws_medialive_channel" {
  rename "input_attachments.input_settings.audio_selector.selector_settings.audio_track_selection.track" {
    to = "tracks"
  }
  missing "input_attachments.input_settings.audio_selector.selector_settings.audio_track_selection.tracks" {
    without = ["track"]
    why     = "a selection of tracks names at least one"
  }
  manual "input_attachments.input_settings.caption_selector.selector_settings.dvb_tdt_settings" {
    why = "the upgrade guide of version 5 says what takes its place"
  }
  manual "input_attachments.input_settings.caption_selector.selector_settings.embedded_source_settings.source_608_track_number" {
    why = "the upgrade guide of version 5 says what takes its place"
  }
  set "vpc.availability_zones" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
  set "vpc.security_group_ids" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
  set "vpc.subnet_ids" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_medialive_multiplex_program" {
  rename "multiplex_program_settings.video_settings.statemux_settings" {
    to = "statmux_settings"
  }
}

resource "aws_msk_cluster" {
  convert "msk_volume_size" {
    paths = ["broker_node_group_info.ebs_volume_size"]
    help  = "write `volume_size` into an `ebs_storage_info` block in `storage_info`"
  }
}

resource "aws_neptune_cluster" {
  manual "snapshot_identifier" {
    fails  = false
    needed = false
    why    = "from now on a change of it destroys the cluster"
  }
}

resource "aws_networkmanager_core_network" {
  manual "policy_document" {
    help = "put it into an `aws_networkmanager_core_network_policy_attachment`"
  }
}

resource "aws_opensearch_domain" {
  missing "engine_version" {
    fails = false
    why   = "a new domain gets the newest release now"
  }
}

resource "aws_quicksight_data_set" {
  set "permissions" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_quicksight_folder" {
  set "permissions" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_rds_cluster" {
  manual "engine" {
    with = ["engine = \"aurora\""]
    help = "say what the cluster runs: `aurora` (MySQL 5.6) is not accepted any more"
  }
  missing "engine" {
    help = "say what the cluster runs: what it was without, `aurora` (MySQL 5.6), is not accepted any more"
  }
  manual "snapshot_identifier" {
    fails  = false
    needed = false
    why    = "from now on a change of it destroys the cluster"
  }
}

resource "aws_rds_cluster_instance" {
  convert "rds_cluster_instance_engine" {
    paths   = ["cluster_identifier"]
    without = ["engine"]
    review  = true
    why     = "`engine` is required: that of its cluster"
  }
}

resource "aws_quicksight_template" {
  manual "definition" {
    with = ["definition = *"]
    help = "write `definition` as one, and the lists of objects in it as blocks, too: it is a block now"
  }
  set "permissions" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_redshift_cluster" {
  delete "cluster_security_groups" {
    when   = ["[]", "null"]
    review = true
    help   = "name the groups in `vpc_security_group_ids`: AWS retired EC2-Classic"
  }
}

resource "aws_redshift_security_group" {
  removed_type {
    help = "remove the block and `terraform state rm` it before the upgrade: AWS retired EC2-Classic"
  }
}

resource "aws_redshiftserverless_workgroup" {
  set "config_parameter" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_route" {
  convert "route_instance" {
    paths    = ["instance_id"]
    review   = true
    computed = true
    help     = "name a `network_interface_id`"
  }
}

resource "aws_route_table" {
  convert "route_instance" {
    paths    = ["route.instance_id"]
    review   = true
    computed = true
    help     = "name a `network_interface_id`"
  }
}

resource "aws_s3_object" {
  missing "acl" {
    fails = false
    why   = "objects were given `private` without it until now"
    help  = "write `acl = \"private\"` where the bucket has ACLs and it matters"
  }
}

resource "aws_s3_object_copy" {
  missing "acl" {
    fails = false
    why   = "objects were given `private` without it until now"
    help  = "write `acl = \"private\"` where the bucket has ACLs and it matters"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" {
  missing "rule.noncurrent_version_expiration.noncurrent_days" {
    why = "it is required from 5.90 on"
  }
  missing "rule.noncurrent_version_transition.noncurrent_days" {
    why = "it is required from 5.90 on"
  }
}

resource "aws_secretsmanager_secret" {
  manual "rotation_enabled" { help = "read it from `aws_secretsmanager_secret_rotation`" }
  convert "secret_rotation" {
    paths  = ["rotation_lambda_arn", "rotation_rules"]
    since  = "5.33.0"
    review = true
    help   = "put both into an `aws_secretsmanager_secret_rotation`, with `rotate_immediately = false` where it must not rotate at once"
  }
}

resource "aws_servicecatalog_product" {
  manual "provisioning_artifact_parameters" {
    fails  = false
    needed = false
    why    = "from now on a change of it replaces the product"
  }
}

resource "aws_sesv2_configuration_set_event_destination" {
  set "event_destination.matching_event_types" {
    review = true
    why    = "a set has no order: where it has several elements, look at the first plan"
  }
}

resource "aws_sesv2_dedicated_ip_pool" {
  delete "timeouts" {}
}

resource "aws_vpc" {
  delete "enable_classiclink" {
    when = ["false", "null"]
    help = "remove it: AWS retired EC2-Classic"
  }
  delete "enable_classiclink_dns_support" {
    when = ["false", "null"]
    help = "remove it: AWS retired EC2-Classic"
  }
}

resource "aws_vpc_peering_connection" {
  delete "accepter.allow_classic_link_to_remote_vpc" {}
  delete "accepter.allow_vpc_to_remote_classic_link" {}
  delete "requester.allow_classic_link_to_remote_vpc" {}
  delete "requester.allow_vpc_to_remote_classic_link" {}
}

resource "aws_vpc_peering_connection_accepter" {
  delete "accepter.allow_classic_link_to_remote_vpc" {}
  delete "accepter.allow_vpc_to_remote_classic_link" {}
  delete "requester.allow_classic_link_to_remote_vpc" {}
  delete "requester.allow_vpc_to_remote_classic_link" {}
}

resource "aws_vpc_peering_connection_options" {
  delete "accepter.allow_classic_link_to_remote_vpc" {}
  delete "accepter.allow_vpc_to_remote_classic_link" {}
  delete "requester.allow_classic_link_to_remote_vpc" {}
  delete "requester.allow_vpc_to_remote_classic_link" {}
}

resource "aws_vpclattice_listener_rule" {
  missing "match.http_match" { why = "the provider does not guess it any more" }
}

resource "aws_wafv2_web_acl" {
  convert "waf_excluded_rule" {
    paths = ["rule.statement.managed_rule_group_statement.excluded_rule"]
    help  = "write a `rule_action_override` that counts"
  }
  convert "waf_excluded_rule" {
    paths = ["rule.statement.rule_group_reference_statement.excluded_rule"]
    since = "5.0"
    help  = "write a `rule_action_override` that counts"
  }
}

resource "aws_wafv2_web_acl_logging_configuration" {
  delete "redacted_fields.all_query_arguments" {
    review = true
    why    = "it never had an effect: that field is not redacted"
  }
  delete "redacted_fields.body" {
    review = true
    why    = "it never had an effect: that field is not redacted"
  }
  delete "redacted_fields.single_query_argument" {
    review = true
    why    = "it never had an effect: that field is not redacted"
  }
}
