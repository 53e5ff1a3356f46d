//! The note of what a run is about to commit.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use engine::plan::FileChange;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

/// What the note says.
#[derive(Debug, PartialEq, Eq)]
pub struct Begun {
    /// The commit that was checked out.
    pub head: String,
    /// The branch that the commit is to be on; the one checked out where there is none.
    pub branch: Option<String>,
    /// The message of the commit to be.
    pub message: String,
    /// The SHA-1 of each file as it will be, by its path relative to the root.
    files: BTreeMap<String, String>,
}

impl Begun {
    /// What a run begins.
    pub fn new(head: &str, branch: Option<&str>, message: &str, changes: &[FileChange]) -> Self {
        let file = |change: &FileChange| {
            let path = change.path.to_string_lossy().into_owned();
            (path, sha1(change.after.as_bytes()))
        };
        Self {
            head: head.to_owned(),
            branch: branch.map(str::to_owned),
            message: message.to_owned(),
            files: changes.iter().map(file).collect(),
        }
    }

    /// As it stands in the note.
    pub fn text(&self) -> String {
        let Self {
            head,
            branch,
            message,
            files,
        } = self;
        let note = json!({ "head": head, "branch": branch, "message": message, "files": files });
        format!("{note}\n")
    }

    /// `None` for a note that was cut off: nothing was written then.
    pub fn parse(text: &str) -> Option<Self> {
        let note: Value = serde_json::from_str(text).ok()?;
        let files = note.get("files")?.as_object()?.iter();
        let files = files.map(|(path, hash)| Some((path.clone(), hash.as_str()?.to_owned())));
        Some(Self {
            head: note.get("head")?.as_str()?.to_owned(),
            branch: note.get("branch")?.as_str().map(str::to_owned),
            message: note.get("message")?.as_str()?.to_owned(),
            files: files.collect::<Option<_>>()?,
        })
    }

    /// The files, relative to the root.
    pub fn files(&self) -> Vec<PathBuf> {
        self.files.keys().map(PathBuf::from).collect()
    }

    /// Whether every file is as it was to be.
    pub fn is_written(&self, root: &Path) -> bool {
        self.files
            .iter()
            .all(|(path, hash)| fs::read(root.join(path)).is_ok_and(|text| sha1(&text) == *hash))
    }
}

fn sha1(bytes: &[u8]) -> String {
    let hash = Sha1::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
