//! `duration_seconds` of `assume_role` becomes `duration`, a string with a unit. Without the unit
//! only the plan fails, not `terraform validate`. Removed in 5.0 (Terraform AWS Provider Version 5
//! Upgrade Guide, Provider Arguments).

use super::{ConversionInput, ConvertedArgument};
use crate::arguments::code::sites::SiteNode;
use syntax::edit::Edit;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(seconds) = &site.node else {
        return None;
    };
    let value = seconds.value;
    let text = value.literal().unwrap_or(value.text());
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut edits = vec![Edit::replace(seconds.key.clone(), "duration")];
    // An expression becomes part of a template, so that it carries the unit too.
    if is_number {
        edits.push(Edit::replace(value.span(), format!("\"{text}s\"")));
    } else {
        edits.push(Edit::insert(value.span().start, "\"${"));
        edits.push(Edit::insert(value.span().end, "}s\""));
    }
    let is_simple = !text.contains(['"', '\n']) && site.owner.attribute("duration").is_none();
    is_simple.then(|| input.converted("becomes `duration`, with its unit", edits))
}
