//! The only writer of a repository's files: a list of changes, all of them or none.
//!
//! At any instant a repository is in one of three states: every file as it was, every file as it
//! will be, or there is a journal of a run there from which [`recover`] makes every file as it was.
//! In order:
//!
//! 1. The journal is written. While it exists, the old contents count.
//! 2. The new contents are staged next to their targets and brought to the disk.
//! 3. Each original gets a backup beside the journal, mostly a hard link. One that stays when the
//!    journal is gone is no longer needed.
//! 4. Each original is compared with what was planned: somebody may have edited it meanwhile.
//! 5. The staged files are renamed over the originals.
//! 6. The journal is removed: from here on the new contents count. The backups follow.

mod journal;
mod recovery;
mod signals;
mod slot;
mod stage;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    fs,
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt as _,
    path::{Component, Path},
};

use anyhow::{Context as _, bail};
use engine::plan::FileChange;
use rayon::prelude::*;
use syntax::visible;

pub use journal::{Interruption, busy};
pub use recovery::{edited, interrupted, recover};
pub use signals::{Interrupted, Watch};

use journal::Journal;
use slot::Slot;

use crate::run_directory::{self, RunDirectory};

/// Threads that bring files to the disk: they wait rather than compute.
const SYNC_THREADS: usize = 4;

/// Writes `changes` below `root`: all of them, or none and an error that says why. The files keep
/// their mode, their owner and their extended attributes. Whether the old contents are gone; where
/// they are not, that is the error inside.
///
/// SIGINT, SIGTERM and SIGHUP do not end the process meanwhile. One that comes before the last file
/// is renamed undoes everything, and the error is an [`Interrupted`] (`downcast_ref`); one that
/// comes later takes effect when everything is written.
pub fn commit(root: &Path, changes: &[FileChange]) -> anyhow::Result<CleanUp> {
    let watch = Watch::start()?;
    write(root, changes, &|| watch.interrupted())
}

/// Why the file at `path` cannot be replaced without harm, as a phrase that follows its name, or
/// `None` if it can.
pub fn obstacle(path: &Path) -> io::Result<Option<&'static str>> {
    fs::symlink_metadata(path).map(|metadata| obstacle_in(&metadata))
}

/// [`obstacle`] of a file with this metadata.
fn obstacle_in(metadata: &fs::Metadata) -> Option<&'static str> {
    if metadata.is_symlink() {
        // A rename replaces the link and not what it names.
        Some("is a symbolic link")
    } else if !metadata.is_file() {
        Some("is not a regular file")
    } else if metadata.nlink() > 1 {
        // A rename makes a new file of this name: the other names would keep the old content.
        Some("has other hard links")
    } else if metadata.permissions().readonly() {
        Some("is read-only")
    } else {
        None
    }
}

/// [`commit`], asking `stop` between the steps and before each rename whether to give up.
fn write(
    root: &Path,
    changes: &[FileChange],
    stop: &(impl Fn() -> bool + Sync),
) -> anyhow::Result<CleanUp> {
    if changes.is_empty() {
        return Ok(Ok(()));
    }
    match interrupted(root).context("nothing was written")? {
        None => {}
        Some(Interruption::Writing) => bail!(busy()),
        Some(Interruption::Killed) => {
            bail!("an earlier run was interrupted here\nnote: nothing was written")
        }
    }
    let originals = prepare(root, changes).context("nothing was written")?;
    let journal = RunDirectory::new(root).map_err(Into::into);
    let journal = journal.and_then(|directory| Journal::create(directory, changes));
    let journal = journal.context("nothing was written")?;
    let slots = Slot::all(root, &journal);
    let files = slots.iter().zip(changes).zip(&originals);
    let files: Vec<FileWrite> = files
        .map(|((slot, change), original)| FileWrite {
            change,
            slot,
            original,
        })
        .collect();
    // Where the machine has no thread to spare, the one that is here does.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(SYNC_THREADS);
    let done = match pool.build() {
        Ok(pool) => pool.install(|| replace(&files, stop, &journal)),
        Err(_) => replace(&files, stop, &journal),
    };
    match done {
        Ok(()) => Ok(clean_up(&slots, &journal)),
        Err(error) => Err(match recovery::undo(root, &journal) {
            Ok(_) => error.context("nothing was changed"),
            Err(why) => error.context(format!(
                "what was written could not be undone ({why:#})\n\
                 note: the next `tfkeyless apply` tries that again before anything else"
            )),
        }),
    }
}

/// What becomes of the old contents once the new ones count.
pub type CleanUp = Result<(), anyhow::Error>;

fn clean_up(slots: &[Slot], journal: &Journal) -> CleanUp {
    let mut failed = None;
    for slot in slots {
        if let Err(error) = remove_if_there(&slot.backup) {
            failed
                .get_or_insert_with(|| anyhow::anyhow!(error).context(cannot_remove(&slot.backup)));
        }
    }
    journal.leave();
    failed.map_or(Ok(()), Err)
}

/// One change, and what its file was when the writing began.
struct FileWrite<'a> {
    change: &'a FileChange,
    slot: &'a Slot,
    original: &'a fs::Metadata,
}

/// Looks at every file before anything is written.
fn prepare(root: &Path, changes: &[FileChange]) -> anyhow::Result<Vec<fs::Metadata>> {
    let real_root = fs::canonicalize(root).with_context(|| visible::path(root))?;
    let mut direct = BTreeSet::new();
    let mut originals = Vec::with_capacity(changes.len());
    for change in changes {
        let name = visible::path(&change.path);
        if !is_plain(&change.path) {
            bail!("{name} is not a path below {}", visible::path(root));
        }
        let metadata = fs::symlink_metadata(root.join(&change.path));
        let metadata = metadata.with_context(|| name.clone())?;
        if let Some(obstacle) = obstacle_in(&metadata) {
            bail!("{name} {obstacle}");
        }
        // Asked once for each directory: a repository has far fewer of them than files.
        if direct.insert(slot::directory(&change.path))
            && !slot::is_direct(&real_root, &change.path)
        {
            bail!("{name} is reached by a symbolic link");
        }
        originals.push(metadata);
    }
    Ok(originals)
}

/// Whether `path` leads down from a root and nowhere else.
fn is_plain(path: &Path) -> bool {
    let mut components = path.components().peekable();
    components.peek().is_some()
        && components.all(|component| matches!(component, Component::Normal(_)))
}

/// The steps, up to and including the removal of the journal. After an error, undoing the journal
/// undoes them.
fn replace(
    files: &[FileWrite],
    stop: &(impl Fn() -> bool + Sync),
    journal: &Journal,
) -> anyhow::Result<()> {
    let go_on = || {
        if stop() {
            Err(Interrupted.into())
        } else {
            anyhow::Ok(())
        }
    };
    let failed = |what: &str, file: &FileWrite| {
        format!("cannot {what} {}", visible::path(&file.change.path))
    };
    let directories: BTreeSet<&Path> = files.iter().map(|file| file.slot.directory()).collect();
    let sync_directories = || {
        directories.par_iter().try_for_each(|directory| {
            run_directory::sync(directory)
                .with_context(|| format!("cannot bring {} to the disk", visible::path(directory)))
        })
    };

    journal.remove_other_backups()?;
    files.par_iter().try_for_each(|file| {
        go_on()?;
        let after = file.change.after.as_bytes();
        stage::write(&file.slot.staged, after, &file.slot.target)
            .with_context(|| failed("stage", file))
    })?;
    files.par_iter().try_for_each(|file| {
        go_on()?;
        stage::back_up(file.slot, file.change.before.as_bytes())
            .with_context(|| failed("back up", file))
    })?;
    sync_directories()?;
    journal.sync()?;
    files.par_iter().try_for_each(compare)?;
    for file in files {
        go_on()?;
        fs::rename(&file.slot.staged, &file.slot.target)
            .with_context(|| failed("replace", file))?;
    }
    sync_directories()?;
    go_on()?;
    journal.remove()
}

/// Fails unless the file is the one that planning read, byte for byte.
fn compare(file: &FileWrite) -> anyhow::Result<()> {
    let name = visible::path(&file.change.path);
    let now = fs::symlink_metadata(&file.slot.target).with_context(|| name.clone())?;
    let same_file = (now.dev(), now.ino()) == (file.original.dev(), file.original.ino());
    // Cheapest first: most edits change the length.
    let same = same_file
        && now.len() == file.change.before.len() as u64
        && fs::read(&file.slot.target).with_context(|| name.clone())?
            == file.change.before.as_bytes();
    if !same {
        bail!("{name} was changed by someone else since it was read");
    }
    Ok(())
}

/// Removes the file at `path` if there is one.
fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn cannot_remove(path: &Path) -> String {
    format!("cannot remove {}", visible::path(path))
}
