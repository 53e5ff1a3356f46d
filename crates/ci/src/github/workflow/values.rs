//! The values that a job runs with, as far as the repository tells, and texts filled with them.

use std::collections::BTreeMap;

use super::expression::expressions;
use super::view::NamedText;
use super::{Unit, Workflows};

/// Values by the names that expressions read them by: `matrix.dir`, `inputs.path`.
pub type Values = BTreeMap<String, String>;

/// Calls within calls, at most: GitHub allows fewer.
const DEPTH: usize = 10;

impl Workflows {
    /// The values of each run of a job: the combinations of its matrix, with what its callers hand
    /// in and what its form lets choose. What only the run itself tells has no value.
    pub fn values(&self, unit: Unit) -> Vec<Values> {
        self.values_within(unit, DEPTH)
    }

    fn values_within(&self, unit: Unit, depth: usize) -> Vec<Values> {
        let (Some(workflow), Some(job)) = (self.workflow(unit), self.job(unit)) else {
            return vec![Values::new()];
        };
        let mut inputs: Vec<Values> = Vec::new();
        for trigger in &workflow.triggers {
            inputs.extend(match trigger.event.as_str() {
                "workflow_call" => self.handed_in(unit.source, depth),
                "workflow_dispatch" => workflow.choices.clone(),
                _ => vec![Values::new()],
            });
        }
        if inputs.is_empty() {
            inputs.push(Values::new());
        }
        let all = inputs.iter().flat_map(|inputs| {
            let combinations = job.combinations.iter();
            combinations.map(|own| joined(inputs, own))
        });
        all.collect()
    }

    /// What the callers of a workflow hand in, each call for itself.
    fn handed_in(&self, source: usize, depth: usize) -> Vec<Values> {
        let mut all = Vec::new();
        if let Some(depth) = depth.checked_sub(1) {
            for caller in self.callers(source) {
                let with = self.job(caller).map(|job| &job.with[..]);
                let calls = self.values_within(caller, depth);
                all.extend(
                    calls
                        .iter()
                        .map(|values| handed(with.unwrap_or_default(), &|text| fill(text, values))),
                );
            }
        }
        // Other repositories may call it.
        match all.is_empty() {
            true => vec![Values::new()],
            false => all,
        }
    }
}

/// The values of both.
pub fn joined(one: &Values, other: &Values) -> Values {
    let both = one.iter().chain(other);
    both.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The inputs that entries hand on, where `fill` makes plain text of them.
pub fn handed(entries: &[NamedText], fill: &dyn Fn(&str) -> String) -> Values {
    let inputs = entries.iter().map(|entry| {
        let value = fill(&entry.value.value);
        (format!("inputs.{}", entry.name), value)
    });
    inputs.filter(|(_, value)| !value.contains("${{")).collect()
}

/// A text in which the expressions that only read a value are that value.
pub fn fill(text: &str, values: &Values) -> String {
    filled(text, |name| values.get(name).cloned())
}

/// The same, for whatever tells values.
pub fn filled(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut at = 0;
    for inside in expressions(text) {
        let whole = inside.start - "${{".len()..inside.end + "}}".len();
        out += &text[at..whole.start];
        match value(text[inside].trim()) {
            Some(value) => out += &value,
            None => out += &text[whole.clone()],
        }
        at = whole.end;
    }
    out + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_only_read_are_filled() {
        let value = |name: &str| (name == "matrix.dir").then(|| "a".to_owned());
        assert_eq!(
            filled("x/${{matrix.dir}}/${{ matrix.dir }}", value),
            "x/a/a"
        );
        for other in [
            "${{ matrix.dir || 'b' }}",
            "${{ '}} ${{ matrix.dir }}' }}",
            "${{ matrix.dirs }}",
            "${{ matrix.dir",
        ] {
            assert_eq!(filled(other, value), other);
        }
    }
}
