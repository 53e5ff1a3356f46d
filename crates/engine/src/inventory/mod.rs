//! What a repository has on AWS now, for the files that are generated beside it.

mod ci_accounts;
mod named_profiles;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

pub use ci_accounts::CiAccount;
use ci_accounts::ci_accounts;
pub use named_profiles::NamedProfile;
use named_profiles::named_profiles;

use crate::error::PlanError;
use crate::index::Index;
use crate::index::survey::Survey;
use crate::jobs;
use crate::left_out::LeftOut;
use crate::proposals::Proposer;
use crate::repo::{Repo, UnmetLock};
use crate::request::Request;
use crate::scan::Scans;
use crate::selection::Selection;
use crate::source::Source;
use ci::runner::{CiSystem, JobLocation, Runner};

/// What a repository has on AWS now.
#[derive(Debug, Default)]
pub struct Inventory {
    /// S3 backends: blocks and settings files, by path.
    pub backends: Vec<Backend>,
    /// The profiles that providers and remote states name, by path.
    pub profiles: Vec<NamedProfile>,
    /// Lock files with a version that the constraints do not admit.
    pub locks: Vec<UnmetLock>,
    /// Jobs on static keys.
    pub keyed_jobs: Vec<JobLocation>,
    /// Jobs that sign in by OIDC without `id-token: write`.
    pub without_id_token: Vec<JobLocation>,
    /// The roles of the jobs that sign in now or after the plan, by account.
    pub ci_accounts: Vec<CiAccount>,
}

/// A block or a settings file of an S3 backend.
#[derive(Debug)]
pub struct Backend {
    /// The file, relative to the root.
    pub path: PathBuf,
    /// The first line of its content, from 1.
    pub line: usize,
    /// The settings with literal values.
    pub settings: BTreeMap<String, String>,
    /// Whether it has an identity of its own: a profile, a role or keys.
    pub has_identity: bool,
}

/// The inventory of one repository, whose files a `Surveyor` of `source` has surveyed. The
/// selection does not count.
///
/// # Errors
/// Broken or unreadable files.
pub fn inventory(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    request: Request,
    scans: Scans,
) -> Result<Inventory, PlanError> {
    // A trust policy has to admit the jobs of changes that need review, too.
    let selection = Selection {
        review: true,
        ..Selection::default()
    };
    let request = Request {
        selection,
        ..request
    };
    let index = Index::with_names(source, surveys, &request)?;
    let workflows = index.workflows.clone();
    let repo = jobs::decide(Repo::new(request, index), BTreeSet::new());
    let parts = repo.backend_parts();
    let backends = parts.map(|(path, part)| Backend {
        path,
        line: part.line,
        settings: part.literals.clone(),
        has_identity: !part.claims.is_empty(),
    });
    let runners = workflows.runners(&repo.settings().ci);
    let left_out = LeftOut::default();
    let findings = Proposer::new(&repo, scans, &left_out).scan_workflows(&workflows);
    Ok(Inventory {
        backends: backends.collect(),
        profiles: named_profiles(source, &repo)?,
        locks: repo.unmet_locks(),
        keyed_jobs: runners.iter().filter_map(Runner::on_static_keys).collect(),
        without_id_token: runners
            .iter()
            .filter_map(Runner::without_id_token)
            .collect(),
        ci_accounts: ci_accounts(&repo, &findings),
    })
}
