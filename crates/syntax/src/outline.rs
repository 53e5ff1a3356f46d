//! The lexical outline of an HCL file: where its top-level blocks stand.
//!
//! It knows strings with `${}` and `%{}`, heredocs, comments and brackets, by the lexical rules of the
//! HCL Native Syntax Specification, and nothing else. So it accepts every file that Terraform accepts, at a speed at which
//! all files can be outlined, and says where a file does not close.

use std::fmt;
use std::ops::Range;

use crate::code::sentence;
use crate::lexer::{Open, Scanner};
use crate::text;

/// One top-level block, as byte ranges of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopBlock {
    /// The block's type: `provider`, `module`, ...
    pub kind: Range<usize>,
    /// From the type's first byte to the closing brace, inclusive.
    pub span: Range<usize>,
}

/// Why a text has no outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Byte offset at which it begins.
    pub offset: usize,
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// An opening bracket without its closing one.
    Bracket(char),
    /// A closing bracket that nothing opened, or that closes another kind.
    Closing(char),
    /// A quoted string that does not end on its line.
    String,
    /// A heredoc without its end marker on a line of its own.
    Heredoc,
    /// A `/*` without `*/`.
    Comment,
    /// Something at the top level that begins neither a block nor an attribute.
    Unexpected,
    /// Text that is not JSON as Terraform reads it.
    Json,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bracket(open) => f.write_str(&sentence!("`{open}` is never closed")),
            Self::Closing(close) => {
                f.write_str(&sentence!("`{close}` closes nothing that is open here"))
            }
            Self::String => f.write_str("the string that begins here does not end on its line"),
            Self::Heredoc => f.write_str("the heredoc that begins here has no end marker"),
            Self::Comment => f.write_str("the comment that begins here has no `*/`"),
            Self::Json => f.write_str("no JSON that Terraform would read stands here"),
            Self::Unexpected => f.write_str("neither a block nor an attribute begins here"),
        }
    }
}

/// The top-level blocks of `text`, in order. Top-level attributes are passed over.
///
/// # Errors
/// The first place at which the text stops being closed, well-nested HCL.
pub fn outline(text: &str) -> Result<Vec<TopBlock>, OutlineError> {
    let mut scanner = Scanner::new(text, text::start(text));
    let mut blocks = Vec::new();
    while let Some(kind) = scanner.item()? {
        // The specification's grammar: an attribute is an identifier and `=`, a block an identifier,
        // labels that are identifiers or strings, and a body in braces.
        let mut has_labels = false;
        loop {
            scanner.spaces()?;
            match scanner.peek() {
                Some(b'{') => {
                    scanner.group()?;
                    let span = kind.start..scanner.at;
                    blocks.push(TopBlock { kind, span });
                    break;
                }
                Some(b'=') if !has_labels => {
                    scanner.value()?;
                    break;
                }
                Some(b'"') => scanner.group()?,
                _ => {
                    if scanner.identifier().is_none() {
                        return Err(scanner.error(ErrorKind::Unexpected));
                    }
                }
            }
            has_labels = true;
        }
    }
    Ok(blocks)
}

/// The lines of the heredoc that begins at `at`, without those of its markers.
pub fn heredoc_lines(text: &str, at: usize) -> Option<Range<usize>> {
    let mut scanner = Scanner::new(text, at);
    let (_, first) = scanner.heredoc_start()?;
    scanner.group().ok()?;
    Some(first..text::line_start(text, scanner.at))
}

/// Whether an object of the text has more than `most` keys.
pub fn has_wide_object(text: &str, most: usize) -> bool {
    // Shorter than this, it has not: `a=1` and a newline for each.
    if text.len() / 4 < most {
        return false;
    }
    let mut scanner = Scanner::new(text, text::start(text));
    // For each that is open, whether it is an object, and its keys so far.
    let mut open: Vec<(bool, usize)> = Vec::new();
    while let Some(byte) = scanner.peek() {
        let at = scanner.at;
        let bytes = text.as_bytes();
        let passed = match scanner.open.last() {
            Some(Open::Quote(_)) => scanner.quoted(),
            Some(Open::Heredoc { .. }) => scanner.heredoc(),
            Some(Open::Bracket { .. }) | None => {
                let beside = [at.wrapping_sub(1), at + 1].map(|at| bytes.get(at).copied());
                // Not `==`, `!=`, `<=`, `>=` and `=>`.
                let is_operator =
                    |byte: &Option<u8>| matches!(byte, Some(b'=' | b'!' | b'<' | b'>'));
                let is_key = byte == b':' || byte == b'=' && !beside.iter().any(is_operator);
                if let Some((true, keys)) = open.last_mut().filter(|_| is_key) {
                    *keys += 1;
                    if *keys > most {
                        return true;
                    }
                }
                scanner.token()
            }
        };
        if passed.is_err() {
            return false;
        }
        // Blocks begin behind their type or a label, objects behind an operator or an opening.
        let is_object = byte == b'{' && {
            let before = text[..at].trim_end().bytes().next_back();
            before.is_some_and(|it| b"=([,:?>&|!{".contains(&it))
        };
        open.resize(scanner.open.len(), (is_object, 0));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The headers of the blocks, up to their opening brace.
    fn headers(text: &str) -> Vec<&str> {
        let blocks = outline(text).expect(text);
        let header = |block: &TopBlock| {
            assert!(text[block.span.clone()].ends_with('}'));
            text[block.span.clone()]
                .split('{')
                .next()
                .unwrap_or_default()
                .trim()
        };
        blocks.iter().map(header).collect()
    }

    fn error(text: &str) -> (ErrorKind, usize) {
        let error = outline(text).expect_err(text);
        (error.kind, error.offset)
    }

    #[test]
    fn finds_blocks_between_attributes_and_comments() {
        let text = "\u{feff}a = { b = \"}\" } # }\n/* { */ provider \"aws\" /* x */ {\n}\nx = [\n1]\nlocals {}\r\nresource aws_eip \"a b\" { }";
        assert_eq!(
            headers(text),
            [
                "provider \"aws\" /* x */",
                "locals",
                "resource aws_eip \"a b\""
            ]
        );
    }

    #[test]
    fn braces_in_strings_templates_and_heredocs_do_not_count() {
        for value in [
            "\"}\"",
            "\"\\\"}\"",
            "\"${ { a = \"}\" } }\"",
            "\"$${\"",
            "\"%%{\"",
            "\"%{ if true }}%{ endif }\"",
            "<<EOF\n}\n${ \"}\" }\nEOF\"\n  EOF",
            "<<-EOF\r\n}\r\n\tEOF\r",
            "<<A\n$${\nA",
            "\"${<<B\n}\nB\n}\"",
        ] {
            let text = format!("locals {{\n  a = {value}\n}}\nmodule \"m\" {{}}\n");
            assert_eq!(headers(&text), ["locals", "module \"m\""], "{value}");
        }
    }

    #[test]
    fn the_lines_of_a_heredoc_end_before_its_marker() {
        for (text, expected) in [
            ("<<A\nb\n${ \"}\" }\nA\n", Some("b\n${ \"}\" }\n")),
            ("<<-A\r\n b\r\n  A\r\n", Some(" b\r\n")),
            ("<<A\nA\n", Some("")),
            ("<<A\nb\n", None),
            ("\"<<A\"\n", None),
        ] {
            let lines = heredoc_lines(text, 0);
            assert_eq!(lines.map(|lines| &text[lines]), expected, "{text:?}");
        }
    }

    #[test]
    fn says_where_a_text_does_not_close() {
        assert_eq!(error("a {\n b = [\n}"), (ErrorKind::Closing('}'), 11));
        assert_eq!(error("a {\n  b {\n  }\n"), (ErrorKind::Bracket('{'), 2));
        assert_eq!(error("a = [1"), (ErrorKind::Bracket('['), 4));
        assert_eq!(error("a {\n b = \"x\n}"), (ErrorKind::String, 9));
        assert_eq!(error("a = \"${b\n"), (ErrorKind::Bracket('{'), 6));
        assert_eq!(error("a = <<EOF\nx\nEOF"), (ErrorKind::Heredoc, 4));
        assert_eq!(error("/* a"), (ErrorKind::Comment, 0));
        assert_eq!(error("a {}\n}"), (ErrorKind::Closing('}'), 5));
        assert_eq!(error("{% if x %}"), (ErrorKind::Unexpected, 0));
        assert_eq!(error("a \"b\"\n{}"), (ErrorKind::Unexpected, 5));
    }

    #[test]
    fn a_text_may_end_behind_any_sign_of_a_template() {
        for sign in ["$", "$$", "%", "%%", "$%", "\\", "$$$"] {
            let text = format!("a = \"{sign}");
            assert_eq!(error(&text), (ErrorKind::String, 4), "{text}");
            let text = format!("a = <<A\n{sign}");
            assert_eq!(error(&text), (ErrorKind::Heredoc, 4), "{text}");
        }
        for sign in ["${", "%{", "$%{"] {
            let text = format!("a = \"{sign}");
            let at = text.len() - 1;
            assert_eq!(error(&text), (ErrorKind::Bracket('{'), at), "{text}");
        }
        assert_eq!(error("a = \"$${"), (ErrorKind::String, 4));
    }

    #[test]
    fn objects_are_told_from_blocks_by_their_keys() {
        let many = |separator: &str| {
            let entries = (0..9).map(|it| format!("k{it} {separator} {{ a = 1 }}\n"));
            entries.collect::<String>()
        };
        for (text, keys) in [
            (format!("a {{\n b = {{\n{}}}\n}}\n", many("=")), 9),
            (format!("a = [{{\n{}}}]\n", many(":")), 9),
            (
                format!("a = \"${{ f({{{}}}) }}\"\n", many("=").replace('\n', ",")),
                9,
            ),
            (format!("a {{\n{}}}\n", many("=")), 1),
            ("a = { b = c == d ? e : f, g = h >= i }\n".repeat(9), 3),
            (format!("a = {{\n b = <<A\n{}A\n}}\n", many("=")), 1),
        ] {
            assert!(has_wide_object(&text, keys - 1), "{text}");
            assert!(!has_wide_object(&text, keys), "{text}");
        }
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let deep = format!(
            "a = {}{}\nb {{}}\n",
            "[".repeat(200_000),
            "]".repeat(200_000)
        );
        assert_eq!(headers(&deep), ["b"]);
    }
}
