//! What the workflows say: the accounts their jobs act in, and the static keys that they use.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::labels::{Candidate, Rank, environment, is_label};
use super::mention::{ids, is_id, role_ids};
use ci::github::expression::references;
use ci::github::keys::pair::Site;
use ci::github::uses::used;
use ci::github::workflow::model::{Step, Text, entry};
use ci::github::workflow::{Unit, Workflows};
use syntax::location::Location;

/// What the jobs use.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// Jobs on static keys, by the secrets or inputs that these are made of.
    pub keys: BTreeMap<Vec<String>, BTreeSet<Location>>,
    /// The jobs on static keys of which no `permissions:` speak.
    pub without_permissions: Vec<Location>,
    /// Static keys in CI that is not GitHub's.
    pub other_ci: Vec<Location>,
    /// Whether a job runs Terraform.
    pub run_terraform: bool,
}

impl Jobs {
    /// Reads the workflows; the accounts and profiles in them go to `evidence`.
    pub fn of(workflows: &Workflows, other_ci: Vec<Location>, evidence: &mut Evidence) -> Self {
        let mut jobs = Self {
            other_ci,
            ..Self::default()
        };
        for unit in workflows.units() {
            jobs.run_terraform |= !workflows.runs(unit).is_empty();
            let mut sites = workflows.sites(unit);
            sites.retain(Site::is_static);
            for site in &sites {
                let places = jobs.keys.entry(site.names()).or_default();
                places.insert(workflows.source(unit).location(site.id.offset));
            }
            if let (Some(job), Some(workflow)) = (workflows.job(unit), workflows.workflow(unit)) {
                let is_open = job.permissions.is_none() && workflow.permissions.is_none();
                if is_open && !sites.is_empty() {
                    let at = workflows.source(unit).location(job.offset);
                    jobs.without_permissions.push(at);
                }
            }
            for step in workflows.steps(unit) {
                sign_in(workflows, unit, step, evidence);
            }
        }
        jobs
    }
}

/// The role that a step signs in to.
fn sign_in(workflows: &Workflows, unit: Unit, step: &Step, evidence: &mut Evidence) {
    let uses = step.uses.as_ref().and_then(|uses| used(&uses.value));
    if !uses.is_some_and(|used| used.is_configure()) {
        return;
    }
    let mut called: Vec<Candidate> = Vec::new();
    if let Some(profile) = entry(&step.with, "aws-profile") {
        let at = workflows.source(unit).location(profile.value.offset);
        evidence.profile(&profile.value.value, at);
        if is_label(&profile.value.value) {
            called.push((Rank::Profile, profile.value.value.clone()));
        }
    }
    if let Some(job) = workflows.job(unit) {
        let stage = job.environment.as_deref().and_then(environment);
        let stage = stage.or_else(|| environment(&job.id));
        called.extend(stage.map(|stage| (Rank::Environment, stage)));
    }
    let Some(role) = entry(&step.with, "role-to-assume") else {
        return;
    };
    for id in accounts(workflows, unit, step, &role.value) {
        let at = workflows.source(unit).location(role.value.offset);
        evidence.acts(&id, at, called.clone());
    }
}

/// The accounts in a role's ARN, with what the environment holds of it.
fn accounts(workflows: &Workflows, unit: Unit, step: &Step, role: &Text) -> Vec<String> {
    let text = &role.value;
    let written = role_ids(text).map(|range| text[range].to_owned());
    let read = references(text)
        .into_iter()
        .filter(|it| it.context == "env");
    let held = read.filter_map(|it| workflows.variable(unit, step, &it.name?));
    let held = held.flat_map(|held| {
        let text = held.value.as_str();
        let is_alone = is_id(text.trim());
        let found = ids(text).filter(move |_| is_alone).chain(role_ids(text));
        found.map(|range| text[range].to_owned())
    });
    written.chain(held).collect()
}
