//! Jobs that an earlier run has signed in as their keys did: they are decided again, like keys, so that `apply` and then
//! `apply --review` ends as `apply --review` at once.

use ci::github::configure_aws_credentials::KEY_INPUTS;
use ci::github::workflow::model::{Step, Text, entry};
use diagnostics::finding::Safety;

use super::job::JobFacts;
use super::known_account::account_of_role;
use super::label;
use super::own_role::{account_of_own, is_labelled, is_variable};
use crate::catalogue::Purpose;
use crate::repo::Repo;

/// Whether the role that steps of a job assume is one that the tool writes and may write anew: with review, since
/// nothing tells it from one that a person has written so.
pub(super) fn is_decided_again(job: &JobFacts<'_>, role: &Text, repo: &Repo) -> bool {
    let source = job.workflows.source(job.owner);
    let id = repo.catalogue().id_of(Purpose::SignInJobs);
    let steps = job.workflows.steps(job.owner).iter();
    let own: Vec<&Step> = steps.filter(|step| assumes(step, role)).collect();
    let is_plain = own.iter().all(|step| {
        let has = |name: &str| entry(&step.with, name).is_some();
        let text = entry(&step.with, ROLE).map(|it| it.value.offset);
        let mut places = text.into_iter().chain([step.offset]);
        !KEY_INPUTS.iter().any(|name| has(name))
            && !has("role-chaining")
            && !places.any(|offset| source.ignores(offset, id))
    });
    let mut contexts = job.contexts.iter();
    is_plain
        && !own.is_empty()
        && !job.stays
        && !job.keeps_roles
        && repo.selection().admits(Safety::Review)
        && repo.carries_out(Purpose::SignInJobs)
        && repo.is_editable(&source.path, id)
        && source.obstacle.is_none()
        // The role of a called workflow is its callers'.
        && contexts.all(|context| context.started == job.owner)
        && is_own(job, role, repo)
}

/// Whether a step names that role in an input.
pub(super) fn assumes(step: &Step, role: &Text) -> bool {
    let text = entry(&step.with, ROLE);
    text.is_some_and(|it| it.value.value.trim() == role.value.trim())
}

/// Whether the tool names roles so: one of a known account, or a variable with the label of an account or of
/// the job's environment, or with none. What an answer tells of such a variable needs no other.
fn is_own(job: &JobFacts<'_>, role: &Text, repo: &Repo) -> bool {
    let text = &role.value;
    let settings = repo.settings();
    let environment = job.workflows.job(job.owner);
    let environment = environment.and_then(|job| job.environment.as_deref());
    let label = environment.and_then(|name| label::of_environment(name, settings));
    let mut accounts = settings.accounts.iter();
    let is_variable = || {
        is_variable(text, None, repo)
            || label.is_some_and(|label| is_variable(text, Some(&label), repo))
            || accounts.any(|account| is_labelled(text, &account.id, repo))
    };
    let is_answered = || {
        let mut contexts = job.contexts.iter();
        contexts
            .all(|context| account_of_role(text, context.environment.as_deref(), repo).is_some())
    };
    account_of_own(text, repo).is_some() || is_variable() && !is_answered()
}

/// The input of the action, and of the local actions that pass it on.
const ROLE: &str = "role-to-assume";
