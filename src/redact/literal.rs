//! Literals, of Terraform, YAML and shells alike.

use std::ops::Range;

/// The content of the quoted or plain literal that begins at `start`; `None` where there is none.
pub fn literal(text: &str, start: usize) -> Option<Range<usize>> {
    let value = &text[start..];
    Some(match value.as_bytes().first()? {
        b'"' => start + 1..start + 1 + quoted(&value[1..])?,
        b'\'' => start + 1..start + 1 + value[1..].find(['\'', '\n']).unwrap_or(value.len() - 1),
        _ => start..start + value.find(ends_plain).unwrap_or(value.len()),
    })
}

/// The length of a string's contents up to its closing quote, which is none inside `${ }`; or up to
/// the end of the line. `None` where it is empty.
pub fn quoted(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
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
    (end > 0).then_some(end)
}

/// Whether `c` cannot be part of a value without quotes.
fn ends_plain(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '&' | ')' | '}' | ']')
}

/// Whether nothing is left of `value` without its interpolations and shell variables.
pub fn only_references(value: &str) -> bool {
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        if matches!(first, '$' | '%') && rest.starts_with('{') {
            rest = &rest[balanced(rest)..];
        } else if first == '$' && rest.starts_with('(') {
            rest = rest.find(')').map_or("", |end| &rest[end..]);
        } else if first == '$' {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        } else if first.is_alphanumeric() {
            return false;
        }
    }
    true
}

/// The length of the braces that `text` begins with, everything between them included.
fn balanced(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return at + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}
