//! Transforms whose edits are left out of a directory because they conflict with those of others: a
//! bug in tfkeyless, which costs the repository these edits and not its plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ci::github::workflow::StepOwner;

use crate::decisions::passed_keys::PassedKeysHold;
use crate::declined::FindingName;
use crate::disagreements::Disagreements;
use crate::error::PlanError;
use crate::repo::runners::RunnerWithoutProfiles;

/// Why an attempt at a plan fails.
pub(crate) enum Failure {
    /// The repository has no plan.
    Refused(PlanError),
    /// Another attempt may succeed, without these edits.
    Conflicts(Vec<EditConflict>),
    /// Another attempt may succeed, which knows that these jobs keep their static keys.
    JobsStay(BTreeSet<StepOwner>),
    /// Another attempt may succeed, which knows that these jobs, which were to keep their keys, sign in by
    /// OIDC to the account of those.
    JobsConvert(BTreeSet<StepOwner>),
    /// Another attempt may succeed, which knows that these jobs keep the roles that an earlier run wrote.
    JobsKeepRoles(BTreeSet<StepOwner>),
    /// Another attempt may succeed, in which what these jobs run needs review.
    WithoutProfiles(Vec<RunnerWithoutProfiles>),
    /// Another attempt may succeed, in which these groups of jobs pass their keys on as before.
    PassedKeys(Vec<(usize, PassedKeysHold)>),
    /// The modules of linked files do not get the same edits of them.
    Disagreements(Disagreements),
    /// Another attempt may succeed, which decides without the edits of these findings.
    Declined(Vec<FindingName>),
}

impl From<EditConflict> for Failure {
    fn from(conflict: EditConflict) -> Self {
        Self::Conflicts(vec![conflict])
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self::Refused(error)
    }
}

/// Edits that cannot be made together, or that leave something to edit again.
pub(crate) struct EditConflict {
    /// The transform that loses its edits.
    pub transform: &'static str,
    /// A file that it edits.
    pub path: PathBuf,
    /// What happened, as a clause that names all transforms involved.
    pub what: String,
}

/// The transforms that are left out, by directory: the unit in which modules are scanned.
#[derive(Debug, Clone, Default)]
pub(crate) struct LeftOut(BTreeMap<(PathBuf, &'static str), String>);

impl LeftOut {
    /// Leaves out the transforms of conflicts.
    ///
    /// # Errors
    /// All of them are left out already, so that another attempt would fail in the same way.
    pub fn add(&mut self, conflicts: Vec<EditConflict>) -> Result<(), PlanError> {
        let before = self.0.len();
        let mut last = None;
        for conflict in conflicts {
            last = self.add_one(conflict);
        }
        match last {
            Some(unsound) if self.0.len() == before => Err(PlanError::Unsound(unsound)),
            _ => Ok(()),
        }
    }

    /// Leaves out one; its conflict as a message, where it is left out already.
    fn add_one(&mut self, conflict: EditConflict) -> Option<String> {
        let EditConflict {
            transform,
            path,
            what,
        } = conflict;
        let directory = directory(&path);
        if self.0.contains_key(&(directory.clone(), transform)) {
            let path = path.display();
            return Some(format!("{path}: {what}"));
        }
        // It is shown as the reason why the finding is not applied.
        let why = format!("{what}, a bug in tfkeyless: please report it");
        self.0.insert((directory, transform), why);
        None
    }

    /// Why a transform must not edit a file; `None` where it may.
    pub fn why(&self, transform: &str, path: &Path) -> Option<&str> {
        self.in_directory(transform, path.parent().unwrap_or(Path::new("")))
    }

    /// Why a transform must not edit any file of a directory; `None` where it may.
    pub fn in_directory(&self, transform: &str, directory: &Path) -> Option<&str> {
        // Nearly always: this is asked for every edit.
        if self.0.is_empty() {
            return None;
        }
        let mut all = self.0.iter();
        let found = all.find(|((of, id), _)| of == directory && *id == transform);
        found.map(|(_, why)| why.as_str())
    }
}

fn directory(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_path_buf()
}
