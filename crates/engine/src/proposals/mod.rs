//! The findings of all transforms, with those marked whose edits the plan makes.

mod admission;
mod migration;
mod modules;
mod proposer;
mod units;

use std::collections::BTreeSet;
use std::path::Path;

use ci::github::workflow::{StepOwner, Workflows};
use ci::runner::Runner;
use diagnostics::finding::Finding;
use diagnostics::skip::Skip;
use terraform::module::Module;

pub(crate) use modules::{read_module, unparsed};
pub(crate) use proposer::Proposer;

use crate::declined::FindingName;
use crate::disagreements::Disagreements;
use crate::left_out::Failure;
use crate::passed_keys::{self, JobBeside};
use crate::repo::Repo;
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
    /// Files that are broken or cannot be read; jobs that keep their static keys against what was
    /// decided.
    pub fn new(source: &dyn Source, proposer: &mut Proposer<'_>) -> Result<Self, Failure> {
        let (repo, workflows) = (proposer.repo, &proposer.repo.index().workflows);
        // Workflows first: modules that a job on static keys runs need review.
        let findings = proposer.scan_workflows(workflows);
        let mut skipped = unread_workflows(workflows, &findings);
        let ci = &repo.settings().ci;
        proposer.staying = runners::after(workflows.as_ref(), ci, &findings);
        let stays = |runner: &Runner| runner.on_static_keys().is_some();
        proposer.staying.retain(stays);
        let staying = staying_jobs(workflows, &proposer.staying);
        let unmoved = &repo.jobs().unmoved;
        if !staying.is_subset(&unmoved.staying) {
            return Err(Failure::JobsStay(staying));
        }
        let keeping = keeping_roles(workflows, &findings, repo);
        if !keeping.is_subset(&unmoved.keeping) {
            return Err(Failure::JobsKeepRoles(keeping));
        }
        let converted = unmoved.newly_converted(&staying);
        if !converted.is_empty() {
            return Err(Failure::JobsConvert(converted));
        }
        proposer.passed = passed_keys::outcomes(&findings, repo);
        proposer.beside = JobBeside::all(repo, &findings);
        let (mut modules, unparsed) = modules::scan(source, proposer)?;
        let of_modules = modules.iter().flat_map(|module| &module.findings);
        let unmet = passed_keys::unmet(&findings, &of_modules, repo);
        if !unmet.is_empty() {
            return Err(Failure::PassedKeys(unmet));
        }
        migration::scan(source, &mut modules, &findings, proposer)?;
        skipped.extend(unparsed);
        Ok(Self {
            modules,
            workflows: findings,
            skipped,
        })
    }

    /// Refuses findings that a comment declines where nothing was decided without their edits yet.
    ///
    /// # Errors
    /// Such findings.
    pub fn refuse_undecided(&self, repo: &Repo) -> Result<(), Failure> {
        let of_modules = self.modules.iter().flat_map(|module| &module.findings);
        undecided(of_modules.chain(&self.workflows), repo)
    }

    /// The edits of linked files that not all of their modules get.
    pub fn disagreements(&self, repo: &Repo) -> Disagreements {
        let links = &repo.index().modules.links;
        if links.shared().next().is_none() {
            return Disagreements::default();
        }
        let findings = self.modules.iter().flat_map(|module| &module.findings);
        Disagreements::among(&findings.collect::<Vec<_>>(), links)
    }
}

/// Refuses declined findings that are not known to the repository, whose decisions may count on their
/// edits.
///
/// # Errors
/// Such findings.
pub(crate) fn undecided<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    repo: &Repo,
) -> Result<(), Failure> {
    let declined = findings.filter(|finding| finding.is_declined);
    let names = declined.filter(|it| !repo.declined().is(it, repo.file(&it.at.path)));
    let names: Vec<FindingName> = names.map(FindingName::of).collect();
    match names.is_empty() {
        true => Ok(()),
        false => Err(Failure::Declined(names)),
    }
}

/// The jobs that these runners are.
fn staying_jobs(workflows: &Workflows, runners: &[Runner]) -> BTreeSet<StepOwner> {
    let owners = workflows.owners().filter(|owner| {
        let (path, job) = (&workflows.source(*owner).path, workflows.job(*owner));
        let is_it = |runner: &Runner| job.is_some_and(|job| runner.job == job.id);
        runners.iter().any(|it| it.path == *path && is_it(it))
    });
    owners.collect()
}

/// The jobs with another role than that of an earlier run, and without an applied finding that writes it.
fn keeping_roles(workflows: &Workflows, findings: &[Finding], repo: &Repo) -> BTreeSet<StepOwner> {
    let applied = findings.iter().filter(|it| it.applied);
    let signed_in: Vec<_> = applied.flat_map(|it| &it.signed_in).collect();
    let again = repo.jobs().roles.all().filter(|(_, role)| role.is_of_role);
    let keeping = again.map(|(owner, _)| owner).filter(|owner| {
        let (path, job) = (&workflows.source(*owner).path, workflows.job(*owner));
        let id = job.map(|job| job.id.as_str());
        !signed_in
            .iter()
            .any(|it| it.path == *path && it.job.as_deref() == id)
    });
    keeping.collect()
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
