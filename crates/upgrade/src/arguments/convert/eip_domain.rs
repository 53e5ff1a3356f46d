//! `vpc = true` of an `aws_eip`: `domain = "vpc"`.

use super::{ConversionInput, ConvertedArgument};
use crate::arguments::places::What;
use syntax::edit::Edit;

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [place] = subject.places else { return None };
    let What::Attribute(vpc) = &place.what else {
        return None;
    };
    if vpc.value.text() != "true" || place.owner.attribute("domain").is_some() {
        return None;
    }
    let edits = vec![
        Edit::replace(vpc.key.clone(), "domain"),
        Edit::replace(vpc.value.span(), "\"vpc\""),
    ];
    Some(subject.converted("becomes `domain = \"vpc\"`", edits))
}
