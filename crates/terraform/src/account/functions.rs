//! Terraform's functions, on values that may hold symbols: `None` where the result is not known.

use std::collections::{BTreeMap, BTreeSet};

use super::value::SymbolicValue;

/// What a function comes to; `None` where that is not known, or the function is not one of these.
pub fn call(name: &str, arguments: &[SymbolicValue]) -> Option<SymbolicValue> {
    match (name, arguments) {
        ("format", [format, values @ ..]) => formatted(format, values),
        ("join", [separator, SymbolicValue::List(items)]) => joined(separator, items),
        // They change the type.
        ("tostring" | "tomap" | "tolist" | "nonsensitive", [value]) => Some(value.clone()),
        ("toset", [value]) => set(value),
        ("trimspace", [value]) => match value.as_literal() {
            Some(text) => Some(SymbolicValue::literal(text.trim())),
            // White space that no account id has.
            None => Some(value.clone()),
        },
        // Terraform's page on `coalesce`: the first argument that is neither null nor an empty string.
        ("coalesce", values) => first(values, |value| {
            *value != SymbolicValue::Null && value.as_literal() != Some("")
        }),
        // The first argument that Terraform does not refuse.
        ("try", values) => first(values, |value| *value != SymbolicValue::Missing),
        ("merge", objects) => merged(objects),
        ("compact", [SymbolicValue::List(items)]) if items.iter().all(SymbolicValue::is_known) => {
            let items = items.iter().cloned();
            let kept = items.filter(|it| *it != SymbolicValue::Null && it.as_literal() != Some(""));
            Some(SymbolicValue::List(kept.collect()))
        }
        ("length", [SymbolicValue::List(items)]) => {
            Some(SymbolicValue::literal(items.len().to_string()))
        }
        _ => None,
    }
}

/// A list as a set, in the order in which Terraform lists one: each value once, texts by their bytes (Terraform's
/// page on `toset`). `None` where that order is not known.
pub(super) fn set(value: &SymbolicValue) -> Option<SymbolicValue> {
    let SymbolicValue::List(items) = value else {
        return Some(value.clone());
    };
    let texts: Option<BTreeSet<&str>> = items.iter().map(SymbolicValue::as_literal).collect();
    let texts = match (texts, items.as_slice()) {
        (Some(texts), _) => texts,
        (None, [_]) => return Some(value.clone()),
        (None, _) => return None,
    };
    // Numbers are listed by what they count, as which a text of digits is not told apart here.
    let is_number = |text: &&str| text.parse::<f64>().is_ok();
    let lengths: BTreeSet<usize> = texts.iter().map(|text| text.len()).collect();
    if texts.iter().all(is_number) && lengths.len() > 1 {
        return None;
    }
    let texts = texts.into_iter().map(SymbolicValue::literal);
    Some(SymbolicValue::List(texts.collect()))
}

fn formatted(format: &SymbolicValue, values: &[SymbolicValue]) -> Option<SymbolicValue> {
    let mut values = values.iter().cloned();
    let mut pieces = format.as_literal()?.split('%');
    let mut parts = vec![SymbolicValue::literal(pieces.next()?)];
    for piece in pieces {
        // Widths and other verbs change the text: with them the result is not known.
        let rest = piece.strip_prefix(['s', 'v', 'd'])?;
        parts.extend([values.next()?, SymbolicValue::literal(rest)]);
    }
    SymbolicValue::concat(parts)
}

fn joined(separator: &SymbolicValue, items: &[SymbolicValue]) -> Option<SymbolicValue> {
    let mut parts = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            parts.push(separator.clone());
        }
        parts.push(item.clone());
    }
    SymbolicValue::concat(parts)
}

/// The first value that is taken, where all before it are known.
fn first(
    values: &[SymbolicValue],
    is_taken: impl Fn(&SymbolicValue) -> bool,
) -> Option<SymbolicValue> {
    for value in values {
        if value.is_known() && is_taken(value) {
            return Some(value.clone());
        }
        if !value.is_known() && *value != SymbolicValue::Missing {
            return None;
        }
    }
    None
}

fn merged(objects: &[SymbolicValue]) -> Option<SymbolicValue> {
    let mut all = BTreeMap::new();
    for object in objects {
        match object {
            SymbolicValue::Object(entries) => all.extend(entries.clone()),
            // `merge` passes over null arguments.
            SymbolicValue::Null => {}
            _ => return None,
        }
    }
    Some(SymbolicValue::Object(all))
}
