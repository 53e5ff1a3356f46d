//! Which part of a migration is asked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diagnostics::finding::Safety;

/// Which part of a migration is asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these transforms; all where it is empty.
    pub only: BTreeSet<String>,
    /// All but these.
    pub skip: BTreeSet<String>,
    /// Whether changes that need review are made.
    pub review: bool,
    /// Files and directories under which files are edited; everywhere where it is empty.
    pub scope: Vec<PathBuf>,
}

impl Selection {
    /// Whether changes of this safety are made.
    pub fn admits(&self, safety: Safety) -> bool {
        safety == Safety::Safe || self.review
    }

    /// Whether the file at `path` may be edited.
    pub fn contains(&self, path: &Path) -> bool {
        self.scope.is_empty() || self.scope.iter().any(|scope| path.starts_with(scope))
    }
}
