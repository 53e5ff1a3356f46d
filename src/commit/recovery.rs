//! What a later run does with one that was killed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};

use super::journal::{self, Interruption, Journal};
use super::slot::Slot;
use crate::outcome::Refusal;
use crate::run_directory::{self, RunDirectory};

/// How a run at `root` stands that was killed before it was done, or is still at work; `None` where
/// there is none.
///
/// # Errors
/// It cannot be looked at.
pub fn interrupted(root: &Path) -> anyhow::Result<Option<Interruption>> {
    for directory in RunDirectory::existing(root)? {
        if let Some(state) = journal::state(&directory)? {
            return Ok(Some(state));
        }
    }
    Ok(None)
}

/// What the next run leaves as it is of one that was killed at `root`, since somebody has changed it meanwhile,
/// and how to settle it.
pub fn edited(root: &Path) -> anyhow::Result<Vec<Refusal>> {
    let mut edited = Vec::new();
    for directory in RunDirectory::existing(root)? {
        let (mark, targets) = journal::peek(&directory);
        let slots = Slot::of(root, directory.path(), &mark, &targets);
        edited.extend(slots.iter().filter_map(Slot::edit));
    }
    Ok(edited)
}

/// Makes every file below `root` as it was before a run that was killed, and removes what runs left
/// behind: how many files had to be put back, or `None` where no run was killed. May be repeated
/// after any failure.
///
/// # Errors
/// A run is still at work. A file is neither what it was nor what the run was to write: all others
/// are as before the run, and this one is left with its backup until a person has settled it.
pub fn recover(root: &Path) -> anyhow::Result<Option<usize>> {
    let mut restored = None;
    for directory in RunDirectory::existing(root)? {
        if let Some(journal) = Journal::take_over(&directory)? {
            *restored.get_or_insert(0) += undo(root, &journal)?;
        } else if !journal::backups(&directory)?.is_empty() {
            // That run was done. Only who has the journal knows that no other begins meanwhile.
            let journal = Journal::create(directory, &[])?;
            let removed = journal.remove_other_backups();
            journal.remove()?;
            journal.leave();
            removed?;
        }
    }
    RunDirectory::remove_all_empty(root)?;
    Ok(restored)
}

/// Puts back what the run of `journal` replaced, then removes the journal; how many files.
pub fn undo(root: &Path, journal: &Journal) -> anyhow::Result<usize> {
    let real_root = fs::canonicalize(root)?;
    let slots = Slot::all(root, journal);
    let mut restored = 0;
    let mut failed = Vec::new();
    for slot in &slots {
        match slot.restore(&real_root) {
            Ok(replaced) => restored += usize::from(replaced),
            Err(error) => failed.push(error),
        }
    }
    if !failed.is_empty() {
        let is_refused = failed.iter().all(anyhow::Error::is::<Refusal>);
        let texts: Vec<String> = failed.iter().map(|error| format!("{error:#}")).collect();
        let text = texts.join("\n");
        match is_refused {
            true => bail!(Refusal(text)),
            false => bail!(anyhow!(text)),
        }
    }
    let directories: BTreeSet<PathBuf> = slots
        .iter()
        .map(|slot| slot.directory().to_owned())
        .collect();
    for directory in directories.iter().filter(|directory| directory.exists()) {
        run_directory::sync(directory)?;
    }
    journal.remove()?;
    journal.leave();
    Ok(restored)
}
