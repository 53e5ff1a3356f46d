//! `cost_filters` of an `aws_budgets_budget` become `cost_filter` blocks, one for each entry of the
//! map. A value there was one string, with commas between several; here it is a list. Removed in
//! 5.0 (Terraform AWS Provider Version 5 Upgrade Guide, resource/aws_budgets_budget).

use hcl_edit::expr::Expression;

use super::{ConversionInput, ConvertedArgument, presence, text};
use crate::arguments::code::sites::{SiteNode, sites};
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Value};

const NAME: &str = "cost_filter";

pub fn convert(input: &ConversionInput<'_, '_>) -> Option<ConvertedArgument> {
    let [site] = input.sites else { return None };
    let SiteNode::Attribute(filters) = &site.node else {
        return None;
    };
    if !sites(&site.owner, NAME).is_empty() || !text::has_lines(&site.owner) {
        return None;
    }
    let map = &filters.value;
    let mut edits = match map.expression() {
        Expression::Object(object) if object.is_empty() => {
            vec![Edit::remove(input.document(), site.span())]
        }
        Expression::Object(_) => {
            let blocks = written_out(input, map)?;
            vec![text::replace(input, site.span(), &blocks)]
        }
        Expression::FuncCall(_)
        | Expression::Traversal(_)
        | Expression::Conditional(_)
        | Expression::ForExpr(_)
        | Expression::Parenthesis(_) => {
            let block = dynamic(input, map)?;
            vec![text::replace(input, site.span(), &block)]
        }
        _ => return None,
    };
    edits.extend(input.ignored_as("cost_filters", NAME));
    Some(input.converted(sentence!("becomes `{NAME}` blocks"), edits))
}

/// A block for each entry, below its comments; `None` where a key is an expression.
fn written_out(input: &ConversionInput<'_, '_>, map: &Value<'_>) -> Option<String> {
    let entries = map.entries();
    if map.expression().as_object()?.len() != entries.len() {
        return None;
    }
    let source = input.document().text();
    let mut parts: Vec<Vec<String>> = Vec::new();
    let mut from = map.span().start + 1;
    for entry in &entries {
        comments(&source[from..entry.key.start], &mut parts)?;
        let block = block(input, entry)?;
        parts.last_mut()?.push(block);
        from = entry.span().end;
    }
    comments(&source[from..map.span().end - 1], &mut parts)?;
    let mut parts: Vec<_> = parts.iter().map(|lines| lines.join("\n")).collect();
    parts.retain(|part| !part.is_empty());
    Some(parts.join("\n\n"))
}

/// Keeps the comments between two entries: one behind the first goes above its block, those on lines
/// of their own above the next one; `None` where one is a `/* */`, which may be anywhere.
fn comments(gap: &str, parts: &mut Vec<Vec<String>>) -> Option<()> {
    let is_comment = |line: &&str| line.starts_with('#') || line.starts_with("//");
    let mut lines = gap.lines().map(|line| line.trim_matches([' ', '\t', ',']));
    let behind = lines.next().filter(is_comment);
    if let (Some(comment), Some(last)) = (behind, parts.last_mut()) {
        last.insert(last.len() - 1, comment.to_owned());
    }
    let first = behind.filter(|_| parts.is_empty());
    parts.push(
        first
            .into_iter()
            .chain(lines.filter(is_comment))
            .map(str::to_owned)
            .collect(),
    );
    (!gap.contains("/*")).then_some(())
}

fn block(input: &ConversionInput<'_, '_>, entry: &Attribute<'_>) -> Option<String> {
    let key = &input.document().text()[entry.key.clone()];
    let name = match key.starts_with('"') {
        true => key.to_owned(),
        false => format!("\"{key}\""),
    };
    let values = [("name", name), ("values", values(input, &entry.value)?)];
    Some(text::block(NAME, &text::attributes(&values)))
}

fn values(input: &ConversionInput<'_, '_>, value: &Value<'_>) -> Option<String> {
    let written = text::value(input, value)?;
    match value.expression() {
        Expression::Null(_) => None,
        Expression::Array(_) => Some(written),
        Expression::String(_) => {
            let items = written.trim_matches('"').split(',').map(str::trim);
            let items: Vec<_> = items.map(|item| format!("\"{item}\"")).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        // An expression that names the comma joins its values with it.
        _ if written.contains("\",\"") => Some(format!("split(\",\", {written})")),
        Expression::StringTemplate(_) if written.contains(',') => {
            Some(format!("split(\",\", {written})"))
        }
        _ => Some(format!("[{written}]")),
    }
}

/// A `dynamic` block over the map; `None` where the map may be null, which `for_each` rejects.
fn dynamic(input: &ConversionInput<'_, '_>, map: &Value<'_>) -> Option<String> {
    if !presence::is_set(input, map) {
        return None;
    }
    let each = text::attributes(&[("for_each", text::value(input, map)?)]);
    let values = [
        ("name", format!("{NAME}.key")),
        ("values", format!("split(\",\", {NAME}.value)")),
    ];
    let content = text::block("content", &text::attributes(&values));
    Some(text::block(
        &format!("dynamic \"{NAME}\""),
        &format!("{each}\n\n{content}"),
    ))
}
