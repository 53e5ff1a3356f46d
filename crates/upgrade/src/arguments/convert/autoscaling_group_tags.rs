//! `tags` of an `aws_autoscaling_group` become `tag` blocks: one for each element of a literal
//! list, else one `dynamic` block, as the resource's Dynamic Tagging example has it. Removed in 5.0
//! (Terraform AWS Provider Version 5 Upgrade Guide, resource/aws_autoscaling_group).

use super::{ConversionInput, ConvertedArgument, text};
use crate::arguments::code::sites::SiteNode;
use syntax::edit::Edit;
use syntax::hcl::Value;

const NAMES: [&str; 3] = ["key", "value", "propagate_at_launch"];

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(tags) = &site.node else {
        return None;
    };
    if !text::has_lines(&site.owner) {
        return None;
    }
    if tags.value.text() == "null" {
        let edits = vec![Edit::remove(input.document(), site.span())];
        return Some(input.converted("is removed: it is `null`", edits));
    }
    let blocks = match tags.value.items() {
        Some(items) if has_comments(&tags.value, &items) => dynamic(input, &tags.value)?,
        Some(items) => literal(input, &items).or_else(|| dynamic(input, &tags.value))?,
        None => dynamic(input, &tags.value)?,
    };
    let edit = text::replace(input, site.span(), &blocks);
    Some(input.converted("becomes `tag` blocks", vec![edit]))
}

/// Whether a list has comments between its elements or in one: in blocks they would be lost.
fn has_comments(list: &Value<'_>, items: &[Value<'_>]) -> bool {
    let text = list.document().text();
    let values = items.iter().flat_map(|item| {
        let entries = item.entries().into_iter();
        entries.map(|entry| entry.value.span())
    });
    let mut at = list.span().start;
    let mut between = Vec::new();
    for span in values {
        between.push(at..span.start.max(at));
        at = span.end.max(at);
    }
    between.push(at..list.span().end);
    let mut between = between.into_iter().map(|range| &text[range]);
    between.any(|text| {
        ["#", "//", "/*"]
            .into_iter()
            .any(|mark| text.contains(mark))
    })
}

/// A block for each element; `None` where one is not an object of exactly the three names, which a
/// block requires.
fn literal(input: &ConversionInput<'_, '_>, items: &[Value<'_>]) -> Option<String> {
    let blocks = items.iter().map(|item| {
        let entries = item.entries();
        let values = NAMES.map(|name| {
            let entry = entries.iter().find(|entry| entry.name == name)?;
            Some((name, text::value(input, &entry.value)?))
        });
        let values: Vec<_> = values.into_iter().collect::<Option<_>>()?;
        let is_all = entries.len() == NAMES.len();
        is_all.then(|| text::block("tag", &text::attributes(&values)))
    });
    Some(blocks.collect::<Option<Vec<_>>>()?.join("\n\n"))
}

/// A `dynamic` block over the list.
fn dynamic(input: &ConversionInput<'_, '_>, list: &Value<'_>) -> Option<String> {
    let each = text::attributes(&[("for_each", text::value(input, list)?)]);
    let values = NAMES.map(|name| (name, format!("tag.value.{name}")));
    let content = text::block("content", &text::attributes(&values));
    Some(text::block(
        "dynamic \"tag\"",
        &format!("{each}\n\n{content}"),
    ))
}
