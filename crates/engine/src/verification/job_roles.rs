//! The roles that the jobs of GitHub's workflows assume, with the accounts that they have to be of.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ci::github::role_sign_ins::{RoleCaller, RoleSignIn};
use ci::github::workflow::StepOwner;

use crate::decisions::jobs::UnmovedJobs;
use crate::error::PlanError;
use crate::index::Index;
use crate::index::survey::Survey;
use crate::jobs::{self, JobIdentity, RootRun, account_of_role};
use crate::repo::Repo;
use crate::request::Request;
use crate::source::Source;

/// A role that a job assumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRole {
    /// The workflow, relative to the root.
    pub path: PathBuf,
    /// The line of the step that assumes it.
    pub line: usize,
    /// The id of the job.
    pub job: String,
    /// How it is assumed.
    pub sign_in: RoleSignIn,
    /// The account that it has to be of, as the configuration or what the job runs tells.
    pub account: Option<String>,
}

/// The roles of all jobs of one repository, whose files a `Surveyor` of `source` has surveyed. Jobs on
/// static keys have none.
///
/// # Errors
/// Broken or unreadable files.
pub fn job_roles(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    request: Request,
) -> Result<Vec<JobRole>, PlanError> {
    let index = Index::with_names(source, surveys, &request)?;
    let repo = jobs::decide(Repo::new(request, index), UnmovedJobs::default());
    let workflows = &repo.index().workflows;
    let runs = jobs::root_runs(&repo);
    let mut roles = Vec::new();
    for owner in workflows.owners() {
        let Some(job) = workflows.job(owner) else {
            continue;
        };
        let file = workflows.source(owner);
        for sign_in in workflows.role_sign_ins(owner) {
            roles.push(JobRole {
                path: file.path.clone(),
                line: file.location(sign_in.offset).line,
                job: job.id.clone(),
                account: account_of(&sign_in, (owner, &job.id), &runs, &repo),
                sign_in,
            });
        }
    }
    Ok(roles)
}

fn account_of(
    sign_in: &RoleSignIn,
    (owner, job): (StepOwner, &str),
    runs: &[RootRun<'_>],
    repo: &Repo,
) -> Option<String> {
    let text = sign_in.role.written();
    let environment = sign_in.environment.as_deref();
    let named = account_of_role(&text, environment, repo);
    if named.is_some() || matches!(sign_in.caller, RoleCaller::Role(_)) {
        return named;
    }
    let settings = repo.settings();
    let path = &repo.index().workflows.source(owner).path;
    let answer = settings.ci.about_job(path, job);
    if let Some(label) = answer.and_then(|answer| answer.account.as_deref()) {
        return settings.account_of(label).map(str::to_owned);
    }
    account_of_runs(&text, owner, runs, repo)
}

/// The account of all that a job runs by that role alone.
fn account_of_runs(
    text: &str,
    owner: StepOwner,
    runs: &[RootRun<'_>],
    repo: &Repo,
) -> Option<String> {
    let mut accounts = BTreeSet::new();
    for run in runs.iter().filter(|run| run.job == owner) {
        let is_role = |acts: &JobIdentity| match acts {
            JobIdentity::Role(role, _) => same(role, text),
            _ => false,
        };
        if !run.acts.iter().any(is_role) {
            continue;
        }
        let directory = run.directory().filter(|_| run.acts.len() == 1)?;
        accounts.insert(repo.ambient_account(directory)?);
    }
    let only = accounts.pop_first()?;
    accounts.is_empty().then_some(only)
}

/// Whether two texts name a role by the same expression.
fn same(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.replace(' ', "").to_ascii_uppercase();
    bare(one) == bare(other)
}
