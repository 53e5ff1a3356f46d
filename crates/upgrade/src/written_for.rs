//! What code tells of the major of the provider that it is written for.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use syntax::code::sentence;
use syntax::hcl::{Block, Document};
use syntax::lexer::is_name;
use terraform::constraint::Version;

/// What has an argument `region` in 5.100.0, by its schema. In 6.0.0 and later nearly every type has one
/// ("Enhanced Region Support", the provider's documentation).
const WITH_REGION: [(&str, &str); 17] = [
    ("resource", "aws_cloudformation_stack_set_instance"),
    ("resource", "aws_config_aggregate_authorization"),
    ("resource", "aws_opsworks_stack"),
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

/// What has such an argument in old releases, too: of buckets it was one until 3.0, which a major in
/// between can only read (upgrade guide of version 3, "region Attribute Now Read-Only").
const WITH_REGION_BEFORE: [(&str, &str, Version); 1] =
    [("resource", "aws_s3_bucket", Version::new(3, 0, 0))];

/// A sign in code of the major of the provider that it is written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFor {
    /// The major.
    pub major: u64,
    /// What tells so, with its place.
    pub by: String,
    /// Releases before this one take it, too: it tells something only where they are not in use.
    pub before: Option<Version>,
}

impl WrittenFor {
    /// Of two signs the one that tells more.
    #[must_use]
    pub fn or(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if self.before > other.before => other,
            _ => self,
        }
    }

    /// Whether it tells something where no release before this one is in use.
    pub fn counts_from(&self, oldest: &Version) -> bool {
        self.before.as_ref().is_none_or(|before| before <= oldest)
    }
}

/// The sign in a document that tells most.
pub fn written_for(document: &Document) -> Option<WrittenFor> {
    // Most files that have providers, backends or calls have no such argument at all.
    if !may_set_region(document.text()) {
        return None;
    }
    let kinds = ["resource", "data", "ephemeral"].into_iter();
    let blocks = kinds.flat_map(|kind| {
        let tops = document.top_blocks(kind);
        tops.filter(|top| may_set_region(&document.text()[top.span()]))
    });
    let blocks = blocks.filter_map(|top| top.parse().ok());
    let signs = blocks.filter(has_region).map(|block| {
        let at = block.location();
        let type_name = block.label(0).unwrap_or_default();
        let mut old = WITH_REGION_BEFORE.into_iter();
        let old = old.find(|it| (it.0, it.1) == (block.kind(), type_name));
        WrittenFor {
            major: 6,
            by: sentence!(
                "`region` in `{type_name}` ({}:{})",
                at.path.display(),
                at.line
            ),
            before: old.map(|(_, _, before)| before),
        }
    });
    signs.reduce(|one, other| one.or(Some(other)))
}

/// Whether an argument `region` may stand in a block that is not parsed: most mention one and have none.
fn may_set_region(block: &str) -> bool {
    static REGION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("region"));
    REGION.find_iter(block.as_bytes()).any(|at| {
        let before = block[..at].bytes().last();
        let is_whole = !before.is_some_and(|byte| is_name(byte) || byte == b'.');
        is_whole
            && block[at + REGION.needle().len()..]
                .trim_start()
                .starts_with('=')
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

    fn sign(text: &str) -> Option<WrittenFor> {
        written_for(&Document::new("a/main.tf".into(), text.to_owned()).unwrap())
    }

    #[test]
    fn region_on_a_resource_tells_that_provider_6_is_in_use() {
        let six = sign("\nresource \"aws_vpc\" \"x\" {\n  region = \"eu-west-1\"\n}\n");
        let expected = WrittenFor {
            major: 6,
            by: "`region` in `aws_vpc` (a/main.tf:2)".to_owned(),
            before: None,
        };
        assert_eq!(six, Some(expected));
        assert!(sign("data \"aws_vpc\" \"x\" {\n  region = var.region\n}\n").is_some());
        for text in [
            "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n",
            "resource \"aws_vpc\" \"x\" {\n  tags = { region = 1 }\n}\n",
            "resource \"aws_opsworks_stack\" \"x\" {\n  region = \"eu-west-1\"\n}\n",
            "resource \"google_x\" \"x\" {\n  region = \"eu-west-1\"\n}\n",
            "data \"terraform_remote_state\" \"x\" {\n  config = { region = 1 }\n}\n",
        ] {
            assert_eq!(sign(text), None, "{text}");
        }
    }

    #[test]
    fn region_of_a_bucket_tells_it_where_no_release_before_3_is_in_use() {
        let bucket = "resource \"aws_s3_bucket\" \"x\" {\n  region = \"eu-west-1\"\n}\n";
        let found = sign(bucket).unwrap();
        for (oldest, expected) in [((2, 70), false), ((3, 0), true), ((4, 67), true)] {
            let oldest = Version::new(oldest.0, oldest.1, 0);
            assert_eq!(found.counts_from(&oldest), expected, "{oldest}");
        }
        let vpc = bucket.replace("aws_s3_bucket", "aws_vpc");
        for both in [format!("{bucket}{vpc}"), format!("{vpc}{bucket}")] {
            assert!(sign(&both).unwrap().counts_from(&Version::new(2, 70, 0)));
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
            sign(&text)
        };
        for (kind, type_name, is_argument) in REGIONS_OF_5_100 {
            let tells = reported(kind, type_name).is_some();
            assert_eq!(tells, !is_argument, "{kind} {type_name}");
        }
        // The resource has none where the data source of the same name has one.
        assert!(reported("resource", "aws_vpc_peering_connection").is_some());
        assert!(reported("ephemeral", "aws_secretsmanager_secret_version").is_some());
    }
}
