//! Messages for people, on standard error. One that cannot be written is dropped: a closed standard
//! error is no reason to stop half way.

use std::io::Write as _;
use std::iter;

use anstyle::{AnsiColor, Style};

use crate::redact;
use crate::terminal;

/// Says `text` on lines of its own, wrapped to the terminal, without secrets and without what a
/// terminal would obey.
pub fn say(text: &str) {
    let text = redact::for_people(text);
    // A snippet is cut to the terminal already.
    let text = match has_snippet(&text) {
        true => text,
        false => terminal::folded(&text),
    };
    styled(&format!("{text}\n"));
}

/// Says what is to be known first.
pub fn noted(text: &str) {
    titled("note", NOTE, text);
}

/// Says why nothing more is done.
pub fn fail(text: &str) {
    titled("error", ERROR, text);
}

/// An error with what caused it in one line, and below it the lines that any of them has below its own: help, notes.
pub fn with_advice_last(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    let parts = causes
        .iter()
        .map(|it| it.split_once('\n').unwrap_or((it, "")));
    let (sentences, advice): (Vec<&str>, Vec<&str>) = parts.unzip();
    let advice = advice.into_iter().filter(|it| !it.is_empty());
    let lines: Vec<String> = iter::once(sentences.join(": "))
        .chain(advice.map(str::to_owned))
        .collect();
    lines.join("\n")
}

/// The same of a text that is fit to be shown, with its colours.
pub fn fail_as_shown(text: &str) {
    styled(&format!("{ERROR}error{ERROR:#}: {text}\n"));
}

/// A message as compilers write it, wrapped to the terminal but for snippets and for what stands
/// indented below it, which is there to be pasted.
fn titled(level: &str, style: Style, text: &str) {
    let text = format!("{level}: {}", redact::for_people(text));
    let text = match has_snippet(&text) {
        true => text,
        false => {
            let lines = text.lines().map(|line| match line.starts_with(' ') {
                true => line.to_owned(),
                false => terminal::folded(line),
            });
            lines.collect::<Vec<_>>().join("\n")
        }
    };
    let text = text.strip_prefix(level).unwrap_or(&text);
    let text = text.replace("\nhelp: ", &format!("\n{HELP}help{HELP:#}: "));
    let text = text.replace("\nnote: ", &format!("\n{NOTE}note{NOTE:#}: "));
    styled(&format!("{style}{level}{style:#}{text}\n"));
}

/// Whether source lines with carets are part of `text`.
fn has_snippet(text: &str) -> bool {
    text.contains("\n --> ") || text.contains("\n  --> ")
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
// As in the snippets of findings.
const HELP: Style = AnsiColor::BrightCyan.on_default().bold();
const NOTE: Style = AnsiColor::Green.on_default().bold();

/// Writes `text`, made fit to show by whoever styled it. Colours are taken out where standard
/// error shall have none.
pub fn styled(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn what_any_cause_advises_is_below_the_sentence() {
        let error = anyhow!("inner\nhelp: do this").context("outer\nnote: that");
        let shown = "outer: inner\nnote: that\nhelp: do this";
        assert_eq!(with_advice_last(&error), shown);
        assert_eq!(with_advice_last(&anyhow!("alone").context("a")), "a: alone");
    }
}
