//! A file that is being replaced, and the two files that stand by it meanwhile.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use rustix::io::Errno;
use syntax::visible;

use super::journal::{Journal, Target};
use super::{cannot_remove, remove_if_there, stage};
use crate::digest::sha1;
use crate::outcome::Refusal;

/// A target and its two companions: its new content in the same directory, since a rename must not
/// cross file systems, and its old content beside the journal.
#[derive(Debug)]
pub struct Slot {
    what: Target,
    /// The file to be replaced.
    pub target: PathBuf,
    /// Its new content, until it is renamed over the target.
    pub staged: PathBuf,
    /// Its old content, until the run is over.
    pub backup: PathBuf,
}

impl Slot {
    /// The slots of a run's journal, below `root`.
    pub fn all(root: &Path, journal: &Journal) -> Vec<Self> {
        Self::of(root, journal.place(), &journal.mark, &journal.targets)
    }

    /// The slots of these targets of the run with that mark, whose journal is in `directory`.
    pub fn of(root: &Path, directory: &Path, mark: &str, targets: &[Target]) -> Vec<Self> {
        let targets = targets.iter().enumerate();
        let slot = |(number, what): (usize, &Target)| {
            let target = root.join(&what.path);
            Self {
                staged: target.with_file_name(format!(".tfkeyless-{mark}-{number}.new")),
                // With the mark: a run that is done removes its own while the next has begun.
                backup: directory.join(format!("{mark}-{number}.old")),
                what: what.clone(),
                target,
            }
        };
        targets.map(slot).collect()
    }

    /// Where target and new content stand.
    pub fn directory(&self) -> &Path {
        directory(&self.target)
    }

    /// Puts the old content back, where the target is as the run left it, and removes both
    /// companions. Whether the target had been replaced.
    ///
    /// # Errors
    /// The target is neither what it was nor what it was to be, or is reached by a link now: it
    /// stays as it is and its backup is kept. Or something cannot be moved or removed.
    pub fn restore(&self, real_root: &Path) -> anyhow::Result<bool> {
        let name = visible::path(&self.what.path);
        let backup = match fs::symlink_metadata(&self.backup) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            backup => Some(backup.with_context(|| visible::path(&self.backup))?),
        };
        if !is_direct(real_root, &self.what.path) {
            return match backup {
                // What was staged there is wherever the directory went.
                None => Ok(false),
                Some(_) => self.keep("its directory is not where it was"),
            };
        }
        remove_if_there(&self.staged).with_context(|| cannot_remove(&self.staged))?;
        // Without a backup it was not replaced, or a person has settled it.
        let Some(backup) = backup else {
            return Ok(false);
        };
        let replaced = match self.content(&backup).with_context(|| name.clone())? {
            Content::Before => false,
            Content::After => {
                self.put_back(&backup)?;
                true
            }
            Content::Other => bail!(self.edited()),
        };
        // Renaming one link of a file over another does nothing, and both remain.
        remove_if_there(&self.backup).with_context(|| cannot_remove(&self.backup))?;
        Ok(replaced)
    }

    /// Why the target stays as it is where somebody has changed it after the run was killed; `None` where
    /// nobody has, or that cannot be seen.
    pub fn edit(&self) -> Option<Refusal> {
        let backup = fs::symlink_metadata(&self.backup).ok()?;
        let content = self.content(&backup).ok()?;
        matches!(content, Content::Other).then(|| self.edited())
    }

    fn edited(&self) -> Refusal {
        let (name, backup) = (visible::path(&self.what.path), visible::path(&self.backup));
        Refusal(format!(
            "{name} was changed after a run of tfkeyless was killed: it is not restored\n\
             help: move {backup}, its content before that run, over it, or remove that file; then run \
             `tfkeyless apply` again"
        ))
    }

    fn content(&self, backup: &Metadata) -> io::Result<Content> {
        let target = match fs::symlink_metadata(&self.target) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Content::Other),
            target => target?,
        };
        // One file with two names was not replaced, whatever was written into it since.
        if (target.dev(), target.ino()) == (backup.dev(), backup.ino()) {
            return Ok(Content::Before);
        }
        if !target.is_file() {
            return Ok(Content::Other);
        }
        let digest = sha1(&fs::read(&self.target)?);
        Ok(if digest == self.what.before {
            Content::Before
        } else if digest == self.what.after {
            Content::After
        } else {
            Content::Other
        })
    }

    fn put_back(&self, like: &Metadata) -> anyhow::Result<()> {
        let before = match like.is_file() {
            true => fs::read(&self.backup)?,
            false => Vec::new(),
        };
        if !like.is_file() || sha1(&before) != self.what.before {
            let backup = visible::path(&self.backup);
            bail!(Refusal(format!(
                "{} is not restored: {backup} is not its old content\nhelp: remove {backup}",
                visible::path(&self.what.path)
            )));
        }
        let renamed = match fs::rename(&self.backup, &self.target) {
            // Another mount, such as that of a directory below the root.
            Err(error) if Errno::from_io_error(&error) == Some(Errno::XDEV) => {
                stage::write(&self.staged, &before, &self.backup)
                    .and_then(|()| Ok(fs::rename(&self.staged, &self.target)?))
            }
            done => done.map_err(Into::into),
        };
        renamed.with_context(|| format!("cannot put {} back", visible::path(&self.target)))
    }

    fn keep(&self, why: &str) -> anyhow::Result<bool> {
        let (name, backup) = (visible::path(&self.what.path), visible::path(&self.backup));
        bail!(Refusal(format!(
            "{name} is not restored: {why}\n\
             help: move {backup}, its content before the killed run, to where it belongs, or remove it"
        )))
    }
}

/// What a target holds.
enum Content {
    /// What it was before the run.
    Before,
    /// What the run was to write.
    After,
    /// Something else.
    Other,
}

/// The directory that a file stands in.
pub fn directory(target: &Path) -> &Path {
    target.parent().unwrap_or(Path::new(""))
}

/// Whether no symbolic link is on the way from the root to the directory of `path`, which is
/// relative to it.
pub fn is_direct(real_root: &Path, path: &Path) -> bool {
    let meant = real_root.join(directory(path));
    fs::canonicalize(&meant).is_ok_and(|real| real == meant)
}
