//! What of a migration is wanted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diagnostics::finding::Safety;

/// What of a migration is wanted.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these transforms; all where it is empty.
    pub only: BTreeSet<String>,
    /// Not these.
    pub skip: BTreeSet<String>,
    /// Whether changes classed [`Safety::Review`] are made.
    pub review: bool,
    /// Files and directories under which files are edited; everywhere where it is empty.
    pub scope: Vec<PathBuf>,
}

impl Selection {
    /// Whether changes of this class are made.
    pub fn admits(&self, safety: Safety) -> bool {
        safety == Safety::Safe || self.review
    }

    /// Whether the file at `path` may be edited.
    pub fn contains(&self, path: &Path) -> bool {
        self.scope.is_empty() || self.scope.iter().any(|scope| path.starts_with(scope))
    }
}
