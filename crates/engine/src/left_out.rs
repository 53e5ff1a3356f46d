//! Transforms whose edits are left out of a directory, since they do not go together with those of
//! others: a bug in tfkeyless, which costs the repository one finding and not its plan.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::PlanError;

/// Why an attempt at a plan does not hold.
pub(crate) enum Failure {
    /// The repository has no plan.
    Refused(PlanError),
    /// Transforms have to be left out.
    Conflicts(Vec<Conflict>),
}

impl From<Conflict> for Failure {
    fn from(conflict: Conflict) -> Self {
        Self::Conflicts(vec![conflict])
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self::Refused(error)
    }
}

/// Edits that do not go together, or that leave something to edit again.
pub(crate) struct Conflict {
    /// The transform that loses its edits.
    pub transform: &'static str,
    /// A file that they edit.
    pub path: PathBuf,
    /// What happened, as a clause that names all transforms in it.
    pub what: String,
}

/// The transforms that are left out, by directory.
#[derive(Debug, Default)]
pub(crate) struct LeftOut(BTreeMap<(PathBuf, &'static str), String>);

impl LeftOut {
    /// Leaves out the transforms of conflicts.
    ///
    /// # Errors
    /// All of them are left out already: nothing more can be done.
    pub fn add(&mut self, conflicts: Vec<Conflict>) -> Result<(), PlanError> {
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

    /// Leaves out one; what cannot be done about it, where it is left out already.
    fn add_one(&mut self, conflict: Conflict) -> Option<String> {
        let Conflict {
            transform,
            path,
            what,
        } = conflict;
        let directory = directory(&path);
        if self.0.contains_key(&(directory.clone(), transform)) {
            let path = path.display();
            return Some(format!("{path}: {what}"));
        }
        let why = format!("{what}, a bug in tfkeyless: please report it");
        self.0.insert((directory, transform), why);
        None
    }

    /// Why a transform must not edit a file.
    pub fn why(&self, transform: &str, path: &Path) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let directory = directory(path);
        let mut all = self.0.iter();
        let found = all.find(|((of, id), _)| *of == directory && *id == transform);
        found.map(|(_, why)| why.as_str())
    }
}

fn directory(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_path_buf()
}
