//! A directory of patches, one for each repository, and their index.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};
use syntax::visible;

use super::completion::Completion;
use super::named::NamedRepository;
use crate::json_text;
use crate::patch::write_patch;
use crate::repository::Planned;

/// The directory, and which patch is whose.
#[derive(Debug)]
pub struct Patches {
    directory: PathBuf,
    names: Vec<String>,
}

impl Patches {
    /// Makes the directory. Patches are called as their repositories are; of those that are called
    /// the same, the later ones have a number.
    ///
    /// # Errors
    /// A directory that cannot be made.
    pub fn new(directory: &Path, all: &[NamedRepository]) -> anyhow::Result<Self> {
        fs::create_dir_all(directory).with_context(|| visible::path(directory))?;
        let mut seen: HashMap<String, usize> = HashMap::new();
        let names = all.iter().map(|named| {
            let real = fs::canonicalize(&named.name).unwrap_or_else(|_| named.name.clone());
            let name = real.file_name().unwrap_or_default().to_string_lossy();
            let count = seen.entry(name.to_string()).or_default();
            *count += 1;
            match count {
                1 => format!("{name}.patch"),
                count => format!("{name}.{count}.patch"),
            }
        });
        Ok(Self {
            names: names.collect(),
            directory: directory.to_path_buf(),
        })
    }

    /// Writes the patch of the repository with this number; none where nothing changes.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, number: usize, planned: &Planned) -> anyhow::Result<()> {
        if planned.plan.changes.is_empty() {
            return Ok(());
        }
        write_patch(planned, &self.directory.join(&self.names[number]))
    }

    /// Writes the index: how each repository ended, and its patch.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn index(&self, rows: &[(&Path, &Completion)]) -> anyhow::Result<()> {
        let entries = rows
            .iter()
            .zip(&self.names)
            .map(|((name, completion), patch)| {
                let patch = (completion.files > 0).then_some(patch);
                json!({
                    "repository": name.to_string_lossy(),
                    "outcome": completion.outcome.id(),
                    "why": completion.why,
                    "changes": completion.changes,
                    "files": completion.files,
                    "open": completion.open,
                    "patch": patch,
                })
            });
        let entries: Vec<Value> = entries.collect();
        let path = self.directory.join("index.json");
        let text = json_text::pretty(&Value::from(entries)) + "\n";
        fs::write(&path, text).with_context(|| visible::path(path))
    }
}
