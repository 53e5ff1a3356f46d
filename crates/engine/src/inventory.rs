//! What a repository has on AWS as it stands, for what is generated beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::error::PlanError;
use crate::index::Index;
use crate::index::survey::Survey;
use crate::left_out::LeftOut;
use crate::proposals::{Admission, scan_workflows};
use crate::repo::{Repo, UnmetLock};
use crate::request::Request;
use crate::selection::Selection;
use crate::source::Source;
use ci::github::uses::remote_action;
use ci::runner::{CiSystem, JobLocation, Runner};

/// What a repository has on AWS.
#[derive(Debug, Default)]
pub struct Inventory {
    /// S3 backends: blocks and settings files, by path.
    pub backends: Vec<Backend>,
    /// Lock files whose constraints do not admit what is locked.
    pub locks: Vec<UnmetLock>,
    /// Jobs on static keys, as they stand.
    pub keyed_jobs: Vec<JobLocation>,
    /// Jobs that sign in by OIDC without `id-token: write`.
    pub without_id_token: Vec<JobLocation>,
    /// The subjects, behind `repo:ORG/REPO:`, of the jobs that sign in or will sign in.
    pub subjects: BTreeSet<String>,
}

/// A block or a settings file of an S3 backend.
#[derive(Debug)]
pub struct Backend {
    /// The file, relative to the root.
    pub path: PathBuf,
    /// The line that its content begins on.
    pub line: usize,
    /// The settings that are literals.
    pub settings: BTreeMap<String, String>,
    /// Whether it says as whom it acts: by a profile, a role or keys.
    pub has_identity: bool,
}

/// Takes the inventory of one repository, whose files a `Surveyor` of `source` has been over, whatever
/// of it is selected.
///
/// # Errors
/// Broken or unreadable files.
pub fn inventory(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    request: Request,
) -> Result<Inventory, PlanError> {
    // Changes that need review, too: their jobs have subjects all the same.
    let selection = Selection {
        review: true,
        ..Selection::default()
    };
    let request = Request {
        selection,
        ..request
    };
    let index = Index::of_surveys(source, surveys, &request)?;
    let workflows = index.workflows.clone();
    let repo = Repo::new(request, index);
    let parts = repo.backend_parts();
    let backends = parts.map(|(path, part)| Backend {
        path,
        line: part.line,
        settings: part.literals.clone(),
        has_identity: !part.claims.is_empty(),
    });
    let runners = workflows.runners(&repo.settings().ci);
    let left_out = LeftOut::default();
    let findings = scan_workflows(&workflows, &Admission::new(&repo, &left_out));
    let signing = findings.iter().flat_map(|found| &found.signed_in);
    let mut subjects: BTreeSet<String> = signing.flat_map(|job| job.subjects.clone()).collect();
    for owner in workflows.owners() {
        let mut uses = workflows.steps(owner).iter();
        let signs_in = |uses: &str| remote_action(uses).is_some_and(|action| action.is_configure());
        if uses.any(|step| step.uses.as_ref().is_some_and(|it| signs_in(&it.value))) {
            subjects.extend(workflows.subjects(owner));
        }
    }
    Ok(Inventory {
        backends: backends.collect(),
        locks: repo.unmet_locks(),
        keyed_jobs: runners.iter().filter_map(Runner::on_static_keys).collect(),
        without_id_token: runners
            .iter()
            .filter_map(Runner::without_id_token)
            .collect(),
        subjects,
    })
}
