//! Values of YAML: those on the lines below their key, and what may stand before one.

use super::entries::{Reader, value_start};
use super::literal::{line, line_end, plain, quoted_literal};
use super::names::Telling;
use super::position::Position;
use super::scan::Scan;
use super::scopes::separator;
use super::values::is_of_name;

impl<'n> Reader<'n> {
    /// The value of YAML's key before `at` that stands on the lines below.
    pub fn below(
        &mut self,
        scan: &mut Scan<'_, 'n>,
        at: usize,
        position: Position,
        telling: Telling,
    ) {
        let text = scan.text;
        if position != Position::Line || !text[at..].starts_with(':') {
            return;
        }
        let indent = column(text, at);
        let mut start = at + line_end(&text[at..]);
        while start < text.len() {
            start += 1;
            let line = line(text, start);
            let content = line.trim_start_matches([' ', '\t']);
            let own = line.len() - content.len();
            let item = content.strip_prefix("- ");
            let end = start + line_end(&text[start..]);
            if content.is_empty() || content.starts_with('#') {
                start = end;
                continue;
            }
            let value = item.unwrap_or(content).trim_start();
            let is_mapping =
                separator(value).is_some() || value.ends_with(':') || is_intrinsic(value);
            if own + usize::from(item.is_some()) <= indent || is_mapping {
                break;
            }
            let begin = behind_properties(text, start + line.len() - value.len()).min(end);
            let value = &text[begin..end];
            match value.as_bytes() {
                [] => start = end,
                [b'"' | b'\'', ..] => {
                    let literal = quoted_literal(text, begin);
                    let end = literal.end;
                    scan.judge(literal.content, telling);
                    start = end + line_end(&text[end..]);
                }
                [b'|' | b'>', ..] if is_block_scalar(value) => {
                    self.indented(scan, at, begin, telling);
                    start = self.read_to.max(end);
                }
                [b'[' | b'{', ..] => {
                    self.flow(scan, begin, telling);
                    start = end.max(self.read_to + line_end(&text[self.read_to..]));
                }
                _ => {
                    let value = plain(text, begin, false);
                    scan.judge(value, telling);
                    start = end;
                }
            }
            self.read_to = self.read_to.max(start);
        }
    }

    /// The further lines of the plain scalar whose first one ends at `end`, of the key before `at`.
    pub fn continued(&mut self, scan: &mut Scan<'_, 'n>, at: usize, end: usize, telling: Telling) {
        let text = scan.text;
        let indent = column(text, at);
        let mut start = end + line_end(&text[end..]) + 1;
        while start < text.len() {
            let line = line(text, start);
            let content = line.trim();
            let own = line.len() - line.trim_start().len();
            let is_other = content.starts_with(['-', '#', '}', ']', ')', '"', '\'', '<', '|'])
                || content.contains([' ', '=', ':']);
            if own <= indent || content.is_empty() || is_other {
                break;
            }
            scan.judge(start + own..start + own + content.len(), telling);
            start += line.len() + 1;
            self.read_to = self.read_to.max(start.min(text.len()));
        }
    }

    /// The lines of the block scalar whose `|` or `>` stands at `start`.
    pub fn indented(&mut self, scan: &mut Scan<'_, 'n>, at: usize, start: usize, telling: Telling) {
        let text = scan.text;
        let indent = column(text, at);
        let mut at = start + line_end(&text[start..]);
        while at < text.len() {
            let line = line(text, at + 1);
            let content = line.trim();
            let own = line.len() - line.trim_start().len();
            if !content.is_empty() && own <= indent {
                break;
            }
            let begin = at + 1 + own;
            scan.judge(begin..begin + content.len(), telling);
            at += 1 + line_end(&text[at + 1..]);
        }
        self.read_to = self.read_to.max(at);
    }
}

/// The column of the name that begins the line with the separator at `at`.
fn column(text: &str, at: usize) -> usize {
    let head = &text[..at];
    let is_before = |c: char| is_of_name(c) || matches!(c, ' ' | '\t' | '"' | '\'' | '-' | '.');
    let start = head.trim_end_matches(is_before).len();
    let line = &head[start..];
    line.len() - line.trim_start_matches([' ', '\t', '-']).len()
}

/// Whether `value`, the rest of a line, begins a block scalar of YAML.
pub fn is_block_scalar(value: &str) -> bool {
    let rest =
        value[1..].trim_start_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let rest = rest.trim();
    rest.is_empty() || rest.starts_with('#')
}

/// Where the value begins whose anchor or tag stands at `start`, at most one of each. What nothing
/// stands behind is no tag but a value.
pub fn behind_properties(text: &str, start: usize) -> usize {
    let mut at = start;
    for sign in ['&', '!', '&'] {
        let rest = &text[at..];
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']'));
        let next = value_start(text, at + end.unwrap_or(rest.len()));
        let is_last = text[next..].starts_with(['\n', '\r', ',', '}', ']']) || next == text.len();
        if rest.starts_with(sign) && !(sign == '!' && is_last) {
            at = next;
        }
    }
    at
}

/// Whether a tag is one of CloudFormation's functions ("Intrinsic function reference") that look a
/// value up.
pub fn is_intrinsic(value: &str) -> bool {
    const LOOK_UP: [&str; 6] = [
        "!Ref ",
        "!GetAtt ",
        "!ImportValue ",
        "!FindInMap ",
        "!Sub ",
        "!If ",
    ];
    LOOK_UP.iter().any(|tag| value.starts_with(tag))
}
