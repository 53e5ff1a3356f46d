//! The journal of a run: which files are about to be replaced, and what they were and are to be.
//!
//! Fields, each ended by a NUL, which no path can hold: a title, a mark that is the run's alone, for
//! each target its path relative to the root and the digests of its old and new content, and an
//! empty field as the end mark. A journal without the end mark was cut off while being written, when
//! nothing had been replaced yet.
//!
//! A run locks its journal for as long as it lives.

#[cfg(test)]
mod tests;

use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::hash::BuildHasher as _;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use engine::plan::FileChange;
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use syntax::visible;

use super::{cannot_remove, is_plain, remove_if_there};
use crate::digest::sha1;
use crate::outcome::Refusal;
use crate::run_directory::{self, RunDirectory};

/// Its name in the directory of the run.
const NAME: &str = "journal";

/// What it begins with; the number goes up when the format changes.
const TITLE: &[u8] = b"tfkeyless journal 2";

/// A file that a run replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Relative to the root.
    pub path: PathBuf,
    /// The digest of its old content.
    pub before: String,
    /// The digest of its new content.
    pub after: String,
}

/// A journal on disk that this process holds.
#[derive(Debug)]
pub struct Journal {
    directory: RunDirectory,
    /// Names what else the run makes.
    pub mark: String,
    /// The files, in the order of their slots.
    pub targets: Vec<Target>,
    locked: File,
}

/// How the run stands whose journal is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// It is at work.
    Writing,
    /// It was killed.
    Killed,
}

impl Journal {
    /// Writes the journal of this process down to the disk. There can be only one: this fails where
    /// another run has its journal.
    pub fn create(directory: RunDirectory, changes: &[FileChange]) -> anyhow::Result<Self> {
        let path = directory.path().join(NAME);
        let failed = || format!("cannot write {}", visible::path(&path));
        let mut file = match directory.create_file(NAME) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(in_the_way(&path));
            }
            file => file.with_context(failed)?,
        };
        match lock(&file, &path) {
            Ok(true) => {}
            // Before there was a lock another run took it for a journal that was cut off.
            Ok(false) => bail!(busy()),
            Err(error) => {
                let _ = fs::remove_file(&path);
                directory.remove_empty();
                return Err(error);
            }
        }
        let targets = changes.iter().map(|change| Target {
            path: change.path.clone(),
            before: sha1(change.before.as_bytes()),
            after: sha1(change.after.as_bytes()),
        });
        let targets: Vec<Target> = targets.collect();
        let mark = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        let written = file
            .write_all(&text(&mark, &targets))
            .and_then(|()| file.sync_all())
            .and_then(|()| run_directory::sync(directory.path()));
        let journal = Self {
            directory,
            mark,
            targets,
            locked: file,
        };
        match written {
            Ok(()) => Ok(journal),
            Err(error) => {
                let _ = journal.remove();
                journal.leave();
                Err(error).with_context(failed)
            }
        }
    }

    /// Takes over the journal of a run that was killed; `None` where there is none.
    ///
    /// # Errors
    /// The run is still at work, or what is there is no journal.
    pub fn take_over(directory: &RunDirectory) -> anyhow::Result<Option<Self>> {
        let path = directory.path().join(NAME);
        let failed = || format!("cannot read {}", visible::path(&path));
        // For writing, too: a network file system gives no other lock on what is only read (`man 2
        // flock`).
        let mut file = match open(&path, File::options().read(true).write(true)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file.with_context(failed)?,
        };
        if !lock(&file, &path)? {
            // It is another one's now, or was removed: by the run that wrote it, or by one that
            // recovered.
            bail!(busy());
        }
        let mut content = Vec::new();
        file.read_to_end(&mut content).with_context(failed)?;
        let (mark, targets) =
            parse(&content).with_context(|| format!("{} is no journal", visible::path(path)))?;
        Ok(Some(Self {
            directory: directory.clone(),
            mark,
            targets,
            locked: file,
        }))
    }

    /// The directory of the run.
    pub fn place(&self) -> &Path {
        self.directory.path()
    }

    /// The path of a file of this run, beside the journal.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Brings the names of the backups to the disk.
    pub fn sync(&self) -> anyhow::Result<()> {
        let path = self.directory.path();
        run_directory::sync(path)
            .with_context(|| format!("cannot bring {} to the disk", visible::path(path)))
    }

    /// Removes it, down to the disk: until then the old contents count.
    pub fn remove(&self) -> anyhow::Result<()> {
        let path = self.beside(NAME);
        remove_if_there(&path).with_context(|| cannot_remove(&path))?;
        // The files are as they should be, whatever becomes of this.
        let _ = run_directory::sync(self.directory.path());
        Ok(())
    }

    /// Removes the backups that earlier runs left when they were done.
    pub fn remove_other_backups(&self) -> anyhow::Result<()> {
        let is_other = |path: &&PathBuf| {
            let name = path.file_name().unwrap_or_default().as_bytes();
            !name.starts_with(self.mark.as_bytes())
        };
        for backup in backups(&self.directory)?.iter().filter(is_other) {
            remove_if_there(backup).with_context(|| cannot_remove(backup))?;
        }
        Ok(())
    }

    /// Removes the directory it was in, unless that holds something else.
    pub fn leave(&self) {
        self.directory.remove_empty();
    }
}

impl Drop for Journal {
    /// A process that another thread is just starting has the file, too, until it runs its program.
    fn drop(&mut self) {
        let _ = flock(&self.locked, FlockOperation::Unlock);
    }
}

/// The backups that are there, needed or not.
pub fn backups(directory: &RunDirectory) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory.path())? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("old")) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Whether a run has its journal there, and how it stands.
///
/// # Errors
/// It cannot be looked at.
pub fn state(directory: &RunDirectory) -> anyhow::Result<Option<Interruption>> {
    let path = directory.path().join(NAME);
    let file = match open(&path, File::options().read(true)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.with_context(|| format!("cannot read {}", visible::path(path)))?,
    };
    Ok(Some(match is_locked(&file) {
        true => Interruption::Writing,
        false => Interruption::Killed,
    }))
}

/// What the journal of a run that was killed says, without taking it over; no targets where it cannot be
/// read.
pub fn peek(directory: &RunDirectory) -> (String, Vec<Target>) {
    let path = directory.path().join(NAME);
    let content = open(&path, File::options().read(true)).and_then(|mut file| {
        let mut content = Vec::new();
        file.read_to_end(&mut content).map(|_| content)
    });
    let content = content.unwrap_or_default();
    parse(&content).unwrap_or_default()
}

/// Whether a run has locked its journal. Others may ask at the same time.
fn is_locked(journal: &File) -> bool {
    let asked = flock(journal, FlockOperation::NonBlockingLockShared);
    let _ = flock(journal, FlockOperation::Unlock);
    asked == Err(Errno::WOULDBLOCK)
}

/// The error of a run that another one is in the way of.
pub fn busy() -> Refusal {
    Refusal("another run is writing here: wait for it".to_owned())
}

/// Why no journal can be made at `path`, where there is something already.
fn in_the_way(path: &Path) -> anyhow::Error {
    match open(path, File::options().read(true)) {
        Ok(journal) if is_locked(&journal) => anyhow!(busy()),
        _ => anyhow!(Refusal(format!(
            "{} was left by a run that was killed, or came by a commit: run `tfkeyless apply`, or \
             remove it if git tracks it",
            visible::path(path)
        ))),
    }
}

/// Opens what stands at `path`, which is not waited for if it is no journal.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let flags = i32::try_from(flags).unwrap_or_default();
    options.custom_flags(flags).open(path)
}

/// Locks the journal that was opened at `path`; `false` where another process has it, or it is no
/// longer the one of that name.
fn lock(file: &File, path: &Path) -> anyhow::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => return Ok(false),
        locked => locked.with_context(|| format!("cannot lock {}", visible::path(path)))?,
    }
    let held = file.metadata()?;
    let named = fs::symlink_metadata(path);
    Ok(named.is_ok_and(|named| (named.dev(), named.ino()) == (held.dev(), held.ino())))
}

fn text(mark: &str, targets: &[Target]) -> Vec<u8> {
    let mut text = TITLE.to_vec();
    text.extend(format!("\0{mark}\0").bytes());
    for target in targets {
        text.extend(target.path.as_os_str().as_bytes());
        text.extend(format!("\0{}\0{}\0", target.before, target.after).bytes());
    }
    text.push(0);
    text
}

/// The mark and the targets of a journal; no targets where it was cut off.
fn parse(text: &[u8]) -> anyhow::Result<(String, Vec<Target>)> {
    if text.len() <= TITLE.len() && TITLE.starts_with(text) {
        return Ok((String::new(), Vec::new()));
    }
    let text = text
        .strip_prefix(TITLE)
        .and_then(|text| text.strip_prefix(b"\0"));
    let text = text.context("the title is missing")?;
    if !text.ends_with(b"\0\0") {
        return Ok((String::new(), Vec::new()));
    }
    let mut fields = text.split(|&byte| byte == 0);
    let mark = str::from_utf8(fields.next().unwrap_or_default())?;
    if mark.is_empty() || !mark.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("the mark is missing");
    }
    let mut targets = Vec::new();
    while let Some(path) = fields.next().filter(|path| !path.is_empty()) {
        let path = Path::new(OsStr::from_bytes(path));
        if !is_plain(path) {
            bail!("{} is not a path below the root", visible::path(path));
        }
        let mut digest = || str::from_utf8(fields.next().unwrap_or_default()).map(str::to_owned);
        targets.push(Target {
            path: path.to_path_buf(),
            before: digest()?,
            after: digest()?,
        });
    }
    Ok((mark.to_owned(), targets))
}
