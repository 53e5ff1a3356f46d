//! `resolve_conflicts` of an `aws_eks_addon` becomes one argument for its creation and one for its
//! updates, of which only the latter accepts `PRESERVE`. Deprecated in 5.0 (Terraform AWS Provider
//! Version 5 Upgrade Guide, resource/aws_eks_addon), removed in 6.0.

use syntax::code;

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const ON: [&str; 2] = ["resolve_conflicts_on_create", "resolve_conflicts_on_update"];
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(attribute) = &site.node else {
        return None;
    };
    // `PRESERVE` is no value of the argument for the creation.
    let names = match attribute.value.literal()? {
        "NONE" | "OVERWRITE" => &ON[..],
        "PRESERVE" => &ON[1..],
        _ => return None,
    };
    let is_taken = ON.iter().any(|name| site.owner.attribute(name).is_some());
    if is_taken || !text::has_lines(&site.owner) {
        return None;
    }
    let value = attribute.value.text();
    let lines: Vec<_> = names.iter().map(|name| (*name, value.to_owned())).collect();
    let edit = text::replace(input, site.span(), &text::attributes(&lines));
    let names: Vec<String> = names.iter().map(|name| code::quoted(name)).collect();
    let message = format!("becomes {}", syntax::text::series(&names));
    Some(input.converted(message, vec![edit]))
}
