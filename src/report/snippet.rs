//! Findings in the form of compilers: `level[transform]: message`, the line with carets below it, help
//! and notes.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use syntax::visible;

use super::sources::Sources;
use crate::redact::on_one_line;
use crate::source_line::SourceLine;
use crate::terminal;

/// What a finding asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: its edits are made.
    Note,
    /// An answer: whether its edits are made.
    Change,
    /// A look at its edits, which `--review` makes.
    Review,
    /// Work by hand.
    Manual,
    /// Whatever can be done about what the configuration says.
    Warning,
    /// Whatever can be done about it: an audit says what stands there.
    Audit,
}

impl Kind {
    fn level(self) -> Level<'static> {
        match self {
            Self::Note => Level::NOTE,
            Self::Change => Level::INFO.with_name("change"),
            Self::Review => Level::WARNING.with_name("review"),
            Self::Manual => Level::ERROR.with_name("manual"),
            Self::Warning => Level::WARNING,
            Self::Audit => Level::ERROR,
        }
    }
}

/// Places named below a message beside the first, without `--verbose`.
const PLACES: usize = 3;

/// Columns where nothing says how wide the terminal is, as rustc has it: only source lines are cut.
const COLUMNS: usize = 140;

/// Findings that say the same, of one kind, as one snippet at the first of them.
pub fn snippet(kind: Kind, group: &[&Finding], sources: &mut Sources<'_>, verbose: bool) -> String {
    let Some(first) = group.first() else {
        return String::new();
    };
    let width = terminal::width();
    let path = visible::path(&first.at.path);
    let line = sources.line(first);
    let (id, level) = (first.transform, kind.level());
    let (sentence, notes) = first.sentence_and_notes();
    let title = folded(&on_one_line(&sentence), width, TITLE + id.len());
    let title = level.primary_title(title);
    let title = match kind {
        Kind::Warning => title,
        _ => title.id(id),
    };
    let mut report = match line {
        Some(line) if !line.text.trim().is_empty() => {
            title.element(marked(line, first.at.line, path, width))
        }
        _ => {
            let origin = Origin::path(path).line(first.at.line);
            title.element(origin.char_column(first.at.column))
        }
    };
    for note in notes {
        let note = folded(&on_one_line(note), width, FOOTER);
        report = report.element(Level::NOTE.message(note));
    }
    for help in first.help.iter().flat_map(Help::lines) {
        let help = folded(&on_one_line(help), width, FOOTER);
        report = report.element(Level::HELP.message(help));
    }
    if let Some(others) = others(group, verbose) {
        report = report.element(Level::NOTE.message(folded(&others, width, FOOTER)));
    }
    render(&[report], width) + "\n"
}

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

/// Columns that `review[]: ` takes beside the text of a title and its transform.
const TITLE: usize = 10;

/// Columns that `     = help: ` takes beside the text of a footer, below a line number of four digits.
const FOOTER: usize = 13;

/// Columns beside a marked line: its number, of four digits, and what stands for the rest before and behind.
const MARGIN: usize = 14;

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

/// Where else the same is found, with what it is about where that differs.
fn others(group: &[&Finding], verbose: bool) -> Option<String> {
    let (first, others) = group.split_first()?;
    if others.is_empty() {
        return None;
    }
    let shown = if verbose { others.len() } else { PLACES };
    let mut places: Vec<String> = others
        .iter()
        .take(shown)
        .map(|other| {
            let at = &other.at;
            let place = format!("{}:{}:{}", visible::path(&at.path), at.line, at.column);
            match other.subject == first.subject {
                true => place,
                false => format!("{} at {place}", on_one_line(&other.subject)),
            }
        })
        .collect();
    if others.len() > shown {
        let more = others.len() - shown;
        places.push(format!("{more} more (--verbose lists them)"));
    }
    let last = places.pop()?;
    Some(match places.is_empty() {
        true => format!("the same: {last}"),
        false => format!("the same: {} and {last}", places.join(", ")),
    })
}
