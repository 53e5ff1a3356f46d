//! Findings that are declined, by a comment at their line or in the request: their edits are not made,
//! and what depends on these is decided without them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;

/// What one finding is called in every plan of a repository: the same when all is decided anew, and
/// once the edits of others are made. A transform's findings on one subject have one name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingName {
    /// The id of its transform.
    pub transform: String,
    /// Its file, relative to the root.
    pub path: PathBuf,
    /// What its message is about.
    pub subject: String,
    /// The jobs that its edits sign in, each with its file: what is declined for one of those that are
    /// converted together is declined for all.
    pub jobs: BTreeSet<(PathBuf, Option<String>)>,
}

impl FindingName {
    /// The name of a finding.
    pub fn of(finding: &Finding) -> Self {
        let jobs = finding.signed_in.iter();
        Self {
            transform: finding.transform.to_owned(),
            path: finding.at.path.clone(),
            subject: finding.subject.clone(),
            jobs: jobs.map(|it| (it.path.clone(), it.job.clone())).collect(),
        }
    }

    fn is_of(&self, transform: &str, paths: &[&Path]) -> bool {
        self.transform == transform && paths.contains(&self.path.as_path())
    }
}

/// The findings that are declined.
#[derive(Debug, Clone, Default)]
pub struct Declined(BTreeSet<FindingName>);

impl Declined {
    /// Those of a request.
    pub fn new(names: BTreeSet<FindingName>) -> Self {
        Self(names)
    }

    /// Adds others. Whether any is new.
    pub(crate) fn add(&mut self, names: Vec<FindingName>) -> bool {
        let before = self.0.len();
        self.0.extend(names);
        self.0.len() > before
    }

    /// Whether a finding with this name is.
    pub fn contains(&self, name: &FindingName) -> bool {
        self.0.contains(name)
    }

    /// Whether a finding of a transform on that subject is; `paths` are those that its file has, by
    /// links.
    pub fn has(&self, transform: &str, paths: &[&Path], subject: &str) -> bool {
        let mut names = self.0.iter();
        names.any(|name| name.is_of(transform, paths) && name.subject == subject)
    }

    /// Whether any finding of a transform in a file is.
    pub fn has_in(&self, transform: &str, paths: &[&Path]) -> bool {
        self.0.iter().any(|name| name.is_of(transform, paths))
    }

    /// The first file of a directory in which a finding of a transform is.
    pub fn in_directory(&self, transform: &str, directory: &Path) -> Option<&Path> {
        let mut names = self.0.iter();
        let is_here = |name: &&FindingName| {
            name.transform == transform && name.path.parent() == Some(directory)
        };
        names.find(is_here).map(|name| name.path.as_path())
    }

    /// Whether this finding is; `target` is its file, where links lead to it.
    pub fn is(&self, finding: &Finding, target: &Path) -> bool {
        // Nearly always: this is asked for every finding.
        if self.0.is_empty() {
            return false;
        }
        let jobs = finding.signed_in.iter();
        let jobs: BTreeSet<_> = jobs.map(|it| (it.path.clone(), it.job.clone())).collect();
        let mut names = self.0.iter();
        let (transform, subject) = (finding.transform, &finding.subject);
        self.has(transform, &[&finding.at.path, target], subject)
            || names.any(|name| name.transform == transform && !name.jobs.is_disjoint(&jobs))
    }
}
