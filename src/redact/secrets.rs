//! Where secrets stand in a text.

use std::ops::Range;

use memchr::{memchr_iter, memchr2_iter, memmem, memrchr};

/// How names of secrets end, in lower case and without separators.
const NAMES: [&str; 5] = [
    "accesskey",
    "accesskeyid",
    "accesskeysecret",
    "secretkey",
    "token",
];

/// What a telling name may be assigned without it being a secret: types, switches, rights of a
/// workflow's token.
const WORDS: [&str; 13] = [
    "true",
    "false",
    "null",
    "string",
    "number",
    "bool",
    "any",
    "read",
    "write",
    "none",
    "unknown",
    "restricted",
    "permissive",
];

/// How ids of access keys begin; ids of users and roles are no secrets.
const KEY_IDS: [&str; 4] = ["AKIA", "ASIA", "ABIA", "ACCA"];

/// The byte spans of the secrets in a Terraform, tfvars or workflow text, in order and apart from
/// each other, each without its quotes and inside one line: literals that are assigned to a telling
/// name or are the default of a variable with one, ids of access keys wherever they stand, and
/// credentials in URLs.
pub fn secrets(text: &str) -> Vec<Range<usize>> {
    let assigned = memchr2_iter(b'=', b':', text.as_bytes()).filter_map(|at| assigned(text, at));
    let key_ids = memchr_iter(b'A', text.as_bytes()).filter_map(|at| key_id(text, at));
    let urls = memmem::find_iter(text.as_bytes(), "://").filter_map(|at| credentials(text, at));
    let mut spans: Vec<_> = assigned.chain(key_ids).chain(urls).collect();
    spans.sort_unstable_by_key(|span| span.start);
    spans.dedup_by(|next, kept| {
        let overlap = next.start < kept.end;
        if overlap {
            kept.end = kept.end.max(next.end);
        }
        overlap
    });
    spans
}

/// Whether `text` is the id of an access key and nothing else.
pub fn is_key_id(text: &str) -> bool {
    text.len() == 20
        && KEY_IDS.iter().any(|prefix| text.starts_with(prefix))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The id of an access key at `at`, where it is a word of its own.
fn key_id(text: &str, at: usize) -> Option<Range<usize>> {
    let span = at..at + 20;
    let alone = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let found = is_key_id(text.get(span.clone())?)
        && alone(at.checked_sub(1).and_then(|before| bytes.get(before)))
        && alone(bytes.get(span.end));
    found.then_some(span)
}

/// The secret that the `=` or `:` at `at` assigns to the name before it.
fn assigned(text: &str, at: usize) -> Option<Range<usize>> {
    let (head, tail) = (&text[..at], &text[at + 1..]);
    if tail.starts_with(['=', '>', ':']) {
        return None;
    }
    let head = head.trim_end_matches([' ', '\t', '"', '\'', ']', '\\']);
    let named =
        head.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let name = &head[named.len()..];
    let name = if name == "default" {
        variable_around(named)
    } else {
        name
    };
    if !names_a_secret(name) {
        return None;
    }
    let value = tail.trim_start_matches([' ', '\t', '\\']);
    let start = text.len() - value.len();
    let span = match value.as_bytes().first()? {
        b'"' => start + 1..start + 1 + quoted(&value[1..])?,
        b'\'' => start + 1..start + 1 + value[1..].find(['\'', '\n']).unwrap_or(value.len() - 1),
        _ => start..start + value.find(ends_plain).unwrap_or(value.len()),
    };
    let plain = span.start == start;
    let value = &text[span.clone()];
    let harmless =
        WORDS.contains(&value) || only_references(value) || plain && is_expression(value);
    (!harmless).then_some(span)
}

/// Whether `name` ends like a secret's, in any case and with any separators.
fn names_a_secret(name: &str) -> bool {
    let letters = || {
        name.bytes()
            .rev()
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| byte.to_ascii_lowercase())
    };
    NAMES.iter().any(|end| {
        let mut letters = letters();
        end.bytes().rev().all(|byte| letters.next() == Some(byte))
    })
}

/// The name of the `variable` block that is still open where `head` ends, or nothing.
fn variable_around(head: &str) -> &str {
    let Some(start) = memmem::rfind(head.as_bytes(), b"variable \"") else {
        return "";
    };
    let block = &head[start..];
    let closed = memmem::find(block.as_bytes(), b"\n}").is_some();
    if closed {
        ""
    } else {
        block.split('"').nth(1).unwrap_or("")
    }
}

/// The length of a string's contents up to its closing quote, which is none inside `${ }`; or up to
/// the end of the line. `None` where it is empty.
fn quoted(text: &str) -> Option<usize> {
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

/// Whether a value without quotes is none itself: an expression, a reference, a tag, a placeholder,
/// the begin of a block, a comment.
fn is_expression(value: &str) -> bool {
    let rest = value
        .trim_start_matches(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    value.is_empty()
        || value.starts_with(['$', '(', '[', '{', '<', '*', '!', '|', '>', '%', '#', '@'])
        || rest.len() < value.len() && (rest.starts_with(['.', '(', '[']) || rest.starts_with("::"))
}

/// Whether nothing is left of `value` without its interpolations and shell variables.
fn only_references(value: &str) -> bool {
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

/// The user and the password, or the token, in the URL whose `://` is at `at`.
fn credentials(text: &str, at: usize) -> Option<Range<usize>> {
    let start = at + "://".len();
    let rest = &text[start..];
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '(' | ')' | '\\'
            )
    };
    let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let info = &authority[..memrchr(b'@', authority.as_bytes())?];
    let harmless = match info.split_once(':') {
        Some((_, password)) if !password.is_empty() => only_references(password),
        _ => info == "git" || text[..at].ends_with("ssh") || only_references(info),
    };
    (!harmless).then_some(start..start + info.len())
}
