//! `threshold` of an `aws_ce_anomaly_subscription`: the expression that it is short for.

use hcl_edit::expr::Expression;

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::places::{What, places};
use syntax::hcl::Value;

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const NAME: &str = "threshold_expression";
    let [place] = subject.places else { return None };
    let What::Attribute(threshold) = &place.what else {
        return None;
    };
    if !places(&place.owner, NAME).is_empty() || !text::has_lines(&place.owner) {
        return None;
    }
    let dimension = [
        ("key", "\"ANOMALY_TOTAL_IMPACT_ABSOLUTE\"".to_owned()),
        ("match_options", "[\"GREATER_THAN_OR_EQUAL\"]".to_owned()),
        (
            "values",
            format!("[{}]", as_string(subject, &threshold.value)?),
        ),
    ];
    let dimension = text::block("dimension", &text::attributes(&dimension));
    let block = text::block(NAME, &dimension);
    let mut edits = vec![text::replace(subject, place.span(), &block)];
    edits.extend(subject.ignored_as("threshold", NAME));
    Some(subject.converted(format!("becomes `{NAME}`"), edits))
}

/// The number as a string, as Terraform would write it.
fn as_string(subject: &ConversionInput<'_, '_>, value: &Value<'_>) -> Option<String> {
    let written = text::value(subject, value)?;
    let is_plain = written.bytes().all(|byte| byte.is_ascii_digit());
    match value.expression() {
        Expression::Null(_) => None,
        Expression::Number(_) if is_plain => Some(format!("\"{written}\"")),
        Expression::String(_) | Expression::StringTemplate(_) => Some(written),
        _ => Some(format!("tostring({written})")),
    }
}
