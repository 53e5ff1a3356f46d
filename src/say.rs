//! Messages for people, on standard error. One that cannot be written is dropped: a closed standard
//! error is no reason to stop half way.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};

use crate::redact;
use crate::terminal;

/// Says `text`, a line of its own, without secrets and without what a terminal would obey.
pub fn say(text: &str) {
    styled(&format!("{}\n", redact::for_people(text)));
}

/// Says `text`, each of its lines wrapped to the terminal, as deep as it begins.
pub fn wrapped(text: &str) {
    let lines = text.lines().map(|line| {
        let words = line.trim_start_matches(' ');
        let indent = " ".repeat(line.len() - words.len());
        let width = terminal::width().map(|width| width.saturating_sub(indent.len()));
        let lines = terminal::wrapped(words, width);
        let lines = lines.iter().map(|line| format!("{indent}{line}\n"));
        lines.collect::<String>()
    });
    let text: String = lines.collect();
    say(text.trim_end_matches('\n'));
}

/// Says what is to be known first.
pub fn noted(text: &str) {
    titled("note", NOTE, text);
}

/// Says why nothing more is done.
pub fn fail(text: &str) {
    titled("error", ERROR, text);
}

/// A message as compilers write it, wrapped to the terminal but for the snippets in it.
fn titled(level: &str, style: Style, text: &str) {
    let text = redact::for_people(text);
    let has_snippet = text.contains("\n --> ") || text.contains("\n  --> ");
    let text = match (has_snippet, text.split_once('\n')) {
        (true, _) => format!("{level}: {text}"),
        (false, first) => {
            let (first, rest) = first.unwrap_or((&text, ""));
            let lines = terminal::wrapped(&format!("{level}: {first}"), terminal::width());
            let rest = rest.lines().map(str::to_owned);
            lines.into_iter().chain(rest).collect::<Vec<_>>().join("\n")
        }
    };
    let text = text.strip_prefix(level).unwrap_or(&text);
    styled(&format!("{style}{level}{style:#}{text}\n"));
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Green.on_default().bold();

/// Writes `text`, made fit to show by whoever styled it. Colours are taken out where standard
/// error shall have none.
pub fn styled(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}
