//! A job as one other starts it: its contexts, and the account of its keys.

use std::collections::BTreeSet;

use ci::github::keys::key_start::KeyStart;

use super::Targets;
use crate::jobs::job::{JobContextFacts, JobFacts};
use crate::jobs::known_account::account_of_keys;
use crate::jobs::need::Target;
use crate::jobs::step_need::StepNeed;
use crate::repo::Repo;

/// A context of a job, with what the steps need that one pair of keys serves.
pub(super) type ContextNeeds<'c> = (&'c JobContextFacts, Vec<StepNeed>);

/// A job as one other starts it: the contexts, the accounts that it signs in to, and the environment
/// whose secrets it has.
pub(super) type Started<'c> = (KeyStart, Vec<ContextNeeds<'c>>, Targets, Option<String>);

/// The contexts of a job that one start leads to. Where the account of the keys is known, they are
/// needed as that account.
pub(super) fn contexts_of<'c>(
    job: &'c JobFacts<'_>,
    start: &KeyStart,
    served: &[Vec<StepNeed>],
    repo: &Repo,
) -> Vec<ContextNeeds<'c>> {
    let contexts = job.contexts.iter().zip(served);
    let contexts = contexts.filter(|(context, _)| context.started == start.job);
    let mut contexts: Vec<ContextNeeds<'_>> = contexts
        .map(|(context, needs)| (context, needs.clone()))
        .collect();
    for (context, needs) in &mut contexts {
        let environment = context.environment.as_deref();
        let environment = environment.filter(|_| start.is_of_environment);
        if let Some(known) = account_of_keys(&start.id, environment, repo) {
            for need in needs.iter_mut().filter(|it| it.target == Target::Keys) {
                need.target = Target::Id(known.clone());
            }
        }
    }
    contexts
}

/// The environment of a job: as it is written, where that differs among its contexts.
pub(super) fn environment_of(job: &JobFacts<'_>, contexts: &[ContextNeeds<'_>]) -> Option<String> {
    let environments: BTreeSet<_> = contexts.iter().map(|(it, _)| &it.environment).collect();
    match environments.into_iter().collect::<Vec<_>>().as_slice() {
        [only] => (*only).clone(),
        _ => job.workflows.job(job.owner)?.environment.clone(),
    }
}

/// The account of the keys themselves.
pub(super) fn keys_target(start: &KeyStart, contexts: &[ContextNeeds<'_>], repo: &Repo) -> Target {
    let environments = contexts.iter().map(|(it, _)| it.environment.as_deref());
    let known: BTreeSet<Option<String>> = environments
        .map(|it| account_of_keys(&start.id, it.filter(|_| start.is_of_environment), repo))
        .collect();
    match known.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(id)] => Target::Id(id.clone()),
        _ => Target::Keys,
    }
}
