//! `log_group_name` of an `aws_flow_log` becomes `log_destination`, the ARN of the log group, where
//! its resource is known. Deprecated in 5.0 (Terraform AWS Provider Version 5 Upgrade Guide,
//! resource/aws_flow_log), removed in 6.0.

use super::{ConversionInput, ConvertedArgument};
use crate::arguments::code::sites::SiteNode;
use syntax::code::sentence;
use syntax::edit::Edit;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const DESTINATION: &str = "log_destination";
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(attribute) = &site.node else {
        return None;
    };
    let value = attribute.value;
    let written = value.text();
    let template = written.strip_prefix("\"${");
    let inside = template.and_then(|text| text.strip_suffix("}\""));
    let group = inside.unwrap_or(written).strip_suffix(".name")?;
    // Only a reference to the resource leads to its ARN; a name does not tell region and account.
    let is_step = |sign: char| sign.is_alphanumeric() || "._-[]\"".contains(sign);
    let is_group = group.starts_with("aws_cloudwatch_log_group.") && group.chars().all(is_step);
    if !is_group || site.owner.attribute(DESTINATION).is_some() {
        return None;
    }
    let edits = vec![
        Edit::replace(attribute.key.clone(), DESTINATION),
        Edit::replace(value.span(), format!("{group}.arn")),
    ];
    let message = sentence!("becomes `{DESTINATION}`, the ARN of the log group");
    Some(input.converted(message, edits))
}
