//! `excluded_rule { name }` of an `aws_wafv2_web_acl`: a `rule_action_override` that counts.

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::places::What;

pub fn convert(subject: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    if !text::has_lines(&subject.owner()) {
        return None;
    }
    let edits = subject.places.iter().map(|place| {
        let What::Block(rule) = &place.what else {
            return None;
        };
        let name = text::value(subject, &rule.attribute("name")?.value)?;
        let name = text::attributes(&[("name", name)]);
        let counts = text::block("action_to_use", &text::block("count", ""));
        let lines = text::block("rule_action_override", &format!("{name}\n\n{counts}"));
        Some(text::replace(subject, place.span(), &lines))
    });
    let edits = edits.collect::<Option<Vec<_>>>()?;
    Some(subject.converted("becomes `rule_action_override`, which counts", edits))
}
