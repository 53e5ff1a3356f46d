//! The account table: by what each identity of a root module acts, and in which account, before the
//! plan and after it, on laptops and on every other runner.

mod cell;
mod fold;
mod providers;
mod runners;
mod state;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub use cell::{AccountCell, RunnerCell, RunnerName};
use diagnostics::finding::{Finding, SignedIn};
use rayon::prelude::*;
pub(crate) use state::IDENTITY as STATE;

use crate::catalogue::Purpose;
use crate::repo::Repo;
use fold::IdentityRow;
use runners::RootRunners;

/// A row of the account table: identities whose cells are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// The root modules and child modules with these identities, by directory; a Terragrunt file
    /// stands for what it generates.
    pub modules: Vec<PathBuf>,
    /// `aws`, `aws.dns`, `state`.
    pub identities: Vec<String>,
    /// Which workspace, values or settings file this row is about, where it makes a difference.
    pub variant: Option<String>,
    /// Before the plan.
    pub before: AccountCell,
    /// On a laptop, after the plan.
    pub laptop: AccountCell,
    /// On other runners, after the plan.
    pub runners: Vec<RunnerCell>,
    /// Whether the identity is another one after the plan, on any runner.
    pub changes: bool,
    /// Whether a change of it needs review.
    pub waits: bool,
}

/// The table of a plan with these findings; empty where the repository has no role, no profile and
/// no job with credentials of AWS.
pub(crate) fn rows(before: &Repo, after: &Repo, findings: &[&Finding]) -> Vec<AccountRow> {
    let applied = Applied::new(before, findings);
    let runners = RootRunners::new(before, &applied);
    let scopes = before.index().modules.provider_scopes().into_par_iter();
    let providers = scopes.flat_map_iter(|(directory, file)| {
        providers::rows(
            &directory,
            file.as_deref(),
            (before, after),
            &applied,
            &runners,
        )
    });
    let mut rows: Vec<IdentityRow> = providers.collect();
    let modules = &before.index().modules;
    let implicit = providers::implicit(before, after, &runners);
    rows.extend(implicit);
    let numbers = (0..modules.count()).into_par_iter();
    let states = numbers.flat_map_iter(|number| {
        state::rows(modules.path(number), (before, after), &applied, &runners)
    });
    rows.extend(states.collect::<Vec<_>>());
    if runners.is_empty() && rows.iter().all(IdentityRow::is_ambient) {
        return Vec::new();
    }
    fold::folded(rows, &runners, before)
}

/// What the findings of a plan change, and what needs review.
struct Applied<'f> {
    findings: &'f [&'f Finding],
    /// The transforms whose change needs review, each with a file of it.
    waiting: HashSet<(&'f str, &'f Path)>,
    sign_in: Option<&'static str>,
    roles: Option<&'static str>,
    backends: Option<&'static str>,
    profiles: Option<&'static str>,
}

impl<'f> Applied<'f> {
    fn new(repo: &Repo, findings: &'f [&'f Finding]) -> Self {
        let id = |purpose| repo.catalogue().with_purpose(purpose).map(|it| it.id);
        let open = findings.iter().filter(|it| !it.applied);
        let waiting = open.flat_map(|finding| {
            let edits = finding.edits.iter();
            edits.map(|edit| (finding.transform, edit.path.as_path()))
        });
        Self {
            findings,
            waiting: waiting.collect(),
            sign_in: id(Purpose::SignInJobs),
            roles: id(Purpose::RemoveRoles),
            backends: id(Purpose::AddBackendProfile),
            profiles: id(Purpose::AddJobProfiles),
        }
    }

    /// Whether a transform's change of one of these files needs review.
    fn waits(&self, transform: Option<&str>, files: &[PathBuf]) -> bool {
        let mut files = files.iter();
        transform.is_some_and(|id| files.any(|file| self.waiting.contains(&(id, file.as_path()))))
    }

    /// Whether a job gets a role in place of its static keys.
    fn signs_in(&self, path: &Path, job: &str) -> bool {
        self.jobs(self.sign_in, path, job).is_some()
    }

    /// The roles by which a job gets profiles, where the plan gives it any.
    fn profile_roles(&self, path: &Path, job: &str) -> Option<Vec<&'f str>> {
        let found = self.jobs(self.profiles, path, job)?;
        Some(found.roles.iter().map(|role| role.text.as_str()).collect())
    }

    /// What a transform's applied findings tell of a job.
    fn jobs(&self, transform: Option<&str>, path: &Path, job: &str) -> Option<&'f SignedIn> {
        let applied = self.findings.iter().filter(|it| it.applied);
        let mut jobs = applied
            .filter(|finding| Some(finding.transform) == transform)
            .flat_map(|finding| &finding.signed_in);
        jobs.find(|it| it.path == path && it.job.as_deref() == Some(job))
    }
}
