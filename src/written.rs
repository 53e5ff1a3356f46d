//! What a run has written, what git needs next, and how to undo it.

use std::path::PathBuf;

use engine::plan::NextStep;

/// What a run has written.
#[derive(Debug)]
pub struct Written {
    /// The files, relative to the root.
    pub files: Vec<PathBuf>,
    /// The branch that is checked out; `None` outside of git, and where a commit is.
    pub branch: Option<String>,
    /// The commit that was made of it.
    pub commit: Option<String>,
    /// What git needs for a pull request; `None` where there is no git, or no file that it keeps.
    pub git: Option<NextStep>,
    /// How to undo it; `None` where nothing has what the files were before.
    pub undo: Option<NextStep>,
}

impl Written {
    /// The commit as git shortens it.
    pub fn short_commit(&self) -> Option<&str> {
        let commit = self.commit.as_deref()?;
        commit.get(..12).or(Some(commit))
    }
}
