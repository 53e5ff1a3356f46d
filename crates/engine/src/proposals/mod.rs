//! What transforms report: the findings of all of them, with those that the plan carries out marked.

mod admission;
mod modules;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ci::github::workflow::Workflows;
use ci::runner::Runner;
use diagnostics::finding::{FileEdit, Finding};
use diagnostics::skip::Skip;
use terraform::module::Module;

pub(crate) use admission::Admission;
pub(crate) use modules::{read_module, scan_module, unparsed};

use crate::error::PlanError;
use crate::left_out::LeftOut;
use crate::repo::Repo;
use crate::runners;
use crate::source::Source;
use crate::transform::{Purpose, Scan};

/// What transforms report of a repository as it was read.
pub(crate) struct Proposals {
    /// One for each directory that a transform could have something to report about.
    pub modules: Vec<ProposedModule>,
    /// The findings of workflows, before their jobs are signed in.
    pub workflows: Vec<Finding>,
    /// The jobs that keep their static keys.
    pub staying: Vec<Runner>,
    /// What was read, and is left for a reason that is no transform's.
    pub skipped: Vec<Skip>,
}

/// The findings of a module.
pub(crate) struct ProposedModule {
    /// The module; without documents where nothing in it changes, so that memory is freed.
    pub module: Module,
    /// What is reported of it, in the order of the catalogue.
    pub findings: Vec<Finding>,
}

/// The findings of the transforms that ran before on the same module. Each transform sees what those
/// before it take out.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'f>(pub &'f [Finding]);

impl<'f> Earlier<'f> {
    /// The edits that the plan makes so far.
    pub fn edits(self) -> impl Iterator<Item = &'f FileEdit> {
        let made = self.0.iter().filter(|finding| finding.applied);
        made.flat_map(|finding| &finding.edits)
    }
}

/// What the edits of modules bring in that jobs have to have.
#[derive(Debug, Default)]
pub struct Introduced {
    /// The AWS profiles that the code now names.
    pub profiles: BTreeSet<String>,
    /// The directories with modules that now come from repositories, and which: `HOST/OWNER/NAME`.
    pub module_repositories: Vec<(PathBuf, String)>,
}

impl Introduced {
    /// What the findings that are carried out bring in.
    pub(crate) fn by<'f>(applied: impl Iterator<Item = &'f Finding> + Clone) -> Self {
        let profiles = applied
            .clone()
            .filter_map(|finding| finding.profile.clone());
        let repositories = applied.filter_map(|finding| {
            let repository = finding.module_source.as_ref()?.github_repository()?;
            Some((finding.at.path.parent()?.to_path_buf(), repository))
        });
        Self {
            profiles: profiles.collect(),
            module_repositories: repositories.collect(),
        }
    }
}

impl Proposals {
    /// Runs the transforms that are selected, but for those that are left out of a directory.
    ///
    /// # Errors
    /// Files that are broken or cannot be read.
    pub fn new(source: &dyn Source, repo: &Repo, left_out: &LeftOut) -> Result<Self, PlanError> {
        let index = repo.index();
        // Workflows first: modules that a job on static keys runs need review.
        let mut admission = Admission::new(repo, left_out);
        let workflows = scan_workflows(&index.workflows, &admission);
        let mut skipped = unread_workflows(&index.workflows, &workflows);
        if repo.carries_out(Purpose::SignInJobs) {
            let ci = &repo.settings().ci;
            admission.staying = runners::after(index.workflows.as_ref(), ci, &workflows);
            let stays = |runner: &Runner| runner.on_static_keys().is_some();
            admission.staying.retain(stays);
        }
        let (modules, unparsed) = modules::scan(source, &admission)?;
        skipped.extend(unparsed);
        Ok(Self {
            modules,
            workflows,
            staying: admission.staying,
            skipped,
        })
    }
}

/// What transforms report of workflows whose jobs are not signed in yet.
pub(crate) fn scan_workflows(workflows: &Workflows, admission: &Admission<'_>) -> Vec<Finding> {
    let repo = admission.repo;
    let findings = repo.running().filter_map(|transform| match transform.scan {
        Scan::Workflows(scan) => {
            let findings = scan(workflows, repo.keys_in_scripts(), repo);
            Some(admission.of_workflows(findings, workflows, transform))
        }
        _ => None,
    });
    findings.flatten().collect()
}

/// What transforms report of workflows with their jobs signed in.
pub(crate) fn scan_signed_in(
    workflows: &Workflows,
    introduced: &Introduced,
    admission: &Admission<'_>,
) -> Vec<Finding> {
    let repo = admission.repo;
    let findings = repo.running().filter_map(|transform| match transform.scan {
        Scan::SignedInWorkflows(scan) => {
            let findings = scan(workflows, introduced, repo);
            Some(admission.of_workflows(findings, workflows, transform))
        }
        _ => None,
    });
    findings.flatten().collect()
}

/// The workflow files that cannot be read, but for those that a finding is about.
pub(crate) fn unread_workflows(workflows: &Workflows, findings: &[Finding]) -> Vec<Skip> {
    let is_reported = |path: &Path| findings.iter().any(|found| found.at.path == path);
    let unread = workflows.unread.iter();
    let unread = unread.filter(|file| !is_reported(&file.at.path));
    let skips = unread.map(|file| Skip {
        path: file.at.path.clone(),
        line: Some(file.at.line),
        reason: format!("is not read: {}", file.why),
    });
    skips.collect()
}
