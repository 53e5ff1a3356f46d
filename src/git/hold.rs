//! What a run holds in git's directory while it commits: a note of what is to be, git's lock of the
//! index, and a copy of the index for git to work on.
//!
//! Whoever kills a run may kill the git that it started, whose locks then stay and stop every later
//! git. These locks are the copy's, and the index's own lock says that it is ours: the next run
//! knows what to take away.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, anyhow, bail};
use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, FdFlags, fcntl_setfd};

use super::begun::Begun;
use super::git;
use crate::outcome::Refusal;

/// The note.
const NOTE: &str = "tfkeyless-commit";
/// The copy of the index.
const COPY: &str = "tfkeyless-index";
/// Git's lock of the index.
const LOCK: &str = "index.lock";
/// What stands in the lock. Git's own begins otherwise.
const MARK: &str = "tfkeyless is committing; what it left here, its next run takes away\n";

/// Held by this run.
#[derive(Debug)]
pub struct Hold {
    /// Git's own, absolute.
    directory: PathBuf,
    /// The note, locked for as long as this process or a git of it lives.
    _note: File,
}

impl Hold {
    /// Notes what is to be, and takes the index.
    ///
    /// # Errors
    /// Another run is at work, or git is.
    pub fn begin(directory: &Path, begun: &Begun) -> anyhow::Result<Self> {
        let mut new = OpenOptions::new();
        let note = new.write(true).create_new(true).open(directory.join(NOTE));
        let mut note = note.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => busy(),
            _ => anyhow!(error).context("nothing was written"),
        })?;
        lock(&note)?;
        let written = note.write_all(begun.text().as_bytes());
        let hold = Self {
            directory: directory.to_owned(),
            _note: note,
        };
        let taken = written.map_err(Into::into).and_then(|()| hold.take_index());
        taken.or_else(|error| {
            fs::remove_file(directory.join(NOTE))?;
            Err(error)
        })?;
        Ok(hold)
    }

    /// Takes over what a killed run held, and what its note says; `None` where there was none.
    ///
    /// # Errors
    /// The run is not dead, or git has the index.
    pub fn resume(directory: &Path) -> anyhow::Result<Option<(Self, Option<Begun>)>> {
        let mut note = match File::open(directory.join(NOTE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            note => note?,
        };
        lock(&note)?;
        let mut text = String::new();
        note.read_to_string(&mut text)?;
        let begun = Begun::parse(&text);
        let hold = Self {
            directory: directory.to_owned(),
            _note: note,
        };
        if fs::read(directory.join(LOCK)).is_ok_and(|text| text == MARK.as_bytes()) {
            hold.remove_locks(begun.as_ref().and_then(|begun| begun.branch.as_deref()))?;
        }
        hold.take_index()?;
        Ok(Some((hold, begun)))
    }

    /// A git that works on the copy of the index.
    pub fn git(&self, root: &Path) -> Command {
        let mut git = git(root);
        git.env("GIT_INDEX_FILE", self.directory.join(COPY));
        git
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
    /// Something cannot be taken away.
    pub fn let_go(&self) -> io::Result<()> {
        self.put_off()?;
        remove(&self.directory.join(NOTE))
    }

    /// The same, with the note left for a later run.
    ///
    /// # Errors
    /// Something cannot be taken away.
    pub fn put_off(&self) -> io::Result<()> {
        remove(&self.directory.join(COPY))?;
        remove(&self.directory.join(LOCK))
    }

    fn take_index(&self) -> anyhow::Result<()> {
        let path = self.directory.join(LOCK);
        let lock = OpenOptions::new().write(true).create_new(true).open(&path);
        let lock = lock.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => anyhow!(Refusal(format!(
                "git is at work here, or was killed: remove {} if no git runs",
                path.display()
            ))),
            _ => error.into(),
        });
        lock?.write_all(MARK.as_bytes())?;
        let (index, copy) = (self.directory.join("index"), self.directory.join(COPY));
        remove(&copy)?;
        // Git replaces its index and never writes into it; its time tells git what to look at again.
        match fs::hard_link(&index, &copy).or_else(|_| fs::copy(&index, &copy).map(drop)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                let _ = fs::remove_file(path);
                Err(error).context("cannot copy git's index")
            }
            _ => Ok(()),
        }
    }

    /// Removes the locks that the killed run's git left: while ours stood, no other git made commits.
    fn remove_locks(&self, branch: Option<&str>) -> anyhow::Result<()> {
        // A linked work tree has its branches with the others.
        let shared = fs::read_to_string(self.directory.join("commondir"));
        let shared = self.directory.join(shared.unwrap_or_default().trim_end());
        if let Some(branch) = branch {
            remove(&shared.join(format!("refs/heads/{branch}.lock")))?;
        }
        // Only beside its own is that of all references the commit's.
        if self.directory.join("AUTO_MERGE.lock").exists() {
            remove(&shared.join("packed-refs.lock"))?;
        }
        for entry in fs::read_dir(&self.directory)? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            let is_ours = name.starts_with(COPY)
                || matches!(&*name, "HEAD.lock" | "AUTO_MERGE.lock")
                || name.starts_with("next-index-") && name.ends_with(".lock");
            if is_ours {
                remove(&self.directory.join(&*name))?;
            }
        }
        Ok(remove(&self.directory.join(LOCK))?)
    }
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
