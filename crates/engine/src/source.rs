//! The files of a repository, as the engine reads them.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Where files come from: a disk, or a map in a test.
pub trait Source: Sync {
    /// Reads the file at `path` (relative to the root), or what a link there leads to, into `buffer`,
    /// in place of what was there.
    ///
    /// # Errors
    /// `NotFound` where there is no such file, `Other` where what is there is no file of the tree: out
    /// of the root, a directory, no name. All else is a fault of the moment: nothing may be planned
    /// without the file.
    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()>;

    /// The plain files of a directory (relative to the root) as paths relative to the root, and the
    /// symbolic links to some that were surveyed; none where there is no such directory.
    ///
    /// # Errors
    /// Whatever keeps it from being listed.
    fn files(&self, directory: &Path) -> io::Result<Vec<PathBuf>>;

    /// All plain files of the tree, without links, relative to the root, but for what git, Terraform and package
    /// managers keep for themselves.
    ///
    /// # Errors
    /// Whatever keeps it from being walked.
    fn tree(&self) -> io::Result<Vec<PathBuf>>;

    /// The same of those directories alone that were surveyed.
    ///
    /// # Errors
    /// The same.
    fn entered(&self) -> io::Result<Vec<PathBuf>> {
        self.tree()
    }

    /// Reads as `read` does, and stops once more than `limit` bytes are read.
    ///
    /// # Errors
    /// The same.
    fn read_start(&self, path: &Path, _limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.read(path, buffer)
    }

    /// Those of the directories (relative to the root) that the repository lacks: no file of it is below them,
    /// and they are no submodules.
    ///
    /// # Errors
    /// Whatever keeps the tree from being walked.
    fn missing(&self, directories: &BTreeSet<PathBuf>) -> io::Result<BTreeSet<PathBuf>> {
        let files = self.tree()?;
        let is_missing = |directory: &&PathBuf| !files.iter().any(|it| it.starts_with(directory));
        Ok(directories.iter().filter(is_missing).cloned().collect())
    }

    /// Those of the files that git ignores and does not track.
    fn ignored(&self, _files: &[PathBuf]) -> BTreeSet<PathBuf> {
        BTreeSet::new()
    }

    /// Why the file, or what a link that was surveyed leads to, must not be replaced, as a phrase;
    /// `None` where it may be.
    ///
    /// # Errors
    /// Whatever keeps it from being looked at.
    fn obstacle(&self, path: &Path) -> io::Result<Option<String>>;

    /// Whether the file, or what a link that was surveyed leads to, is one that the repository does not
    /// have: git ignores it, and it is left as it is.
    fn is_ignored(&self, _path: &Path) -> bool {
        false
    }

    /// What lies above the root in its git repository; `None` where the root is the top level, or there is none.
    ///
    /// # Errors
    /// Whatever keeps it from being looked at.
    fn above(&self) -> io::Result<Option<Above<'_>>> {
        Ok(None)
    }

    /// The name of the repository on GitHub, as `OWNER/NAME`; `None` where nothing tells.
    fn origin(&self) -> Option<String> {
        None
    }
}

/// A git repository around a root that is not its top level. Its files are read and never edited.
#[derive(Clone, Copy)]
pub struct Above<'s> {
    /// The files of the whole repository.
    pub source: &'s dyn Source,
    /// The root, seen from the top level.
    pub root: &'s Path,
    /// The pipelines, and what pipelines and people run Terraform through, outside of the root; from the top level.
    pub files: &'s [PathBuf],
    /// The directories outside of the root that are symbolic links, with their targets; from the top level.
    pub links: &'s [(PathBuf, PathBuf)],
}
