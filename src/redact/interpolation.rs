//! Literals inside of references: `${{ secrets.X || 'literal' }}`, `${X:-literal}`, `$(echo literal)`.

use std::ops::Range;

use super::commands;
use super::expression;
use super::names::Telling;
use super::scan::Scan;
use super::values::{balanced, closing, is_of_name};

/// Reads `value`, that of a telling name, which holds nothing but references.
pub fn read(scan: &mut Scan<'_, '_>, value: Range<usize>) {
    let text = scan.text;
    let mut at = value.start;
    while at < value.end {
        let rest = &text[at..value.end];
        if rest.starts_with("${{") {
            let end = at + balanced(&rest[1..]) + 1;
            expression(scan, inside(text, at + 3, end, "}}"));
            at = end;
        } else if rest.starts_with("${") || rest.starts_with("%{") {
            let end = at + balanced(&rest[1..]) + 1;
            braces(scan, inside(text, at + 2, end, "}"));
            at = end;
        } else if rest.starts_with("$(") {
            let end = at + closing(&rest[1..]) + 1;
            commands::substituted(scan, inside(text, at + 2, end, ")"));
            at = end;
        } else if let Some(name) = rest.strip_prefix('$') {
            let end = name.find(|c| !is_of_name(c)).unwrap_or(name.len());
            scan.refer(&name[..end]);
            at += 1 + end;
        } else if let Some(inner) = rest.strip_prefix('`') {
            let end = inner.find('`').unwrap_or(inner.len());
            commands::substituted(scan, at + 1..at + 1 + end);
            at += (end + 2).min(rest.len());
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
}

/// What stands from `start` on before the bracket that `closes`, if one does, at `end`.
fn inside(text: &str, start: usize, end: usize, closes: &str) -> Range<usize> {
    let inner = text.get(start..end).unwrap_or_default();
    start..start + inner.strip_suffix(closes).unwrap_or(inner).len()
}

/// The inside of `${ }`, of a shell or of Terraform.
fn braces<'t>(scan: &mut Scan<'t, '_>, inside: Range<usize>) {
    let inner: &'t str = &scan.text[inside.clone()];
    let behind = inner.trim_start_matches(is_of_name);
    let name = &inner[..inner.len() - behind.len()];
    // `${X:-default}`, `${X-default}`, `${X:=default}`, and `${X:default}` as Spring has it; Terraform
    // has spaces around its operators, and numbers cut a part out.
    let default = behind.strip_prefix(':').unwrap_or(behind);
    let value = default.strip_prefix(['-', '=']).or_else(|| {
        let is_spring = default.len() < behind.len()
            && !default.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '?'));
        is_spring.then_some(default)
    });
    match value {
        Some(default) if !name.is_empty() && !default.starts_with([' ', ':']) => {
            scan.refer(name);
            scan.judge(inside.end - default.len()..inside.end, Telling::Always);
        }
        _ if behind.is_empty() => scan.refer(name),
        _ => expression(scan, inside),
    }
}

fn expression(scan: &mut Scan<'_, '_>, inside: Range<usize>) {
    let values = expression::values(scan.text, inside, false, scan.markers());
    for name in values.references {
        scan.refer(&name);
    }
    for literal in values.literals {
        scan.judge(literal, Telling::Always);
    }
}
