//! A line of a file and the part of it that a message is about, fit to be shown.

use std::ops::Range;

use syntax::text::Lines;
use syntax::visible;

use crate::redact::shown;

/// A line, and a mark in it.
pub struct SourceLine {
    /// The line, secrets masked, without its end.
    pub text: String,
    /// Bytes of `text`.
    pub marked: Range<usize>,
}

impl SourceLine {
    /// Line `line` of `text`, from 1, marked for `length` bytes from the character `column`, from 1, or
    /// to its end. `lines` and `secrets` are those of the text. `None` where it has no such line.
    pub fn of(
        text: &str,
        lines: &Lines,
        secrets: &[Range<usize>],
        (line, column): (usize, usize),
        length: Option<usize>,
    ) -> Option<Self> {
        let line = lines.numbered(text, line)?;
        let start = line.start;
        let content = text[line].trim_end();
        let end = start + content.len();
        let first = content.char_indices().nth(column.checked_sub(1)?);
        let from = start + first.map_or(content.len(), |(at, _)| at);
        let to = length.map_or(end, |length| (from + length).min(end));
        let to = match text.is_char_boundary(to) {
            true => to,
            false => end,
        };
        let part = |within| visible::lines(&shown(text, within, secrets)).into_owned();
        let (before, about, behind) = (part(start..from), part(from..to), part(to..end));
        let marked = before.len()..before.len() + about.trim_end().len();
        let text = before + &about + &behind;
        Some(Self { text, marked })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_found_in_a_line_with_secrets_and_control_characters() {
        let text = "a\né\u{1b} = \"hunter2\" # x\r\n";
        let secret = text.find("hunter2").unwrap();
        let secrets: Vec<Range<usize>> = std::iter::once(secret..secret + 7).collect();
        for (place, length, expected) in [
            ((2, 6), Some(9), Some("\"****\"")),
            ((2, 1), Some(2), Some("é")),
            ((2, 1), Some(1), Some("é\\x1b = \"****\" # x")),
            ((2, 6), None, Some("\"****\" # x")),
            ((2, 90), Some(3), Some("")),
            ((4, 1), Some(1), None),
            ((0, 1), Some(1), None),
        ] {
            let line = SourceLine::of(text, &Lines::of(text), &secrets, place, length);
            let marked = line.as_ref().map(|line| &line.text[line.marked.clone()]);
            assert_eq!(marked, expected, "{place:?}");
        }
    }
}
