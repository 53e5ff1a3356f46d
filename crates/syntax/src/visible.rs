//! Texts of a repository, made fit to be shown: one escape for whatever a terminal would obey, a
//! reader not see, or a runner of GitHub take for a command.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

/// `text` with what is [hidden](is_hidden) written as escapes (`\x1b`, `\u{202e}`). Newlines, tabs and
/// the carriage return before a newline stay. Owned if, and only if, something was escaped.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, true)
}

/// The same for a name or a sentence, which is one line: newlines and tabs are escaped, too, as `\n`
/// and `\t`.
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, false)
}

/// A path as messages name it: on one line.
pub fn path(path: impl AsRef<Path>) -> String {
    line(&path.as_ref().to_string_lossy()).into_owned()
}

/// Whether `text` has none of what [`line()`] escapes.
pub fn is_plain(text: &str) -> bool {
    matches!(line(text), Cow::Borrowed(_))
}

/// Whether `c` moves a cursor, turns the direction of the text, breaks a line, or takes no room.
///
/// Beside control characters these are the bidirectional ones, by which a line reads otherwise than it
/// is (CVE-2021-42574), Unicode's `Default_Ignorable_Code_Point`, annotations and noncharacters.
pub fn is_hidden(c: char) -> bool {
    match c {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        // Tags, invisible twins of ASCII, and the second block of variation selectors.
        | '\u{e0000}'..='\u{e0fff}' => true,
        _ => c.is_control() || matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff),
    }
}

fn escaped(text: &str, is_of_lines: bool) -> Cow<'_, str> {
    // Most texts are plain ASCII; for them this is one quick pass.
    let is_usual =
        |byte| matches!(byte, b' '..=b'~') || is_of_lines && matches!(byte, b'\n' | b'\t');
    if text.bytes().all(is_usual) && !text.contains("::") && !text.contains(OLD_COMMAND) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut from = 0;
    let mut begins_line = true;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        let is_kept = match c {
            '\n' | '\t' => is_of_lines,
            '\r' => is_of_lines && rest.starts_with("\r\n"),
            // What selects the form of an emoji is seen with it.
            '\u{fe00}'..='\u{fe0f}' => !before.is_ascii(),
            ':' => !(begins_line && rest.starts_with("::")),
            '#' => !rest.starts_with(OLD_COMMAND),
            _ => !is_hidden(c),
        };
        begins_line = is_kept && (c == '\n' || begins_line && c.is_whitespace());
        before = c;
        if is_kept {
            continue;
        }
        out.push_str(&text[from..at]);
        escape(c, &mut out);
        from = at + c.len_utf8();
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// How a runner's older commands begin, anywhere in a line; the newer ones begin with `::`, behind white
/// space alone (`ActionCommand.cs` of actions/runner).
const OLD_COMMAND: &str = "##[";

fn escape(c: char, out: &mut String) {
    // Writing to a string does not fail.
    let _ = match c {
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        c if c.is_ascii() => write!(out, "\\x{:02x}", u32::from(c)),
        c => write!(out, "\\u{{{:x}}}", u32::from(c)),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        for (text, expected) in [
            ("\x1b[2J", "\\x1b[2J"),
            ("a\rb\r\n", "a\\rb\r\n"),
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
            (
                "a\u{fe0f}\u{fffe}\u{1ffff}",
                "a\\u{fe0f}\\u{fffe}\\u{1ffff}",
            ),
        ] {
            assert_eq!(lines(text), expected);
        }
    }

    #[test]
    fn what_takes_no_room_is_hidden() {
        let ranges = [
            0xad..=0xad,
            0x34f..=0x34f,
            0x115f..=0x1160,
            0x17b4..=0x17b5,
            0x180b..=0x180f,
            0x3164..=0x3164,
            0xffa0..=0xffa0,
            0xfff9..=0xfffb,
            0x1d173..=0x1d17a,
            0xe0100..=0xe01ef,
        ];
        for c in ranges.into_iter().flatten().filter_map(char::from_u32) {
            assert_eq!(lines(&c.to_string()), format!("\\u{{{:x}}}", u32::from(c)));
        }
    }

    #[test]
    fn what_a_runner_would_take_for_a_command_is_escaped() {
        for (text, expected) in [
            ("::set-output name=x::y", "\\x3a:set-output name=x::y"),
            ("a\n \t::add-mask::y", "a\n \t\\x3a:add-mask::y"),
            ("\u{a0}::group::", "\u{a0}\\x3a:group::"),
            ("a ##[add-mask]y", "a \\x23#[add-mask]y"),
            ("###[group]", "#\\x23#[group]"),
        ] {
            assert_eq!(lines(text), expected);
        }
        for text in ["a ::b::", "git::https://x", "# [x]", "##x["] {
            assert!(matches!(lines(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_name_is_one_line() {
        for (text, expected) in [
            (
                "a\n::set-output name=x::y\n.tf",
                "a\\n::set-output name=x::y\\n.tf",
            ),
            ("a\tb\r\nc", "a\\tb\\r\\nc"),
            ("\n::x", "\\n::x"),
        ] {
            assert_eq!(line(text), expected);
        }
        assert!(is_plain("envs/live") && !is_plain("envs\n"));
    }

    #[test]
    fn everything_else_stays() {
        for text in ["", "plain\n", "\ttab\r\n", "naïve 日本語 ❤️\n"] {
            assert!(matches!(lines(text), Cow::Borrowed(same) if same == text));
        }
    }
}
