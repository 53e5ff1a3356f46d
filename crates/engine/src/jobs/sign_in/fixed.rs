//! Credentials that a job keeps, and the root modules that they are not known to serve.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use ci::github::expression::references;
use ci::github::keys::key_start::KeyStart;
use ci::github::values::fill;
use ci::github::workflow::model::Text;
use syntax::code::sentence;

use super::as_keys::{SPLIT, which_roots};
use super::start::ContextNeeds;
use super::{JobSignIns, losing};
use crate::decisions::role_hold::HoldReason;
use crate::jobs::credentials::Credentials;
use crate::jobs::job::JobFacts;
use crate::jobs::known_account::{account_of_keys, account_of_role, answered_account};
use crate::jobs::need::Target;
use crate::jobs::shared_role::SharedRole;
use crate::jobs::step_need::{Others, StepNeed};
use crate::repo::Repo;

impl JobSignIns {
    /// Holds the roles of root modules that fixed credentials are not known to serve.
    pub(super) fn keep(
        &mut self,
        job: &JobFacts<'_>,
        credentials: &Credentials,
        served: &[Vec<StepNeed>],
        repo: &Repo,
    ) {
        let is_one = is_one_role(job, credentials);
        let is_role = matches!(credentials, Credentials::Role(_));
        let mut all = job.credentials.all.iter();
        let has_keys = all.any(|it| matches!(it, Credentials::Keys { .. }));
        let answer = answered_account(job.workflows, job.owner, repo);
        let which_roots = LazyCell::new(|| which_roots(job, repo));
        for (context, needs) in job.contexts.iter().zip(served) {
            let (account, by, role, offset) = match credentials {
                Credentials::Role(role) => {
                    let steps = job.workflows.steps(job.owner);
                    let step = steps.iter().find(|step| step.offset == role.offset);
                    let text = step.map_or_else(
                        || role.value.clone(),
                        |step| {
                            let (workflows, owner) = (job.workflows, job.owner);
                            workflows.filled_in(owner, step, &context.values, &role.value)
                        },
                    );
                    let account = account_of_role(&text, context.environment.as_deref(), repo);
                    let account = account.or_else(|| answer.clone());
                    let inside = text
                        .strip_prefix("${{")
                        .and_then(|it| it.strip_suffix("}}"));
                    let inside = inside.map(|it| it.trim().to_owned());
                    (account, format!("as the role {text}"), inside, role.offset)
                }
                Credentials::Profile(name) => {
                    let offset = job.workflows.job(job.owner).map_or(0, |job| job.offset);
                    let name = fill(name, &context.values);
                    let account = repo.settings().account_of(&name).map(str::to_owned);
                    let account = account.or_else(|| answer.clone());
                    (
                        account,
                        sentence!("with the profile `{name}`"),
                        None,
                        offset,
                    )
                }
                Credentials::Unknown(by) => {
                    let offset = job.workflows.job(job.owner).map_or(0, |job| job.offset);
                    (answer.clone(), by.clone(), None, offset)
                }
                Credentials::Keys { .. } => return,
            };
            if let Some(role) = role.as_ref().filter(|_| account.is_none()) {
                self.shared.push(SharedRole {
                    job: job.at(offset),
                    role: role.clone(),
                    environment: context.environment.clone(),
                    needs: needs.clone(),
                });
            }
            // What else the job does by the same role says that it is another one, as where the job still had
            // keys: then a second run keeps what the first kept. One that never had any goes on by what it has.
            let tells = |it: &&StepNeed| {
                let goes_on = it.target == Target::Keys && it.root.is_none();
                !goes_on || is_role || has_keys
            };
            let others = match is_one {
                true => Others::among(served.iter().flatten().filter(tells)),
                false => Others::among(needs.iter().filter(tells)),
            };
            for need in losing(needs) {
                let is_same = account.is_some() && need.target.id() == account.as_deref();
                let Some(root) = need.root.as_ref().filter(|_| !is_same) else {
                    continue;
                };
                let reason = match others.than(&need.target) {
                    Some(other) => HoldReason::SeveralAccounts {
                        other: other.what.clone(),
                        help: match need.is_guess || other.is_guess {
                            true => Arc::clone(&which_roots),
                            false => Arc::new(SPLIT.into()),
                        },
                    },
                    None => HoldReason::Elsewhere {
                        by: by.clone(),
                        role: role.clone(),
                        account: account.clone(),
                        label: job.file_and_id(),
                    },
                };
                self.hold(root, job, offset, reason);
            }
        }
    }

    /// Holds the roles of root modules that a job on static keys runs.
    pub(super) fn stay(
        &mut self,
        job: &JobFacts<'_>,
        id: &Text,
        start: &KeyStart,
        contexts: &[ContextNeeds<'_>],
        repo: &Repo,
    ) {
        for (context, needs) in contexts {
            let environment = context.environment.as_deref();
            let environment = environment.filter(|_| start.is_of_environment);
            let known = account_of_keys(&start.id, environment, repo);
            for need in losing(needs) {
                let is_same = known.is_some() && need.target.id() == known.as_deref();
                if let Some(root) = need.root.as_ref().filter(|_| !is_same) {
                    self.hold(root, job, id.offset, HoldReason::StaticKeys);
                }
            }
        }
    }

    /// Holds the roles of root modules that a job runs whose workflow only other repositories call.
    pub(super) fn stay_for_callers(
        &mut self,
        job: &JobFacts<'_>,
        id: &Text,
        served: &[Vec<StepNeed>],
    ) {
        for need in served.iter().flat_map(|needs| losing(needs)) {
            if let Some(root) = &need.root {
                self.hold(root, job, id.offset, HoldReason::CallersElsewhere);
            }
        }
    }
}

/// Whether a job acts by one role in all its contexts: its text reads nothing that differs among them.
fn is_one_role(job: &JobFacts<'_>, credentials: &Credentials) -> bool {
    let Credentials::Role(role) = credentials else {
        return false;
    };
    let environments: BTreeSet<_> = job.contexts.iter().map(|it| &it.environment).collect();
    let read = references(&role.value);
    read.is_empty() || environments.len() == 1 && read.iter().all(|it| it.context == "vars")
}
