//! Where a run keeps its journal, its backups and the note of what it is to commit: where only its
//! user writes, and where nothing is committed by mistake.
//!
//! This is `tfkeyless/DEVICE-INODE` in git's directory or, where that is not the user's alone,
//! `.tfkeyless/DEVICE-INODE` at the root. Device and inode are the root's: what came with a clone, a
//! copy or an archive has others, and is never acted on.

#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use syntax::visible;

use crate::git;

/// What holds the directories of runs in git's directory.
const IN_GIT: &str = "tfkeyless";
/// What holds them at a root.
pub const AT_ROOT: &str = ".tfkeyless";
/// What keeps git from committing what is at a root.
const IGNORE: &str = ".gitignore";

/// The directory of the runs at one root; it exists while a run needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDirectory {
    path: PathBuf,
}

impl RunDirectory {
    /// Where a run at `root` keeps what it needs.
    ///
    /// # Errors
    /// The root cannot be looked at.
    pub fn new(root: &Path) -> io::Result<Self> {
        let held = fs::metadata(root)?;
        let parent = match git_directory(root, &held) {
            Some(directory) => directory.join(IN_GIT),
            None => root.join(AT_ROOT),
        };
        Ok(Self::in_parent(&parent, &held))
    }

    /// Those that runs at `root` left, or are using.
    ///
    /// # Errors
    /// The root cannot be looked at, or git cannot tell whether it tracks what is at the root.
    pub fn existing(root: &Path) -> anyhow::Result<Vec<Self>> {
        let mut found = Vec::new();
        for (parent, directory) in Self::possible(root)? {
            let is_ours = is_own_directory(&parent) && is_private(&directory.path);
            if is_ours && !(parent.ends_with(AT_ROOT) && git::tracks(root, &directory.path)?) {
                found.push(directory);
            }
        }
        Ok(found)
    }

    /// The directories of runs elsewhere that came here with a copy of them, or by a commit.
    pub fn foreign(root: &Path) -> Vec<PathBuf> {
        let Ok(ours) = Self::existing(root) else {
            return Vec::new();
        };
        let parents = [root.join(".git").join(IN_GIT), root.join(AT_ROOT)];
        let entries = parents.into_iter().flat_map(fs::read_dir).flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        let is_foreign = |path: &PathBuf| ours.iter().all(|ours| ours.path != *path);
        let mut foreign: Vec<PathBuf> = paths.filter(is_foreign).collect();
        foreign.sort();
        foreign
    }

    /// The two places for them, each with what holds it.
    fn possible(root: &Path) -> io::Result<Vec<(PathBuf, Self)>> {
        let held = fs::metadata(root)?;
        let in_git = git_directory(root, &held).map(|directory| directory.join(IN_GIT));
        let parents = in_git.into_iter().chain([root.join(AT_ROOT)]);
        let with = |parent: PathBuf| (parent.clone(), Self::in_parent(&parent, &held));
        Ok(parents.map(with).collect())
    }

    fn in_parent(parent: &Path, root: &Metadata) -> Self {
        Self {
            path: parent.join(format!("{:x}-{:x}", root.dev(), root.ino())),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a file there that only its user reads, and the directory where there is none.
    ///
    /// # Errors
    /// `AlreadyExists`: the file is there. Else it cannot be made, or the directory is somebody
    /// else's.
    pub fn create_file(&self, name: &str) -> io::Result<File> {
        let mut new = OpenOptions::new();
        new.read(true).write(true).create_new(true).mode(0o600);
        let mut attempts = 0..3;
        loop {
            self.create()?;
            match new.open(self.path.join(name)) {
                // Another run that was done took its directory away meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound && attempts.next().is_some() => {}
                file => return file,
            }
        }
    }

    fn create(&self) -> io::Result<()> {
        let parent = self.path.parent().unwrap_or(Path::new(""));
        for (path, is_right) in [
            (parent, is_own_directory as fn(&Path) -> bool),
            (&self.path, is_private),
        ] {
            match DirBuilder::new().mode(0o700).create(path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    if *path == self.path && parent.ends_with(AT_ROOT) {
                        fs::write(path.join(IGNORE), "*\n")?;
                    }
                    // It has to be found after a power cut, too.
                    path.parent().map_or(Ok(()), sync)?;
                }
            }
            if fs::symlink_metadata(path).is_ok() && !is_right(path) {
                let path = visible::path(path);
                let why =
                    format!("{path} is no directory that only you can write to\nhelp: remove it");
                return Err(io::Error::other(why));
            }
        }
        Ok(())
    }

    /// Takes it away, unless something is left in it. A run that begins meanwhile makes it again.
    pub fn remove_empty(&self) {
        let is_last = |entries: fs::ReadDir| {
            let mut names = entries.map(|entry| entry.map(|entry| entry.file_name()));
            names.all(|name| name.is_ok_and(|name| name == IGNORE))
        };
        if fs::read_dir(&self.path).is_ok_and(is_last) {
            let _ = fs::remove_file(self.path.join(IGNORE));
        }
        let _ = fs::remove_dir(&self.path);
        let _ = self.path.parent().map(fs::remove_dir);
    }

    /// Takes away what is empty of those at `root`: a run may have been killed when it had removed
    /// all else.
    ///
    /// # Errors
    /// The root cannot be looked at.
    pub fn remove_all_empty(root: &Path) -> io::Result<()> {
        for (parent, directory) in Self::possible(root)? {
            if is_own_directory(&parent) {
                directory.remove_empty();
            }
        }
        Ok(())
    }
}

/// Brings the names in a directory to the disk, where the file system can.
pub fn sync(directory: &Path) -> io::Result<()> {
    match File::open(directory)?.sync_all() {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        done => done,
    }
}

/// Whether this is a directory that the user alone writes to.
fn is_private(path: &Path) -> bool {
    is_own_directory(path)
        && fs::symlink_metadata(path).is_ok_and(|metadata| metadata.mode() & 0o022 == 0)
}

/// Whether this is a directory of the user's. Git makes those that it tracks for the group, too,
/// where the user's mask says so.
fn is_own_directory(path: &Path) -> bool {
    let metadata = fs::symlink_metadata(path);
    metadata.is_ok_and(|metadata| metadata.is_dir() && is_own(&metadata))
}

fn is_own(metadata: &Metadata) -> bool {
    metadata.uid() == geteuid().as_raw()
}

/// Git's directory of the work tree whose top is `root`, if it is the user's own, on the same file
/// system, and either at the root or of a linked work tree or a submodule that names this root. No
/// git is started: what it would say of a hostile repository is not worth more.
fn git_directory(root: &Path, held: &Metadata) -> Option<PathBuf> {
    let marker = root.join(".git");
    let kind = fs::symlink_metadata(&marker).ok()?;
    let directory = match kind.is_dir() {
        true => marker.clone(),
        false if kind.is_file() && is_own(&kind) => linked_directory(root, &marker)?,
        false => return None,
    };
    let metadata = fs::symlink_metadata(&directory).ok()?;
    let is_usable = metadata.is_dir() && is_own(&metadata) && metadata.dev() == held.dev();
    (is_usable && directory.join("HEAD").is_file()).then_some(directory)
}

/// The directory that the file `.git` names, where it names the root in turn.
fn linked_directory(root: &Path, marker: &Path) -> Option<PathBuf> {
    let named = fs::read_to_string(marker).ok()?;
    let named = named.strip_prefix("gitdir: ")?.trim_end_matches('\n');
    let directory = fs::canonicalize(root.join(named)).ok()?;
    let leads_to = |path: &str, end: &Path| {
        let path = fs::canonicalize(directory.join(path));
        path.is_ok_and(|path| fs::canonicalize(end).is_ok_and(|end| path == end))
    };
    // `man gitrepository-layout`: a linked work tree's `gitdir` is the path of the file `.git`.
    if let Ok(back) = fs::read_to_string(directory.join("gitdir")) {
        return leads_to(back.trim_end_matches('\n'), marker).then_some(directory);
    }
    // `git submodule` sets `core.worktree`, in one spelling; any other leaves the root to be used.
    let config = fs::read_to_string(directory.join("config")).ok()?;
    let mut lines = config.lines().skip_while(|line| *line != "[core]").skip(1);
    let worktree = lines
        .by_ref()
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| line.trim_start().strip_prefix("worktree = "))?;
    leads_to(worktree, root).then_some(directory)
}
