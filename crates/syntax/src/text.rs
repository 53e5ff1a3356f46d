//! Lines, columns and line endings of a text, by byte offset.

use std::ops::Range;
use std::path::Path;

use crate::visible;

/// The byte order mark, peeled off before parsing and never edited.
// Terraform reads files that begin with it, hcl-edit rejects them (measured).
pub const BOM: &str = "\u{feff}";

/// Why `bytes` begin no text as Terraform and GitHub read it: the encoding that they are in; `None` for
/// UTF-8, as far as their beginning tells.
///
/// Without a byte order mark UTF-16 is told by the NUL byte beside its first letter, which is ASCII in
/// every file that is read here.
pub fn foreign_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [letter, 0, ..] | [0, letter, ..] if *letter != 0 => Some("UTF-16"),
        [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, ..] => Some("UTF-8 with two byte order marks"),
        _ => None,
    }
}

/// Names as a phrase: `a, b and c`.
pub fn series(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// Offset of the first byte after a byte order mark, 0 without one.
pub fn start(text: &str) -> usize {
    if text.starts_with(BOM) { BOM.len() } else { 0 }
}

/// Line and column of a byte offset, both from 1, the column in characters; the byte order mark is no column.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let offset = offset.min(text.len());
    let line = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..offset]).count();
    // Editors do not show the mark, so a column that counted it would be one too far.
    let from = line_start(text, offset).max(start(text)).min(offset);
    (line, 1 + text[from..offset].chars().count())
}

/// Where the lines of a text begin, for many positions in it: counting lines from its start for each of
/// them would take quadratic time.
#[derive(Debug, Clone)]
pub struct Lines {
    /// The offset of the first byte of each line.
    starts: Vec<usize>,
    /// How many characters stand before each [`STEP`] bytes; a text may be one long line.
    characters: Vec<usize>,
}

/// Bytes between two counts of characters.
const STEP: usize = 1024;

impl Lines {
    /// The lines of a text.
    pub fn of(text: &str) -> Self {
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes());
        let mut before = 0;
        let characters = text.as_bytes().chunks(STEP).map(|chunk| {
            let here = before;
            before += characters(chunk);
            here
        });
        Self {
            characters: characters.collect(),
            starts: std::iter::once(0)
                .chain(newlines.map(|at| at + 1))
                .collect(),
        }
    }

    /// The bytes of the line that holds `offset`, its line ending included.
    pub(crate) fn line(&self, text: &str, offset: usize) -> Range<usize> {
        let next = self.starts.partition_point(|start| *start <= offset);
        let end = self.starts.get(next).copied().unwrap_or(text.len());
        self.starts[next - 1]..end
    }

    /// The bytes of line `number` of that text, from 1, its line ending included; `None` where it has none
    /// such.
    pub fn numbered(&self, text: &str, number: usize) -> Option<Range<usize>> {
        let start = *self.starts.get(number.checked_sub(1)?)?;
        let end = self.starts.get(number).copied().unwrap_or(text.len());
        (start < end).then_some(start..end)
    }

    /// Line and column of a byte offset of that text, both from 1, as [`position`] has them.
    pub(crate) fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let from = self.starts[line - 1].max(start(text)).min(offset);
        let before = |offset: usize| {
            let step = (offset / STEP).min(self.characters.len().saturating_sub(1));
            let known = self.characters.get(step).copied().unwrap_or(0);
            known + characters(&text.as_bytes()[step * STEP..offset])
        };
        (line, 1 + before(offset) - before(from))
    }
}

/// How many characters begin in some bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    let begins = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
    bytes.iter().filter(begins).count()
}

/// Offset of the first byte of the line that holds `offset`.
pub fn line_start(text: &str, offset: usize) -> usize {
    memchr::memrchr(b'\n', &text.as_bytes()[..offset]).map_or(0, |newline| newline + 1)
}

/// Offset after the line that holds `offset`, its line ending included.
pub fn line_end(text: &str, offset: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[offset..])
        .map_or(text.len(), |newline| offset + newline + 1)
}

/// The white space that begins the line that holds `offset`.
pub fn indentation(text: &str, offset: usize) -> &str {
    let from = line_start(text, offset);
    let rest = &text[from..];
    &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()]
}

/// The line ending used at `offset`: that of its line, else that of the line before.
pub fn line_ending(text: &str, offset: usize) -> &'static str {
    ending_of(text, line_start(text, offset)..line_end(text, offset))
}

/// The line ending of a line: its own, else that of the line before.
pub(crate) fn ending_of(text: &str, line: Range<usize>) -> &'static str {
    // Only a last line has no ending of its own; files with both endings exist (144 of 30,743
    // measured), so a neighbour decides, not the file.
    let own = &text[..line.end];
    let line = if own.ends_with('\n') {
        own
    } else {
        &text[..line.start]
    };
    if line.ends_with("\r\n") { "\r\n" } else { "\n" }
}

/// Whether nothing but white space stands in `range`.
pub fn is_blank(text: &str, range: Range<usize>) -> bool {
    text[range].bytes().all(|byte| byte.is_ascii_whitespace())
}

/// Whether a comment to the line's end begins the line that holds `offset`.
pub fn is_commented(text: &str, offset: usize) -> bool {
    let line = text[line_start(text, offset)..].trim_start();
    line.starts_with('#') || line.starts_with("//")
}

/// A directory of the repository as messages name it.
pub fn shown(directory: &Path) -> String {
    match directory.as_os_str().is_empty() {
        true => "the root directory".to_owned(),
        false => visible::path(directory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_skip_the_byte_order_mark() {
        assert_eq!(position("\u{feff}ab", 4), (1, 2));
        assert_eq!(position("é = x\nyé z", 10), (2, 3));
        assert_eq!(position("a", 99), (1, 2));
    }

    #[test]
    fn a_series_has_one_and() {
        for (names, phrase) in [
            (&[][..], ""),
            (&["a"], "a"),
            (&["a", "b"], "a and b"),
            (&["a", "b", "c"], "a, b and c"),
        ] {
            assert_eq!(series(names), phrase);
        }
    }

    #[test]
    fn what_is_not_utf_8_is_told_by_how_it_begins() {
        let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(bytes).collect()
        };
        for text in ["\u{feff}terraform {}", "terraform {}"] {
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                assert_eq!(foreign_encoding(&utf_16(text, bytes)), Some("UTF-16"));
            }
        }
        assert_eq!(foreign_encoding(b"\xff\xfe\0\0a\0\0\0"), Some("UTF-32"));
        let twice = "\u{feff}\u{feff}terraform {}".as_bytes();
        assert!(foreign_encoding(twice).is_some_and(|it| it.contains("two byte order marks")));
        for text in ["", "a", "\u{feff}", "\u{feff}a", "é"] {
            assert_eq!(foreign_encoding(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn many_positions_are_those_of_one() {
        let long = "é".repeat(3 * STEP);
        for text in ["", "a", "\n", "\u{feff}é\r\né\n\nx", "\u{feff}", &long] {
            let lines = Lines::of(text);
            for offset in
                (0..text.len() + 2).filter(|at| *at > text.len() || text.is_char_boundary(*at))
            {
                assert_eq!(
                    lines.position(text, offset),
                    position(text, offset),
                    "{offset}"
                );
            }
        }
    }

    #[test]
    fn the_last_line_takes_the_line_ending_of_the_one_before() {
        assert_eq!(line_ending("a\r\nb", 3), "\r\n");
        assert_eq!(line_ending("a\nb\r\n", 0), "\n");
        assert_eq!(line_ending("a", 0), "\n");
    }
}
