//! Strings of HCL, written anew.

use std::fmt::Write as _;

use crate::visible;

/// `text` as a quoted string that HCL reads back, on one line and fit to be shown: nothing in it is a
/// template, and what is not visible is an escape.
pub fn quoted(text: &str) -> String {
    let mut string = String::from("\"");
    for (at, letter) in text.char_indices() {
        let opens = text[at + letter.len_utf8()..].starts_with('{');
        // Writing to a string does not fail.
        let _ = match letter {
            '"' | '\\' => write!(string, "\\{letter}"),
            '\n' => write!(string, "\\n"),
            '\r' => write!(string, "\\r"),
            '\t' => write!(string, "\\t"),
            '$' | '%' if opens => write!(string, "{letter}{letter}"),
            hidden if visible::is_hidden(hidden) => match u32::from(hidden) {
                code @ 0..=0xffff => write!(string, "\\u{code:04x}"),
                code => write!(string, "\\U{code:08x}"),
            },
            // Code in a sentence stands between backticks.
            '`' => write!(string, "\\u0060"),
            // A runner of GitHub takes `##[` for the beginning of a command, wherever it stands.
            '[' if string.ends_with("##") => write!(string, "\\u005b"),
            plain => write!(string, "{plain}"),
        };
    }
    string.push('"');
    string
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hcl::Document;

    #[test]
    fn hcl_reads_back_what_was_quoted_on_one_line() {
        for text in [
            "",
            "live",
            "a\" { }\nx = \"",
            "a\\",
            "\u{202e}\u{e0041}\x1b\r\t",
            "é",
            "❤\u{fe0f}##[group]",
            "$x %x",
            "a`b``",
        ] {
            let string = quoted(text);
            assert!(visible::is_plain(&string), "{string}");
            assert!(!string.contains('`'), "{string}");
            let document = Document::new("a.hcl".into(), format!("x = {string}\n")).unwrap();
            let body = document.body().unwrap();
            let value = body.attribute("x").unwrap().value;
            assert_eq!(value.literal(), Some(text), "{string}");
        }
    }

    #[test]
    fn nothing_in_it_is_a_template() {
        assert_eq!(quoted("${var.x} %{if} $x"), "\"$${var.x} %%{if} $x\"");
    }
}
