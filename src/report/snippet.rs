//! Findings in the form of compilers: `level[transform]: message`, the line with carets below it, help
//! and notes.

use annotate_snippets::{Level, Origin};
use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use syntax::visible;

use super::sources::Sources;
use crate::redact::on_one_line;
use crate::source_snippet::{folded, marked, render};
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

/// Columns that `review[]: ` takes beside the text of a title and its transform.
const TITLE: usize = 10;

/// Columns that `     = help: ` takes beside the text of a footer, below a line number of four digits.
const FOOTER: usize = 13;

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
