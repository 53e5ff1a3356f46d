//! `instance_id` of a route becomes the `network_interface_id` of that instance. Removed as an
//! argument in 5.0 (schemas of 4.67.0 and 5.100.0).

use super::{ConversionInput, ConvertedArgument};
use crate::arguments::code::sites::SiteNode;
use syntax::edit::Edit;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(instance) = &site.node else {
        return None;
    };
    let text = instance.value.text();
    let is_plain = text.starts_with("aws_instance.") && !text.contains(char::is_whitespace);
    let is_set = site.owner.attribute("network_interface_id").is_some();
    text.strip_suffix(".id").filter(|_| is_plain && !is_set)?;
    let end = instance.value.span().end;
    let edits = vec![
        Edit::replace(instance.key.clone(), "network_interface_id"),
        Edit::replace(end - "id".len()..end, "primary_network_interface_id"),
    ];
    Some(input.converted("becomes the `network_interface_id` of that instance", edits))
}
