//! What to do about the jobs that a plan signs in by OIDC: before the merge, and after it.

use std::collections::BTreeSet;

use super::old_keys::{after_secrets, before_secrets, writer};
use super::role_variables::{environments, role_variables};
use super::trust::{chained_roles, staying_roles, trust};
use crate::jobs::owner_of;
use crate::plan::{Action, Moment, NextStep, Plan};
use crate::repo::Repo;
use ci::settings::StateAccess;
use diagnostics::finding::SignedIn;
use syntax::shell;

/// The steps. `repo` is the repository before the plan.
pub fn sign_in_steps(plan: &Plan, repo: &Repo) -> Vec<NextStep> {
    // The first run after the merge needs trust and variables; secrets and keys go last, so that
    // the old way works until the new one has been seen to.
    let mut steps = trust(plan, repo);
    let assumes_roles = !steps.is_empty();
    steps.splice(0..0, [roles(plan, assumes_roles, repo)]);
    steps.extend(staying_roles(plan, repo));
    steps.extend(chained_roles(plan, repo));
    steps.extend(role_variables(plan, repo));
    let waits = steps.iter().any(|step| !step.commands.is_empty());
    steps.push(NextStep {
        why: "Check that the variables, roles and trust policies of the jobs are there:".to_owned(),
        commands: waits
            .then(|| "tfkeyless verify --ci".to_owned())
            .into_iter()
            .collect(),
        when: Moment::BeforeMerge,
        action: Action::Run,
    });
    steps.extend(before_secrets(plan, repo));
    steps.push(NextStep {
        why: "Once the jobs have run and the keys are deactivated, delete the secrets that nothing uses any more:"
            .to_owned(),
        commands: secrets(plan, repo),
        when: Moment::AfterMerge,
        action: Action::Run,
    });
    steps.extend(after_secrets(plan));
    steps.retain(|step| !step.commands.is_empty());
    steps
}

/// The commands that print the roles of jobs and those behind which they reach states, with what each of
/// them needs.
fn roles(plan: &Plan, assumes_roles: bool, repo: &Repo) -> NextStep {
    let mut commands = Vec::new();
    if assumes_roles {
        commands.push("tfkeyless generate oidc-role".to_owned());
    }
    let ci = &repo.settings().ci;
    let mut states = plan.reached_states.iter().filter(|it| it.bucket.is_some());
    if ci.state_access != StateAccess::Lockfile && states.next().is_some() {
        commands.push("tfkeyless generate state-role".to_owned());
    }
    NextStep {
        why: "Create the roles that are not there yet, as these commands write them in Terraform:"
            .to_owned(),
        commands,
        when: Moment::BeforeMerge,
        action: Action::Run,
    }
}

/// The commands that delete the secrets which nothing references any more.
fn secrets(plan: &Plan, repo: &Repo) -> Vec<String> {
    let all: Vec<&SignedIn> = plan
        .applied()
        .flat_map(|finding| &finding.signed_in)
        .collect();
    let mut commands = Vec::new();
    // One that Terraform writes would be back at the next apply.
    let free = plan.free_secrets.iter();
    for name in free.filter(|name| writer(name, plan).is_none()) {
        let jobs: Vec<&SignedIn> = all
            .iter()
            // Names of secrets are case-insensitive.
            .filter(|job| job.keys.iter().any(|key| key.eq_ignore_ascii_case(name)))
            .copied()
            .collect();
        let environments: BTreeSet<&str> = jobs
            .iter()
            .flat_map(|job| environments(job))
            .flatten()
            .collect();
        // Not every shell takes `#` for a comment where a person types: what stands behind it is as
        // harmless as what stands before.
        let environments: Vec<String> = environments.into_iter().map(shell::inert).collect();
        let delete = format!("gh secret delete {}", shell::quoted(name));
        commands.push(match environments.is_empty() {
            true => delete.clone(),
            false => format!(
                "{delete}   # in the environments, too: {}",
                environments.join(", ")
            ),
        });
        // Workflows that Dependabot's pull requests start read its secrets ("Troubleshooting
        // Dependabot on GitHub Actions", "Accessing secrets").
        if jobs.iter().any(|job| runs_on_pull_requests(job, repo)) {
            commands.push(format!(
                "{delete} --app dependabot   # if Dependabot has it"
            ));
        }
    }
    commands
}

/// Whether pull requests start a job.
fn runs_on_pull_requests(job: &SignedIn, repo: &Repo) -> bool {
    let owner = owner_of(job, repo);
    let subjects = owner.map(|owner| {
        let workflows = &repo.index().workflows;
        let workflow = workflows.workflow(owner);
        let triggers = workflow.map(|it| it.triggers.as_slice());
        let mut triggers = triggers.unwrap_or_default().iter();
        triggers.any(|it| it.event == "pull_request")
    });
    subjects.unwrap_or(false)
}
