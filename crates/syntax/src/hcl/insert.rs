//! Adding an attribute in the style of its neighbours.

use std::ops::Range;

use super::{Attribute, Block, Document, Value};
use crate::edit::Edit;
use crate::text;

impl Edit {
    /// Adds `name = value` to a block's content: behind the last attribute that has its line for
    /// itself, else directly before the closing brace. A block on one line is opened up. The edits
    /// go together with those that others make to add something to the same block, and leave the
    /// content itself to others.
    pub fn add_to_block(block: &Block<'_>, name: &str, value: &str) -> Vec<Self> {
        let text = block.document().text();
        let span = block.span();
        let attributes: Vec<_> = block.body().attributes().collect();
        if let Some(last) = attributes.iter().rfind(|last| is_one_line(text, last)) {
            return vec![Self::add_behind(text, last, &attributes, name, value)];
        }
        if !text[span.clone()].contains('\n') {
            return Self::open_up(block, name, value);
        }
        let outer = text::indentation(text, span.start);
        let line = format!("{outer}  {name} = {value}");
        vec![Self::add_lines_at_end(block, &line)]
    }

    /// Adds `name = value` to a block on one line.
    // HCL's specification, "Blocks": a one-line block holds one attribute at most, so two need lines
    // of their own. Whoever adds something opens the block by the same edits, which count once; the
    // brace is written anew, so that what is added stands before it in any order.
    fn open_up(block: &Block<'_>, name: &str, value: &str) -> Vec<Self> {
        let text = block.document().text();
        let (outer, ending) = (
            text::indentation(text, block.span().start),
            text::line_ending(text, block.span().start),
        );
        let open = block.span().start + text[block.span()].find('{').unwrap_or_default() + 1;
        let content = &text[open..block.closing()];
        let first = open + content.len() - content.trim_start().len();
        let last = (open + content.trim_end().len()).max(open);
        let line = Self::insert(last, format!("{ending}{outer}  {name} = {value}"));
        let brace = Self::replace(last..block.closing() + 1, format!("{ending}{outer}}}"));
        match content.trim().is_empty() {
            true => vec![line, brace],
            false => {
                let opening = Self::replace(open..first, format!("{ending}{outer}  "));
                vec![opening, line, brace]
            }
        }
    }

    /// Adds finished lines (without the last line ending) before the closing brace of a block that
    /// takes several lines.
    pub fn add_lines_at_end(block: &Block<'_>, lines: &str) -> Self {
        add_lines_before_brace(block.document().text(), &block.span(), lines)
    }

    /// Adds `name = value` to an object: behind the last entry that has its line for itself, else
    /// behind the last one.
    pub fn add_to_object(object: &Value<'_>, name: &str, value: &str) -> Self {
        let (text, span) = (object.document().text(), object.span());
        let entries = object.entries();
        let alone = entries.iter().rfind(|entry| is_one_line(text, entry));
        if let Some(last) = alone.or(entries.last()) {
            return Self::add_behind(text, last, &entries, name, value);
        }
        if text[span.clone()].contains('\n') {
            let outer = text::indentation(text, span.start);
            return add_lines_before_brace(text, &span, &format!("{outer}  {name} = {value}"));
        }
        let inner = &text[span.start + 1..span.end];
        let gap = inner.len() - inner.trim_start().len();
        let open = span.start + 1;
        Self::replace(open..open + gap, format!(" {name} = {value} "))
    }

    /// Adds `name = value` to a file of attributes, behind the last of them.
    pub fn add_to_file(document: &Document, name: &str, value: &str) -> Self {
        let text = document.text();
        let attributes = document.body().map(|body| body.attributes().collect());
        let attributes: Vec<_> = attributes.unwrap_or_default();
        if let Some(last) = attributes.iter().rfind(|last| is_one_line(text, last)) {
            return Self::add_behind(text, last, &attributes, name, value);
        }
        let ending = text::line_ending(text, text.len());
        let is_apart = text::start(text) == text.len() || text.ends_with('\n');
        let apart = if is_apart { "" } else { ending };
        Self::insert(text.len(), format!("{apart}{name} = {value}{ending}"))
    }

    /// Adds `name = value` behind one of the attributes of a body or an object: on a line of its
    /// own where that one ends its line, else behind a comma on the same line.
    pub fn add_behind(
        text: &str,
        neighbour: &Attribute<'_>,
        siblings: &[Attribute<'_>],
        name: &str,
        value: &str,
    ) -> Self {
        let item = styled(text, neighbour, siblings, name, value);
        let span = neighbour.span();
        let end = text::line_end(text, span.end);
        let behind = text[span.end..end].trim();
        // A comma behind the neighbour shows that this object writes one behind each entry.
        let comma = if behind.starts_with(',') { "," } else { "" };
        let behind = behind.trim_start_matches(',').trim_start();
        let first = text::line_start(text, span.start).max(text::start(text));
        let indent = &text[first..span.start];
        let ending = text::line_ending(text, span.start);
        if behind.starts_with("/*") && !behind.contains("*/") {
            // The comment continues below, so the new line stands above.
            return Self::insert(first, format!("{indent}{item}{comma}{ending}"));
        }
        let ends_line = behind.is_empty() || behind.starts_with(['#', '/']);
        if !ends_line || !indent.trim().is_empty() {
            return Self::insert(span.end, format!(", {item}"));
        }
        match text[..end].ends_with('\n') {
            true => Self::insert(end, format!("{indent}{item}{comma}{ending}")),
            // The last line has no line ending, and still has none afterwards.
            false => Self::insert(end, format!("{ending}{indent}{item}{comma}")),
        }
    }
}

/// Adds finished lines (without the last line ending) before the brace that ends `span`, which
/// takes several lines.
fn add_lines_before_brace(text: &str, span: &Range<usize>, lines: &str) -> Edit {
    let closing = span.end.saturating_sub(1);
    let ending = text::line_ending(text, span.start);
    let line = text::line_start(text, closing);
    match text::is_blank(text, line..closing) {
        true => Edit::insert(line, format!("{lines}{ending}")),
        // A comment ends on the brace's line.
        false => {
            let outer = text::indentation(text, span.start);
            Edit::insert(closing, format!("{ending}{lines}{ending}{outer}"))
        }
    }
}

/// Whether an attribute has one line, and has it for itself.
fn is_one_line(text: &str, attribute: &Attribute<'_>) -> bool {
    let span = attribute.span();
    let first = text::line_start(text, span.start).max(text::start(text));
    let last = text::line_end(text, span.end);
    !text[span.clone()].contains('\n')
        && text::is_blank(text, first..span.start)
        && !text[span.end..last].contains('}')
}

/// `name = value` with the quotes, the sign and the spacing of a neighbour; in its column where
/// the neighbour shares that with others.
fn styled(
    text: &str,
    neighbour: &Attribute<'_>,
    siblings: &[Attribute<'_>],
    name: &str,
    value: &str,
) -> String {
    let key = &text[neighbour.key.clone()];
    let name = match key.starts_with('"') {
        true => format!("\"{name}\""),
        false => name.to_owned(),
    };
    let sign = &text[neighbour.key.end..neighbour.value.span().start];
    let (gap, sign) = sign.split_at(sign.len() - sign.trim_start().len());
    if gap.is_empty() {
        return format!("{name}{sign}{value}");
    }
    let column = |attribute: &Attribute<'_>| {
        let from = text::line_start(text, attribute.key.start);
        let sign = &text[attribute.key.end..];
        let gap = sign.len() - sign.trim_start_matches(' ').len();
        text[from..attribute.key.end].chars().count() + gap
    };
    let its = column(neighbour);
    // A wide gap, or a sibling whose value stands in the same column, shows that the group is
    // aligned; else one space is the style.
    let mut others = siblings.iter().filter(|other| other.key != neighbour.key);
    let is_column = gap.len() > 1 || others.any(|other| column(other) == its);
    let width = match is_column {
        true => key.chars().count() + gap.len() - 1,
        false => 0,
    };
    // Not as the width of a format, which takes no more than 65,535.
    let filler = " ".repeat(width.saturating_sub(name.chars().count()));
    format!("{name}{filler} {sign}{value}")
}

#[cfg(test)]
mod tests;
