//! The context values with which a job may run, as far as the repository determines them.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::github::values::{Values, fill, joined};
use crate::github::workflow::model::NamedText;
use crate::github::workflow::{MAX_DEPTH, StepOwner, Workflows};

/// Ways in which a job runs that are told apart; of more, only where they start is known.
// They multiply with each level of calls, and with the matrices of callers: 16 callers with the largest
// matrix that GitHub takes. 202 calls of one workflow were the most that was seen.
const MAX_CONTEXTS: usize = 4096;

/// One way in which a job runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobContext {
    /// The job that an event starts: the job itself, or the one that its workflow's calls begin
    /// with.
    pub started: StepOwner,
    /// The context values of that job.
    pub start_values: Values,
    /// The context values of the job itself.
    pub values: Values,
}

impl Workflows {
    /// The values of each run of a job: every combination of its matrix with the inputs of every
    /// caller and every choice of `workflow_dispatch`. A property that only the run determines has
    /// no value.
    pub fn values(&self, owner: StepOwner) -> Vec<Values> {
        let contexts = self.contexts(owner);
        contexts.iter().map(|it| it.values.clone()).collect()
    }

    /// The contexts of each run of a job, with the job that an event starts; none of a job that never
    /// runs, because too many levels of calls lead to it.
    pub fn contexts(&self, owner: StepOwner) -> Arc<Vec<JobContext>> {
        self.contexts_within(owner, MAX_DEPTH)
    }

    fn contexts_within(&self, owner: StepOwner, depth: usize) -> Arc<Vec<JobContext>> {
        let make = || self.make_contexts(owner, depth);
        self.known_calls.contexts.once((owner, depth), make)
    }

    fn make_contexts(&self, owner: StepOwner, depth: usize) -> Vec<JobContext> {
        let started = |values: Values| JobContext {
            started: owner,
            start_values: Values::new(),
            values,
        };
        let (Some(workflow), Some(job)) = (self.workflow(owner), self.job(owner)) else {
            return vec![started(Values::new())];
        };
        let mut starts: Vec<JobContext> = Vec::new();
        for trigger in &workflow.triggers {
            match trigger.event.as_str() {
                "workflow_call" => starts.extend(self.calls(owner, depth)),
                "workflow_dispatch" => {
                    let choices = workflow.choices.iter().map(with_event_inputs);
                    starts.extend(choices.map(started));
                }
                _ => starts.push(started(Values::new())),
            }
        }
        if workflow.triggers.is_empty() {
            starts.push(started(Values::new()));
        }
        // Calls that pass the same are one way.
        let mut seen = HashSet::new();
        starts.retain(|start| seen.insert(start.clone()));
        if starts.len() * job.combinations.len() > MAX_CONTEXTS {
            let started: BTreeSet<StepOwner> = starts.iter().map(|start| start.started).collect();
            let unknown = |started| JobContext {
                started,
                start_values: Values::new(),
                values: Values::new(),
            };
            return started.into_iter().map(unknown).collect();
        }
        let all = starts.iter().flat_map(|start| {
            let combinations = job.combinations.iter();
            combinations.map(|own| {
                let values = joined(&start.values, own);
                JobContext {
                    start_values: match start.started == owner {
                        true => values.clone(),
                        false => start.start_values.clone(),
                    },
                    values,
                    started: start.started,
                }
            })
        });
        all.collect()
    }

    /// The contexts in which the workflow of a job is called, with the `inputs.*` values that are
    /// passed.
    fn calls(&self, owner: StepOwner, depth: usize) -> Vec<JobContext> {
        let mut all = Vec::new();
        let mut callers = self.callers(owner.source).peekable();
        let is_called = callers.peek().is_some();
        // GitHub refuses to run what is called through more levels.
        if let Some(depth) = depth.checked_sub(1) {
            for caller in callers {
                let with = self.job(caller).map(|job| &job.with[..]);
                let calls = self.contexts_within(caller, depth);
                all.extend(calls.iter().map(|call| JobContext {
                    values: plain_inputs(with.unwrap_or_default(), &|text| {
                        fill(text, &call.values)
                    }),
                    ..call.clone()
                }));
            }
        }
        // No caller here: a caller in another repository may pass anything.
        if !is_called {
            all.push(JobContext {
                started: owner,
                start_values: Values::new(),
                values: Values::new(),
            });
        }
        all
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

/// The choices of a form by both names that expressions read them by: `github.event.inputs` has the texts of `inputs`
/// ("Events that trigger workflows", `workflow_dispatch`).
fn with_event_inputs(choices: &Values) -> Values {
    let own = choices
        .iter()
        .filter(|(name, _)| name.starts_with("inputs."));
    let own = own.map(|(name, value)| (format!("github.event.{name}"), value.clone()));
    joined(choices, &own.collect())
}
