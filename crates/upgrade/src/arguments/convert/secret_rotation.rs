//! `rotation_lambda_arn` and `rotation_rules` of an `aws_secretsmanager_secret` become a resource
//! of their own, which requires both. Its creation tells Secrets Manager what it knows already;
//! without `rotate_immediately = false` that alone would rotate the secret. Removed in 5.0
//! (Terraform AWS Provider Version 5 Upgrade Guide, resource/aws_secretsmanager_secret).

use super::own_resource::OwnResource;
use super::{ConversionInput, ConvertedArgument, presence};
use crate::arguments::code::sites::SiteNode;
use syntax::hcl::Block;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let site = |name: &str| {
        let mut sites = input.sites.iter();
        sites.find(|site| site.name() == name)
    };
    let (lambda, rules) = (site("rotation_lambda_arn")?, site("rotation_rules")?);
    let SiteNode::Attribute(lambda) = &lambda.node else {
        return None;
    };
    // The arguments accepted null, the resource requires both: what may be null stays.
    let is_certain = presence::is_set(input, &lambda.value)
        && !lambda.value.text().contains("each.value")
        && !matches!(rules.node, SiteNode::Dynamic(_));
    if !is_certain || is_ignored(&input.block) {
        return None;
    }
    let resource = OwnResource {
        type_name: "aws_secretsmanager_secret_rotation",
        key: "secret_id",
        value: "id",
        more: &[("rotate_immediately", "false")],
    };
    let mut converted = resource.convert(input)?;
    let help = "expect one resource more in the plan: `rotate_immediately = false` keeps its creation from \
                rotating the secret at once";
    converted.help = Some(help.to_owned());
    Some(converted)
}

/// Whether `ignore_changes` leaves the rotation to others: AWS may have another one than the code.
fn is_ignored(secret: &Block<'_>) -> bool {
    let mut lifecycles = secret.blocks("lifecycle");
    lifecycles.any(|lifecycle| {
        let ignored = lifecycle.attribute("ignore_changes");
        ignored.is_some_and(|it| {
            let list = it.value.text();
            list == "all" || list.contains("rotation_")
        })
    })
}
