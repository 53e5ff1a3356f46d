//! Entries such as `value` and `default` that are secrets by what stands beside or above them:
//! `variable "db_password" { default = .. }`, `{ name = "DB_PASSWORD", value = .. }`.

use std::collections::HashSet;
use std::ops::Range;

use super::literal::{line_end, quoted, quoted_literal};
use super::names::Telling;
use super::scan::Scan;

/// Entries that hold the name of what another one holds.
const NAMES: [&str; 9] = [
    "name",
    "key",
    "variable",
    "env",
    "id",
    "secret_name",
    "variable_name",
    "parameter",
    "header",
];

/// Entries that hold what another one names.
const VALUES: [&str; 9] = [
    "value",
    "val",
    "default",
    "string_value",
    "stringvalue",
    "plaintext",
    "plaintext_value",
    "value_wo",
    "static",
];

/// The most bytes of a block's head, and of a name, that are read.
const HEAD: usize = 256;

/// A block, an object or a mapping that is open.
#[derive(Default)]
struct Scope {
    /// The column of its entries, in YAML.
    indent: usize,
    /// Whether its head or one of its entries tells of a secret.
    is_telling: bool,
    /// Whether the entry that comes next is the head of a telling mapping, in YAML.
    is_next_telling: bool,
    /// The separators of its values.
    values: Vec<usize>,
}

/// The separators, `=` or `:`, behind which such values stand.
pub fn values(scan: &Scan<'_, '_>) -> HashSet<usize> {
    let mut found = HashSet::new();
    in_braces(scan, &mut found);
    in_yaml(scan, &mut found);
    found
}

/// Of blocks and objects in `{ }`.
fn in_braces(scan: &Scan<'_, '_>, found: &mut HashSet<usize>) {
    let text = scan.text;
    let bytes = text.as_bytes();
    let mut open: Vec<Scope> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1 + quoted(&text[at + 1..]);
            }
            b'{' => open.push(Scope {
                is_telling: is_telling_head(scan, at),
                ..Scope::default()
            }),
            b'}' => {
                let is_top = at == 0 || bytes[at - 1] == b'\n';
                let last = open.len().saturating_sub(1);
                for scope in open.drain(if is_top { 0 } else { last }..) {
                    close(scope, found);
                }
            }
            b'=' | b':' => {
                if let Some(scope) = open.last_mut() {
                    entry(scan, at, scope, found);
                }
            }
            _ => {}
        }
        at += 1;
    }
    for scope in open {
        close(scope, found);
    }
}

/// Of mappings by their indentation.
fn in_yaml(scan: &Scan<'_, '_>, found: &mut HashSet<usize>) {
    let text = scan.text;
    let mut open: Vec<Scope> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let content = line.trim_start_matches([' ', '-', '#', '\t']);
        let indent = line.len() - content.len();
        if content.trim().is_empty() {
            continue;
        }
        let Some(separator) = separator(content) else {
            // What is less indented, such as a bracket of JSON, ends the mapping.
            while let Some(scope) = open.pop_if(|scope| scope.indent > indent) {
                close(scope, found);
            }
            continue;
        };
        let is_item = line[..indent].trim_start().starts_with("- ");
        while let Some(scope) =
            open.pop_if(|scope| scope.indent > indent || is_item && scope.indent == indent)
        {
            close(scope, found);
        }
        if open.last().is_none_or(|scope| scope.indent < indent) {
            let is_telling = open.last().is_some_and(|scope| scope.is_next_telling);
            open.push(Scope {
                indent,
                is_telling,
                ..Scope::default()
            });
        }
        let Some(scope) = open.last_mut() else {
            continue;
        };
        let key = content[..separator].trim_matches(['"', '\'', ' ']);
        let is_empty = content[separator + 1..].trim().is_empty();
        scope.is_next_telling = is_empty && scan.telling(key) == Some(Telling::Always);
        entry(scan, at + indent + separator, scope, found);
    }
    for scope in open {
        close(scope, found);
    }
}

/// Where the `:` behind the key stands that a line of YAML begins with.
pub fn separator(content: &str) -> Option<usize> {
    let is_of_key = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | '/' | '"' | '\'')
    };
    let end = content.find(|c| !is_of_key(c)).filter(|&end| end > 0)?;
    let rest = content[end..].trim_start_matches(' ');
    let behind = rest.strip_prefix(':')?;
    let is_entry = behind.is_empty() || behind.starts_with([' ', '\n', '\r']);
    is_entry.then(|| content.len() - rest.len())
}

fn close(scope: Scope, found: &mut HashSet<usize>) {
    if scope.is_telling {
        found.extend(scope.values);
    }
}

/// Notes the entry whose separator stands at `at`.
fn entry(scan: &Scan<'_, '_>, at: usize, scope: &mut Scope, found: &mut HashSet<usize>) {
    let key = &scan.text[key(scan.text, at)].to_ascii_lowercase();
    if VALUES.contains(&key.as_str()) {
        if scope.is_telling {
            found.insert(at);
        } else {
            scope.values.push(at);
        }
    } else if NAMES.contains(&key.as_str()) || key == "secret_id" {
        let value = name_behind(scan.text, at + 1);
        // A chart names its values with dots, and OIDC's claims begin with a host.
        let name = &scan.text[value];
        let name = name
            .rsplit('.')
            .next()
            .filter(|_| !name.contains([':', ' ']));
        scope.is_telling |= name.is_some_and(|it| scan.telling(it) == Some(Telling::Always));
    }
}

/// The name before the separator at `at`.
fn key(text: &str, at: usize) -> Range<usize> {
    let head = &text.as_bytes()[at.saturating_sub(HEAD)..at];
    let is_around = |byte: u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'\\');
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let end = head
        .iter()
        .rposition(|&byte| !is_around(byte))
        .map_or(0, |last| last + 1);
    let start = head[..end]
        .iter()
        .rposition(|&byte| !is_of_name(byte))
        .map_or(0, |last| last + 1);
    let base = at - head.len();
    base + start..base + end
}

/// The name that stands as a value at `at`.
fn name_behind(text: &str, at: usize) -> Range<usize> {
    let rest = &text[at..];
    let near = &rest[..line_end(&rest[..floor(rest, HEAD)])];
    let value = near.trim_start_matches([' ', '\t', '\\']);
    let start = at + near.len() - value.len();
    match value.as_bytes().first() {
        Some(b'"' | b'\'') => {
            let content = quoted_literal(&text[..at + near.len()], start).content;
            content.start..content.end.min(at + near.len())
        }
        _ => {
            let end = value
                .find([' ', ',', '}', '\r', '"', '\''])
                .unwrap_or(value.len());
            start..start + end
        }
    }
}

/// `length`, or the boundary of a character before it.
fn floor(text: &str, length: usize) -> usize {
    let mut length = length.min(text.len());
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    length
}

/// Whether the head of the block or object that opens at `at` ends with a telling name.
fn is_telling_head(scan: &Scan<'_, '_>, at: usize) -> bool {
    let name = key_of_head(scan.text, at);
    scan.telling(&scan.text[name]) == Some(Telling::Always)
}

/// The last name before `at`: a label of a block or the key of an object.
fn key_of_head(text: &str, at: usize) -> Range<usize> {
    let head = &text.as_bytes()[at.saturating_sub(HEAD)..at];
    let is_separator = |byte: u8| matches!(byte, b' ' | b'\t' | b'=' | b':');
    let end = head
        .iter()
        .rposition(|&byte| !is_separator(byte))
        .map_or(0, |last| last + 1);
    key(text, at - head.len() + end)
}
