//! The files that stand next to a target while it is being replaced.

use std::{
    ffi::OsStr,
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{journal, remove_if_there};

/// A target and its two companions, `.tfkeyless-PID-N.new` and `.tfkeyless-PID-N.old` in the same
/// directory (a rename must not cross file systems).
pub struct Slot {
    /// The file to be replaced.
    pub target: PathBuf,
    /// Its new content, until it is renamed over the target.
    pub staged: PathBuf,
    /// Its old content, until the run is over.
    pub backup: PathBuf,
}

impl Slot {
    /// The `number`th slot of the run of process `pid`, for the file `path` below `root`.
    pub fn new(root: &Path, path: &Path, pid: u32, number: usize) -> Self {
        let target = root.join(path);
        let companion =
            |end: &str| target.with_file_name(format!(".tfkeyless-{pid}-{number}.{end}"));
        let (staged, backup) = (companion("new"), companion("old"));
        Self {
            target,
            staged,
            backup,
        }
    }

    /// Where all three stand.
    pub fn directory(&self) -> &Path {
        self.target.parent().unwrap_or(Path::new(""))
    }

    /// Puts the old content back, whatever was done so far, and removes both companions. Whether
    /// the target had been replaced.
    pub fn restore(&self) -> anyhow::Result<bool> {
        let put_back = || {
            remove_if_there(&self.staged)?;
            let backup = match fs::symlink_metadata(&self.backup) {
                Err(error) if error.kind() == ErrorKind::NotFound => return io::Result::Ok(false),
                backup => backup?,
            };
            let target = fs::symlink_metadata(&self.target);
            let replaced = !target
                .is_ok_and(|target| (target.dev(), target.ino()) == (backup.dev(), backup.ino()));
            fs::rename(&self.backup, &self.target)?;
            // Renaming one link of a file over another does nothing, and both remain.
            remove_if_there(&self.backup)?;
            Ok(replaced)
        };
        put_back().with_context(|| {
            format!(
                "cannot put {} back in place of {}",
                self.backup.display(),
                self.target.display()
            )
        })
    }
}

/// Writes `content` to a new file with the mode and owner that `like` has, down to the disk.
pub fn write(path: &Path, content: &[u8], like: &fs::Metadata) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        // Nobody else may read it before it has the owner and the mode of the original.
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    let made = file.metadata()?;
    // Only root may give files away, so it is asked for only where it makes a difference; and
    // before the mode, since a new owner clears set-user-ID bits (chown(2)).
    if (made.uid(), made.gid()) != (like.uid(), like.gid()) {
        fchown(&file, Some(like.uid()), Some(like.gid()))?;
    }
    file.set_permissions(like.permissions())?;
    file.sync_all()
}

/// Keeps the target's old content: a second link to it, or a copy where the file system knows no
/// links.
pub fn back_up(slot: &Slot, before: &[u8], like: &fs::Metadata) -> io::Result<()> {
    match fs::hard_link(&slot.target, &slot.backup) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => write(&slot.backup, before, like),
        linked => linked,
    }
}

/// The process that left the file called `name`, if that is the name of one of our companions.
pub fn is_stray(name: &OsStr) -> Option<u32> {
    let name = name.to_str()?.strip_prefix(".tfkeyless-")?;
    let name = name
        .strip_suffix(".new")
        .or_else(|| name.strip_suffix(".old"))?;
    let (pid, number) = name.split_once('-')?;
    number.parse::<usize>().ok()?;
    pid.parse().ok()
}

/// Removes those of `paths`, absolute paths of companions, whose process is gone; how many. None
/// below a journal, at whatever root it stands: [`recover`](super::recover) needs them.
pub fn sweep(paths: &[PathBuf]) -> io::Result<usize> {
    let mut removed = 0;
    for path in paths {
        let pid = path.file_name().and_then(is_stray);
        let is_needed = || path.ancestors().skip(1).any(journal::interrupted);
        if pid.is_some_and(|pid| !journal::is_writing(pid)) && !is_needed() {
            remove_if_there(path)?;
            removed += 1;
        }
    }
    Ok(removed)
}
