//! `excluded_rule { name }` of an `aws_wafv2_web_acl` becomes a `rule_action_override` that counts,
//! which is what an excluded rule did. Removed in 5.0 (Terraform AWS Provider Version 5 Upgrade
//! Guide, resource/aws_wafv2_web_acl).

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    if !text::has_lines(&input.owner()) {
        return None;
    }
    let edits = input.sites.iter().map(|site| {
        let SiteNode::Block(rule) = &site.node else {
            return None;
        };
        let name = text::value(input, &rule.attribute("name")?.value)?;
        let name = text::attributes(&[("name", name)]);
        let counts = text::block("action_to_use", &text::block("count", ""));
        let lines = text::block("rule_action_override", &format!("{name}\n\n{counts}"));
        Some(text::replace(input, site.span(), &lines))
    });
    let edits = edits.collect::<Option<Vec<_>>>()?;
    Some(input.converted("becomes `rule_action_override`, which counts", edits))
}
