//! What may be shown: secrets masked, and nothing that a terminal would obey.

mod commands;
mod elements;
mod entries;
mod expression;
mod fallbacks;
mod heredoc;
mod interpolation;
mod known;
mod literal;
mod names;
mod position;
mod private_keys;
mod scan;
mod scopes;
mod secrets;
mod shapes;
mod tokens;
mod urls;
pub mod values;
mod yaml;

use std::{borrow::Cow, ops::Range};

use syntax::visible;

pub use known::Known;
use secrets::secrets;

/// What stands for a secret.
const MASK: &str = "****";

/// `text[within]` with every one of `spans`, the secrets of the whole `text` in order, masked:
/// nothing is left of them but the first four characters of an access key id, which say what it is
/// and not whose. Owned if, and only if, something was masked.
pub fn shown<'a>(text: &'a str, within: Range<usize>, spans: &[Range<usize>]) -> Cow<'a, str> {
    let first = spans.partition_point(|span| span.end <= within.start);
    let spans = &spans[first..];
    let count = spans.partition_point(|span| span.start < within.end);
    if count == 0 {
        return Cow::Borrowed(&text[within]);
    }
    let mut out = String::with_capacity(within.len());
    let mut from = within.start;
    for span in &spans[..count] {
        out.push_str(&text[from..span.start.max(within.start)]);
        if span.start >= within.start && shapes::is_key_id(&text[span.clone()]) {
            out.push_str(&text[span.start..span.start + 4]);
        }
        out.push_str(MASK);
        from = span.end.min(within.end);
    }
    out.push_str(&text[from..within.end]);
    Cow::Owned(out)
}

/// `text`, which may be of several lines, for people to read: secrets masked, nothing in it that a
/// terminal would obey, and errors of the system without their numbers.
pub fn for_people(text: &str) -> String {
    visible::lines(&masked(&without_numbers(text))).into_owned()
}

/// The same for a sentence, a command or a name, which is one line whatever the repository calls its
/// things.
pub fn on_one_line(text: &str) -> String {
    visible::line(&masked(&without_numbers(text))).into_owned()
}

/// `text` without the numbers of the system's errors, which `io::Error` puts behind their messages: those
/// say the same.
fn without_numbers(text: &str) -> Cow<'_, str> {
    const NUMBER: &str = " (os error ";
    let mut parts = text.split(NUMBER);
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    if rest.is_empty() {
        return Cow::Borrowed(text);
    }
    let rest = rest.into_iter().map(|part| {
        let behind = part.trim_start_matches(|c: char| c.is_ascii_digit());
        match behind.strip_prefix(')') {
            Some(behind) if behind.len() + 1 < part.len() => behind.to_owned(),
            _ => format!("{NUMBER}{part}"),
        }
    });
    Cow::Owned(first.to_owned() + &rest.collect::<String>())
}

fn masked(text: &str) -> Cow<'_, str> {
    shown(text, 0..text.len(), &secrets(text))
}

#[cfg(test)]
mod tests;
