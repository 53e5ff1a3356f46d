//! Sentences with code in backticks, for formats that set code apart.

use crate::redact::on_one_line;

/// A part of a sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Span {
    /// Whether it stands in backticks.
    pub is_code: bool,
    /// It, without the backticks around it.
    pub text: String,
}

/// The parts of a sentence, on one line and without secrets. A backtick that is never closed, and two
/// with nothing between them, stand for themselves.
pub fn spans(text: &str) -> Vec<Span> {
    let text = on_one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    let backticks = parts.len() - 1;
    let closed = backticks - backticks % 2;
    let parts = parts.iter().enumerate().map(|(number, part)| {
        let (is_code, text) = match number % 2 {
            1 if number > closed => (false, format!("`{part}")),
            1 if part.is_empty() => (false, "``".to_owned()),
            1 => (true, (*part).to_owned()),
            _ => (false, (*part).to_owned()),
        };
        Span { is_code, text }
    });
    parts.filter(|span| !span.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_closed_backticks_is_code() {
        for (text, expected) in [
            (
                "run `a b`.",
                &[(false, "run "), (true, "a b"), (false, ".")][..],
            ),
            ("`a` `b", &[(true, "a"), (false, " "), (false, "`b")]),
            ("``", &[(false, "``")]),
            ("`a``b`", &[(true, "a"), (true, "b")]),
            ("", &[]),
        ] {
            let spans = spans(text);
            let spans: Vec<_> = spans.iter().map(|it| (it.is_code, &*it.text)).collect();
            assert_eq!(spans, expected, "{text}");
        }
    }
}
