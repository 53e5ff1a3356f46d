//! Sign-ins to several accounts: one for each value of a property, or one after the other.

use std::collections::{BTreeMap, BTreeSet};

use ci::github::expression::outlives_failure;
use ci::github::keys::flow::KeyFlow;
use ci::github::keys::key_use::{Destination, KeyUse};
use ci::github::workflow::model::Text;

use super::Targets;
use super::start::ContextNeeds;
use crate::jobs::decided_again::assumes;
use crate::jobs::job::JobFacts;
use crate::jobs::need::Target;
use crate::jobs::step_need::StepNeed;

/// One account for each value of a property that all contexts have: of the matrix, or of a form.
/// `keys` is the account of the keys, for the values that need none.
pub(super) fn by_value(contexts: &[ContextNeeds<'_>], keys: &Target) -> Option<Targets> {
    let (first, _) = contexts.first()?;
    let properties = first
        .start_values
        .keys()
        .filter(|name| name.starts_with("matrix.") || name.starts_with("inputs."));
    properties.into_iter().find_map(|property| {
        let mut targets: BTreeMap<String, Target> = BTreeMap::new();
        for (context, needs) in contexts {
            let value = context.start_values.get(property)?;
            // A value in a text of JSON, in an expression.
            if value.contains(['\'', '"', '\\', '\n']) || is_respelled(value) {
                return None;
            }
            for need in needs {
                if need.target == Target::Keys {
                    return None;
                }
                let known = targets.entry(value.clone()).or_insert(need.target.clone());
                if *known != need.target {
                    return None;
                }
            }
        }
        // The others sign in, too: as their keys did. Without a value the role would be empty, and the
        // action fail.
        for (context, _) in contexts {
            let value = context.start_values.get(property)?.clone();
            targets.entry(value).or_insert_with(|| keys.clone());
        }
        // Names in such a map that differ in case alone are one (actions/runner, `DictionaryContextData`).
        let lower = |value: &String| value.to_ascii_lowercase();
        let names: BTreeSet<String> = targets.keys().map(lower).collect();
        if names.len() < targets.len() {
            return None;
        }
        Some(Targets::ByValue {
            property: property.clone(),
            targets,
        })
    })
}

/// Whether GitHub may take a value for a number and write that otherwise: `02`, `1.10`.
fn is_respelled(value: &str) -> bool {
    let number = value.parse::<f64>().ok();
    let number = number.filter(|_| value.ends_with(|it: char| it.is_ascii_digit()));
    number.is_some_and(|number| number.to_string() != value)
}

/// One account after the other, where exactly one sign-in reaches every step.
pub(super) fn in_turn(
    job: &JobFacts<'_>,
    id: &Text,
    contexts: &[ContextNeeds<'_>],
    by_step: &BTreeMap<usize, Vec<usize>>,
) -> Option<Targets> {
    // An action that takes keys signs in with one role, wherever it is used.
    let flow = KeyFlow {
        workflows: job.workflows,
    };
    let uses = flow.key_uses(job.owner);
    let is_passed = |used: &KeyUse| matches!(used.to, Destination::Action(..));
    let mut steps = job.workflows.steps(job.owner).iter();
    // Behind another, such a sign-in does not happen.
    let keeps = steps.any(|step| job.workflows.keeps_existing(job.owner, step));
    if uses.iter().any(is_passed) || is_passed_role(job, id) || keeps {
        return None;
    }
    let ((first, needs), others) = contexts.split_first()?;
    let is_alike = others.iter().all(|(_, other)| other == needs);
    // The sign-ins stand in the job's own file.
    let is_own = first.started == job.owner;
    let mut turns: Vec<(usize, Target)> = Vec::new();
    let mut last_need = 0;
    let mut needs: Vec<&StepNeed> = needs.iter().collect();
    needs.sort_by_key(|need| need.step);
    for need in needs {
        let step = &job.workflows.steps(job.owner)[need.step];
        let condition = step.condition.as_ref();
        // After a failure the step would act by the sign-in before.
        let outlives = condition.is_some_and(|it| outlives_failure(&it.value));
        let is_certain = by_step.get(&need.step).is_some_and(|it| it.len() == 1);
        if need.target == Target::Keys || outlives || !is_certain {
            return None;
        }
        match turns.last() {
            Some((_, target)) if *target == need.target => {}
            Some(_) if last_need == need.step => return None,
            last => {
                // A step that signs in with the same keys takes the next role itself.
                let start = last.map_or(0, |_| last_need + 1);
                let own = job.credentials.sign_in_between(start, need.step);
                turns.push((own.unwrap_or(need.step), need.target.clone()));
            }
        }
        last_need = need.step;
    }
    (is_alike && is_own).then_some(Targets::InTurn(turns))
}

/// Whether a local action takes that role, as it took the keys before.
fn is_passed_role(job: &JobFacts<'_>, role: &Text) -> bool {
    let mut steps = job.workflows.steps(job.owner).iter();
    steps.any(|step| job.workflows.action(step).is_some() && assumes(step, role))
}
