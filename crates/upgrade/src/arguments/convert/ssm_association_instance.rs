//! `instance_id` of an `aws_ssm_association` becomes the only one of its `targets`. Deprecated in
//! 5.0 (Terraform AWS Provider Version 5 Upgrade Guide, resource/aws_ssm_association), removed in
//! 6.0.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(instance) = &site.node else {
        return None;
    };
    let is_taken = site.owner.blocks("targets").next().is_some();
    if is_taken || !text::has_lines(&site.owner) {
        return None;
    }
    let id = text::value(input, &instance.value)?;
    let values = [
        ("key", "\"InstanceIds\"".to_owned()),
        ("values", format!("[{id}]")),
    ];
    let block = text::block("targets", &text::attributes(&values));
    let edit = text::replace(input, site.span(), &block);
    Some(input.converted("becomes `targets`", vec![edit]))
}
