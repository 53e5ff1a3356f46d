//! The words of a command, and how far its line goes.

use std::ops::Range;

use super::super::literal::line_end;

/// Where the line that begins at `start` ends, with those that a `\` joins to it.
pub fn logical_line(text: &str, start: usize) -> usize {
    let mut end = start + line_end(&text[start..]);
    while end < text.len() && text[..end].trim_end_matches('\r').ends_with('\\') {
        end += 1;
        end += line_end(&text[end..]);
    }
    end
}

/// The words of `within`, without what quotes them or puts them together.
pub fn words(text: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let is_between = |byte: u8| {
        byte.is_ascii_whitespace()
            || matches!(
                byte,
                b'"' | b'\'' | b',' | b'[' | b']' | b'(' | b')' | b'{' | b'}' | b';' | b'|' | b'`'
            )
    };
    let mut words = Vec::new();
    let mut start = within.start;
    for (at, byte) in text.as_bytes()[within.clone()].iter().enumerate() {
        let at = within.start + at;
        if is_between(*byte) {
            if at > start {
                words.push(start..at);
            }
            start = at + 1;
        }
    }
    if within.end > start {
        words.push(start..within.end);
    }
    words
}
