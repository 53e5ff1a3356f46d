//! The roles that wait because a job has others run their root modules: a workflow whose file is not read,
//! or another machine.

use std::path::{Path, PathBuf};

use ci::github::workflow::{StepOwner, Workflows};
use ci::runner::JobLocation;
use ci::settings::JobBlock;
use ci::terraform_run::RunsIn;
use syntax::code::sentence;
use terraform::account::Account;

use super::need::{RootNeeds, may_include};
use crate::decisions::role_hold::{HoldReason, RoleHold};
use crate::repo::Repo;

/// Whether a job calls a workflow whose file is not read, or has another machine run Terraform.
pub(super) fn are_there(workflows: &Workflows) -> bool {
    let mut owners = workflows.owners();
    owners.any(|owner| {
        let job = workflows.job(owner);
        let calls = job.is_some_and(|job| job.uses.is_some());
        calls && workflows.callee(owner).is_none()
            || job.is_some() && is_elsewhere(workflows, owner)
    })
}

fn is_elsewhere(workflows: &Workflows, owner: StepOwner) -> bool {
    let runs = workflows.runs(owner);
    runs.iter().any(|it| it.run.runs_in == RunsIn::Elsewhere)
}

/// The roles that such calls and machines hold, by directory.
pub(super) fn holds(
    workflows: &Workflows,
    roots: &RootNeeds,
    repo: &Repo,
) -> Vec<(PathBuf, RoleHold)> {
    let owners = workflows
        .owners()
        .filter_map(|owner| Caller::of(owner, workflows, repo));
    let held = owners.flat_map(|caller| {
        let called = caller.held_by_call(roots);
        called
            .into_iter()
            .chain(caller.held_by_machine(roots))
            .collect::<Vec<_>>()
    });
    held.collect()
}

/// A job, with what the configuration tells of it.
struct Caller<'r> {
    workflows: &'r Workflows,
    owner: StepOwner,
    answer: Option<&'r JobBlock>,
    /// The account that it acts in by that answer.
    account: Option<&'r str>,
}

impl<'r> Caller<'r> {
    fn of(owner: StepOwner, workflows: &'r Workflows, repo: &'r Repo) -> Option<Self> {
        let job = workflows.job(owner)?;
        let settings = repo.settings();
        let answer = settings
            .ci
            .about_job(&workflows.source(owner).path, &job.id);
        let account = answer.and_then(|answer| settings.account_of(answer.account.as_deref()?));
        Some(Self {
            workflows,
            owner,
            answer,
            account,
        })
    }

    /// The roles that wait for the workflow that it calls.
    fn held_by_call(&self, roots: &RootNeeds) -> Vec<(PathBuf, RoleHold)> {
        let root_modules: Vec<&Path> = roots.root_modules().collect();
        let mut held = Vec::new();
        for context in self.workflows.contexts(self.owner).iter() {
            let call = self
                .workflows
                .call_elsewhere(self.owner, &context.values, &root_modules);
            let Some(call) = call else { continue };
            let by = sentence!("through `{}`", call.workflow);
            // What Terragrunt includes lies above its units.
            let may_run =
                |directory: &Path| call.root_modules.iter().any(|it| it.starts_with(directory));
            held.extend(self.held(roots, call.offset, &by, may_run));
        }
        held
    }

    /// The roles that wait for the machine on which it has Terraform run.
    fn held_by_machine(&self, roots: &RootNeeds) -> Vec<(PathBuf, RoleHold)> {
        let runs = self.workflows.runs(self.owner).into_iter();
        let runs = runs.filter(|it| it.run.runs_in == RunsIn::Elsewhere);
        let held = runs.flat_map(|it| {
            let run = &it.run;
            let may_run = |directory: &Path| run.may_run(directory) || may_include(run, directory);
            self.held(roots, run.offset, "on another machine", may_run)
        });
        held.collect()
    }

    /// The roles of what may be run so in an account that is not known to be theirs.
    fn held(
        &self,
        roots: &RootNeeds,
        offset: usize,
        by: &str,
        may_run: impl Fn(&Path) -> bool,
    ) -> Vec<(PathBuf, RoleHold)> {
        let source = self.workflows.source(self.owner);
        let job = self.workflows.job(self.owner);
        let id = job.map_or("", |job| &job.id);
        let named = self.answer.filter(|answer| answer.roots.is_some());
        let is_there = |role: &Account| self.account.is_some() && role.id() == self.account;
        let losing = roots.losing().filter(|(directory, role)| {
            let may_run = match named {
                Some(answer) => answer.runs(directory),
                None => may_run(directory),
            };
            may_run && !is_there(role)
        });
        let file = source.path.file_name().unwrap_or_default();
        let label = format!("{}:{id}", file.to_string_lossy());
        let held = losing.map(|(directory, _)| {
            let hold = RoleHold {
                job: JobLocation {
                    at: source.location(offset),
                    job: id.to_owned(),
                },
                reason: HoldReason::Called {
                    by: by.to_owned(),
                    account: self.account.map(str::to_owned),
                    label: label.clone(),
                },
            };
            (directory.to_path_buf(), hold)
        });
        held.collect()
    }
}
