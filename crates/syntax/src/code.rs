//! Code in a sentence: between backticks, as CommonMark has it ("Code spans"), whatever the code holds.

use std::ops::Range;

pub use sentence::sentence;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<'t> {
    /// Whether it is code.
    pub is_code: bool,
    /// It, without what stands around code.
    pub text: &'t str,
    /// Bytes of the sentence, what stands around code included.
    pub range: Range<usize>,
}

/// `text` as code in a sentence: between backticks, more of them in a row than it holds.
pub fn quoted(text: &str) -> String {
    let run = longest_run(text);
    let fence = "`".repeat(run + 1);
    // One space on each side is none of the code's where both are there. Without them a fence would end in the
    // backticks of the text, and a text that begins and ends with a space would lose both.
    let is_padded = run > 0 || text.is_empty() || text.starts_with(' ') && text.ends_with(' ');
    match is_padded {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// Texts as code in a sentence, separated by commas.
pub fn listed(texts: &[impl AsRef<str>]) -> String {
    let texts = texts.iter().map(|text| quoted(text.as_ref()));
    texts.collect::<Vec<_>>().join(", ")
}

/// The parts of a sentence. Backticks that are not closed by as many, or stand behind a letter or digit, as in
/// the name of a file, stand for themselves.
pub fn spans(sentence: &str) -> Vec<Span<'_>> {
    let plain = |range: Range<usize>| Span {
        is_code: false,
        text: &sentence[range.clone()],
        range,
    };
    let mut spans = Vec::new();
    // Where what is not code begins, and from where on a backtick is looked for.
    let (mut from, mut next) = (0, 0);
    while let Some(open) = sentence[next..].find('`').map(|at| next + at) {
        let fence = run(&sentence[open..]);
        let start = open + fence;
        next = start;
        if sentence[..open].ends_with(char::is_alphanumeric) {
            continue;
        }
        if let Some(length) = closing(&sentence[start..], fence) {
            next = start + length + fence;
            spans.push(plain(from..open));
            spans.push(Span {
                is_code: true,
                text: stripped(&sentence[start..start + length]),
                range: open..next,
            });
            from = next;
        }
    }
    spans.push(plain(from..sentence.len()));
    spans.retain(|span| !span.text.is_empty());
    spans
}

/// A sentence without what stands around its code.
pub fn unquoted(sentence: &str) -> String {
    spans(sentence).iter().map(|span| span.text).collect()
}

/// The number of backticks in the longest row of them.
pub fn longest_run(text: &str) -> usize {
    let runs = text.split(|letter| letter != '`').map(str::len);
    runs.max().unwrap_or(0)
}

/// The number of backticks that a text begins with.
fn run(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

/// Where as many backticks as opened the code stand in a row.
fn closing(text: &str, fence: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        at += found;
        match run(&text[at..]) {
            length if length == fence => return Some(at),
            length => at += length,
        }
    }
    None
}

/// Code without the spaces that only keep its backticks apart from those around it.
fn stripped(code: &str) -> &str {
    let inner = code.strip_prefix(' ').and_then(|it| it.strip_suffix(' '));
    inner.filter(|_| !code.trim().is_empty()).unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: [&str; 14] = [
        "ls",
        "echo `date`",
        "`date`",
        "``",
        "`",
        "``a```b",
        " a ",
        " ",
        "a ` b",
        "`a",
        "a`",
        "<b>`x`</b> @me",
        "a`|`b",
        "${{ format('`{0}`', x) }}",
    ];

    #[test]
    fn what_is_quoted_is_code_and_the_rest_of_the_sentence_is_not() {
        for text in HOSTILE {
            for other in HOSTILE {
                let sentence = format!("job \"a\" runs {} before {}.", quoted(text), quoted(other));
                let spans: Vec<_> = spans(&sentence)
                    .into_iter()
                    .map(|it| (it.is_code, it.text))
                    .collect();
                let code = |text| (true, text);
                let plain = |text| (false, text);
                // A text of spaces alone cannot be code without more of them.
                let shown = |text: &'static str| if text == " " { "   " } else { text };
                let expected = [
                    plain("job \"a\" runs "),
                    code(shown(text)),
                    plain(" before "),
                    code(shown(other)),
                    plain("."),
                ];
                assert_eq!(spans, expected, "{sentence}");
                let plain = format!("job \"a\" runs {} before {}.", shown(text), shown(other));
                assert_eq!(unquoted(&sentence), plain);
            }
        }
    }

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
            ("`a``b`", &[(true, "a``b")]),
            ("`` `a` `` b", &[(true, "`a`"), (false, " b")]),
            ("`` a ` b", &[(false, "`` a ` b")]),
            ("", &[]),
        ] {
            let spans = spans(text);
            let spans: Vec<_> = spans.iter().map(|it| (it.is_code, it.text)).collect();
            assert_eq!(spans, expected, "{text}");
        }
    }
}
