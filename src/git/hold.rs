//! What a run holds in git's directory while it commits: a note of what is to be, git's lock of the
//! index, a copy of the index for git to work on, and the index of the commit to be.
//!
//! Whoever kills a run may kill the git that it started, whose locks then stay and stop every later
//! git. These locks are the copy's, and the index's own lock says that it is ours: the next run
//! knows what to take away. What cannot be taken away yet stays with the note, for the next run.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use syntax::visible;

use super::begun::Begun;
use super::repository::Repository;
use crate::outcome::Refusal;

/// The note.
const NOTE: &str = "tfkeyless-commit";
/// The copy of the index.
const COPY: &str = "tfkeyless-index";
/// The index of the commit to be.
const COMMIT: &str = "tfkeyless-index-commit";
/// Git's lock of the index.
const LOCK: &str = "index.lock";
/// What stands in the lock where it is no link of the note. Git's own begins otherwise.
const MARK: &str = "tfkeyless is committing; what it left here, its next run takes away\n";

/// Held by this run.
#[derive(Debug)]
pub struct Hold {
    /// Git's own of this work tree, absolute.
    directory: PathBuf,
    /// Git's own of all work trees, absolute.
    common: PathBuf,
    /// The note, locked for as long as this process or a git of it lives.
    _note: File,
}

impl Hold {
    /// Whether a run holds something in this directory of git's, or did when it was killed.
    pub fn is_in(directory: &Path) -> bool {
        fs::symlink_metadata(directory.join(NOTE)).is_ok()
    }

    /// Notes what is to be, and takes the index.
    ///
    /// # Errors
    /// Another run is at work, or git is.
    pub fn begin(repository: &Repository, begun: &Begun) -> anyhow::Result<Self> {
        let directory = &repository.directory;
        let mut new = OpenOptions::new();
        let note = new.write(true).create_new(true).open(directory.join(NOTE));
        let mut note = note.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Self::taken(repository),
            _ => anyhow!(error).context("nothing was written"),
        })?;
        lock(&note)?;
        let written = note.write_all(begun.text().as_bytes());
        let hold = Self::of(repository, note);
        let taken = written.map_err(Into::into).and_then(|()| hold.take_index());
        if taken.is_err() {
            // One that stays says nothing that the next run would do.
            let _ = remove(&directory.join(NOTE));
        }
        taken.map(|()| hold)
    }

    /// Takes over what a killed run held, and what its note says; `None` where there was none, or it was one
    /// in another directory.
    ///
    /// # Errors
    /// The run is not dead, or git has the index.
    pub fn resume(repository: &Repository) -> anyhow::Result<Option<(Self, Option<Begun>)>> {
        let directory = &repository.directory;
        let mut note = match File::open(directory.join(NOTE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            note => note?,
        };
        lock(&note)?;
        let mut text = Vec::new();
        note.read_to_end(&mut text)?;
        let begun = Begun::parse(&text);
        if begun
            .as_ref()
            .is_some_and(|begun| !begun.is_of(&repository.root))
        {
            return Ok(None);
        }
        let hold = Self::of(repository, note);
        if hold.has_lock() {
            remove(&directory.join(LOCK))?;
        }
        hold.take_index()?;
        let destination = begun.as_ref().and_then(|begun| begun.way.destination());
        let removed = hold.remove_locks(destination);
        removed.inspect_err(|_| drop(hold.put_off()))?;
        Ok(Some((hold, begun)))
    }

    /// Why there is a note already.
    fn taken(repository: &Repository) -> anyhow::Error {
        let path = repository.directory.join(NOTE);
        let begun = fs::read(&path).ok().and_then(|text| Begun::parse(&text));
        match begun.is_some_and(|begun| !begun.is_of(&repository.root)) {
            true => anyhow!(Refusal(format!(
                "{note} came with a copy of another directory, where a run was killed\n\
                 help: remove {note}, and {LOCK} beside it",
                note = visible::path(path)
            ))),
            false => busy(),
        }
    }

    fn of(repository: &Repository, note: File) -> Self {
        Self {
            directory: repository.directory.clone(),
            common: repository.common.clone(),
            _note: note,
        }
    }

    /// A git that works on the copy of the index.
    pub fn git(&self, repository: &Repository) -> Command {
        let mut git = repository.git();
        git.env("GIT_INDEX_FILE", self.directory.join(COPY));
        git
    }

    /// A git that works on the index of the commit to be.
    pub fn git_to_commit(&self, repository: &Repository) -> Command {
        let mut git = repository.git();
        git.env("GIT_INDEX_FILE", self.index_to_commit());
        git
    }

    /// The index of the commit to be, which is git's to make.
    pub fn index_to_commit(&self) -> PathBuf {
        self.directory.join(COMMIT)
    }

    /// Puts the copy in the index's place, and lets go.
    ///
    /// # Errors
    /// It cannot be put there.
    pub fn end(&self) -> io::Result<()> {
        fs::rename(self.directory.join(COPY), self.directory.join("index"))?;
        self.let_go()
    }

    /// Leaves the index as it was.
    ///
    /// # Errors
    /// Something cannot be taken away; the note says so to the next run.
    pub fn let_go(&self) -> io::Result<()> {
        self.put_off()?;
        remove(&self.directory.join(NOTE))
    }

    /// The same, with the note left for a later run.
    ///
    /// # Errors
    /// Something cannot be taken away.
    pub fn put_off(&self) -> io::Result<()> {
        let copies = [COPY, COMMIT].map(|name| remove(&self.directory.join(name)));
        // A lock that stays would stop every git.
        let lock = remove(&self.directory.join(LOCK));
        copies.into_iter().fold(lock, io::Result::and)
    }

    /// Whether the lock of the index is this program's: a link of the note, or one that says so.
    fn has_lock(&self) -> bool {
        let (note, lock) = (self.directory.join(NOTE), self.directory.join(LOCK));
        let id = |path: &Path| {
            fs::symlink_metadata(path)
                .map(|it| (it.dev(), it.ino()))
                .ok()
        };
        id(&note).is_some_and(|note| Some(note) == id(&lock))
            || fs::read(&lock).is_ok_and(|text| text == MARK.as_bytes())
    }

    fn take_index(&self) -> anyhow::Result<()> {
        let lock = self.directory.join(LOCK);
        self.lock_index(&lock).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => anyhow!(Refusal(format!(
                "git is at work here, or was killed: remove {} if no git runs",
                visible::path(lock)
            ))),
            _ => anyhow!(error).context("cannot lock git's index"),
        })?;
        let (index, copy) = (self.directory.join("index"), self.directory.join(COPY));
        // Git replaces its index and never writes into it; its time tells git what to look at again.
        let copied = remove(&copy).and_then(|()| {
            fs::hard_link(&index, &copy).or_else(|_| fs::copy(&index, &copy).map(drop))
        });
        match copied {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                let _ = self.put_off();
                Err(error).context("cannot copy git's index")
            }
            _ => Ok(()),
        }
    }

    /// Makes the lock, in one step where the file system has links: a lock without its mark would
    /// be nobody's.
    fn lock_index(&self, lock: &Path) -> io::Result<()> {
        match fs::hard_link(self.directory.join(NOTE), lock) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {}
            done => return done,
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(lock)?;
        file.write_all(MARK.as_bytes())
            .inspect_err(|_| drop(fs::remove_file(lock)))
    }

    /// Removes the locks that a git of this run or of a killed one left, none of which runs any more:
    /// while the index is held, no other git makes commits. What is older than the note is another's.
    ///
    /// # Errors
    /// One cannot be removed.
    pub fn remove_locks(&self, branch: Option<&str>) -> io::Result<()> {
        let branch = branch.map(|branch| self.common.join(format!("refs/heads/{branch}.lock")));
        let mut locks: Vec<PathBuf> = branch.into_iter().collect();
        for entry in fs::read_dir(&self.directory)? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            let is_ours = name.starts_with(COPY) && name != COPY
                || matches!(&*name, "HEAD.lock" | "AUTO_MERGE.lock")
                || name.starts_with("next-index-") && name.ends_with(".lock");
            if is_ours {
                locks.push(self.directory.join(&*name));
            }
        }
        locks.push(self.common.join("packed-refs.lock"));
        let begun = fs::symlink_metadata(self.directory.join(NOTE))?.modified()?;
        locks.retain(|lock| {
            let made = fs::symlink_metadata(lock).and_then(|lock| lock.modified());
            made.is_ok_and(|made| made >= begun)
        });
        for lock in lasting(locks) {
            remove(&lock)?;
        }
        Ok(())
    }
}

/// Those of `locks` that stay for longer than a git holds them that fetches, for a list of references or one
/// of them: such a git needs no index.
fn lasting(mut locks: Vec<PathBuf>) -> Vec<PathBuf> {
    let inode = |lock: &Path| fs::symlink_metadata(lock).map(|lock| lock.ino()).ok();
    let found: Vec<_> = locks.iter().map(|lock| inode(lock)).collect();
    if !locks.is_empty() {
        thread::sleep(Duration::from_millis(100));
    }
    let mut found = found.into_iter();
    locks.retain(|lock| found.next() == Some(inode(lock)));
    locks
}

/// Locks the note, for the gits that this process starts, too: they may outlive it.
fn lock(note: &File) -> anyhow::Result<()> {
    match flock(note, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => bail!(busy()),
        // A file system without locks: nobody can be asked.
        _ => Ok(fcntl_setfd(note, FdFlags::empty())?),
    }
}

fn busy() -> anyhow::Error {
    anyhow!(Refusal(
        "another run of tfkeyless is committing here: wait for it".to_owned()
    ))
}

fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path).or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}
