//! The values that a job runs with, as far as the repository tells, and texts filled with them.

use crate::github::values::{Values, fill, joined};
use crate::github::workflow::model::NamedText;
use crate::github::workflow::{MAX_DEPTH, StepOwner, Workflows};

impl Workflows {
    /// The values of each run of a job: the combinations of its matrix, with what its callers hand
    /// in and what its form lets choose. What only the run itself tells has no value.
    pub fn values(&self, owner: StepOwner) -> Vec<Values> {
        self.values_within(owner, MAX_DEPTH)
    }

    fn values_within(&self, owner: StepOwner, depth: usize) -> Vec<Values> {
        let (Some(workflow), Some(job)) = (self.workflow(owner), self.job(owner)) else {
            return vec![Values::new()];
        };
        let mut inputs: Vec<Values> = Vec::new();
        for trigger in &workflow.triggers {
            inputs.extend(match trigger.event.as_str() {
                "workflow_call" => self.caller_inputs(owner.source, depth),
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
    fn caller_inputs(&self, source: usize, depth: usize) -> Vec<Values> {
        let mut all = Vec::new();
        if let Some(depth) = depth.checked_sub(1) {
            for caller in self.callers(source) {
                let with = self.job(caller).map(|job| &job.with[..]);
                let calls = self.values_within(caller, depth);
                all.extend(calls.iter().map(|values| {
                    plain_inputs(with.unwrap_or_default(), &|text| fill(text, values))
                }));
            }
        }
        // Other repositories may call it.
        match all.is_empty() {
            true => vec![Values::new()],
            false => all,
        }
    }
}

/// The inputs that entries hand on, where `fill` makes plain text of them.
pub fn plain_inputs(entries: &[NamedText], fill: &dyn Fn(&str) -> String) -> Values {
    let inputs = entries.iter().map(|entry| {
        let value = fill(&entry.value.value);
        (format!("inputs.{}", entry.name), value)
    });
    inputs.filter(|(_, value)| !value.contains("${{")).collect()
}
