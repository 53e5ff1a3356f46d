//! `vpc = true` of an `aws_eip` becomes `domain = "vpc"`, which 4.67 does not accept: the change
//! has to come with the upgrade to 5. `vpc` is deprecated in 5 and removed in 6.0 (schemas of
//! 4.67.0, 5.100.0 and 6.25.0).

use super::{ConversionInput, ConvertedArgument};
use crate::arguments::code::sites::SiteNode;
use syntax::edit::Edit;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(vpc) = &site.node else {
        return None;
    };
    // `false` meant EC2-Classic, for which there is no value any more.
    if vpc.value.text() != "true" || site.owner.attribute("domain").is_some() {
        return None;
    }
    let mut edits = vec![
        Edit::replace(vpc.key.clone(), "domain"),
        Edit::replace(vpc.value.span(), "\"vpc\""),
    ];
    edits.extend(input.ignored_as("vpc", "domain"));
    Some(input.converted("becomes `domain = \"vpc\"`", edits))
}
