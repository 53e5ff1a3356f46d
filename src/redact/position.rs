//! Where a name stands, and by that how far its value goes.

use super::values::is_of_name;

/// Where the name stands that something is assigned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// It begins an entry: a line, an item of a list.
    Line,
    /// It begins an entry within `{ }`.
    Flow,
    /// It begins a comment, or what is quoted, as a header is.
    Lead,
    /// It is a word among others.
    Prose,
}

/// Where the name behind `before` stands; `behind` is what is between it and the separator.
pub fn position(before: &str, behind: &str) -> Position {
    let path = before.trim_end_matches(|c| is_of_name(c) || matches!(c, '-' | '.'));
    let before = match before.ends_with('.') {
        true => path,
        false => before,
    };
    let head = before.trim_end_matches([' ', '\t', '"', '\'', '\\']);
    match head.chars().next_back() {
        None | Some('\n') => Position::Line,
        Some('-') if head.len() < 2 || head[..head.len() - 1].ends_with(char::is_whitespace) => {
            match head[..head.len() - 1]
                .trim_end_matches([' ', '\t'])
                .ends_with(['#', '/'])
            {
                true => Position::Lead,
                false => Position::Line,
            }
        }
        Some('{' | ',' | '[') => Position::Flow,
        Some('#' | '/') => Position::Lead,
        _ if before.ends_with(['"', '\'']) && !behind.contains(['"', '\'']) => Position::Lead,
        _ => Position::Prose,
    }
}

/// Whether the quote at `start`, right behind the separator at `at`, is not that of a value but closes
/// what the name stands in: `echo "TOKEN="`.
pub fn closes(text: &str, at: usize, start: usize) -> bool {
    let mut rest = text[start..].bytes();
    let is_quote = matches!(rest.next(), Some(b'"' | b'\''));
    let is_entry = text[at..].starts_with(':');
    let is_behind = rest.next().is_none_or(|byte| {
        byte.is_ascii_whitespace() || matches!(byte, b',' | b')' | b']' | b'}' | b';' | b'|')
    });
    start == at + 1 && is_quote && (is_entry && is_name_plain(text, at) || is_behind)
}

/// Whether the name before the separator at `at` has no quotes.
pub fn is_name_plain(text: &str, at: usize) -> bool {
    text[..at].ends_with(is_of_name)
}
