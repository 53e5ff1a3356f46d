//! Calls, literals and parentheses in expressions.

use crate::github::expression::split;
use syntax::json::tree::{JsonType, parse};

/// A step to a property.
pub(super) enum Step<'e> {
    Name(&'e str),
    /// An expression in brackets.
    Index(&'e str),
}

/// The argument of `fromJSON` and the way to a property behind it.
pub(super) fn map(expression: &str) -> Option<(&str, Vec<Step<'_>>)> {
    let start = expression.find('(')?;
    let name = expression[..start].trim_end();
    if !name.eq_ignore_ascii_case("fromJSON") {
        return None;
    }
    let end = closing(expression, start)?;
    let mut rest = expression[end + 1..].trim_start();
    let mut path = Vec::new();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('.') {
            let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
            let length = behind.find(|it| !is_name(it)).unwrap_or(behind.len());
            if length == 0 {
                return None;
            }
            path.push(Step::Name(&behind[..length]));
            rest = behind[length..].trim_start();
        } else {
            let close = rest.starts_with('[').then(|| closing(rest, 0))??;
            path.push(Step::Index(rest[1..close].trim()));
            rest = rest[close + 1..].trim_start();
        }
    }
    (!path.is_empty()).then(|| (&expression[start + 1..end], path))
}

/// The offset of what closes the bracket at that offset.
fn closing(text: &str, open: usize) -> Option<usize> {
    let (mut depth, mut is_string) = (0_usize, false);
    for (at, letter) in text.char_indices().skip_while(|(at, _)| *at < open) {
        match letter {
            '\'' => is_string = !is_string,
            _ if is_string => {}
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The arguments of a call of that function that is all of an expression.
pub(super) fn arguments<'e>(expression: &'e str, function: &str) -> Option<Vec<&'e str>> {
    let expression = expression.trim();
    let start = expression.find('(')?;
    let is_it = expression[..start]
        .trim_end()
        .eq_ignore_ascii_case(function);
    let is_whole = closing(expression, start)? + 1 == expression.len();
    let inside = &expression[start + 1..expression.len() - 1];
    split(inside, ",").filter(|_| is_it && is_whole)
}

/// The text of a string literal that is all of an expression.
pub(super) fn string(expression: &str) -> Option<String> {
    let inside = expression.strip_prefix('\'')?.strip_suffix('\'')?;
    let text = inside.replace("''", "\u{0}");
    (!text.contains('\'')).then(|| text.replace('\u{0}', "'"))
}

/// An expression without the parentheses around all of it.
pub(super) fn unwrapped(expression: &str) -> &str {
    let mut expression = expression.trim();
    while expression.starts_with('(') && closing(expression, 0) == Some(expression.len() - 1) {
        expression = expression[1..expression.len() - 1].trim();
    }
    expression
}

/// The text at a path of a JSON document; names are compared without case (actions/runner,
/// `DictionaryContextData`), and the last of those that are alike counts.
pub fn member(document: &str, path: &[String]) -> Option<String> {
    let nodes = parse(document).ok()?;
    let mut node = nodes.first()?;
    for name in path {
        let children = node.children.iter().map(|child| &nodes[*child]);
        let mut named = children.filter(|child| child.name().eq_ignore_ascii_case(name));
        node = named.next_back()?;
    }
    match &node.kind {
        JsonType::String(text) => Some(text.clone()),
        _ => None,
    }
}
