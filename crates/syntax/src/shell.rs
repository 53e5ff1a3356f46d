//! Words for a shell.
//!
//! Three floors write commands: the transforms into `run:` steps, the engine into the next steps, the
//! command into what cures. This is the lowest floor that all reach, and quoting is a matter of syntax
//! alone.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use shlex::Quoter;

use crate::visible;

/// `word` as a shell reads it back, on one line and fit to be shown: in quotes where it needs them,
/// else as it is. What is not visible takes `$'...'`, which bash, zsh and POSIX.1-2024 read.
pub fn quoted(word: &str) -> String {
    if !visible::is_plain(word) {
        return dollar_quoted(word.as_bytes());
    }
    match Quoter::new().quote(word) {
        Ok(Cow::Borrowed(plain)) => plain.to_owned(),
        Ok(Cow::Owned(_)) if !word.contains('\'') => format!("'{word}'"),
        Ok(Cow::Owned(quoted)) => quoted,
        // A NUL byte is the only error there is, and no visible one.
        Err(_) => dollar_quoted(word.as_bytes()),
    }
}

/// The same for a path that a command takes as an operand: one that begins with `-` is none of its
/// options.
pub fn operand(path: &Path) -> String {
    let quoted = self::path(path);
    match path.as_os_str().as_bytes().starts_with(b"-") {
        true => format!("./{quoted}"),
        false => quoted,
    }
}

/// The same for a path, whose name need not be UTF-8.
pub fn path(path: &Path) -> String {
    match path.to_str() {
        Some(path) => quoted(path),
        None => dollar_quoted(path.as_os_str().as_bytes()),
    }
}

/// A text that is no command but stands among commands: as it is, unless a shell that it is pasted into
/// would run or redirect something for it.
pub fn inert(text: &str) -> String {
    let is_active = |it: char| "$`\\\"';&|<>!".contains(it);
    match text.contains(is_active) || !visible::is_plain(text) {
        true => quoted(text),
        false => text.to_owned(),
    }
}

/// Bytes by their numbers, wherever they are not visible ASCII: a name by its character would depend on
/// the shell's locale.
fn dollar_quoted(word: &[u8]) -> String {
    let mut quoted = String::from("$'");
    for &byte in word {
        // Writing to a string does not fail.
        let _ = match byte {
            b'\n' => write!(quoted, "\\n"),
            b'\r' => write!(quoted, "\\r"),
            b'\t' => write!(quoted, "\\t"),
            b'\'' | b'\\' => write!(quoted, "\\{}", char::from(byte)),
            // What a runner of GitHub takes for a command is not to be seen in the word.
            b'#' | b':' => write!(quoted, "\\{byte:03o}"),
            b' '..=b'~' => write!(quoted, "{}", char::from(byte)),
            _ => write!(quoted, "\\{byte:03o}"),
        };
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_needs_no_quotes_stays_as_it_is() {
        for word in [
            "dev",
            "live-eu_1",
            "./a.tf",
            "git@github.com:o/r.git",
            "v1.2+3",
        ] {
            assert_eq!(quoted(word), word);
        }
    }

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for word in [
            "",
            "a b",
            "team's",
            "A$(touch x)",
            "a'b$c",
            r"a\b",
            "!",
            "é",
            "~",
        ] {
            let line = format!("gh secret delete {}", quoted(word));
            let read = shlex::split(&line).unwrap();
            assert_eq!(read, ["gh", "secret", "delete", word], "{line}");
        }
    }

    #[test]
    fn a_word_is_one_line_in_which_all_is_visible() {
        for (word, expected) in [
            ("a\nb", r"$'a\nb'"),
            ("'\\\x1b", r"$'\'\\\033'"),
            ("a\u{202e}", r"$'a\342\200\256'"),
            ("::add-mask::x", r"$'\072\072add-mask\072\072x'"),
            ("##[group]", r"$'\043\043[group]'"),
        ] {
            assert_eq!(quoted(word), expected);
            assert!(visible::is_plain(&quoted(word)));
        }
    }

    #[test]
    fn a_path_is_no_option_and_need_not_be_text() {
        use std::ffi::OsStr;
        assert_eq!(operand(Path::new("-rf")), "./-rf");
        assert_eq!(operand(Path::new("a b")), "'a b'");
        let odd = Path::new(OsStr::from_bytes(b"a\xff'"));
        assert_eq!(path(odd), r"$'a\377\''");
    }

    #[test]
    fn a_text_among_commands_is_quoted_only_where_a_shell_would_act_on_it() {
        for text in ["repo:o/r:ref:refs/heads/*", "arn:aws:iam::1:role/x, too"] {
            assert_eq!(inert(text), text);
        }
        assert_eq!(
            inert("repo:o/r:environment:$(x)"),
            "'repo:o/r:environment:$(x)'"
        );
    }
}
