//! The ledger: how each repository ended, a line of JSON each, written as it ends.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use syntax::visible;
use walkdir::WalkDir;

use super::completion::Completion;
use crate::disk::is_kept;
use crate::git;
use crate::json_text;
use crate::outcome::Outcome;

/// A ledger that this process alone writes.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: Mutex<File>,
    entries: HashMap<String, LedgerEntry>,
}

#[derive(Debug)]
struct LedgerEntry {
    state: String,
    completion: Completion,
}

impl Ledger {
    /// Opens the ledger and reads what it says; a last line that was cut off says nothing.
    ///
    /// # Errors
    /// A file that cannot be read, that is no ledger, or that another run is writing.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let failed = || format!("cannot open the ledger {}", visible::path(path));
        // Before it is opened: a pipe would be waited for, and a tape wound back.
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            bail!("the ledger {} is not a regular file", visible::path(path));
        }
        let mut options = File::options();
        let mut file = options
            .create(true)
            .append(true)
            .read(true)
            .open(path)
            .with_context(failed)?;
        // Two runs would do the same repositories twice, and each would miss the other's lines.
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => {
                bail!("{} is being written by another run", visible::path(path))
            }
            locked => locked.with_context(|| format!("cannot lock {}", visible::path(path)))?,
        }
        let text = fs::read_to_string(path).with_context(failed)?;
        let mut entries = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            match entry(line) {
                Some((repository, entry)) => drop(entries.insert(repository, entry)),
                None if number + 1 == text.lines().count() && !text.ends_with('\n') => {}
                None => bail!(
                    "{}:{}: this is no line of a ledger",
                    visible::path(path),
                    number + 1
                ),
            }
        }
        // A run that was killed left part of a line: the next one has to begin on a line of its own.
        if !text.is_empty() && !text.ends_with('\n') {
            let whole = text.rfind('\n').map_or(0, |end| end + 1);
            file.set_len(whole as u64).with_context(failed)?;
        }
        file.flush()?;
        Ok(Self {
            path: path.to_path_buf(),
            file: Mutex::new(file),
            entries,
        })
    }

    /// How a repository ended in this state, where it need not be done again.
    pub fn done(&self, root: &Path, state: &str, retry: bool) -> Option<Completion> {
        let entry = self.entries.get(&*root.to_string_lossy())?;
        let counts = entry.state == state && !(retry && entry.completion.outcome.is_error());
        counts.then(|| entry.completion.clone())
    }

    /// Appends how a repository ended, and in which state.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn note(&self, root: &Path, state: &str, completion: &Completion) -> anyhow::Result<()> {
        let line = json!({
            "repository": root.to_string_lossy(),
            "outcome": completion.outcome.id(),
            "why": completion.why,
            "changes": completion.changes,
            "files": completion.files,
            "open": completion.open,
            "state": state,
        });
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all((json_text::compact(&line) + "\n").as_bytes())
            .with_context(|| format!("cannot write the ledger {}", visible::path(&self.path)))
    }
}

fn entry(line: &str) -> Option<(String, LedgerEntry)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let count = |key: &str| usize::try_from(line.get(key)?.as_u64()?).ok();
    let outcome = line.get("outcome")?.as_str()?;
    let completion = Completion {
        outcome: Outcome::ALL.into_iter().find(|it| it.id() == outcome)?,
        why: line.get("why")?.as_str().map(str::to_owned),
        changes: count("changes")?,
        files: count("files")?,
        open: count("open")?,
    };
    let state = line.get("state")?.as_str()?.to_owned();
    Some((
        line.get("repository")?.as_str()?.to_owned(),
        LedgerEntry { state, completion },
    ))
}

/// A hash that changes with the repository or with the run: of the commit that is checked out, of
/// name, size and time of each file, and of `run`, which says what was asked for.
pub fn state(root: &Path, run: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(run);
    hash.update(git::head(root).unwrap_or_default());
    let walk = WalkDir::new(root).min_depth(1).sort_by_file_name();
    let walk = walk.into_iter();
    let walk = walk.filter_entry(|entry| !is_kept(entry.file_name()));
    // A directory that cannot be read is left out here: planning fails on it and says why.
    for entry in walk.flatten() {
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if metadata.is_file() {
            let time = metadata.modified().ok();
            hash.update(format!(
                "\0{}\0{}\0{time:?}",
                entry.path().display(),
                metadata.len()
            ));
        }
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
