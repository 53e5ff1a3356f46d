//! Variables of the shell, of Make and of pipelines in the values that they set.

use std::collections::BTreeSet;

use syntax::text::{line_end, line_start};
use terraform::references::words;

use super::values::value;

/// Variables of a shell whose values are followed into each other at most.
// One that names itself would never end; scripts pass an argument on once or twice.
pub(super) const DEPTH: usize = 4;

/// A value with the variables in it replaced by what the same text assigns to them; `None` where only
/// the run knows it.
pub(super) fn expanded(text: &str, written: &str, depth: usize) -> Option<String> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_-./:@+, ".contains(it);
    let mut value = String::new();
    let mut rest = written;
    loop {
        let plain = rest.find(|it| !is_plain(it)).unwrap_or(rest.len());
        value += &rest[..plain];
        rest = &rest[plain..];
        if rest.is_empty() {
            return Some(value).filter(|value| !value.is_empty());
        }
        let (name, behind) = variable(rest)?;
        value += &only_value(text, name, depth.checked_sub(1)?)?;
        rest = behind;
    }
}

/// The variable that a text begins with, and what is behind it: `$A`, `${A}`, Make's `$(A)` and `$$A`,
/// GitHub's `${{ env.A }}`.
fn variable(text: &str) -> Option<(&str, &str)> {
    let of_github = text.strip_prefix("${{").and_then(|it| {
        let (inner, behind) = it.split_once("}}")?;
        Some((inner.trim().strip_prefix("env.")?, behind))
    });
    let named = text.trim_start_matches('$');
    let closed = |open, close| named.strip_prefix(open)?.split_once(close);
    let bare = || {
        let end = named
            .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
            .unwrap_or(named.len());
        Some(named.split_at(end))
    };
    let found = of_github
        .or_else(|| closed('{', '}'))
        .or_else(|| closed('(', ')'))
        .or_else(bare);
    let is_name = |name: &str| {
        let mut letters = name.bytes();
        let starts = letters.next().is_some_and(|it| it.is_ascii_alphabetic());
        starts && letters.all(|it| it.is_ascii_alphanumeric() || it == b'_')
    };
    found.filter(|(name, _)| named.len() < text.len() && is_name(name))
}

/// The one value that a text assigns to a variable of the shell, of Make or of a pipeline; `None` where
/// it is assigned several, or one that only the run knows.
fn only_value(text: &str, variable: &str, depth: usize) -> Option<String> {
    let mut values = BTreeSet::new();
    for at in words(text, variable) {
        let (before, behind) = (&text[..at], &text[at + variable.len()..]);
        if before.ends_with("for ") || line(text, at).trim_start().starts_with("read ") {
            return None;
        }
        if before.ends_with(['$', '{', '(', '.']) {
            // `${A:-b}` takes another value where the run has one.
            let is_default = behind.starts_with(':') && before.ends_with('{');
            match is_default {
                true => return None,
                false => continue,
            }
        }
        let sign = behind.trim_start_matches(['"', '\'', ' ', '\t']);
        if sign.starts_with("?=") || sign.starts_with("+=") {
            return None;
        }
        if sign.starts_with("==") || !sign.starts_with(['=', ':']) {
            continue;
        }
        values.insert(expanded(text, value(behind)?, depth)?);
    }
    let mut values = values.into_iter();
    values.next().filter(|_| values.next().is_none())
}

fn line(text: &str, at: usize) -> &str {
    &text[line_start(text, at)..line_end(text, at)]
}

#[cfg(test)]
mod tests {
    use super::super::values::values;

    #[test]
    fn a_variable_of_the_shell_has_the_one_value_that_the_text_assigns() {
        for (text, expected) in [
            ("B=1\nterraform apply -var a=$B", Some("1")),
            (
                "B := 1\nx:\n\tterraform apply -var a=x:$(B):y",
                Some("x:1:y"),
            ),
            (
                "export B=\"1\"\nC=$B\nterraform apply -var a=${C}",
                Some("1"),
            ),
            (
                "env:\n  B: \"1\"\nrun: terraform apply -var a=${{env.B}}",
                Some("1"),
            ),
            ("B=1\nB=1\nterraform apply -var a=$B", Some("1")),
            ("B=1\nB=2\nterraform apply -var a=$B", None),
            ("B ?= 1\nx:\n\tterraform apply -var a=$(B)", None),
            ("B=1\nterraform apply -var a=${B:-2}", None),
            ("B=1\nread B\nterraform apply -var a=$B", None),
            ("for B in 1 2; do terraform apply -var a=$B; done", None),
            ("B=$B\nterraform apply -var a=$B", None),
            ("B=$(cat id)\nterraform apply -var a=$B", None),
        ] {
            let values = values(text);
            let [set] = values.as_slice() else {
                panic!("{text}: {values:?}")
            };
            let known = Some(&*set.value).filter(|_| set.is_known);
            assert_eq!(known, expected, "{text}");
        }
    }
}
