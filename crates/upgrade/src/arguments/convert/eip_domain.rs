//! `vpc = true` of an `aws_eip`: `domain = "vpc"`.

use super::{ConversionInput, ConvertedArgument};
use crate::arguments::code::sites::SiteNode;
use syntax::edit::Edit;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(vpc) = &site.node else {
        return None;
    };
    if vpc.value.text() != "true" || site.owner.attribute("domain").is_some() {
        return None;
    }
    let edits = vec![
        Edit::replace(vpc.key.clone(), "domain"),
        Edit::replace(vpc.value.span(), "\"vpc\""),
    ];
    Some(input.converted("becomes `domain = \"vpc\"`", edits))
}
