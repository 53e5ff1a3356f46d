//! What the shell replaces in a word, and the arrays that are one.

use std::collections::HashMap;

use super::ShellReader;
use crate::github::expression;

/// How deep `$()` is read into itself; what is deeper is part of a word.
// Each level reads its text again. People nest two or three.
const DEPTH: usize = 16;

impl ShellReader {
    pub(super) fn double_quoted<'t>(&mut self, mut rest: &'t str) -> &'t str {
        self.word();
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            match c {
                '"' => return after,
                // Before other characters it stays: `printf "a\n"` ("Double Quotes", Bash manual).
                '\\' if !after.starts_with(['$', '`', '"', '\\', '\n']) => {
                    self.word().push(c);
                    rest = after;
                }
                '\\' if after.starts_with('\n') => rest = &after[1..],
                '\\' => {
                    let next = after.chars().next();
                    self.word().extend(next);
                    rest = &after[next.map_or(0, char::len_utf8)..];
                }
                '$' | '`' => rest = self.expansion(rest),
                c => {
                    self.word().push(c);
                    rest = after;
                }
            }
        }
        rest
    }

    /// Consumes an expansion: an expression of the workflow, `$((...))`, `${...}`, `$(...)`, `<(...)` or
    /// backticks.
    pub(super) fn expansion<'t>(&mut self, rest: &'t str) -> &'t str {
        // GitHub replaces expressions before the shell sees the script, so `${{` is looked for
        // before `${`; Azure Pipelines replaces `$(Build.SourcesDirectory)`, which is no command.
        let copied = self
            .whole(rest, "${{", expression::leading)
            .or_else(|| azure_variable(rest))
            .or_else(|| self.whole(rest, "$((", |rest| ending(rest, "))")))
            .or_else(|| self.whole(rest, "${", |rest| ending(rest, "}")));
        if let Some(length) = copied {
            let (expression, after) = rest.split_at(length);
            self.word().push_str(expression);
            return after;
        }
        let open = if rest.starts_with('`') { "`" } else { "$(" };
        let end = match open {
            "`" => self.whole(rest, open, |rest| Some(rest[1..].find('`')? + 2)),
            _ => rest[1..].strip_prefix('(').and_then(|_| {
                let own = self.length - rest.len() + 1;
                Some(self.parentheses.get(&own)? - own + 2)
            }),
        };
        match end.filter(|_| self.depth < DEPTH) {
            Some(end) => {
                let script = &rest[open.len()..end - 1];
                self.word().push_str("$()");
                self.command.substituted.push(script.to_owned());
                self.read_inside(script, self.at(rest) + open.len());
                &rest[end..]
            }
            None => {
                self.word().push_str(&rest[..1]);
                &rest[1..]
            }
        }
    }

    /// The length of what begins with `open` here and ends where `find` says.
    pub(super) fn whole(
        &mut self,
        rest: &str,
        open: &'static str,
        find: impl Fn(&str) -> Option<usize>,
    ) -> Option<usize> {
        if !rest.starts_with(open) || self.unclosed.contains(open) {
            return None;
        }
        let length = find(rest);
        if length.is_none() {
            self.unclosed.insert(open);
        }
        length
    }

    /// Reads the elements of an array, whose `(` is before the text.
    pub(super) fn array<'t>(&mut self, rest: &'t str) -> &'t str {
        let first = self.length - rest.len();
        let closing = first
            .checked_sub(1)
            .and_then(|own| self.parentheses.get(&own));
        let Some(end) = closing.map(|at| at - first).filter(|_| self.depth < DEPTH) else {
            return rest;
        };
        let mut inner = Self {
            start: self.at(rest),
            length: end,
            subshells: self.subshells.clone(),
            opened: self.opened,
            outer: self.subshells.len(),
            is_array: true,
            depth: self.depth + 1,
            ..Self::default()
        };
        inner.read(&rest[..end]);
        inner.end_command();
        let elements = std::mem::take(&mut inner.elements);
        self.command.arrays.push(elements);
        self.add(inner);
        self.word().push_str("()");
        &rest[end + 1..]
    }
}

/// The length of a text to the end of the first `close`.
pub(super) fn ending(text: &str, close: &str) -> Option<usize> {
    Some(text.find(close)? + close.len())
}

/// The length of the predefined variable of Azure Pipelines that a text begins with.
fn azure_variable(text: &str) -> Option<usize> {
    let name = |text: &str| {
        let letters = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
        (letters > 0).then_some(letters)
    };
    let inside = text.strip_prefix("$(")?;
    let first = name(inside)?;
    let second = name(inside[first..].strip_prefix('.')?)?;
    let length = first + 1 + second;
    inside[length..]
        .starts_with(')')
        .then_some("$(".len() + length + 1)
}

/// The offset of the parenthesis that closes one, by its own offset; quotes are not considered.
pub(super) fn parentheses(text: &str) -> HashMap<usize, usize> {
    let mut open = Vec::new();
    let mut closing = HashMap::new();
    for at in memchr::memchr2_iter(b'(', b')', text.as_bytes()) {
        match text.as_bytes()[at] {
            b'(' => open.push(at),
            _ => closing.extend(open.pop().map(|from| (from, at))),
        }
    }
    closing
}
