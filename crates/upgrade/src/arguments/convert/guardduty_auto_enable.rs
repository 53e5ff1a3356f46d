//! `auto_enable` of an `aws_guardduty_organization_configuration` becomes
//! `auto_enable_organization_members`: `NEW` for true, `NONE` for false. Removed in 6.0 (schemas of
//! 5.100.0 and 6.25.0).

use hcl_edit::expr::Expression;

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;
use syntax::code::sentence;
use syntax::edit::Edit;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const MEMBERS: &str = "auto_enable_organization_members";
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(attribute) = &site.node else {
        return None;
    };
    if site.owner.attribute(MEMBERS).is_some() {
        return None;
    }
    let value = attribute.value;
    let written = text::value(input, &value).filter(|text| !text.contains('\n'))?;
    // A conditional operand needs parentheses: `a ? b : c ? ...` would nest to the right.
    let members = match (written.as_str(), value.expression()) {
        ("true", _) => "\"NEW\"".to_owned(),
        ("false", _) => "\"NONE\"".to_owned(),
        ("null", _) | (_, Expression::String(_)) => return None,
        (_, Expression::Conditional(_)) => format!("({written}) ? \"NEW\" : \"NONE\""),
        _ => format!("{written} ? \"NEW\" : \"NONE\""),
    };
    let edits = vec![
        Edit::replace(attribute.key.clone(), MEMBERS),
        Edit::replace(value.span(), members),
    ];
    Some(input.converted(sentence!("becomes `{MEMBERS}`"), edits))
}
