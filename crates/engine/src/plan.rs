//! What planning one repository comes to: read by everything that shows or writes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::next_steps::NextStep;
use ci::runner::JobLocation;
use diagnostics::finding::Finding;
use diagnostics::skip::Skip;

/// One file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Path relative to the repository's root.
    pub path: PathBuf,
    /// The file as it was read, byte for byte.
    pub before: String,
    /// The file as it will be written.
    pub after: String,
}

/// The plan of one repository.
#[derive(Debug, Default)]
pub struct Plan {
    /// Files that change, by path.
    pub changes: Vec<FileChange>,
    /// All there is to say, by place.
    pub findings: Vec<Finding>,
    /// Texts that the files hold and nobody is to see, whatever they are called there.
    pub secrets: Vec<String>,
    /// What was passed over.
    pub skipped: Vec<Skip>,
    /// Jobs on static keys, where merging the plan would make them act in the keys' account.
    pub keyed_jobs: Vec<JobLocation>,
    /// The other jobs that run Terraform, where the plan brings in profiles that their runners do
    /// not know.
    pub terraform_jobs: Vec<JobLocation>,
    /// Secrets of GitHub that no workflow names any more.
    pub free_secrets: Vec<String>,
    /// What to run next.
    pub steps: Vec<NextStep>,
}

impl Plan {
    /// Findings whose edits the plan makes.
    pub fn applied(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.applied)
    }

    /// The AWS profiles that the plan's edits name.
    pub fn profiles(&self) -> BTreeSet<&str> {
        let profiles = self.applied().map(|finding| finding.profile.as_deref());
        profiles.flatten().collect()
    }

    /// Findings that need a person: nothing to edit, or edits that need a yes.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.applied)
    }
}
