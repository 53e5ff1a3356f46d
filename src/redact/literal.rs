//! Literals, of Terraform, YAML and shells alike.

use std::ops::Range;

use memchr::{memchr, memchr2};

use super::values::{FURTHEST, balanced, closing};

/// A literal: its content without quotes, and where it ends with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The content.
    pub content: Range<usize>,
    /// Behind the closing quote.
    pub end: usize,
}

/// The quoted literal whose quote, perhaps an escaped one, stands at `start`.
pub fn quoted_literal(text: &str, start: usize) -> Literal {
    let quote = text.as_bytes()[start];
    let from = start + 1;
    let is_escaped = start > 0 && text.as_bytes()[start - 1] == b'\\';
    let rest = &text[from..];
    let length = match quote {
        b'"' if is_escaped => escaped(rest),
        b'"' => quoted(rest),
        _ => single_quoted(rest),
    };
    let mut to = from + length;
    if !is_escaped && matches!(text.as_bytes().get(to), None | Some(b'\n')) {
        to = further_lines(text, to, quote).unwrap_or(to);
    }
    let closed = usize::from(to < text.len() && !text[to..].starts_with('\n'));
    Literal {
        content: from..to,
        end: to + closed,
    }
}

/// Where the quoted literal that is open at `at`, the end of its first line, closes.
fn further_lines(text: &str, at: usize, quote: u8) -> Option<usize> {
    let end = (at + FURTHEST).min(text.len());
    let near = &text.as_bytes()[at..end];
    let found = memchr(quote, near)?;
    // A line without any indentation, or another entry, is not part of it.
    let lines = text.get(at..at + found)?.split('\n').skip(1);
    let is_entry = |line: &str| {
        let line = line.trim_start();
        let name = line.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        name.len() < line.len() && (name.starts_with(": ") || name.starts_with(" = "))
    };
    let mut lines = lines;
    (!lines.any(is_entry)).then_some(at + found)
}

/// The length of a string's contents up to its closing quote, which is none inside `${ }`; or up to
/// the end of the line.
pub fn quoted(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1) != Some(&b'\n') => at += 1,
            b'"' if depth == 0 => break,
            b'\n' => break,
            b'{' if depth > 0 || at > 0 && matches!(bytes[at - 1], b'$' | b'%') => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}

/// The same of a string whose quotes are escaped themselves.
fn escaped(text: &str) -> usize {
    let end = memchr2(b'"', b'\n', text.as_bytes()).unwrap_or(text.len());
    text[..end].strip_suffix('\\').map_or(end, str::len)
}

/// The same of single quotes: two of them are one of YAML's, `'\''` is one of a shell's.
fn single_quoted(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\'' if text[at..].starts_with("''") => at += 1,
            b'\'' if text[at..].starts_with("'\\''") => at += 3,
            b'\n' | b'\'' => break,
            _ => {}
        }
        at += 1;
    }
    at.min(text.len())
}

/// The word of a shell at `start`, as it is put together from quoted and plain parts.
pub fn word(text: &str, start: usize) -> Literal {
    let bytes = text.as_bytes();
    let mut at = start;
    let mut parts = 0;
    let mut behind_quote = false;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        let ends_here = next.is_none_or(|next| {
            next.is_ascii_whitespace() || matches!(next, b'"' | b'\'' | b',' | b')' | b']' | b'}')
        });
        match byte {
            b'"' | b'\'' => {
                let begins = at == start || behind_quote || bytes[at - 1] == b'$';
                let goes_on = |next: u8| {
                    next.is_ascii_alphanumeric() || matches!(next, b'@' | b'!' | b'#' | b'%' | b'$')
                };
                if !begins && !next.is_some_and(goes_on) {
                    break;
                }
                let string = quoted_literal(text, at);
                // Inside another quote it is the end of that one.
                if !begins && text[string.content.clone()].contains(char::is_whitespace) {
                    break;
                }
                at = string.end;
                parts += 1;
                behind_quote = true;
                continue;
            }
            // A new line within quotes.
            b'\\' if matches!(next, Some(b'"' | b'n')) && at > start => break,
            b'\\' => at += 1,
            b'$' if next == Some(b'{') => at += balanced(&text[at + 1..]),
            b'$' if next == Some(b'(') => at += closing(&text[at + 1..]),
            b',' | b']' | b'}' if ends_here || behind_quote => break,
            _ if byte.is_ascii_whitespace() => break,
            b';' | b'&' | b'|' | b')' | b'<' | b'>' | b'`' => break,
            _ => {}
        }
        parts += usize::from(behind_quote || at == start);
        behind_quote = false;
        at += 1;
    }
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let is_quoted = parts == 1 && matches!(bytes.get(start), Some(b'"' | b'\''));
    match is_quoted {
        true => quoted_literal(text, start),
        false => Literal {
            content: start..end,
            end,
        },
    }
}

/// The plain value at `start` that goes up to the end of its line or a comment there, or, within
/// `{ }`, up to the end of its entry.
pub fn plain(text: &str, start: usize, in_flow: bool) -> Range<usize> {
    let rest = &text[start..];
    let ends = |(at, c): &(usize, char)| match c {
        '\n' => true,
        ',' | '}' | ']' => in_flow,
        '#' => rest[..*at].ends_with([' ', '\t']),
        _ => false,
    };
    let end = rest.char_indices().find(ends);
    start
        ..start
            + rest[..end.map_or(rest.len(), |(end, _)| end)]
                .trim_end()
                .len()
}

/// The rest of the line at `at`, without its end.
pub fn line(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    rest[..line_end(rest)].trim_end_matches('\r')
}

/// The length of the first line of `text`.
pub fn line_end(text: &str) -> usize {
    memchr(b'\n', text.as_bytes()).unwrap_or(text.len())
}
