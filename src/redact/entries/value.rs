//! The value behind a telling name: which of it is secret.

use std::ops::Range;

use super::super::expression::{self, Values};
use super::super::heredoc::heredoc;
use super::super::literal::{line, line_end, plain, quoted_literal, word};
use super::super::names::Telling;
use super::super::position::{Position, is_name_plain};
use super::super::scan::Scan;
use super::super::values::{LONGEST, is_of_name, only_interpolations};
use super::super::yaml::{behind_properties, is_block_scalar, is_intrinsic};
use super::Reader;

/// How references of Terraform begin.
const ROOTS: [&str; 11] = [
    "var.",
    "local.",
    "data.",
    "module.",
    "each.",
    "self.",
    "path.",
    "count.",
    "terraform.",
    "dependency.",
    "include.",
];

/// Names of HTTP's authentication schemes, which stand before a credential.
const SCHEMES: [&str; 8] = [
    "Bearer", "bearer", "Basic", "basic", "token", "Token", "ApiKey", "GenieKey",
];

/// Words of a sentence that are looked at.
const WORDS: usize = 6;

impl<'n> Reader<'n> {
    /// Judges the value that begins at `start`, behind the separator at `at`.
    pub fn value(
        &mut self,
        scan: &mut Scan<'_, 'n>,
        at: usize,
        start: usize,
        position: Position,
        telling: Telling,
    ) {
        let text = scan.text;
        let is_entry = text[at..].starts_with(':');
        let is_item = matches!(position, Position::Line | Position::Flow);
        if is_entry && is_intrinsic(&text[start..]) {
            return;
        }
        let start = match is_entry && is_item {
            true => behind_properties(text, start),
            false => start,
        };
        let rest = &text[start..];
        let is_spaced = text[at + 1..].starts_with([' ', '\t']);
        let Some(first) = rest.bytes().next() else {
            return;
        };
        match first {
            b'\n' | b'\r' => self.below(scan, at, position, telling),
            b'#' if is_entry => self.below(scan, at, position, telling),
            b'*' if is_entry => {
                if telling == Telling::Always {
                    let name = &line(text, start);
                    let end = name.find([' ', ',', '}', ']']).unwrap_or(name.len());
                    scan.refer(&text[start..start + end]);
                }
            }
            b'<' if rest.starts_with("<<<") => {
                let start = start + rest.len() - rest.trim_start_matches(['<', ' ']).len();
                self.judge_word(scan, word(text, start).content, telling);
            }
            b'<' if rest.starts_with("<<") => self.heredoc(scan, start, telling),
            b'|' | b'>'
                if position == Position::Line && is_entry && is_block_scalar(line(text, start)) =>
            {
                self.indented(scan, at, start, telling);
            }
            b'"' | b'\'' if is_entry && is_name_plain(text, at) && !is_spaced => {
                self.judge_word(scan, word(text, start).content, telling);
            }
            b'"' | b'\'' if is_entry || is_spaced => {
                let literal = quoted_literal(text, start);
                let behind = text[literal.end..].trim_start_matches([' ', '\t']);
                let goes_on =
                    is_item && !is_entry && !behind.starts_with(['\n', '\r', '#', ',', ';', '}']);
                // A sentence is quoted behind the name of what it is about.
                let is_quotation =
                    is_entry && !is_item && text[literal.content.clone()].contains(' ');
                let telling = if is_quotation {
                    Telling::WhereRandom
                } else {
                    telling
                };
                match goes_on || is_item && behind.starts_with(['?', '=', '!']) {
                    true => self.expression(scan, start, telling),
                    false => self.quoted(scan, literal.content, telling),
                }
            }
            b'"' | b'\'' => self.judge_word(scan, word(text, start).content, telling),
            b'`' => {
                let end = rest[1..]
                    .find(['`', '\n'])
                    .map_or(rest.len(), |end| end + 2);
                self.judge_word(scan, start..start + rest[..end].trim_end().len(), telling);
            }
            b'{' if rest.starts_with("{{") => {}
            b'[' | b'{' if is_entry => self.flow(scan, start, telling),
            b'[' | b'{' | b'(' if !is_entry => self.expression(scan, start, telling),
            b'(' | b'<' => {}
            _ if is_expression(rest) && (is_item || !is_entry) => {
                self.expression(scan, start, telling);
            }
            b'!' | b'*' | b'%' | b'#' if !is_entry && is_spaced => {}
            _ if !is_entry && is_spaced && is_attribute(rest) => {}
            _ if !is_entry && !is_spaced => {
                self.judge_word(scan, word(text, start).content, telling);
            }
            _ if is_item => {
                let value = plain(text, start, position == Position::Flow);
                let end = value.end;
                self.judge_word(scan, value, telling);
                if position == Position::Line && is_entry && is_spaced {
                    self.continued(scan, at, end, telling);
                }
            }
            _ => self.sentence(scan, start, position, telling),
        }
    }

    /// Judges a literal; what stands in it is judged with it.
    fn judge(&mut self, scan: &mut Scan<'_, 'n>, literal: Range<usize>, telling: Telling) {
        let end = literal.end;
        let is_long = literal.len() > LONGEST;
        if scan.judge(literal, telling) || is_long {
            self.read_to = self.read_to.max(end);
        }
    }

    /// Judges what is quoted: of a header, what stands behind the name of the scheme.
    fn quoted(&mut self, scan: &mut Scan<'_, 'n>, literal: Range<usize>, telling: Telling) {
        let text = &scan.text[literal.clone()];
        let scheme = SCHEMES.iter().find_map(|scheme| {
            let credential = text.strip_prefix(scheme)?.strip_prefix(' ')?;
            (!credential.contains(' ')).then_some(credential)
        });
        match scheme {
            Some(credential) => {
                let start = literal.end - credential.len();
                self.judge(scan, start..literal.end, Telling::Always);
            }
            None => self.judge(scan, literal, telling),
        }
    }

    /// The same of a word that a shell reads.
    pub fn judge_word(&mut self, scan: &mut Scan<'_, 'n>, word: Range<usize>, telling: Telling) {
        let end = word.end;
        let is_long = word.len() > LONGEST;
        if scan.judge_word(word, telling) || is_long {
            self.read_to = self.read_to.max(end);
        }
    }

    fn heredoc(&mut self, scan: &mut Scan<'_, 'n>, start: usize, telling: Telling) {
        if telling == Telling::Always {
            let (lines, end) = heredoc(scan.text, start, scan.text.len(), scan.markers());
            for line in lines {
                scan.judge(line, telling);
            }
            self.read_to = self.read_to.max(end);
        }
    }

    /// All values of an expression of Terraform.
    fn expression(&mut self, scan: &mut Scan<'_, 'n>, start: usize, telling: Telling) {
        let within = start..self.limit(scan.text, start);
        let values = expression::values(scan.text, within, false, scan.markers());
        for literal in values.literals {
            scan.judge(literal, telling);
        }
        // What only may be a secret is no expression: names within it tell by themselves.
        if telling == Telling::Always {
            for name in values.references {
                scan.refer(&name);
            }
            self.read_to = self.read_to.max(values.end);
        }
    }

    /// All values of a list or an object of YAML or JSON.
    pub fn flow(&mut self, scan: &mut Scan<'_, 'n>, start: usize, telling: Telling) {
        if telling == Telling::WhereRandom {
            return;
        }
        let text = scan.text;
        let line = start + line_end(&text[start..]);
        let mut values = Values::default();
        if start >= self.open_to {
            values = expression::values(text, start..text.len(), true, scan.markers());
        }
        // One that does not close is none, and what stands up to the end of the text is not its.
        if values.end == text.len() || start < self.open_to {
            self.open_to = text.len();
            values = expression::values(text, start..line, true, scan.markers());
        }
        for literal in values.literals {
            if !is_expression(&text[literal.clone()]) {
                scan.judge(literal, telling);
            }
        }
        self.read_to = self.read_to.max(values.end);
    }

    /// The words of a comment, of a header or of a sentence behind a telling name.
    fn sentence(
        &mut self,
        scan: &mut Scan<'_, 'n>,
        start: usize,
        position: Position,
        telling: Telling,
    ) {
        let text = scan.text;
        let mut words = Vec::new();
        let mut at = start;
        while words.len() < WORDS {
            at = text.len() - text[at..].trim_start_matches([' ', '\t']).len();
            let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
            let rest = &text[at..];
            let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
            if word.is_empty() {
                break;
            }
            let bare = word.trim_end_matches([',', ';', ')', '}', ']', '.', '\\']);
            if !(words.is_empty() && SCHEMES.contains(&bare)) {
                words.push(at..at + bare.len());
            }
            at += word.len();
            if word.len() > LONGEST {
                self.read_to = self.read_to.max(at);
            }
        }
        let is_sure = words.len() == 1 && position == Position::Lead;
        for word in words {
            let telling = if is_sure {
                telling
            } else {
                Telling::WhereRandom
            };
            let end = word.end;
            if !only_interpolations(&text[word.clone()]) && scan.judge(word, telling) {
                self.read_to = self.read_to.max(end);
            }
        }
    }
}

/// Whether a value begins with a reference or a call of Terraform.
fn is_expression(value: &str) -> bool {
    let name = value.trim_start_matches(|c: char| is_of_name(c) || c == ':');
    let is_call = name.len() < value.len() && name.starts_with('(');
    let begins_small = value.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    begins_small && (is_call || ROOTS.iter().any(|root| value.starts_with(root)))
        || value.starts_with("!var.")
        || value.starts_with("!local.")
}

/// Whether a value is an attribute of a resource: `random_password.db.result`.
fn is_attribute(value: &str) -> bool {
    let rest = value
        .trim_start_matches(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    rest.len() < value.len() && rest.starts_with(['.', '['])
}
