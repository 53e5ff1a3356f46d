//! A line of a file and the part of it that a message is about, fit to be shown.

use std::ops::Range;

use syntax::text::Lines;
use syntax::visible;

use crate::redact::shown;
use crate::terminal::columns;

/// What stands for the rest of a line.
const CUT: &str = "...";

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

    /// The same, with no more marked than `room` columns: what is behind is left out, as `...` says.
    pub fn within(mut self, room: usize) -> Self {
        if columns(&self.text[self.marked.clone()]) <= room {
            return self;
        }
        let mut taken = CUT.len();
        let about = self.text[self.marked.clone()].char_indices();
        let end = about.map_while(|(at, letter)| {
            taken += columns(letter.encode_utf8(&mut [0; 4]));
            (taken <= room).then_some(at + letter.len_utf8())
        });
        let end = self.marked.start + end.last().unwrap_or(0);
        self.text.truncate(end);
        self.text += CUT;
        self.marked.end = self.text.len();
        self
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

    #[test]
    fn a_long_mark_is_cut_to_the_columns_there_are() {
        let whole = |text: &str, from: usize| SourceLine {
            text: text.to_owned(),
            marked: from..text.len() - 2,
        };
        for (text, from, room, expected) in [
            ("x = [1, 2, 3] #", 4, 20, ("x = [1, 2, 3] #", "[1, 2, 3]")),
            ("x = [1, 2, 3] #", 4, 9, ("x = [1, 2, 3] #", "[1, 2, 3]")),
            ("x = [1, 2, 3] #", 4, 8, ("x = [1, 2...", "[1, 2...")),
            ("日本語日本語日本語 #", 0, 8, ("日本...", "日本...")),
            ("x = [1, 2, 3] #", 4, 0, ("x = ...", "...")),
        ] {
            let line = whole(text, from).within(room);
            let marked = &line.text[line.marked.clone()];
            assert_eq!((line.text.as_str(), marked), expected, "{room}");
        }
    }
}
