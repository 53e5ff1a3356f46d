//! The literals of an expression whose value is a secret.

use std::ops::Range;

use super::heredoc::{Markers, heredoc};
use super::literal::{line_end, quoted_literal};
use super::names::is_of_surroundings;
use super::values::is_of_name;

/// Functions that are given names: of files, of keys, of what is sought. The numbers are those of
/// the arguments; all, where there are none.
const GIVEN_NAMES: [(&str, &[usize]); 38] = [
    ("abspath", &[]),
    ("basename", &[]),
    ("can", &[]),
    ("contains", &[]),
    ("dirname", &[]),
    ("endsWith", &[]),
    ("endswith", &[]),
    ("env", &[0]),
    ("file", &[]),
    ("filebase64", &[]),
    ("filebase64sha256", &[]),
    ("filebase64sha512", &[]),
    ("fileexists", &[]),
    ("filemd5", &[]),
    ("fileset", &[]),
    ("filesha1", &[]),
    ("filesha256", &[]),
    ("filesha512", &[]),
    ("find_in_parent_folders", &[]),
    ("formatdate", &[]),
    ("get", &[0]),
    ("get_env", &[0]),
    ("getenv", &[0]),
    ("hashFiles", &[]),
    ("length", &[]),
    ("lookup", &[1]),
    ("pathexpand", &[]),
    ("read_terragrunt_config", &[]),
    ("regex", &[]),
    ("regexall", &[]),
    ("run_cmd", &[]),
    ("sops_decrypt_file", &[]),
    ("startsWith", &[]),
    ("startswith", &[]),
    ("strcontains", &[]),
    ("success", &[]),
    ("templatefile", &[0]),
    ("timeadd", &[]),
];

/// Namespaces whose members are defined in texts that may be shown.
const NAMESPACES: [&str; 6] = ["local", "var", "env", "inputs", "matrix", "vars"];

/// What an expression may evaluate to.
#[derive(Debug, Default)]
pub struct Values {
    /// The contents of strings, and the lines of heredocs.
    pub literals: Vec<Range<usize>>,
    /// Names of locals and variables, as `NAME` or `NAME.MEMBER`.
    pub references: Vec<String>,
    /// Where the expression ends.
    pub end: usize,
}

/// An open bracket.
struct Bracket<'t> {
    opens: u8,
    /// Whether what it holds as a whole may be the value.
    is_value: bool,
    /// The arguments that are names; none of them are values where it is `Some(&[])`.
    names: Option<&'static [usize]>,
    /// The element that the scan is in.
    element: usize,
    /// The key of that element, in an object.
    key: Option<&'t str>,
}

impl Bracket<'_> {
    fn may_be_value(&self) -> bool {
        let is_name = self
            .names
            .is_some_and(|names| names.is_empty() || names.contains(&self.element));
        self.is_value && !is_name && !self.key.is_some_and(is_of_surroundings)
    }
}

/// The values of the expression at the beginning of `within`: all of its strings but those compared
/// with, those that choose an element, those that name files and the like, and those that an object
/// has under the name of something that is no secret. With `in_flow`, words without quotes are
/// values too, as in YAML.
pub fn values(text: &str, within: Range<usize>, in_flow: bool, markers: &Markers<'_>) -> Values {
    let bytes = &text.as_bytes()[..within.end];
    let mut found = Values::default();
    let mut open: Vec<Bracket<'_>> = Vec::new();
    let mut at = within.start;
    while let Some(&byte) = bytes.get(at) {
        let may_be_value = open.last().is_none_or(Bracket::may_be_value);
        match byte {
            b'"' | b'\'' => {
                let string = quoted_literal(text, at);
                let end = string.end.min(within.end);
                let content = string.content.start..string.content.end.min(within.end);
                if is_key(text, end, open.last()) {
                    set_key(&mut open, &text[content]);
                } else if may_be_value && !is_compared(text, at, end) {
                    found.literals.push(content);
                }
                at = end.max(at + 1);
                continue;
            }
            b'<' if text[at..].starts_with("<<") && !in_flow => {
                let (lines, end) = heredoc(text, at, within.end, markers);
                if may_be_value {
                    found.literals.extend(lines);
                }
                at = end.max(at + 2);
                continue;
            }
            b'(' | b'[' | b'{' => open.push(Bracket {
                opens: byte,
                is_value: may_be_value,
                names: names_given(&text[within.start..at], byte),
                element: 0,
                key: None,
            }),
            b')' | b']' | b'}' if open.pop().is_none() => break,
            b',' => match open.last_mut() {
                Some(bracket) => {
                    bracket.element += 1;
                    bracket.key = None;
                }
                None => break,
            },
            b'\n' => match open.last_mut() {
                Some(bracket) if bracket.opens == b'{' => bracket.key = None,
                Some(_) => {}
                None => break,
            },
            b'#' => {
                at += line_end(&text[at..]);
                continue;
            }
            b'/' if !in_flow && text[at..].starts_with("//") => {
                at += line_end(&text[at..]);
                continue;
            }
            _ if in_flow && !byte.is_ascii_whitespace() && !matches!(byte, b':' | b'=' | b'$') => {
                let value = flow_word(&text[..within.end], at);
                // Empty where it is white space beyond ASCII's alone.
                if !value.is_empty() {
                    if is_key(text, value.end, open.last()) {
                        set_key(&mut open, &text[value.clone()]);
                    } else if may_be_value {
                        found.literals.push(value.clone());
                    }
                    at = value.end;
                    continue;
                }
            }
            _ if byte.is_ascii_alphabetic() || byte == b'_' => {
                let name = name(&text[..within.end], at);
                let end = at + name.len();
                if is_key(text, end, open.last()) {
                    set_key(&mut open, name);
                } else if may_be_value && !is_compared(text, at, end) {
                    found.references.extend(reference(name, &bytes[end..]));
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
        while at < within.end && !text.is_char_boundary(at) {
            at += 1;
        }
    }
    found.end = at.min(within.end);
    found
}

fn set_key<'t>(open: &mut [Bracket<'t>], key: &'t str) {
    if let Some(bracket) = open.last_mut() {
        bracket.key = Some(key);
    }
}

/// Whether what ends at `end` is the key of an entry of the object that is open.
fn is_key(text: &str, end: usize, open: Option<&Bracket<'_>>) -> bool {
    let rest = text[end..].trim_start_matches([' ', '\t', ')']);
    let is_object = open.is_some_and(|bracket| bracket.opens == b'{' && bracket.key.is_none());
    is_object && (rest.starts_with(':') || rest.starts_with('=') && !rest.starts_with("=="))
}

/// Whether the operand from `start` to `end` stands beside a comparison.
fn is_compared(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].trim_end_matches([' ', '\t']);
    let after = text[end..].trim_start_matches([' ', '\t']);
    let operators = ["==", "!=", "<=", ">=", "<", ">", "!"];
    let is_right = !before.ends_with("=>") && operators.iter().any(|it| before.ends_with(it));
    is_right || after.starts_with("==") || after.starts_with("!=")
}

/// The name at `at`, with its dots.
fn name(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let end = rest.find(|c: char| !(is_of_name(c) || matches!(c, '.' | '-')));
    &rest[..end.unwrap_or(rest.len())]
}

/// The local or variable that `name` reads, with the member of it that is chosen there or `behind`.
fn reference(name: &str, behind: &[u8]) -> Option<String> {
    let (namespace, member) = name.split_once('.')?;
    if !NAMESPACES.contains(&namespace) || member.split('.').count() > 2 {
        return None;
    }
    if behind.first() != Some(&b'[') {
        return Some(member.to_owned());
    }
    let length = behind
        .iter()
        .position(|byte| matches!(byte, b']' | b'\n'))?;
    let index = str::from_utf8(&behind[1..length]).ok()?;
    // What is chosen from a member tells by its own name.
    if member.contains('.') || matches!(behind.get(length + 1), Some(b'.' | b'[')) {
        return None;
    }
    match index
        .strip_prefix('"')
        .and_then(|index| index.strip_suffix('"'))
    {
        Some(index) => Some(format!("{member}.{index}")),
        None => Some(member.to_owned()),
    }
}

/// The plain scalar at `at` within `[ ]` or `{ }` of YAML.
fn flow_word(text: &str, at: usize) -> Range<usize> {
    let ends = |(at, c): &(usize, char), rest: &str| match c {
        ',' | ']' | '}' | '{' | '[' | '"' | '\'' | '\n' => true,
        ':' => rest[at + 1..].starts_with(' '),
        ' ' => rest[at + 1..].starts_with('#'),
        _ => false,
    };
    let rest = &text[at..];
    let end = rest.char_indices().find(|it| ends(it, rest));
    at..at
        + rest[..end.map_or(rest.len(), |(end, _)| end)]
            .trim_end()
            .len()
}

/// Which elements of the bracket that `opens` behind `head` are names.
fn names_given(head: &str, opens: u8) -> Option<&'static [usize]> {
    let before = head.trim_end_matches(is_of_name);
    let name = &head[before.len()..];
    match opens {
        b'(' => {
            let mut functions = GIVEN_NAMES.iter();
            let function = functions.find(|(function, _)| *function == name);
            function.map(|(_, names)| *names)
        }
        // Behind a value it is an index.
        b'[' if !name.is_empty() || before.ends_with([')', ']', '*']) => Some(&[]),
        _ => None,
    }
}
