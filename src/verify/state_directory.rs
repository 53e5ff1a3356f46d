//! Where a run keeps what outlives it, outside of the tree: `tfkeyless/verify/REPOSITORY` in the user's
//! state directory, for the user alone.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use rustix::fs::{FlockOperation, flock};
use rustix::process::geteuid;
use syntax::visible;
use tempfile::{NamedTempFile, TempDir};

use super::lock_file;
use crate::digest::sha1;

/// What the names of working directories begin with.
const WORK: &str = "work-";

/// The directory of one repository, held by one run.
#[derive(Debug)]
pub struct StateDirectory {
    path: PathBuf,
    /// Locked while the run lives.
    _held: File,
}

impl StateDirectory {
    /// The directory of the repository at `root`. What a killed run left is put back and removed.
    ///
    /// # Errors
    /// It cannot be made, is not the user's alone or in the tree, or another run holds it.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        let base = base()?;
        // Two repositories of one name have two directories.
        let path = base
            .join("tfkeyless/verify")
            .join(sha1(root.as_os_str().as_bytes()));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .with_context(|| visible::path(&path))?;
        let path = fs::canonicalize(&path)?;
        if path.starts_with(root) {
            bail!(
                "{} is in the repository: set XDG_STATE_HOME to a directory outside of it",
                visible::path(&path)
            );
        }
        let metadata = fs::metadata(&path)?;
        if metadata.uid() != geteuid().as_raw() || metadata.mode() & 0o077 != 0 {
            bail!(
                "{} is not readable by you alone\nhelp: remove it",
                visible::path(&path)
            );
        }
        let held = lockable(&path.join("run.lock"))?;
        if flock(&held, FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("another `tfkeyless verify` is at work in this repository");
        }
        let state = Self { path, _held: held };
        lock_file::restore_left(&state.path.join(lock_file::NOTES))?;
        for entry in fs::read_dir(&state.path)?.flatten() {
            if entry.file_name().as_bytes().starts_with(WORK.as_bytes()) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(state)
    }

    /// A file of it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A new directory for working data, removed at the end.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn work(&self) -> io::Result<TempDir> {
        // Made with mode 0700.
        tempfile::Builder::new().prefix(WORK).tempdir_in(&self.path)
    }

    /// Writes a file of it, whole or not at all, readable by the user alone.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.path.join(name);
        // Made with mode 0600.
        let mut file = NamedTempFile::new_in(&self.path)?;
        file.write_all(text.as_bytes())?;
        file.persist(&path).with_context(|| visible::path(&path))?;
        Ok(path)
    }
}

/// The file whose lock every init of every run takes: an init writes the plugin cache, which is not
/// safe for two at once (Terraform docs, "Provider Plugin Cache").
///
/// # Errors
/// It cannot be made.
pub fn init_lock() -> anyhow::Result<File> {
    lockable(&base()?.join("tfkeyless/verify/init.lock"))
}

fn lockable(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(path).with_context(|| visible::path(path))
}

/// The user's state directory (XDG Base Directory Specification: a relative path is none).
fn base() -> anyhow::Result<PathBuf> {
    let set = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    if let Some(set) = set.filter(|path| path.is_absolute()) {
        return Ok(set);
    }
    let home = env::var_os("HOME").filter(|home| !home.is_empty());
    let home = home.context("neither XDG_STATE_HOME nor HOME is set")?;
    Ok(Path::new(&home).join(".local/state"))
}
