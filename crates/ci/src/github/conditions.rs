//! `if:` of steps: what one says of another.

use crate::github::expression::outlives_failure;

/// The condition of a step.
#[derive(Debug)]
pub struct Condition {
    /// What all has to hold, without spaces; empty where the step always runs.
    parts: Vec<String>,
    /// Whether it may hold after an earlier step failed.
    outlives_failure: bool,
}

/// What a condition tells of that of an earlier step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Where it holds, the other held, and the earlier step did not fail.
    Implies,
    /// Where it holds, the other did not.
    Excludes,
    /// Neither.
    Open,
}

impl Condition {
    /// The condition of an `if:`.
    pub fn of(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default();
        Self {
            parts: operands(text),
            outlives_failure: outlives_failure(text),
        }
    }

    /// What it tells of the condition of an earlier step.
    pub fn relation_to(&self, earlier: &Self) -> Relation {
        let excludes = |part: &String| earlier.parts.iter().any(|other| exclude(part, other));
        if self.parts.iter().any(excludes) {
            return Relation::Excludes;
        }
        // Once a step failed, GitHub skips those that are not made for that: where one of the others
        // runs, no step before it failed or was skipped for a failure.
        if self.outlives_failure {
            return Relation::Open;
        }
        let has = |part: &String| self.parts.contains(part);
        let always = ["always()", "!cancelled()", "!failure()"];
        let mut parts = earlier.parts.iter();
        match parts.all(|part| has(part) || always.contains(&part.as_str())) {
            true => Relation::Implies,
            false if earlier.parts.iter().any(|part| part == "failure()") => Relation::Excludes,
            false => Relation::Open,
        }
    }
}

/// Operands of a condition that are told apart, and parentheses in each other that are opened; a
/// condition with more is one operand.
// Operands are compared with each other. GitHub refuses what is nested deeper than fifty levels
// (actions/runner, `ExpressionConstants.MaxDepth`).
const OPERANDS: usize = 50;

/// The operands of `&&` in an `if:`, all of which have to hold, without spaces and braces.
pub(super) fn operands(text: &str) -> Vec<String> {
    let parts = operands_within(text, OPERANDS);
    match parts.len() > OPERANDS {
        true => vec![text.to_owned()],
        false => parts,
    }
}

fn operands_within(text: &str, depth: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut open = 0;
    let mut is_string = false;
    for letter in text.replace("${{", "").replace("}}", "").chars() {
        match letter {
            '\'' => is_string = !is_string,
            '(' if !is_string => open += 1,
            ')' if !is_string => open -= 1,
            _ => {}
        }
        let last = parts.last_mut();
        let Some(last) = last.filter(|_| is_string || !letter.is_whitespace()) else {
            continue;
        };
        last.push(letter);
        if open == 0 && !is_string && last.ends_with("&&") {
            last.truncate(last.len() - 2);
            parts.push(String::new());
        }
    }
    // `a || b && c` is `a || (b && c)`: no part of it has to hold.
    let has_or = |part: &String| part.contains("||") && !part.starts_with('(');
    if parts.len() > 1 && parts.iter().any(has_or) {
        return vec![parts.join("&&")];
    }
    let own = parts.into_iter().flat_map(|part| inside(&part, depth));
    // What every condition has ("Evaluate expressions", status check functions).
    own.filter(|part| !part.is_empty() && part != "success()" && part != "true")
        .collect()
}

/// The parts of a condition in parentheses; of any other, itself.
fn inside(part: &str, depth: usize) -> Vec<String> {
    let Some(deeper) = depth.checked_sub(1) else {
        return vec![part.to_owned()];
    };
    let inner = part.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    let mut depth = 0;
    let is_closed = inner.is_some_and(|inner| {
        inner.chars().all(|letter| {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            depth >= 0
        })
    });
    match inner.filter(|_| is_closed) {
        Some(inner) => operands_within(inner, deeper),
        None => vec![part.to_owned()],
    }
}

/// Whether two parts never hold together: one negates the other, or both compare the same with
/// different strings.
fn exclude(one: &str, other: &str) -> bool {
    let negates = |one: &str, other: &str| {
        one.strip_prefix('!').is_some_and(|negated| {
            let inner = negated
                .strip_prefix('(')
                .and_then(|it| it.strip_suffix(')'));
            negated == other || inner == Some(other)
        })
    };
    let is_string = |text: &str| {
        let inner = text.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
        inner.is_some_and(|inner| !inner.contains('\''))
    };
    let compared = |part: &str| {
        if part.contains(['|', '(']) {
            return None;
        }
        let (left, right) = part.split_once("==")?;
        Some((left.to_owned(), right.to_owned())).filter(|(_, right)| is_string(right))
    };
    let differs = |one: &str, other: &str| {
        let unequal = one.split_once("!=");
        compared(other).is_some_and(|(left, right)| unequal == Some((&left, &right)))
    };
    let equal = compared(one).zip(compared(other));
    // GitHub compares strings without case ("Evaluate expressions", operators).
    let is_other = equal.is_some_and(|((left, right), (of, other))| {
        left == of && !right.eq_ignore_ascii_case(&other)
    });
    is_other
        || negates(one, other)
        || negates(other, one)
        || differs(one, other)
        || differs(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_related_by_their_parts() {
        use Relation::{Excludes, Implies, Open};
        for (later, earlier, expected) in [
            ("", "", Implies),
            ("a == 'x'", "", Implies),
            ("", "a == 'x'", Open),
            ("a == 'x'", "${{ a=='x' }}", Implies),
            ("success() && a", "a", Implies),
            ("a && b", "b", Implies),
            ("b", "a && b", Open),
            ("(a && b) && c", "c && a", Implies),
            ("a || b", "a", Open),
            ("a || b && c", "c", Open),
            ("a == 'x'", "a == 'y'", Excludes),
            ("a == 'x'", "a == 'X'", Open),
            ("a == 'x'", "a != 'x'", Excludes),
            ("a != 'x'", "a != 'y'", Open),
            ("b && a == 'x'", "a == 'y'", Excludes),
            ("a == 'x' || b", "a == 'y'", Open),
            ("!a", "a", Excludes),
            ("a", "!(a)", Excludes),
            ("a == b", "a == c", Open),
            ("a == 'x && y'", "a == 'x && z'", Excludes),
            ("always()", "", Open),
            ("always() && a", "a", Open),
            ("failure()", "", Open),
            ("always()", "always()", Open),
            ("", "always()", Implies),
            ("a", "!cancelled() && a", Implies),
            ("", "a && failure()", Excludes),
            ("", "failure() || a", Open),
        ] {
            let of = |text: &str| Condition::of(Some(text).filter(|text| !text.is_empty()));
            assert_eq!(
                of(later).relation_to(&of(earlier)),
                expected,
                "{later} / {earlier}"
            );
        }
    }
}
