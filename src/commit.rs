//! The only writer of a repository's files: a list of changes, all of them or none.
//!
//! At any instant a repository is in one of three states: every file as it was, every file as it
//! will be, or there is a journal at its root from which [`recover`] makes every file as it was. In
//! order:
//!
//! 1. The new contents are staged next to their targets and brought to the disk.
//! 2. The journal is written. While it exists, the old contents count.
//! 3. Each original gets a backup, mostly a hard link. A backup exists only under a journal or
//!    when it is no longer needed, so a killed run leaves no file with a second link behind.
//! 4. Each original is compared with what was planned: somebody may have edited it meanwhile.
//! 5. The staged files are renamed over the originals.
//! 6. The journal is removed: from here on the new contents count. The backups follow.

mod journal;
mod signals;
mod stage;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    fs,
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt as _,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, bail};
use engine::plan::FileChange;
use rayon::prelude::*;

pub use journal::{interrupted, is_journal, recover};
pub use signals::Interrupted;
pub use stage::{is_stray, sweep};

use journal::Journal;
use signals::Watch;
use stage::Slot;

/// Threads that bring files to the disk: they wait rather than compute.
const SYNC_THREADS: usize = 4;

/// Writes `changes` below `root`: all of them, or none and an error that says why. The files keep
/// their mode and their owner.
///
/// SIGINT, SIGTERM and SIGHUP do not end the process meanwhile. One that comes before the last file
/// is renamed undoes everything, and the error is an [`Interrupted`] (`downcast_ref`); one that
/// comes later takes effect when everything is written.
pub fn commit(root: &Path, changes: &[FileChange]) -> anyhow::Result<()> {
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
) -> anyhow::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    if interrupted(root) {
        bail!("an earlier run was interrupted or is still writing here; nothing was written");
    }
    let jobs = prepare(root, changes).context("nothing was written")?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(SYNC_THREADS)
        .build()?;
    let mut journal = None;
    let done = pool.install(|| replace(root, &jobs, stop, &mut journal));
    match done {
        Ok(()) => {
            // Nothing needs these any more; one that remains is swept by the next run.
            for job in &jobs {
                let _ = fs::remove_file(&job.slot.backup);
            }
            Ok(())
        }
        Err(error) => {
            let undone = jobs.iter().try_for_each(|job| job.slot.restore().map(drop));
            let undone = undone.and_then(|()| journal.map_or(Ok(()), Journal::remove));
            Err(match undone {
                Ok(()) => error.context("nothing was changed"),
                Err(why) => error.context(format!(
                    "some files are written and could not be put back ({why:#}); \
                     `tfkeyless apply` tries that again before anything else"
                )),
            })
        }
    }
}

/// One change, and what its file was when the writing began.
struct FileWrite<'a> {
    change: &'a FileChange,
    slot: Slot,
    metadata: fs::Metadata,
}

/// Looks at every file before anything is written.
fn prepare<'a>(root: &Path, changes: &'a [FileChange]) -> anyhow::Result<Vec<FileWrite<'a>>> {
    let real_root = fs::canonicalize(root).with_context(|| root.display().to_string())?;
    let mut inside = BTreeSet::new();
    let mut jobs = Vec::with_capacity(changes.len());
    for (number, change) in changes.iter().enumerate() {
        let slot = Slot::new(root, &change.path, std::process::id(), number);
        let name = change.path.display();
        if !is_plain(&change.path) {
            bail!("{name} is not a path below {}", root.display());
        }
        let metadata = fs::symlink_metadata(&slot.target).with_context(|| name.to_string())?;
        if let Some(obstacle) = obstacle_in(&metadata) {
            bail!("{name} {obstacle}");
        }
        // Asked once for each directory: a repository has far fewer of them than files.
        if !inside.contains(slot.directory()) {
            if !fs::canonicalize(slot.directory())?.starts_with(&real_root) {
                bail!(
                    "{name} is outside of {}: a directory on the way is a symbolic link",
                    root.display()
                );
            }
            inside.insert(slot.directory().to_owned());
        }
        jobs.push(FileWrite {
            change,
            slot,
            metadata,
        });
    }
    Ok(jobs)
}

/// Whether `path` leads down from a root and nowhere else.
fn is_plain(path: &Path) -> bool {
    let mut components = path.components().peekable();
    components.peek().is_some()
        && components.all(|component| matches!(component, Component::Normal(_)))
}

/// The steps, up to and including the removal of the journal. After an error, restoring every slot
/// and removing the journal left in `journal` undoes them.
fn replace(
    root: &Path,
    jobs: &[FileWrite],
    stop: &(impl Fn() -> bool + Sync),
    journal: &mut Option<Journal>,
) -> anyhow::Result<()> {
    let go_on = || {
        if stop() {
            Err(Interrupted.into())
        } else {
            anyhow::Ok(())
        }
    };
    let failed =
        |what: &str, job: &FileWrite| format!("cannot {what} {}", job.change.path.display());
    let directories: BTreeSet<PathBuf> = jobs
        .iter()
        .map(|job| job.slot.directory().to_owned())
        .collect();
    let sync_directories = || {
        directories
            .par_iter()
            .try_for_each(|directory| sync_directory(directory))
    };

    jobs.par_iter().try_for_each(|job| {
        go_on()?;
        stage::write(&job.slot.staged, job.change.after.as_bytes(), &job.metadata)
            .with_context(|| failed("stage", job))
    })?;
    let targets = jobs.iter().map(|job| job.change.path.as_path());
    *journal = Some(Journal::create(root, targets)?);
    jobs.par_iter().try_for_each(|job| {
        go_on()?;
        stage::back_up(&job.slot, job.change.before.as_bytes(), &job.metadata)
            .with_context(|| failed("back up", job))
    })?;
    sync_directories()?;
    jobs.par_iter().try_for_each(|job| compare(job))?;
    for job in jobs {
        go_on()?;
        fs::rename(&job.slot.staged, &job.slot.target).with_context(|| failed("replace", job))?;
    }
    sync_directories()?;
    go_on()?;
    journal.take().map_or(Ok(()), Journal::remove)
}

/// Fails unless the file is the one that planning read, byte for byte.
fn compare(job: &FileWrite) -> anyhow::Result<()> {
    let name = job.change.path.display();
    let now = fs::symlink_metadata(&job.slot.target).with_context(|| name.to_string())?;
    let same_file = (now.dev(), now.ino()) == (job.metadata.dev(), job.metadata.ino());
    // Cheapest first: most edits change the length.
    let same = same_file
        && now.len() == job.change.before.len() as u64
        && fs::read(&job.slot.target).with_context(|| name.to_string())?
            == job.change.before.as_bytes();
    if !same {
        bail!("{name} was changed by someone else since it was read");
    }
    Ok(())
}

/// Brings the names in a directory to the disk, where the file system can.
fn sync_directory(directory: &Path) -> anyhow::Result<()> {
    match fs::File::open(directory).and_then(|directory| directory.sync_all()) {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        done => done.with_context(|| format!("cannot bring {} to the disk", directory.display())),
    }
}

/// Removes the file at `path` if there is one.
fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
