//! Writing blocks in the style of the code around them: lines separated by `\n` and without
//! indentation, until they are inserted.

use std::ops::Range;

use super::ConversionInput;
use syntax::edit::Edit;
use syntax::hcl::{Block, Value};
use syntax::text;

/// Whether a block is written on several lines. HCL allows no block inside of a block on one line.
pub fn has_lines(block: &Block<'_>) -> bool {
    block.text().contains('\n')
}

/// Replaces the code at `span`, which begins its line, by lines with its indentation and line
/// endings.
pub fn replace(input: &ConversionInput<'_, '_>, span: Range<usize>, lines: &str) -> Edit {
    let source = input.document().text();
    let indentation = text::indentation(source, span.start);
    let ending = text::line_ending(source, span.start);
    let lines = indent(lines, indentation).replace('\n', ending);
    Edit::replace(span, lines.trim_start())
}

/// The lines, each with this indentation unless it is empty.
pub fn indent(lines: &str, indentation: &str) -> String {
    let lines = lines.split('\n').map(|line| match line.is_empty() {
        true => String::new(),
        false => format!("{indentation}{line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A block with this content.
pub fn block(header: &str, content: &str) -> String {
    match content.is_empty() {
        true => format!("{header} {{}}"),
        false => format!("{header} {{\n{}\n}}", indent(content, "  ")),
    }
}

/// Attributes on lines of their own. The equals signs of adjacent ones are aligned, as
/// `terraform fmt` does; a value of several lines ends a group.
pub fn attributes(attributes: &[(&str, String)]) -> String {
    let together =
        attributes.chunk_by(|(_, one), (_, other)| !one.contains('\n') && !other.contains('\n'));
    let lines = together.flat_map(|together| {
        let width = together
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or_default();
        together
            .iter()
            .map(move |(name, value)| format!("{name:width$} = {value}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The source of a value as lines, with the edits inside of it applied; `None` where it has a
/// heredoc, whose text would change with the indentation.
pub fn value(input: &ConversionInput<'_, '_>, value: &Value<'_>) -> Option<String> {
    unindented(input, value.span())
}

/// A block as lines, with the edits inside of it applied; `None` where it has a heredoc.
pub fn lines(input: &ConversionInput<'_, '_>, block: &Block<'_>) -> Option<String> {
    unindented(input, block.span())
}

/// The comments that belong to what is at the span: those directly above it, and behind it.
pub fn comments(input: &ConversionInput<'_, '_>, span: &Range<usize>) -> Vec<String> {
    let source = input.document().text();
    let whole = Edit::remove(input.document(), span.clone()).range;
    let around = [whole.start..span.start, span.end..whole.end];
    let lines = around.into_iter().flat_map(|range| source[range].lines());
    let lines = lines.map(|line| line.trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// Adds lines before the closing brace of a block that has lines.
pub fn append(input: &ConversionInput<'_, '_>, block: &Block<'_>, lines: &str) -> Edit {
    let source = input.document().text();
    let indentation = format!("{}  ", text::indentation(source, block.span().start));
    let ending = text::line_ending(source, block.span().start);
    let lines = format!("\n{}", indent(lines, &indentation)).replace('\n', ending);
    Edit::add_lines_at_end(block, &lines)
}

/// The source of a range as lines, from the indentation of its first one.
fn unindented(input: &ConversionInput<'_, '_>, range: Range<usize>) -> Option<String> {
    let indentation = text::indentation(input.document().text(), range.start);
    let source = input.text(range).replace("\r\n", "\n");
    let mut lines = source.split('\n');
    let first = lines.next()?.to_owned();
    let rest = lines.map(|line| line.strip_prefix(indentation).unwrap_or(line.trim_start()));
    let lines: Vec<&str> = std::iter::once(first.as_str()).chain(rest).collect();
    (!source.contains("<<")).then(|| lines.join("\n"))
}
