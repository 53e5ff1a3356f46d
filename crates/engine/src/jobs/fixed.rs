//! The jobs of workflows that no plan edits, as runners with credentials of their own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ci::github::expression::references;
use ci::github::workflow::Workflows;
use ci::runner::LocatedRun;
use ci::systems::SystemRunner;
use ci::terraform_run::{RunsIn, TerraformRun};

use super::credentials::Credentials;
use super::job::{JobContextFacts, JobFacts};
use crate::settings::Settings;

/// The jobs that run Terraform with credentials of AWS, or may have a workflow elsewhere run these root modules so.
pub(crate) fn fixed_runners(
    workflows: &Workflows,
    root_modules: &[PathBuf],
    settings: &Settings,
) -> Vec<SystemRunner> {
    let root_modules: Vec<&Path> = root_modules.iter().map(PathBuf::as_path).collect();
    let owners = workflows.owners();
    let runners = owners.filter_map(|owner| {
        let job = workflows.job(owner)?;
        let at = |offset| workflows.source(owner).location(offset);
        let mut runs = Vec::new();
        for context in workflows.contexts(owner).iter() {
            let call = workflows.call_elsewhere(owner, &context.values, &root_modules);
            let called = call.iter().flat_map(|call| {
                call.root_modules.iter().map(|root| LocatedRun {
                    at: at(call.offset),
                    run: TerraformRun::unseen(Some(root.clone()), RunsIn::Elsewhere),
                    account: None,
                })
            });
            runs.extend(called);
        }
        let facts = JobFacts::of(workflows, owner, false);
        for (facts, context) in facts
            .iter()
            .flat_map(|it| it.contexts.iter().map(move |c| (it, c)))
        {
            runs.extend(context.runs.iter().filter_map(|found| {
                let account = account(facts, context, found.step, settings);
                let account = match found.run.runs_in {
                    RunsIn::Elsewhere => None,
                    _ => account?,
                };
                Some(LocatedRun {
                    at: at(found.run.offset),
                    run: found.run.clone(),
                    account,
                })
            }));
        }
        SystemRunner::of_job(&job.id, runs)
    });
    runners.collect()
}

/// The account that a step acts in, where its credentials are of one that is known; `None` where it has none.
#[expect(
    clippy::option_option,
    reason = "no credentials, and those of an account that is not known, are two answers"
)]
fn account(
    job: &JobFacts<'_>,
    context: &JobContextFacts,
    step: usize,
    settings: &Settings,
) -> Option<Option<String>> {
    let found = job.credentials.of_step(job.workflows, job.owner, step);
    let accounts = found
        .iter()
        .map(|index| match &job.credentials.all[*index] {
            Credentials::Keys { id, .. } => {
                let read = references(&id.value);
                let [only] = read.as_slice() else { return None };
                let secret = only.name.as_deref().filter(|_| only.context == "secrets")?;
                let of_environment = context.environment.as_deref();
                let of_environment =
                    of_environment.and_then(|name| settings.account_of_environment(name));
                let account = of_environment.or_else(|| settings.account_of_keys(secret))?;
                Some(account.id.clone())
            }
            Credentials::Role(role) => {
                let steps = job.workflows.steps(job.owner);
                let own = steps.iter().find(|step| step.offset == role.offset)?;
                let text = job
                    .workflows
                    .filled_in(job.owner, own, &context.values, &role.value);
                let mut parts = text.split(':');
                let is_arn = parts.next() == Some("arn");
                let account = parts.nth(3).filter(|_| is_arn)?;
                let is_id = account.len() == 12 && account.bytes().all(|it| it.is_ascii_digit());
                is_id.then(|| account.to_owned())
            }
            Credentials::Profile(_) | Credentials::Unknown(_) => None,
        });
    let accounts: BTreeSet<Option<String>> = accounts.collect();
    match accounts.len() {
        0 => None,
        1 => accounts.into_iter().next(),
        _ => Some(None),
    }
}
