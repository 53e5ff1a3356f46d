//! Characters that a terminal would obey, or a reader not see.

use std::{borrow::Cow, fmt::Write as _};

/// `text` with its control, bidirectional and invisible characters written as escapes (`\x1b`,
/// `\u{202e}`): for everything from files or file names that may reach a terminal. Newlines, tabs
/// and the carriage return before a newline stay. Owned if, and only if, something was escaped.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    // Most lines are plain ASCII; for them this is one quick pass.
    if text
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t'))
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut from = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let ends_line = c == '\r' && text[end..].starts_with('\n');
        if !is_treacherous(c) || ends_line {
            continue;
        }
        out.push_str(&text[from..at]);
        let _ = if c.is_ascii() {
            write!(out, "\\x{:02x}", c as u32)
        } else {
            write!(out, "\\u{{{:x}}}", c as u32)
        };
        from = end;
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// Whether `c` moves a cursor, turns the direction of the text, breaks a line, or takes no room.
fn is_treacherous(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        // With the bidirectional ones a line reads otherwise than it is (CVE-2021-42574).
        '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        // Tags: invisible twins of ASCII.
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        for (text, expected) in [
            ("\x1b[2J", "\\x1b[2J"),
            ("a\rb\r\n", "a\\x0db\r\n"),
            ("\x07\x08\x7f\0", "\\x07\\x08\\x7f\\x00"),
            ("\u{9b}2J", "\\u{9b}2J"),
            (
                "a\u{202e}b\u{2066}\u{61c}\u{200f}",
                "a\\u{202e}b\\u{2066}\\u{61c}\\u{200f}",
            ),
            (
                "\u{200b}\u{2060}\u{feff}\u{e0041}\u{2028}",
                "\\u{200b}\\u{2060}\\u{feff}\\u{e0041}\\u{2028}",
            ),
        ] {
            assert_eq!(sanitize(text), expected);
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in ["", "plain\n", "\ttab\r\n", "naïve 日本語 ❤️\n"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(same) if same == text));
        }
    }
}
