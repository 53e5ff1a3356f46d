//! Runs transforms on a state of the repository: as it was read, and as it will be.

use ci::github::workflow::Workflows;
use ci::runner::Runner;
use diagnostics::finding::Finding;
use terraform::module::Module;

use crate::catalogue::Transform;
use crate::passed_keys::{JobBeside, PassedKeysOutcome};
use crate::repo::Repo;
use crate::scan::{Earlier, Introduced, Scan, Scans};

/// Runs the transforms that are selected and marks the findings whose edits the plan makes.
pub(crate) struct Proposer<'r> {
    /// The repository that the findings are about.
    pub repo: &'r Repo,
    /// The jobs that keep their static keys; none are known at first.
    pub staying: Vec<Runner>,
    /// What becomes of the keys that jobs pass on; nothing is known at first.
    pub passed: Vec<PassedKeysOutcome>,
    /// The jobs without keys in their environment; none are known at first.
    pub beside: Vec<JobBeside>,
    scans: Scans,
}

impl<'r> Proposer<'r> {
    /// A proposer that does not know of jobs on static keys.
    pub fn new(repo: &'r Repo, scans: Scans) -> Self {
        Self {
            repo,
            staying: Vec::new(),
            passed: Vec::new(),
            beside: Vec::new(),
            scans,
        }
    }

    /// The same for another state of the repository.
    pub fn after<'n>(&self, repo: &'n Repo) -> Proposer<'n>
    where
        'r: 'n,
    {
        Proposer {
            repo,
            staying: self.staying.clone(),
            passed: self.passed.clone(),
            beside: self.beside.clone(),
            scans: self.scans,
        }
    }

    /// The transforms that run, in the order of the catalogue, with their code.
    pub(super) fn running(&self) -> impl Iterator<Item = (&'static Transform, Scan)> {
        self.scans.running(self.repo)
    }

    /// What transforms report of a module, one after the other.
    pub fn scan_module(&self, module: &Module) -> Vec<Finding> {
        let mut findings = Vec::new();
        // In the order of the catalogue: a transform may depend on what those before it remove.
        for (transform, scan) in self.running() {
            let found = match scan {
                Scan::Module(scan) => scan(module, self.repo),
                Scan::ModuleWithEarlier(scan) => scan(module, Earlier(&findings), self.repo),
                Scan::Leftovers(_)
                | Scan::Migration(_)
                | Scan::Workflows(_)
                | Scan::SignedInWorkflows(_) => continue,
            };
            findings.extend(self.of_module(found, module, transform));
        }
        findings
    }

    /// What transforms report of workflows whose jobs are not signed in yet.
    pub fn scan_workflows(&self, workflows: &Workflows) -> Vec<Finding> {
        let findings = self.running().filter_map(|(transform, scan)| match scan {
            Scan::Workflows(scan) => {
                let findings = scan(workflows, self.repo.keys_in_scripts(), self.repo);
                Some(self.of_workflows(findings, workflows, transform))
            }
            _ => None,
        });
        findings.flatten().collect()
    }

    /// What transforms report of workflows with their jobs signed in.
    pub fn scan_signed_in(&self, workflows: &Workflows, introduced: &Introduced) -> Vec<Finding> {
        let findings = self.running().filter_map(|(transform, scan)| match scan {
            Scan::SignedInWorkflows(scan) => {
                let findings = scan(workflows, introduced, self.repo);
                Some(self.of_workflows(findings, workflows, transform))
            }
            _ => None,
        });
        findings.flatten().collect()
    }
}
