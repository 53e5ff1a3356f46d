//! What code tells of the major of the provider that it is written for.

use syntax::hcl::{Block, Document};
use syntax::lexer::is_name;

/// What has an argument `region` before 6.0.0: all of 5.100.0, by its schema, and buckets, of which it
/// was one until 3.0 (upgrade guide of version 3). In 6.0.0 and later nearly every type has one
/// ("Enhanced Region Support", the provider's documentation).
const WITH_REGION: [(&str, &str); 18] = [
    ("resource", "aws_cloudformation_stack_set_instance"),
    ("resource", "aws_config_aggregate_authorization"),
    ("resource", "aws_opsworks_stack"),
    ("resource", "aws_s3_bucket"),
    ("resource", "aws_servicequotas_template"),
    ("data", "aws_apprunner_hosted_zone_id"),
    ("data", "aws_cloudfront_log_delivery_canonical_user_id"),
    ("data", "aws_cloudtrail_service_account"),
    ("data", "aws_elastic_beanstalk_hosted_zone"),
    ("data", "aws_elb_hosted_zone_id"),
    ("data", "aws_elb_service_account"),
    ("data", "aws_lb_hosted_zone_id"),
    ("data", "aws_redshift_service_account"),
    ("data", "aws_sagemaker_prebuilt_ecr_image"),
    ("data", "aws_service"),
    ("data", "aws_service_principal"),
    ("data", "aws_servicequotas_templates"),
    ("data", "aws_vpc_peering_connection"),
];

/// The major that a document cannot be older than, and what tells so, with its place.
pub fn written_for(document: &Document) -> Option<(u64, String)> {
    let kinds = ["resource", "data", "ephemeral"].into_iter();
    let blocks = kinds.flat_map(|kind| {
        let tops = document.top_blocks(kind);
        tops.filter(|top| may_set_region(&document.text()[top.span()]))
    });
    let mut blocks = blocks.filter_map(|top| top.parse().ok());
    let block = blocks.find(has_region)?;
    let at = block.location();
    let type_name = block.label(0).unwrap_or_default();
    let path = at.path.display();
    Some((6, format!("`region` in `{type_name}` ({path}:{})", at.line)))
}

/// Whether an argument `region` may stand in a block that is not parsed: most mention one and have none.
fn may_set_region(block: &str) -> bool {
    let mut words = block.match_indices("region");
    words.any(|(at, word)| {
        let before = block[..at].bytes().last();
        let is_whole = !before.is_some_and(|byte| is_name(byte) || byte == b'.');
        is_whole && block[at + word.len()..].trim_start().starts_with('=')
    })
}

/// Whether a block has the `region` that provider 6 brought.
fn has_region(block: &Block<'_>) -> bool {
    let type_name = block.label(0).unwrap_or_default();
    type_name.starts_with("aws_")
        && !WITH_REGION.contains(&(block.kind(), type_name))
        && block.attribute("region").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_on_a_resource_tells_that_provider_6_is_in_use() {
        let reported = |text: &str| {
            let document = Document::new("a/main.tf".into(), text.to_owned()).unwrap();
            written_for(&document)
        };
        let six = reported("\nresource \"aws_vpc\" \"x\" {\n  region = \"eu-west-1\"\n}\n");
        assert_eq!(
            six,
            Some((6, "`region` in `aws_vpc` (a/main.tf:2)".to_owned()))
        );
        assert!(reported("data \"aws_vpc\" \"x\" {\n  region = var.region\n}\n").is_some());
        for text in [
            "resource \"aws_s3_bucket\" \"x\" {\n  region = \"eu-west-1\"\n}\n",
            "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n",
            "resource \"aws_vpc\" \"x\" {\n  tags = { region = 1 }\n}\n",
            "resource \"aws_opsworks_stack\" \"x\" {\n  region = \"eu-west-1\"\n}\n",
            "resource \"google_x\" \"x\" {\n  region = \"eu-west-1\"\n}\n",
            "data \"terraform_remote_state\" \"x\" {\n  config = { region = 1 }\n}\n",
        ] {
            assert_eq!(reported(text), None, "{text}");
        }
    }

    /// Every `region` at the top of a block in the schema of 5.100.0, as
    /// `terraform providers schema -json` lists them, and whether code can set it.
    const REGIONS_OF_5_100: [(&str, &str, bool); 25] = [
        ("resource", "aws_cloudformation_stack_set_instance", true),
        ("resource", "aws_config_aggregate_authorization", true),
        ("resource", "aws_dx_hosted_connection", false),
        ("resource", "aws_lightsail_bucket", false),
        ("resource", "aws_opsworks_stack", true),
        ("resource", "aws_s3_bucket", false),
        ("resource", "aws_servicequotas_template", true),
        ("data", "aws_apprunner_hosted_zone_id", true),
        ("data", "aws_arn", false),
        ("data", "aws_availability_zone", false),
        (
            "data",
            "aws_cloudfront_log_delivery_canonical_user_id",
            true,
        ),
        ("data", "aws_cloudtrail_service_account", true),
        ("data", "aws_elastic_beanstalk_hosted_zone", true),
        ("data", "aws_elb_hosted_zone_id", true),
        ("data", "aws_elb_service_account", true),
        ("data", "aws_lb_hosted_zone_id", true),
        ("data", "aws_redshift_service_account", true),
        ("data", "aws_s3_bucket", false),
        ("data", "aws_sagemaker_prebuilt_ecr_image", true),
        ("data", "aws_service", true),
        ("data", "aws_service_principal", true),
        ("data", "aws_servicequotas_templates", true),
        ("data", "aws_ssmincidents_replication_set", false),
        ("data", "aws_vpc_endpoint_service", false),
        ("data", "aws_vpc_peering_connection", true),
    ];

    #[test]
    fn region_tells_nothing_where_5_100_takes_it() {
        let reported = |kind: &str, type_name: &str| {
            let text = format!("{kind} \"{type_name}\" \"x\" {{\n  region = \"eu-west-1\"\n}}\n");
            let document = Document::new("a/main.tf".into(), text).unwrap();
            written_for(&document).is_some()
        };
        for (kind, type_name, is_argument) in REGIONS_OF_5_100 {
            // A bucket takes none since 3.0, and did before.
            let expected = !is_argument && (kind, type_name) != ("resource", "aws_s3_bucket");
            assert_eq!(reported(kind, type_name), expected, "{kind} {type_name}");
        }
        // The resource has none where the data source of the same name has one.
        assert!(reported("resource", "aws_vpc_peering_connection"));
        assert!(reported("ephemeral", "aws_secretsmanager_secret_version"));
    }
}
