//! The findings of all transforms, with those marked whose edits the plan makes.

mod admission;
mod modules;
mod other_runners;
mod proposer;

use std::path::Path;

use ci::github::workflow::Workflows;
use ci::runner::Runner;
use diagnostics::finding::Finding;
use diagnostics::skip::Skip;
use terraform::module::Module;

pub(crate) use modules::{read_module, unparsed};
pub(crate) use proposer::Proposer;

use crate::catalogue::Purpose;
use crate::error::PlanError;
use crate::runners;
use crate::source::Source;

/// What transforms report of a repository as it was read.
pub(crate) struct Proposals {
    /// One for each directory that a transform could have something to report about.
    pub modules: Vec<ProposedModule>,
    /// The findings of workflows, before their jobs are signed in.
    pub workflows: Vec<Finding>,
    /// What was read and not understood, with the reason.
    pub skipped: Vec<Skip>,
}

/// The findings of a module.
pub(crate) struct ProposedModule {
    /// The module; without documents where nothing in it changes, so that memory is freed.
    pub module: Module,
    /// What is reported of it, in the order of the catalogue.
    pub findings: Vec<Finding>,
}

impl Proposals {
    /// Runs the transforms that are selected. Afterwards `proposer` knows the jobs that keep their
    /// static keys.
    ///
    /// # Errors
    /// Files that are broken or cannot be read.
    pub fn new(source: &dyn Source, proposer: &mut Proposer<'_>) -> Result<Self, PlanError> {
        let (repo, workflows) = (proposer.repo, &proposer.repo.index().workflows);
        // Workflows first: modules that a job on static keys runs need review.
        let findings = proposer.scan_workflows(workflows);
        let mut skipped = unread_workflows(workflows, &findings);
        if repo.request().carries_out(Purpose::SignInJobs) {
            let ci = &repo.settings().ci;
            proposer.staying = runners::after(workflows.as_ref(), ci, &findings);
            let stays = |runner: &Runner| runner.on_static_keys().is_some();
            proposer.staying.retain(stays);
        }
        let (modules, unparsed) = modules::scan(source, proposer)?;
        skipped.extend(unparsed);
        Ok(Self {
            modules,
            workflows: findings,
            skipped,
        })
    }
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
