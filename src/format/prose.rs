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

/// The parts of a sentence, on one line and without secrets. A backtick within a word, as a file's name may have
/// one, another that is never closed, and two with nothing between them, stand for themselves.
pub fn spans(text: &str) -> Vec<Span> {
    let text = on_one_line(text);
    let mut spans = Vec::new();
    // Where what is not code begins, and from where on a backtick is looked for.
    let (mut from, mut next) = (0, 0);
    while let Some(open) = text[next..].find('`').map(|at| next + at) {
        next = open + 1;
        let is_in_word = text[..open].ends_with(char::is_alphanumeric);
        let Some(length) = text[next..].find('`').filter(|_| !is_in_word) else {
            continue;
        };
        let close = next + length;
        next = close + 1;
        if length > 0 {
            spans.push(plain(&text[from..open]));
            spans.push(Span {
                is_code: true,
                text: text[open + 1..close].to_owned(),
            });
            from = next;
        }
    }
    spans.push(plain(&text[from..]));
    spans.retain(|span| !span.text.is_empty());
    spans
}

fn plain(text: &str) -> Span {
    Span {
        is_code: false,
        text: text.to_owned(),
    }
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
            ("`a` `b", &[(true, "a"), (false, " `b")]),
            (
                "w`x.yml runs `a b`.",
                &[(false, "w`x.yml runs "), (true, "a b"), (false, ".")],
            ),
            ("(`a`s", &[(false, "("), (true, "a"), (false, "s")]),
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
