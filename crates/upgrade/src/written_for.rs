//! What code tells of the major of the provider that it is written for.

use syntax::hcl::{Block, Document};

/// The types that have an argument `region` in 5.100.0, by its schema. In 6.0.0 and later nearly
/// every type has one ("Enhanced Region Support", the provider's documentation).
const WITH_REGION: [&str; 17] = [
    "aws_apprunner_hosted_zone_id",
    "aws_cloudformation_stack_set_instance",
    "aws_cloudfront_log_delivery_canonical_user_id",
    "aws_cloudtrail_service_account",
    "aws_config_aggregate_authorization",
    "aws_elastic_beanstalk_hosted_zone",
    "aws_elb_hosted_zone_id",
    "aws_elb_service_account",
    "aws_lb_hosted_zone_id",
    "aws_opsworks_stack",
    "aws_redshift_service_account",
    "aws_sagemaker_prebuilt_ecr_image",
    "aws_service",
    "aws_service_principal",
    "aws_servicequotas_template",
    "aws_servicequotas_templates",
    "aws_vpc_peering_connection",
];

/// The major that a document cannot be older than, and what tells so, with its place.
pub fn written_for(document: &Document) -> Option<(u64, String)> {
    let kinds = ["resource", "data"].into_iter();
    let blocks = kinds.flat_map(|kind| {
        let tops = document.top_blocks(kind);
        tops.filter(|top| document.text()[top.span()].contains("region"))
    });
    let mut blocks = blocks.filter_map(|top| top.parse().ok());
    let block = blocks.find(has_region)?;
    let at = block.location();
    let type_name = block.label(0).unwrap_or_default();
    let path = at.path.display();
    Some((6, format!("`region` in `{type_name}` ({path}:{})", at.line)))
}

/// Whether a block has the `region` that provider 6 brought.
fn has_region(block: &Block<'_>) -> bool {
    let type_name = block.label(0).unwrap_or_default();
    type_name.starts_with("aws_")
        && !WITH_REGION.contains(&type_name)
        && block.attribute("region").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_on_a_resource_tells_that_provider_6_is_in_use() {
        let told = |text: &str| {
            let document = Document::new("a/main.tf".into(), text.to_owned()).unwrap();
            written_for(&document)
        };
        let six = told("\nresource \"aws_vpc\" \"x\" {\n  region = \"eu-west-1\"\n}\n");
        assert_eq!(
            six,
            Some((6, "`region` in `aws_vpc` (a/main.tf:2)".to_owned()))
        );
        assert!(told("data \"aws_vpc\" \"x\" {\n  region = var.region\n}\n").is_some());
        for text in [
            "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n",
            "resource \"aws_vpc\" \"x\" {\n  tags = { region = 1 }\n}\n",
            "resource \"aws_opsworks_stack\" \"x\" {\n  region = \"eu-west-1\"\n}\n",
            "resource \"google_x\" \"x\" {\n  region = \"eu-west-1\"\n}\n",
            "data \"terraform_remote_state\" \"x\" {\n  config = { region = 1 }\n}\n",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
