//! A directory that git takes for its common one, without the repository's own configuration and hooks.

use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use anyhow::bail;
use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::process::geteuid;
use tempfile::TempDir;

use super::configuration::Configuration;

const PREFIX: &str = "tfkeyless-git-";

/// Nobody else has a right to a stand-in, whose configuration is the caller's own.
const MODE: u32 = 0o700;

/// What of git's common directory its stand-in links to (`man gitrepository-layout`): all that git
/// reads or writes there to make a branch and a commit, and neither `config` nor `hooks`.
const LINKED: [&str; 6] = [
    "info",
    "objects",
    "packed-refs",
    "refs",
    "shallow",
    "worktrees",
];

/// The same, where they are there: git would make them, which it cannot through a link that leads nowhere.
const LINKED_IF_THERE: [&str; 2] = ["logs", "reftable"];

/// Times that another run may take the new directory for one that a killed run left.
const ATTEMPTS: usize = 8;

/// A stand-in for git's common directory; removed at the end.
#[derive(Debug)]
pub struct StandIn {
    directory: TempDir,
    /// Locked while this process lives, or a git that it started.
    _lock: File,
}

impl StandIn {
    /// A stand-in for `common` with a configuration that has nothing but what is carried. Removes those
    /// that killed runs of this user left.
    ///
    /// # Errors
    /// A temporary directory cannot be made.
    pub fn new(common: &Path, configuration: &Configuration) -> anyhow::Result<Self> {
        let temporary = std::env::temp_dir();
        remove_stale(&temporary);
        let stand_in = Self::empty(&temporary)?;
        let path = stand_in.path();
        let there = LINKED_IF_THERE.into_iter();
        let there = there.filter(|name| common.join(name).exists());
        for name in LINKED.into_iter().chain(there) {
            symlink(common.join(name), path.join(name))?;
        }
        let mut text = configuration.carried();
        // A filter of the user's own, such as Git LFS, keeps its objects with the repository.
        let lfs = common.join("lfs");
        text.extend(Configuration::setting(
            "lfs.storage",
            lfs.as_os_str().as_bytes(),
        ));
        fs::write(path.join("config"), text)?;
        Ok(stand_in)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    fn empty(temporary: &Path) -> anyhow::Result<Self> {
        for _ in 0..ATTEMPTS {
            let directory = tempfile::Builder::new()
                .prefix(PREFIX)
                .permissions(fs::Permissions::from_mode(MODE))
                .tempdir_in(temporary)?;
            // Before it was locked, another run may have taken it for a stale one.
            if let Some(lock) = locked(directory.path()) {
                // Git outlives a run that is killed, and needs it to the end.
                fcntl_setfd(&lock, FdFlags::empty())?;
                return Ok(Self {
                    directory,
                    _lock: lock,
                });
            }
        }
        bail!("other runs remove what is made in {}", temporary.display())
    }
}

/// The directory at `path`, locked; `None` where another process holds it, or it is gone.
fn locked(path: &Path) -> Option<File> {
    let directory = File::open(path).ok()?;
    // A file system without locks: nobody can be asked, and nobody removes it either.
    if flock(&directory, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK) {
        return None;
    }
    let [own, there] = [directory.metadata().ok()?, fs::symlink_metadata(path).ok()?];
    (own.ino() == there.ino() && own.dev() == there.dev()).then_some(directory)
}

/// Removes the stand-ins of this user that no process holds. What cannot be removed stays: it is in
/// nobody's way.
fn remove_stale(temporary: &Path) {
    for entry in fs::read_dir(temporary).into_iter().flatten().flatten() {
        if entry.file_name().as_bytes().starts_with(PREFIX.as_bytes()) {
            let _ = remove_unheld(&entry.path());
        }
    }
}

fn remove_unheld(path: &Path) -> io::Result<()> {
    let there = fs::symlink_metadata(path)?;
    let is_own =
        there.is_dir() && there.uid() == geteuid().as_raw() && there.mode() & 0o777 == MODE;
    if !is_own {
        return Ok(());
    }
    let directory = File::open(path)?;
    flock(&directory, FlockOperation::NonBlockingLockExclusive)?;
    fs::remove_dir_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_another_holds_stays() {
        let temporary = tempfile::tempdir().unwrap();
        let at = |name: &str| temporary.path().join(name);
        let outside = at("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("kept"), "").unwrap();
        let make = |name: &str, mode: u32| {
            fs::create_dir(at(name)).unwrap();
            fs::write(at(name).join("config"), "").unwrap();
            symlink(&outside, at(name).join("objects")).unwrap();
            fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
        };
        let stale = StandIn::empty(temporary.path()).unwrap().directory.keep();
        make("tfkeyless-git-open", 0o755);
        make("other-git-stale", MODE);
        symlink(&outside, at("tfkeyless-git-link")).unwrap();
        fs::write(at("tfkeyless-git-file"), "").unwrap();
        let held = StandIn::empty(temporary.path()).unwrap();
        assert_eq!(held.path().metadata().unwrap().mode() & 0o777, MODE);

        remove_stale(temporary.path());
        assert!(!stale.exists());
        for name in [
            "tfkeyless-git-open",
            "other-git-stale",
            "tfkeyless-git-link",
            "tfkeyless-git-file",
            "outside/kept",
        ] {
            assert!(at(name).exists(), "{name}");
        }
        assert!(held.path().exists());

        let path = held.path().to_owned();
        assert!(locked(&path).is_none());
        drop(held);
        assert!(!path.exists());
    }
}
