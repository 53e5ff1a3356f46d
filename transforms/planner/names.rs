//! What the names mean on which the account of a role depends: read only for the modules in which
//! one does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{PlanError, Source};
use crate::model::account::Names;
use crate::model::file_kind::FileKind;
use crate::model::hcl::Document;
use crate::model::repo::Repo;
use crate::model::set_elsewhere;

/// Learns the names of the modules whose roles have names in them. `evidence` are the files that
/// may give variables their values.
pub(super) fn learn(
    source: &dyn Source,
    evidence: &[PathBuf],
    repo: &mut Repo,
) -> Result<(), PlanError> {
    let directories = repo.unnamed();
    if directories.is_empty() {
        return Ok(());
    }
    let mut library = Library {
        source,
        buffer: Vec::new(),
    };
    let set_elsewhere = library.set_elsewhere(evidence)?;
    let values: Vec<&PathBuf> = evidence.iter().filter(|path| is_values(path)).collect();
    let mut learned = Vec::new();
    for directory in directories {
        let mut names = Names::default();
        for path in library.list(&directory)? {
            if FileKind::of(&path) == Some(FileKind::Configuration)
                && let Some(text) = library.text(&path)?
                && let Ok(document) = Document::new(path, text)
            {
                names.add_configuration(&document);
            }
        }
        for path in &values {
            let owner = library.owner(path)?;
            if owner.is_none_or(|owner| owner == directory)
                && let Some(text) = library.text(path)?
            {
                names.add_values(path, &text, &directory);
            }
        }
        match repo.is_child(&directory) {
            // Its callers decide.
            true => names.set_all_elsewhere(),
            false => names.set_elsewhere(&set_elsewhere),
        }
        learned.push((directory, names));
    }
    repo.learn(learned);
    Ok(())
}

fn is_values(path: &Path) -> bool {
    let kind = FileKind::of(path);
    matches!(kind, Some(FileKind::Values | FileKind::ValuesJson))
}

/// Reads files for what they mean, not to change them.
struct Library<'s> {
    source: &'s dyn Source,
    buffer: Vec<u8>,
}

impl Library<'_> {
    /// The variables that scripts, pipelines, workflows and Terragrunt set.
    fn set_elsewhere(&mut self, evidence: &[PathBuf]) -> Result<BTreeSet<String>, PlanError> {
        let mut names = BTreeSet::new();
        for path in evidence {
            match FileKind::of(path) {
                Some(FileKind::Values | FileKind::ValuesJson) => {}
                Some(FileKind::Terragrunt) => {
                    self.read(path)?;
                    set_elsewhere::assigned(&self.buffer, &mut names);
                }
                _ => {
                    self.read(path)?;
                    set_elsewhere::collect(&self.buffer, &mut names);
                }
            }
        }
        Ok(names)
    }

    /// The directory to whose module a file of values belongs: the nearest one, upwards, with
    /// configuration in it. `None` where it lies beside all modules, and any may be given it.
    fn owner<'p>(&self, path: &'p Path) -> Result<Option<&'p Path>, PlanError> {
        for directory in path.ancestors().skip(1) {
            let mut files = self.list(directory)?.into_iter();
            if files.any(|file| FileKind::of(&file) == Some(FileKind::Configuration)) {
                return Ok(Some(directory));
            }
        }
        Ok(None)
    }

    fn list(&self, directory: &Path) -> Result<Vec<PathBuf>, PlanError> {
        let files = self.source.files(directory);
        files.map_err(|error| PlanError::Unreadable(directory.to_path_buf(), error))
    }

    fn read(&mut self, path: &Path) -> Result<(), PlanError> {
        let read = self.source.read(path, &mut self.buffer);
        read.map_err(|error| PlanError::Unreadable(path.to_path_buf(), error))
    }

    /// The text at `path`; `None` where it is none.
    fn text(&mut self, path: &Path) -> Result<Option<String>, PlanError> {
        self.read(path)?;
        let text = std::str::from_utf8(&self.buffer).ok();
        Ok(text.map(str::to_owned))
    }
}
