//! Expressions that choose between secrets: `CONDITION && secrets.A || secrets.B`.
//!
//! `a && b || c` is `c` where `b` is empty, and a variable is empty until somebody sets it ("Evaluate
//! expressions in workflows and actions", operators): with variables in place of secrets the run would go
//! on in another account.

use crate::github::expression::references;
use crate::github::expression::split;

/// A choice between values, the first whose condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleChoice {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    /// Its condition as written; `None` for the last, which needs none.
    condition: Option<String>,
    value: String,
}

impl RoleChoice {
    /// The choice that is all of an expression; `None` for other expressions, and where a value falls
    /// through to the next only because it is empty.
    pub fn of(text: &str) -> Option<Self> {
        let inside = text.trim().strip_prefix("${{")?.strip_suffix("}}")?;
        let all = split(inside, "||")?;
        let count = all.len();
        let terms = all.into_iter().enumerate().map(|(index, term)| {
            let mut parts = split(term, "&&")?;
            let value = parts.pop()?.trim().to_owned();
            let condition = (!parts.is_empty()).then(|| parts.join("&&").trim().to_owned());
            // A value that is a choice itself may be empty, too.
            let is_decided = (condition.is_some() || index + 1 == count) && !value.contains("||");
            is_decided.then_some(Term { condition, value })
        });
        let terms: Vec<Term> = terms.collect::<Option<_>>()?;
        (count > 1).then_some(Self { terms })
    }

    /// The values, in their order.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| term.value.as_str())
    }

    /// The choice between these texts, of which none is empty.
    pub fn between(&self, texts: &[String]) -> String {
        let terms = self.terms.iter().zip(texts).map(|(term, text)| {
            let condition = term.condition.iter().map(|it| format!("{it} && "));
            let condition: String = condition.collect();
            format!("{condition}'{text}'")
        });
        format!("${{{{ {} }}}}", terms.collect::<Vec<_>>().join(" || "))
    }

    /// The same choice, where an empty value is no reason to take the next.
    pub fn fails_closed(&self) -> String {
        let mut before: Vec<String> = Vec::new();
        let terms = self.terms.iter().map(|term| {
            let own = before.iter().chain(&term.condition).cloned();
            let parts: Vec<String> = own.chain([term.value.clone()]).collect();
            before.extend(term.condition.as_deref().map(negated));
            parts.join(" && ")
        });
        format!("${{{{ {} }}}}", terms.collect::<Vec<_>>().join(" || "))
    }
}

/// Whether an expression reads a context (`secrets`) in conditions, or may come to what is read from
/// nowhere: neither has a role in its place. A secret that is compared is none of the values, and goes
/// once the migration is done.
pub fn has_other_values(text: &str, context: &str) -> bool {
    let Some(inside) = text.trim().strip_prefix("${{") else {
        return false;
    };
    let inside = inside.strip_suffix("}}").unwrap_or(inside);
    let terms = split(inside, "||").unwrap_or_default();
    let is_choice = terms.len() > 1 || inside.contains("&&");
    let is_other = |term: &&str| {
        let mut parts = split(term, "&&").unwrap_or_default();
        let value = parts.pop().unwrap_or_default();
        let read = |part: &str| references(&format!("${{{{ {part} }}}}"));
        let mut read_in_conditions = parts.into_iter().flat_map(read);
        read_in_conditions.any(|it| it.context == context) || read(value).is_empty()
    };
    is_choice && terms.iter().any(is_other)
}

/// What holds where a condition does not.
fn negated(condition: &str) -> String {
    let operators = ["==", "!="];
    let found = operators.map(|operator| split(condition, operator).unwrap_or_default());
    let is_one = split(condition, "&&").is_some_and(|parts| parts.len() == 1);
    let orders = ["<", ">"].iter().any(|it| condition.contains(it));
    match found.each_ref().map(Vec::as_slice) {
        [[left, right], [_]] if is_one && !orders => {
            format!("{} != {}", left.trim(), right.trim())
        }
        [[_], [left, right]] if is_one && !orders => {
            format!("{} == {}", left.trim(), right.trim())
        }
        _ => format!("!({condition})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_no_reason_to_take_the_next() {
        for (text, expected) in [
            (
                "${{ r == 'm' && vars.A || vars.B }}",
                "${{ r == 'm' && vars.A || r != 'm' && vars.B }}",
            ),
            (
                "${{ r != 'm' && vars.A || vars.B }}",
                "${{ r != 'm' && vars.A || r == 'm' && vars.B }}",
            ),
            (
                "${{ inputs.live && vars.A || vars.B }}",
                "${{ inputs.live && vars.A || !(inputs.live) && vars.B }}",
            ),
            (
                "${{ x && y == '1' && vars.A || vars.B }}",
                "${{ x && y == '1' && vars.A || !(x && y == '1') && vars.B }}",
            ),
            (
                "${{ (x || y) && vars.A || vars.B }}",
                "${{ (x || y) && vars.A || !((x || y)) && vars.B }}",
            ),
            (
                "${{ x == '||' && vars.A || y == 'it''s &&' && vars.B || vars.C }}",
                "${{ x == '||' && vars.A || x != '||' && y == 'it''s &&' && vars.B || x != '||' && y != 'it''s &&' && vars.C }}",
            ),
            (
                "${{ x == 'a' && vars.A || y == 'b' && vars.B }}",
                "${{ x == 'a' && vars.A || x != 'a' && y == 'b' && vars.B }}",
            ),
        ] {
            let choice = RoleChoice::of(text).expect(text);
            assert_eq!(choice.fails_closed(), expected);
        }
        for text in [
            "${{ vars.A }}",
            "${{ vars.A || vars.B }}",
            "x-${{ c && vars.A || vars.B }}",
            "${{ c && vars.A || vars.B || vars.C }}",
            "${{ f('a && vars.A || vars.B }}",
        ] {
            assert_eq!(RoleChoice::of(text), None, "{text}");
        }
    }
}
