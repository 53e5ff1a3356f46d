//! Sentences with code in backticks, for formats that set code apart.

use syntax::code;

use crate::redact::on_one_line;

/// A part of a sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Span {
    /// Whether it is code.
    pub is_code: bool,
    /// It, without the backticks around code.
    pub text: String,
}

/// The parts of a sentence, on one line and without secrets.
pub fn spans(text: &str) -> Vec<Span> {
    let text = on_one_line(text);
    let spans = code::spans(&text).into_iter().map(|span| Span {
        is_code: span.is_code,
        text: span.text.to_owned(),
    });
    spans.collect()
}
