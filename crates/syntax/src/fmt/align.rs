//! What `terraform fmt` would say of a layout: logical lines, `=` columns and trailing comments.

use std::ops::Range;

use crate::edit::Edit;
use crate::lexer::Scanner;
use crate::outline::{self, OutlineError};

/// One logical line: a heredoc or a bracket's lines that `terraform fmt` treats as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogicalLine {
    /// From the first byte to the end of the last physical line, without its newline.
    pub span: Range<usize>,
    /// Offset of the `=` that is aligned in a chain of attributes.
    assign: Option<usize>,
    /// Offset of a comment behind code.
    comment: Option<usize>,
    /// The lines of the heredoc that begins on it.
    pub heredoc: Option<Range<usize>>,
}

/// The logical lines of `range`, which must begin at a line start outside strings and comments.
///
/// # Errors
/// Where the text does not close, as for an outline.
pub fn lines(text: &str, range: Range<usize>) -> Result<Vec<LogicalLine>, OutlineError> {
    let bytes = text.as_bytes();
    let mut scanner = Scanner::new(text, range.start);
    let mut lines = Vec::new();
    while scanner.at < range.end {
        let mut line = LogicalLine {
            span: scanner.at..scanner.at,
            assign: None,
            comment: None,
            heredoc: None,
        };
        let (mut code, mut depth) = (false, 0_i32);
        while let Some(byte) = scanner.peek() {
            let at = scanner.at;
            match byte {
                b'\n' => break,
                b'#' | b'/' if scanner.comment()? => {
                    line.comment = code.then_some(at);
                    continue;
                }
                b' ' | b'\t' | b'\r' => {}
                _ => {
                    // A comment followed by code is part of the code.
                    line.comment = None;
                    if byte == b'=' && line.assign.is_none() && code && is_assign(bytes, at) {
                        line.assign = Some(at);
                        depth = 0;
                    }
                    code = true;
                    match byte {
                        b'{' | b'[' | b'(' => depth += 1,
                        b'}' | b']' | b')' => depth -= 1,
                        b'"' | b'<' => {
                            if byte == b'<' {
                                line.heredoc = outline::heredoc_lines(text, at);
                            }
                            scanner.group()?;
                            // A template over several lines counts as an open bracket.
                            if byte == b'"' && bytes[at..scanner.at].contains(&b'\n') {
                                depth = i32::MAX / 2;
                            }
                            continue;
                        }
                        _ => {}
                    }
                }
            }
            scanner.at += 1;
        }
        // What opens a bracket and leaves it open is no one-line attribute: `terraform fmt` ends the
        // group there (`d = [` in the test below).
        if depth != 0 {
            line.assign = None;
        }
        line.span.end = scanner.at;
        scanner.at += 1;
        lines.push(line);
    }
    Ok(lines)
}

fn is_assign(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    // `==`, `=>`, `!=`, `<=` and `>=` are operators.
    !matches!(bytes.get(at + 1), Some(b'=' | b'>'))
        && !matches!(before, Some(b'=' | b'!' | b'<' | b'>'))
}

/// Which of the two columns of `terraform fmt` a chain is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The `=` of consecutive attributes.
    Assign,
    /// The comments behind consecutive lines.
    Comment,
}

impl Column {
    fn of(self, line: &LogicalLine) -> Option<usize> {
        match self {
            Self::Assign => line.assign,
            Self::Comment => line.comment,
        }
    }
}

/// Index ranges of the chains of `column`, in order.
pub fn chains(lines: &[LogicalLine], column: Column) -> Vec<Range<usize>> {
    let mut chains = Vec::new();
    let mut from = 0;
    while from < lines.len() {
        let length = lines[from..]
            .iter()
            .take_while(|line| column.of(line).is_some())
            .count();
        // Terraform's style guide aligns arguments "on consecutive lines at the same nesting level": a
        // blank line, a line of comment or a block ends the group.
        if length > 0 {
            chains.push(from..from + length);
        }
        from += length + 1;
    }
    chains
}

/// The edits that put `column` of a chain where `terraform fmt` wants it; none if it is there.
pub fn align(text: &str, chain: &[LogicalLine], column: Column) -> Vec<Edit> {
    let cells = chain.iter().filter_map(|line| {
        let at = column.of(line)?;
        // A heredoc's line is as wide as its last physical line.
        let first = crate::text::line_start(text, at).max(crate::text::start(text));
        let lead = text[first..at].trim_end_matches([' ', '\t']);
        Some((first + lead.len()..at, lead.chars().count()))
    });
    let cells: Vec<_> = cells.collect();
    // Characters, not bytes: `é` is one column for `terraform fmt` (1.11.4, see the test).
    let widest = cells.iter().map(|(_, width)| *width).max().unwrap_or(0);
    let misplaced = cells.into_iter().filter_map(|(gap, width)| {
        let spaces = " ".repeat(widest - width + 1);
        (text[gap.clone()] != spaces).then(|| Edit::replace(gap, spaces))
    });
    misplaced.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Aligns every chain of a text: what `terraform fmt` does with it.
    fn aligned(text: &str) -> String {
        let mut text = text.to_owned();
        for column in [Column::Assign, Column::Comment] {
            let lines = lines(&text, 0..text.len()).unwrap();
            let chains = chains(&lines, column);
            let edits = chains
                .into_iter()
                .flat_map(|chain| align(&text, &lines[chain], column));
            text = crate::edit::splice(&text, &mut edits.collect()).unwrap().0;
        }
        text
    }

    /// As `terraform fmt` 1.11.4 leaves it.
    const FORMATTED: &str = r#"locals {
  a      = <<EOF
x = 1
EOF
  bbbbbb = 1 # foo
  c      = a == b ? 1 : 2
  z      = <<EOF
x = 1
EOF
  d = [
    1
  ]
  e            = 5
  /* x */ f    = 6 # c
  g            = 7 # longer
  kkkkkkkkkkkk = { a = 1 }
  l = { a = 1,
  b = 2 }

  m = foo(1,
  2)
  é = { for k, v in x : k => v } # a
  # own line
  o {
    a = 1     # b
  }           # c
  yyyyyyy = { # d
  }
  q = {
    "a" = 1,
    b : 1
    cccc = "=" # z
    ddd  = 1
    if = "${
      x
    }"
    eeee = "${x}"
  }
}
"#;

    #[test]
    fn a_formatted_text_stays_as_it_is() {
        assert_eq!(aligned(FORMATTED), FORMATTED);
    }

    #[test]
    fn a_squeezed_text_is_aligned_again() {
        let squeezed: String = FORMATTED.split_inclusive('\n').map(squeeze).collect();
        assert_ne!(squeezed, FORMATTED);
        assert_eq!(aligned(&squeezed), FORMATTED);
    }

    /// One space between words.
    fn squeeze(line: &str) -> String {
        let (indent, words) = line.split_at(line.len() - line.trim_start().len());
        let words: Vec<_> = words.split(' ').filter(|word| !word.is_empty()).collect();
        format!("{indent}{}", words.join(" "))
    }
}
