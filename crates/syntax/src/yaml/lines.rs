//! Lines of a script.

use std::ops::Range;

use granit_parser::ScalarStyle;

use super::YamlError;
use super::draft::Draft;
use super::node::Node;
use super::tree::YamlValue;
use crate::edit::Edit;
use crate::text;

/// Puts the lines of `new` where the lines `range` of a `|` scalar stand.
pub fn edit(
    draft: &mut Draft<'_>,
    node: &Node,
    range: &Range<usize>,
    new: &str,
) -> Result<YamlValue, YamlError> {
    let refuse = |what: &str| Err(YamlError::new(node.span.start, what));
    let text = draft.yaml.text();
    let (Some(value), Some(ScalarStyle::Literal)) = (node.as_str(), node.style()) else {
        return refuse("lines of what is no `|` text");
    };
    let head = text::line_end(text, node.span.start);
    // With an indentation indicator (YAML 1.2.2, chapter 8.1.1.1) the first line may begin with
    // spaces that are content.
    if text[node.span.start..head.min(node.span.end)].contains(|any: char| any.is_ascii_digit()) {
        return refuse("lines of a text with an indentation of its own");
    }
    let mut starts = vec![head];
    while let Some(last) = starts.last()
        && *last < node.span.end
    {
        starts.push(text::line_end(text, *last));
    }
    let mut range = range.clone();
    if range.start > range.end || range.end >= starts.len() {
        return refuse("lines that are not there");
    }
    let mut meant: Vec<&str> = value.trim_end_matches('\n').split('\n').collect();
    let is_blank = |at: usize| text::is_blank(text, starts[at]..starts[at + 1]);
    // Blank lines at the end belong to the line that is removed, as they do in a mapping.
    if new.is_empty() && range.end + 1 == starts.len() {
        while range.start > 0 && is_blank(range.start - 1) {
            range.start -= 1;
        }
    }
    if new.is_empty() && range.len() + 1 == starts.len() {
        return refuse("no line would be left of the text");
    }
    let mut content = text[head..node.span.end]
        .lines()
        .filter(|line| !line.trim().is_empty());
    let indent = content.next().unwrap_or_default();
    let indent = &indent[..indent.len() - indent.trim_start_matches(' ').len()];
    let ending = text::line_ending(text, node.span.start);
    let lines: Vec<String> = new
        .lines()
        .map(|line| match line.is_empty() {
            true => String::new(),
            false => format!("{indent}{line}"),
        })
        .collect();
    let end = (range.end.min(meant.len())).max(range.start.min(meant.len()));
    meant.splice(range.start.min(end)..end, new.lines());
    let (from, to) = (starts[range.start], starts[range.end]);
    let mut written = lines.join(ending);
    let mut bytes = from..to;
    match (lines.is_empty(), text[..to].ends_with('\n')) {
        (true, false) => bytes.start -= ending.len(),
        (false, true) => written += ending,
        (false, false) if from == to => written = ending.to_owned() + &written,
        _ => {}
    }
    draft.edits.push(Edit::replace(bytes, written));
    let tail = &value[value.trim_end_matches('\n').len()..];
    Ok(YamlValue::Text(meant.join("\n") + tail))
}
