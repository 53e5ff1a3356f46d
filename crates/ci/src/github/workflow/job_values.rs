//! The context values with which a job may run, as far as the repository determines them.

use crate::github::values::{Values, fill, joined};
use crate::github::workflow::model::NamedText;
use crate::github::workflow::{MAX_DEPTH, StepOwner, Workflows};

impl Workflows {
    /// The values of each run of a job: every combination of its matrix with the inputs of every
    /// caller and every choice of `workflow_dispatch`. A property that only the run determines has
    /// no value.
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

    /// The `inputs.*` values that the callers of a workflow pass, one map per call.
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
        // No caller here: a caller in another repository may pass anything.
        match all.is_empty() {
            true => vec![Values::new()],
            false => all,
        }
    }
}

/// The `inputs.*` values of `with:` entries that `fill` resolves to plain text.
pub fn plain_inputs(entries: &[NamedText], fill: &dyn Fn(&str) -> String) -> Values {
    let inputs = entries.iter().map(|entry| {
        let value = fill(&entry.value.value);
        (format!("inputs.{}", entry.name), value)
    });
    inputs.filter(|(_, value)| !value.contains("${{")).collect()
}
