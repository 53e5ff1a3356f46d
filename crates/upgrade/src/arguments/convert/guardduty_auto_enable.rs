//! `auto_enable` of an `aws_guardduty_organization_configuration`: which members it is for.

use hcl_edit::expr::Expression;

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::places::What;
use syntax::edit::Edit;

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const MEMBERS: &str = "auto_enable_organization_members";
    let [place] = subject.places else { return None };
    let What::Attribute(attribute) = &place.what else {
        return None;
    };
    if place.owner.attribute(MEMBERS).is_some() {
        return None;
    }
    let value = attribute.value;
    let written = text::value(subject, &value).filter(|text| !text.contains('\n'))?;
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
    Some(subject.converted(format!("becomes `{MEMBERS}`"), edits))
}
