//! Names and strings of JSON as HCL writes them.

use std::fmt::Write as _;

use crate::lexer::{Scanner, is_name};

/// Whether a string is one reference or type, and safe to stand without quotes.
pub fn is_reference(string: &str) -> bool {
    let starts = string.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    // Anything else, such as an index, may hold text that reads otherwise without quotes.
    let mut bytes = string.bytes();
    starts && bytes.all(|byte| is_name(byte) || byte == b'.')
}

/// A name of HCL; in quotes where it is none.
pub struct QuotedIfNeeded<'s>(pub &'s str);

impl std::fmt::Display for QuotedIfNeeded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let starts = self
            .0
            .starts_with(|it: char| it.is_alphabetic() || it == '_');
        match starts && self.0.bytes().all(is_name) {
            true => f.write_str(self.0),
            false => Quoted(self.0).fmt(f),
        }
    }
}

/// Text as a quoted string of HCL that means just that.
pub struct Quoted<'s>(pub &'s str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut quoted = String::from("\"");
        escape(self.0, &mut quoted);
        quoted.push('"');
        f.write_str(&quoted)
    }
}

/// Appends text as it stands in quotes, template signs made plain.
fn escape(text: &str, out: &mut String) {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            // HCL's native specification, "Template Literals": `$${` and `%%{` mean the signs themselves.
            sign @ ('$' | '%') if letters.peek() == Some(&'{') => out.extend([sign, sign]),
            other => out.push(other),
        }
    }
}

/// Appends a template in quotes: its text is escaped, its sequences stand as they are. A sequence
/// that does not close, which Terraform rejects, is text.
pub fn template(string: &str, out: &mut String) {
    out.push('"');
    let mut from = 0;
    let mut at = 0;
    while let Some(sign) = string[at..].find(['$', '%']).map(|sign| at + sign) {
        let rest = &string[sign..];
        let doubled = &rest[..1].repeat(2);
        at = sign + 1;
        let end = if rest.starts_with(&format!("{doubled}{{")) {
            Some(sign + 3)
        } else if rest[1..].starts_with('{') {
            let mut scanner = Scanner::new(string, sign + 1);
            scanner.group().is_ok().then_some(scanner.at)
        } else {
            None
        };
        if let Some(end) = end {
            escape(&string[from..sign], out);
            out.push_str(&string[sign..end]);
            (from, at) = (end, end);
        }
    }
    escape(&string[from..], out);
    out.push('"');
}
