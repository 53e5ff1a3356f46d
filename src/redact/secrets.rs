//! Where secrets stand in a text.

use std::ops::Range;

use memchr::{memchr_iter, memchr2_iter, memmem, memrchr};

use super::expression;
use super::literal::{literal, only_references};

/// How names of secrets end, in lower case and without separators. `secrets` and `tokens` hold too
/// many things that are none.
const NAMES: [&str; 13] = [
    "accesskey",
    "accesskeyid",
    "accesskeys",
    "accesskeysecret",
    "passwd",
    "password",
    "passwords",
    "privatekey",
    "privatekeys",
    "secret",
    "secretkey",
    "secretkeys",
    "token",
];

/// What a telling name may be assigned without it being a secret: types, switches, rights of a
/// workflow's token.
const WORDS: [&str; 16] = [
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
    "inherit",
    "optional",
    "required",
];

/// How the places of secrets begin.
const PLACES: [&str; 6] = [
    "arn:",
    "~/",
    "./",
    "../",
    "{{secrets/",
    "@Microsoft.KeyVault(",
];

/// How ids of access keys begin (IAM User Guide, "Unique identifiers"); ids of users and roles are no
/// secrets.
const KEY_IDS: [&str; 4] = ["AKIA", "ASIA", "ABIA", "ACCA"];

/// What puts a secret into a profile.
const CONFIGURE: &str = "configure set ";

/// The byte spans of the secrets in a Terraform, tfvars or workflow text, in order and apart from
/// each other, each without its quotes and inside one line: literals that are assigned to a telling
/// name, also by way of an expression, a list or a heredoc, or are the default of a variable with
/// one; what `aws configure set` is given; ids of access keys wherever they stand; and credentials
/// in URLs.
pub fn secrets(text: &str) -> Vec<Range<usize>> {
    let assigned = memchr2_iter(b'=', b':', text.as_bytes()).flat_map(|at| assigned(text, at));
    let configured = memmem::find_iter(text.as_bytes(), CONFIGURE)
        .filter_map(|at| configured(text, at + CONFIGURE.len()));
    let key_ids = memchr_iter(b'A', text.as_bytes()).filter_map(|at| key_id(text, at));
    let urls = memmem::find_iter(text.as_bytes(), "://").filter_map(|at| credentials(text, at));
    let assigned = assigned.chain(configured);
    apart(assigned.chain(key_ids).chain(urls).collect())
}

/// The same, and wherever one of `known` stands.
pub fn secrets_and(text: &str, known: &[String]) -> Vec<Range<usize>> {
    let known = known.iter().filter(|known| !known.is_empty());
    let places = known.flat_map(|known| {
        let places = memmem::find_iter(text.as_bytes(), known);
        places.map(|at| at..at + known.len())
    });
    apart(secrets(text).into_iter().chain(places).collect())
}

/// Spans in order, those that overlap made one.
fn apart(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
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

/// The secrets that the `=` or `:` at `at` assigns to the name before it.
fn assigned(text: &str, at: usize) -> Vec<Range<usize>> {
    let (head, tail) = (&text[..at], &text[at + 1..]);
    if tail.starts_with(['=', '>', ':']) {
        return Vec::new();
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
        return Vec::new();
    }
    let value = tail.trim_start_matches([' ', '\t', '\\']);
    let start = text.len() - value.len();
    let Some(span) = literal(text, start) else {
        return Vec::new();
    };
    let is_plain = span.start == start;
    let is_entry = text[at..].starts_with(':');
    let value = &text[span.clone()];
    if is_plain && value.starts_with("<<") {
        expression::heredoc(text, start)
    } else if is_plain && is_expression(value) {
        let is_scanned = value.starts_with('[') || !is_entry && begins_expression(value);
        match is_scanned {
            true => expression::literals(text, start),
            false => Vec::new(),
        }
    } else if !is_plain && value.starts_with("${") && only_references(value) {
        expression::literals(text, span.start + "${".len())
    } else if is_harmless(value) || is_plain && is_entry && !is_key(named) {
        Vec::new()
    } else {
        vec![span]
    }
}

/// The secret that `aws configure set`, which ends at `at`, is given on its line.
fn configured(text: &str, at: usize) -> Option<Range<usize>> {
    let line = text[at..].lines().next()?;
    let name = line.split_whitespace().find(|word| names_a_secret(word))?;
    let value = line[line.find(name)? + name.len()..].trim_start();
    let span = literal(text, at + line.len() - value.len())?;
    let value = &text[span.clone()];
    (!value.is_empty() && !is_harmless(value)).then_some(span)
}

/// Whether a value is known to be none that has to be hidden: a word, a reference, the place where
/// the secret is kept.
pub fn is_harmless(value: &str) -> bool {
    let last = value.rsplit_once('/').map(|(_, last)| last);
    WORDS.contains(&value)
        || only_references(value)
        || PLACES.iter().any(|begin| value.starts_with(begin))
        || value.starts_with("${") && value.contains("arn}:")
        || last.is_some_and(|last| last.starts_with('$') || names_a_secret(last))
}

/// Whether a name behind `head` begins an entry, as in YAML, and is not a word of a sentence.
fn is_key(head: &str) -> bool {
    let head = head.trim_end_matches([' ', '\t', '"', '\'']);
    head.is_empty() || head.ends_with(['\n', '{', ',', '-', '#', '/'])
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

/// The name of the `variable` block, or of its object in JSON, that is still open where `head` ends,
/// or nothing.
fn variable_around(head: &str) -> &str {
    let Some(start) = memmem::rfind(head.as_bytes(), b"variable \"") else {
        return member_around(head);
    };
    let block = &head[start..];
    let closed = memmem::find(block.as_bytes(), b"\n}").is_some();
    if closed {
        ""
    } else {
        block.split('"').nth(1).unwrap_or("")
    }
}

/// The name of the JSON object that is open at the end of `head`, behind a few other members of it.
fn member_around(head: &str) -> &str {
    // Else every `default` of a large file would be followed back to the beginning.
    const REACH: usize = 4096;
    let mut depth = 0;
    let mut near = head.bytes().rev().take(REACH);
    let behind = near.position(|byte| {
        depth += match byte {
            b'}' => 1,
            b'{' => -1,
            _ => 0,
        };
        depth < 0
    });
    let before = behind.map_or("", |behind| &head[..head.len() - behind - 1]);
    let name = before.trim_end().strip_suffix(':').map(str::trim_end);
    let name = name.and_then(|name| name.strip_suffix('"'));
    name.and_then(|name| name.rsplit('"').next()).unwrap_or("")
}

/// Whether an expression of Terraform may begin with `value`, not one of a shell or a template.
fn begins_expression(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_lowercase() || matches!(c, '_' | '(' | '!'))
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
