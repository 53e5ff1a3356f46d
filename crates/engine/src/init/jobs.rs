//! What the workflows tell: the accounts that their jobs act in, and the static keys that they use.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::labels::{LabelCandidate, LabelSource};
use super::mention::{ids, is_id, role_ids};
use super::words::{environment_in, is_label};
use ci::github::expression::references;
use ci::github::uses::remote_action;
use ci::github::workflow::model::{Step, Text, entry};
use ci::github::workflow::{StepOwner, Workflows};
use syntax::location::Location;

/// What the jobs use.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// Jobs on static keys, by the secrets or inputs that these are made of.
    pub keys: BTreeMap<Vec<String>, BTreeSet<Location>>,
    /// The jobs on static keys without `permissions:` of their own or of their workflow.
    pub without_permissions: Vec<Location>,
    /// Static keys in CI that is not GitHub's.
    pub other_ci: Vec<Location>,
    /// Whether a job runs Terraform.
    pub run_terraform: bool,
}

impl Jobs {
    /// Reads the workflows; the accounts and profiles in them are added to `evidence`.
    pub fn of(workflows: &Workflows, other_ci: Vec<Location>, evidence: &mut Evidence) -> Self {
        let mut jobs = Self {
            other_ci,
            ..Self::default()
        };
        for owner in workflows.owners() {
            jobs.run_terraform |= !workflows.runs(owner).is_empty();
            let pairs = workflows.key_pairs(owner);
            let pairs = || pairs.iter().filter(|pair| pair.is_static());
            for pair in pairs() {
                let places = jobs.keys.entry(pair.names()).or_default();
                places.insert(workflows.source(owner).location(pair.id.offset));
            }
            if let (Some(job), Some(workflow)) = (workflows.job(owner), workflows.workflow(owner)) {
                let is_open = job.permissions.is_none() && workflow.permissions.is_none();
                if is_open && pairs().next().is_some() {
                    let at = workflows.source(owner).location(job.offset);
                    jobs.without_permissions.push(at);
                }
            }
            for step in workflows.steps(owner) {
                sign_in(workflows, owner, step, evidence);
            }
        }
        jobs
    }
}

/// The role that a step signs in to.
fn sign_in(workflows: &Workflows, owner: StepOwner, step: &Step, evidence: &mut Evidence) {
    let uses = step
        .uses
        .as_ref()
        .and_then(|uses| remote_action(&uses.value));
    if !uses.is_some_and(|action| action.is_configure()) {
        return;
    }
    let mut candidates: Vec<LabelCandidate> = Vec::new();
    if let Some(profile) = entry(&step.with, "aws-profile") {
        let at = workflows.source(owner).location(profile.value.offset);
        evidence.profile(&profile.value.value, at);
        if is_label(&profile.value.value) {
            candidates.push((LabelSource::Profile, profile.value.value.clone()));
        }
    }
    if let Some(job) = workflows.job(owner) {
        let stage = job.environment.as_deref().and_then(environment_in);
        let stage = stage.or_else(|| environment_in(&job.id));
        candidates.extend(stage.map(|stage| (LabelSource::Environment, stage)));
    }
    let Some(role) = entry(&step.with, "role-to-assume") else {
        return;
    };
    for id in accounts(workflows, owner, step, &role.value) {
        let at = workflows.source(owner).location(role.value.offset);
        evidence.acts_in(&id, at, candidates.clone());
    }
}

/// The accounts in a role's ARN, with those in the environment variables that it references.
fn accounts(workflows: &Workflows, owner: StepOwner, step: &Step, role: &Text) -> Vec<String> {
    let text = &role.value;
    let written = role_ids(text).map(|range| text[range].to_owned());
    let read = references(text)
        .into_iter()
        .filter(|it| it.context == "env");
    let held = read.filter_map(|it| workflows.variable(owner, step, &it.name?));
    // A variable with nothing but digits is an id; in a longer text only a role's ARN is.
    let held = held.flat_map(|held| {
        let text = held.value.as_str();
        let is_alone = is_id(text.trim());
        let found = ids(text).filter(move |_| is_alone).chain(role_ids(text));
        found.map(|range| text[range].to_owned())
    });
    written.chain(held).collect()
}
