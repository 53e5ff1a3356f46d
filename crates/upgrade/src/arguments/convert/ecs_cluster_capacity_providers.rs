//! `capacity_providers` and `default_capacity_provider_strategy` of an `aws_ecs_cluster` become a
//! resource of their own. Removed in 5.0 (Terraform AWS Provider Version 5 Upgrade Guide,
//! resource/aws_ecs_cluster).

use super::own_resource::OwnResource;
use super::{ConversionInput, ConvertedArgument};

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let resource = OwnResource {
        type_name: "aws_ecs_cluster_capacity_providers",
        key: "cluster_name",
        value: "name",
        more: &[],
    };
    let mut converted = resource.convert(input)?;
    converted.help = Some(
        "expect one resource more in the plan: it puts what the cluster has \
                           already"
            .to_owned(),
    );
    Some(converted)
}
