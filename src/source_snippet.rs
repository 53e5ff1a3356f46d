//! Source lines below what is said of them, as compilers show them.

use annotate_snippets::{Annotation, AnnotationKind, Group, Renderer, Snippet};

use crate::source_line::SourceLine;
use crate::terminal;

/// Columns where nothing says how wide the terminal is, as rustc has it: only source lines are cut.
const COLUMNS: usize = 140;

/// Columns beside a marked line: its number, of four digits, and what stands for the rest before and behind.
const MARGIN: usize = 14;

/// A line of a file, from 1, with its mark.
pub fn marked<'l>(
    line: SourceLine,
    number: usize,
    path: String,
    width: Option<usize>,
) -> Snippet<'l, Annotation<'l>> {
    let line = line.within(width.unwrap_or(COLUMNS).saturating_sub(MARGIN));
    let mark = AnnotationKind::Primary.span(line.marked);
    let snippet = Snippet::source(line.text).line_start(number).path(path);
    snippet.annotation(mark)
}

/// `text` wrapped to what `taken` columns leave.
pub fn folded(text: &str, width: Option<usize>, taken: usize) -> String {
    let width = width.map(|width| width.saturating_sub(taken));
    terminal::wrapped(text, width).join("\n")
}

/// What is said with its source lines, coloured, as wide as the terminal.
pub fn render(groups: &[Group<'_>], width: Option<usize>) -> String {
    let renderer = Renderer::styled().term_width(width.unwrap_or(COLUMNS));
    renderer.render(groups)
}
