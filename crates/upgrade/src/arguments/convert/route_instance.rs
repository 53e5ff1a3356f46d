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
    if site.owner.attribute("network_interface_id").is_some() {
        return None;
    }
    let edits = vec![
        Edit::replace(instance.key.clone(), "network_interface_id"),
        Edit::replace(instance.value.span(), interface_of(instance.value.text())?),
    ];
    Some(input.converted("becomes the `network_interface_id` of that instance", edits))
}

/// The network interface of the instance whose id an expression is; `None` where it is another one.
pub fn interface_of(id: &str) -> Option<String> {
    let is_plain = id.starts_with("aws_instance.") && !id.contains(char::is_whitespace);
    let instance = id.strip_suffix(".id").filter(|_| is_plain)?;
    Some(format!("{instance}.primary_network_interface_id"))
}
