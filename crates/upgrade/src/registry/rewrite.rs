//! Rewriting a module's version constraint in the style that it is written in: `v` before the
//! version, spacing and the number of segments stay as they are.

use std::ops::Range;

use terraform::constraint::{Constraint, Dialect, Operator, Term, Version};

/// `~> 5.16`: the configured release or a later one of its major.
pub fn pessimistic(target: &Version) -> String {
    format!("~> {}.{}", target.major, target.minor)
}

/// The constraint moved to a release, with its operator, precision and spacing where its shape
/// allows. With `keeps_zero` a `~> 3.0` stays as wide: it becomes `~> 5.0`, not `~> 5.16`.
pub fn to_release(
    text: &str,
    constraint: &Constraint,
    target: &Version,
    keeps_zero: bool,
) -> String {
    let terms: Vec<&Term> = constraint
        .terms
        .iter()
        .filter(|term| term.operator != Operator::NotEqual)
        .collect();
    match terms.as_slice() {
        [term] if term.operator == Operator::Equal => replaced(text, term, &exact(term, target)),
        [term] if term.operator == Operator::Pessimistic && term.segments >= 2 => {
            let minor = if keeps_zero && term.segments == 2 && term.version.minor == 0 {
                0
            } else {
                target.minor
            };
            let version = match term.segments {
                2 => format!("{}.{minor}", target.major),
                _ => target.to_string(),
            };
            replaced(text, term, &version)
        }
        [lower, upper] if is_lower(lower) && is_upper(upper) => {
            range(text, lower, upper, target, keeps_zero)
        }
        _ => pessimistic(target),
    }
}

/// `>= 5.16.0, < 6.0` from a range of two bounds.
fn range(text: &str, lower: &Term, upper: &Term, target: &Version, keeps_zero: bool) -> String {
    // A range that ends inside of the target's major stays as narrow.
    let (major, minor) = match [lower, upper]
        .iter()
        .all(|it| it.version.major == target.major)
    {
        true => (target.major, target.minor + 1),
        false => (target.major + 1, 0),
    };
    let ceiling = match (upper.segments, keeps_zero) {
        (1, false) => major.to_string(),
        (1 | 2, _) => format!("{major}.{minor}"),
        _ => format!("{major}.{minor}.0"),
    };
    // A `!=` may stand between the two or behind them and is dropped with its comma.
    let between = &text[lower.range.end..upper.range.start];
    let separator = between.rfind(',').map_or(", ", |comma| &between[comma..]);
    format!(
        "{}{}{separator}{}{}",
        &text[..text.len() - text.trim_start().len()],
        relation(text, lower, ">=", &target.to_string()),
        relation(text, upper, "<", &ceiling),
        &text[text.trim_end().len()..],
    )
}

fn is_lower(term: &Term) -> bool {
    matches!(term.operator, Operator::Greater | Operator::GreaterEqual)
}

fn is_upper(term: &Term) -> bool {
    matches!(term.operator, Operator::Less | Operator::LessEqual)
}

/// The target with the precision of an exact version, unless that would name another release.
fn exact(term: &Term, target: &Version) -> String {
    match term.segments {
        2 if target.patch == 0 => format!("{}.{}", target.major, target.minor),
        _ => target.to_string(),
    }
}

/// The text with one term's version replaced, without the other terms, which are all `!=`: the
/// releases that they exclude are not those of the new major.
fn replaced(text: &str, term: &Term, version: &str) -> String {
    let has_others = text.contains(',');
    let (from, to) = match has_others {
        true => (term.range.start, term.range.end),
        false => (0, text.len()),
    };
    let Range { start, end } = term.version_range;
    format!("{}{version}{}", &text[from..start], &text[end..to])
}

/// `operator` and `version` with what the term has between its own: space, perhaps a `v`.
fn relation(text: &str, term: &Term, operator: &str, version: &str) -> String {
    let written = &text[term.range.start..term.version_range.start];
    let between = written.trim_start_matches(['<', '>', '=', '~']);
    format!("{operator}{between}{version}")
}

/// The constraint with an upper bound below this release, in place of the one that it has; `None`
/// where it is no constraint.
pub fn with_upper_bound(text: &str, below: &Version) -> Option<String> {
    let constraint = Constraint::parse(text, Dialect::Module).ok()?;
    let ceiling = |term: &Term| match term.segments {
        1 if below.minor == 0 => below.major.to_string(),
        2 => format!("{}.{}", below.major, below.minor),
        _ => below.to_string(),
    };
    let bound = |term: &Term| relation(text, term, "<", &ceiling(term));
    if let Some(upper) = constraint.terms.iter().find(|term| is_upper(term)) {
        let (before, behind) = (&text[..upper.range.start], &text[upper.range.end..]);
        return Some(format!("{before}{}{behind}", bound(upper)));
    }
    let (first, last) = (constraint.terms.first()?, constraint.terms.last()?);
    let separator = constraint.terms.get(1).map_or(", ", |next| {
        let between = &text[first.range.end..next.range.start];
        between.trim_start()
    });
    let (before, behind) = text.split_at(last.range.end);
    Some(format!("{before}{separator}{}{behind}", bound(first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_keeps_operator_precision_and_spacing() {
        let six = Version::new(6, 0, 0);
        for (version, expected) in [
            (">= 5.0", ">= 5.0, < 6.0"),
            (">= 5.0.0", ">= 5.0.0, < 6.0.0"),
            (">=5", ">=5, <6"),
            ("~> 5", "~> 5, < 6"),
            ("> 4.1", "> 4.1, < 6.0"),
            (">= 4.0, < 8.0", ">= 4.0, < 6.0"),
            (">=4.0,<=7.1.0", ">=4.0,<6.0.0"),
            ("<8.0, >=4.0", "<6.0, >=4.0"),
            (">= 5.0, != 5.1.0", ">= 5.0, != 5.1.0, < 6.0"),
            (" >= v5.0 ", " >= v5.0, < v6.0 "),
        ] {
            let bounded = with_upper_bound(version, &six);
            assert_eq!(bounded.as_deref(), Some(expected), "{version}");
        }
    }
}
