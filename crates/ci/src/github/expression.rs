//! GitHub's expressions, `${{ ... }}`: which contexts they read.
//!
//! Source: "Evaluate expressions in workflows and actions" and "Contexts reference".

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;

/// A reference to a property of a context: `secrets.NAME`, `secrets['NAME']` or `secrets[...]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextRead {
    /// The context, in lower case: GitHub compares names without case.
    pub context: String,
    /// The first property, as written; `None` where an expression names it.
    pub name: Option<String>,
    /// The range of the property in the text, without quotes and brackets; for one that an
    /// expression names, the range of that expression.
    pub range: Range<usize>,
    /// The range of context and property together.
    pub whole: Range<usize>,
}

impl ContextRead {
    /// Whether it is that property of that context, compared without case.
    pub fn is(&self, context: &str, name: &str) -> bool {
        let own = self.name.as_deref();
        self.context == context && own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    }
}

/// The references of all expressions in a text.
pub fn references(text: &str) -> Vec<ContextRead> {
    let expressions = expressions(text).into_iter();
    expressions
        .flat_map(|range| of_expression(text, range))
        .collect()
}

/// The references of an `if:`, whose braces may be omitted.
pub fn of_condition(text: &str) -> Vec<ContextRead> {
    match text.contains("${{") {
        true => references(text),
        false => of_inside(text),
    }
}

/// The references of an expression without its braces.
pub fn of_inside(expression: &str) -> Vec<ContextRead> {
    of_expression(expression, 0..expression.len())
}

/// Whether a condition may hold after an earlier step failed. GitHub adds `success()` to every
/// condition without a status check function.
pub fn outlives_failure(condition: &str) -> bool {
    let mut names = names(condition, 0..condition.len()).into_iter();
    names.any(|name| {
        let is_call = condition[name.end..].trim_start().starts_with('(');
        let name = condition[name].to_ascii_lowercase();
        is_call && ["always", "cancelled", "failure"].contains(&name.as_str())
    })
}

/// The ranges of the expressions in a text, without their braces.
pub fn expressions(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("${{") {
        let start = at + open + 3;
        let Some(end) = end_of(text, start) else {
            break;
        };
        found.push(start..end);
        at = end + 2;
    }
    found
}

/// The length of the expression that a text begins with, including its braces.
pub fn leading(text: &str) -> Option<usize> {
    let start = text.starts_with("${{").then_some(3)?;
    end_of(text, start).map(|end| end + 2)
}

/// The offset of the `}}` that ends an expression whose inside begins at `start`.
fn end_of(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut is_string = false;
    (start..bytes.len()).find(|at| {
        // A string may contain `}}`. The doubled quote of an escape toggles twice.
        is_string ^= bytes[*at] == b'\'';
        !is_string && bytes[*at..].starts_with(b"}}")
    })
}

fn of_expression(text: &str, range: Range<usize>) -> Vec<ContextRead> {
    let names = names(text, range.clone()).into_iter();
    let brackets = brackets(text.as_bytes(), &range);
    let read = |name: Range<usize>| {
        let context = text[name.clone()].to_ascii_lowercase();
        read(text, context, (name.end, range.end), &brackets)
    };
    names.filter_map(read).collect()
}

/// The names in an expression that follow no dot: contexts and functions.
fn names(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        match bytes[at] {
            b'\'' => at = end_of_string(bytes, at, range.end),
            byte if is_name_start(byte) => {
                let end = end_of_name(bytes, at, range.end);
                let is_property = at > range.start && bytes[at - 1] == b'.';
                found.extend((!is_property).then_some(at..end));
                at = end;
            }
            _ => at += 1,
        }
    }
    found
}

/// The reference to the context whose name ends at `at`.
fn read(
    text: &str,
    context: String,
    (at, end): (usize, usize),
    brackets: &HashMap<usize, usize>,
) -> Option<ContextRead> {
    let bytes = text.as_bytes();
    let own = at - context.len();
    match bytes.get(at).filter(|_| at < end)? {
        b'.' => {
            let start = at + 1;
            let range = start..end_of_name(bytes, start, end);
            Some(ContextRead {
                context,
                name: Some(text[range.clone()].to_owned()),
                whole: own..range.end,
                range,
            })
        }
        b'[' => {
            let close = *brackets.get(&at)?;
            let inside = text[at + 1..close].trim_start();
            let start = close - inside.len();
            let inside = inside.trim_end();
            // A string literal names the property; anything else is evaluated, and only the run
            // knows.
            let quoted = inside.strip_prefix('\'');
            let quoted = quoted.and_then(|rest| rest.strip_suffix('\''));
            let name = quoted.filter(|name| !name.contains('\''));
            let range = match name {
                Some(name) => start + 1..start + 1 + name.len(),
                None => start..start + inside.len(),
            };
            let name = name.map(str::to_owned);
            Some(ContextRead {
                context,
                name,
                range,
                whole: own..close + 1,
            })
        }
        _ => None,
    }
}

/// The bracket that closes one, by their offsets.
// All at once: in `a[a[a[`, each looks for its own through those of all others.
fn brackets(bytes: &[u8], range: &Range<usize>) -> HashMap<usize, usize> {
    let mut open = Vec::new();
    let mut closing = HashMap::new();
    let mut at = range.start;
    while at < range.end {
        match bytes[at] {
            b'\'' => {
                at = end_of_string(bytes, at, range.end);
                continue;
            }
            b'[' => open.push(at),
            b']' => closing.extend(open.pop().map(|from| (from, at))),
            _ => {}
        }
        at += 1;
    }
    closing
}

/// The offset behind the string that begins at `at`.
fn end_of_string(bytes: &[u8], at: usize, end: usize) -> usize {
    let mut next = at + 1;
    while next < end {
        match bytes[next] {
            // `''` is GitHub's escape for a quote in a string.
            b'\'' if bytes.get(next + 1) == Some(&b'\'') => next += 2,
            b'\'' => return next + 1,
            _ => next += 1,
        }
    }
    end
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn end_of_name(bytes: &[u8], start: usize, end: usize) -> usize {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let mut rest = start..end;
    rest.find(|at| !is_name(bytes[*at])).unwrap_or(end)
}

/// The parts of an expression between an operator outside of strings, parentheses and brackets; `None`
/// where these do not match. An `&&` binds more than an `||`.
pub fn split<'t>(text: &'t str, operator: &str) -> Option<Vec<&'t str>> {
    let mut parts = Vec::new();
    let (mut depth, mut start, mut is_string) = (0_usize, 0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            // A quote in a string is written twice, which ends one and begins one.
            '\'' => is_string = !is_string,
            _ if is_string || at < start => {}
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.checked_sub(1)?,
            _ if depth == 0 && text[at..].starts_with(operator) => {
                parts.push(&text[start..at]);
                start = at + operator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (depth == 0 && !is_string).then_some(parts)
}
