//! The roles that wait because a job calls a workflow whose file is not read, which may run their root
//! modules.

use std::path::{Path, PathBuf};

use ci::github::workflow::{StepOwner, Workflows};
use ci::runner::JobLocation;

use super::need::RootNeeds;
use crate::decisions::role_hold::{HoldReason, RoleHold};
use crate::repo::Repo;

/// Whether a job calls a workflow whose file is not read.
pub(super) fn are_there(workflows: &Workflows) -> bool {
    let mut owners = workflows.owners();
    owners.any(|owner| {
        let job = workflows.job(owner);
        job.is_some_and(|job| job.uses.is_some()) && workflows.callee(owner).is_none()
    })
}

/// The roles that such calls hold, by directory.
pub(super) fn holds(
    workflows: &Workflows,
    roots: &RootNeeds,
    repo: &Repo,
) -> Vec<(PathBuf, RoleHold)> {
    let owners = workflows.owners();
    let held = owners.flat_map(|owner| held_by(owner, workflows, roots, repo));
    held.collect()
}

fn held_by(
    owner: StepOwner,
    workflows: &Workflows,
    roots: &RootNeeds,
    repo: &Repo,
) -> Vec<(PathBuf, RoleHold)> {
    let Some(job) = workflows.job(owner).filter(|job| job.uses.is_some()) else {
        return Vec::new();
    };
    let source = workflows.source(owner);
    let settings = repo.settings();
    let answer = settings.ci.about_job(&source.path, &job.id);
    let account = answer.and_then(|answer| settings.account_of(answer.account.as_deref()?));
    let named = answer.filter(|answer| answer.roots.is_some());
    let file = source.path.file_name().unwrap_or_default();
    let label = format!("{}:{}", file.to_string_lossy(), job.id);
    let root_modules: Vec<&Path> = roots.root_modules().collect();
    let mut held = Vec::new();
    for context in workflows.contexts(owner).iter() {
        let call = workflows.call_elsewhere(owner, &context.values, &root_modules);
        let Some(call) = call else { continue };
        for (directory, role) in roots.losing() {
            let may_run = match named {
                Some(answer) => answer.runs(directory),
                // What Terragrunt includes lies above its units.
                None => call.root_modules.iter().any(|it| it.starts_with(directory)),
            };
            let is_there = account.is_some() && role.id() == account;
            if !may_run || is_there {
                continue;
            }
            let of_call = RoleHold {
                job: JobLocation {
                    at: source.location(call.offset),
                    job: job.id.clone(),
                },
                reason: HoldReason::Called {
                    workflow: call.workflow.clone(),
                    account: account.map(str::to_owned),
                    label: label.clone(),
                },
            };
            held.push((directory.to_path_buf(), of_call));
        }
    }
    held
}
