//! `threshold` of an `aws_ce_anomaly_subscription` becomes the expression that it is short for: the
//! total absolute impact is at least that number. Removed in 5.0 (Terraform AWS Provider Version 5
//! Upgrade Guide, resource/aws_ce_anomaly_subscription).

use hcl_edit::expr::Expression;

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::{SiteNode, sites};
use syntax::code::sentence;
use syntax::hcl::Value;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    const NAME: &str = "threshold_expression";
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(threshold) = &site.node else {
        return None;
    };
    if !sites(&site.owner, NAME).is_empty() || !text::has_lines(&site.owner) {
        return None;
    }
    let dimension = [
        ("key", "\"ANOMALY_TOTAL_IMPACT_ABSOLUTE\"".to_owned()),
        ("match_options", "[\"GREATER_THAN_OR_EQUAL\"]".to_owned()),
        (
            "values",
            format!("[{}]", as_string(input, &threshold.value)?),
        ),
    ];
    let dimension = text::block("dimension", &text::attributes(&dimension));
    let block = text::block(NAME, &dimension);
    let mut edits = vec![text::replace(input, site.span(), &block)];
    edits.extend(input.ignored_as("threshold", NAME));
    Some(input.converted(sentence!("becomes `{NAME}`"), edits))
}

/// The number as a string, as Terraform would write it.
fn as_string(input: &ConversionInput<'_, '_>, value: &Value<'_>) -> Option<String> {
    let written = text::value(input, value)?;
    let is_plain = written.bytes().all(|byte| byte.is_ascii_digit());
    match value.expression() {
        Expression::Null(_) => None,
        Expression::Number(_) if is_plain => Some(format!("\"{written}\"")),
        Expression::String(_) | Expression::StringTemplate(_) => Some(written),
        _ => Some(format!("tostring({written})")),
    }
}
