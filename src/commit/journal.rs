//! The journal of a run: which files are about to be replaced.
//!
//! Fields, each ended by a NUL, which no path can hold: a title, the process, the targets relative
//! to the root in the order of their slots, and an empty field as the end mark. A journal without
//! the end mark was cut off while being written, when nothing had been replaced yet.

use std::{
    ffi::OsStr,
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::{ffi::OsStrExt as _, fs::OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use rustix::{io::Errno, process};

use super::{is_plain, remove_if_there, stage::Slot, sync_directory};

/// Its name at the root of a repository.
const NAME: &str = ".tfkeyless-journal";

/// What it begins with; the number goes up when the format changes.
const TITLE: &[u8] = b"tfkeyless journal 1";

/// A journal on disk.
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// Writes the journal of this process down to the disk. There can be only one: this fails where
    /// another run has its journal.
    pub fn create<'a>(
        root: &Path,
        targets: impl Iterator<Item = &'a Path>,
    ) -> anyhow::Result<Self> {
        let mut text = TITLE.to_vec();
        text.extend(format!("\0{}\0", std::process::id()).bytes());
        for target in targets {
            text.extend(target.as_os_str().as_bytes());
            text.push(0);
        }
        text.push(0);

        let journal = Self {
            path: root.join(NAME),
        };
        let failed = || format!("cannot write {}", journal.path.display());
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&journal.path)
            .with_context(failed)?;
        let written = file
            .write_all(&text)
            .and_then(|()| file.sync_all())
            .with_context(failed);
        if let Err(error) = written.and_then(|()| sync_directory(root)) {
            let _ = fs::remove_file(&journal.path);
            return Err(error);
        }
        Ok(journal)
    }

    /// Removes it, down to the disk: until then the backups are needed.
    pub fn remove(self) -> anyhow::Result<()> {
        remove_if_there(&self.path)
            .with_context(|| format!("cannot remove {}", self.path.display()))?;
        // The files are as they should be, whatever becomes of this.
        let _ = self.path.parent().map(sync_directory);
        Ok(())
    }
}

/// Whether that is the name of a journal.
pub fn is_journal(name: &OsStr) -> bool {
    name == NAME
}

/// Whether a run at `root` was killed before it was done, or is still at work.
pub fn interrupted(root: &Path) -> bool {
    fs::symlink_metadata(root.join(NAME)).is_ok()
}

/// Makes every file below `root` as it was before a run that was killed, and removes what it left
/// behind: how many files had to be put back, or `None` where no run was killed. Fails where the
/// run is still at work, and may be repeated after any failure.
pub fn recover(root: &Path) -> anyhow::Result<Option<usize>> {
    let journal = Journal {
        path: root.join(NAME),
    };
    let text = match fs::read(&journal.path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| format!("cannot read {}", journal.path.display()))?,
    };
    let (pid, targets) =
        parse(&text).with_context(|| format!("{} is no journal", journal.path.display()))?;
    if is_writing(pid) {
        bail!("process {pid} is still writing in {}", root.display());
    }
    let mut restored = 0;
    let mut directories = std::collections::BTreeSet::new();
    for (number, target) in targets.iter().enumerate() {
        let slot = Slot::new(root, target, pid, number);
        restored += usize::from(slot.restore()?);
        directories.insert(slot.directory().to_owned());
    }
    for directory in directories {
        sync_directory(&directory)?;
    }
    journal.remove()?;
    Ok(Some(restored))
}

/// The process and the targets of a journal; no targets where it was cut off.
fn parse(text: &[u8]) -> anyhow::Result<(u32, Vec<&Path>)> {
    if text.len() <= TITLE.len() && TITLE.starts_with(text) {
        return Ok((0, Vec::new()));
    }
    let text = text
        .strip_prefix(TITLE)
        .and_then(|text| text.strip_prefix(b"\0"));
    let mut fields = text
        .context("the title is missing")?
        .split(|&byte| byte == 0);
    let pid = std::str::from_utf8(fields.next().unwrap_or_default())?;
    let complete = text.is_some_and(|text| text.ends_with(b"\0\0"));
    if !complete {
        return Ok((pid.parse().unwrap_or(0), Vec::new()));
    }
    let targets: Vec<&Path> = fields
        .take_while(|field| !field.is_empty())
        .map(|field| Path::new(OsStr::from_bytes(field)))
        .collect();
    // It may have come with the repository rather than from a run.
    if let Some(target) = targets.iter().find(|target| !is_plain(target)) {
        bail!("{} is not a path below the root", target.display());
    }
    Ok((pid.parse()?, targets))
}

/// Whether process `pid` is another tfkeyless at work. The number may have gone to a different
/// program since, or, in a container, to this very process.
pub fn is_writing(pid: u32) -> bool {
    let Some(other) = i32::try_from(pid).ok().and_then(process::Pid::from_raw) else {
        return false;
    };
    let name = |pid: u32| fs::read(format!("/proc/{pid}/comm")).ok();
    let exists = !matches!(process::test_kill_process(other), Err(Errno::SRCH));
    // Without /proc every process counts: to refuse is better than to undo what is being written.
    let ours = name(pid).is_none_or(|other| Some(other) == name(std::process::id()));
    pid != std::process::id() && exists && ours
}
