//! `rotation_lambda_arn` and `rotation_rules` of an `aws_secretsmanager_secret`: a resource of their
//! own, which needs both. Its creation tells Secrets Manager what it knows already; without
//! `rotate_immediately = false` the secret would be rotated by that.

use super::own_resource::OwnResource;
use super::{ConversionInput, ConvertedArgument, presence};
use crate::arguments::places::What;
use syntax::hcl::Block;

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let place = |name: &str| {
        let mut places = subject.places.iter();
        places.find(|place| place.name() == name)
    };
    let (lambda, rules) = (place("rotation_lambda_arn")?, place("rotation_rules")?);
    let What::Attribute(lambda) = &lambda.what else {
        return None;
    };
    let is_certain = presence::is_set(subject, &lambda.value)
        && !lambda.value.text().contains("each.value")
        && !matches!(rules.what, What::Dynamic(_));
    if !is_certain || is_ignored(&subject.block) {
        return None;
    }
    let resource = OwnResource {
        of: "aws_secretsmanager_secret_rotation",
        key: "secret_id",
        value: "id",
        more: &[("rotate_immediately", "false")],
    };
    let mut converted = resource.convert(subject)?;
    let help = "the new resource sets what the secret has already; `rotate_immediately = false` \
                keeps that, and the creation of new ones, from rotating them at once";
    converted.help = Some(help.to_owned());
    Some(converted)
}

/// Whether AWS may have another rotation than the code.
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
