//! What the names mean on which the account of a role depends: read only for the modules in which
//! one does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::error::PlanError;
use crate::index::document::document;
use crate::index::set_elsewhere;
use crate::repo::Repo;
use crate::source::Source;
use syntax::location::Location;
use terraform::account::ModuleNames;
use terraform::file_kind::FileKind;
use terraform::module::Scripts;

/// Learns the names of the modules of some directories, and which modules use a default provider
/// without a block. `scripts` may set variables.
pub(crate) fn learn(
    source: &dyn Source,
    directories: Vec<PathBuf>,
    scripts: &Scripts,
    repo: &mut Repo,
) -> Result<(), PlanError> {
    let mut library = Library {
        source,
        buffer: Vec::new(),
    };
    let mut set_elsewhere = BTreeSet::new();
    for (path, text) in scripts.iter() {
        match FileKind::of(path) {
            Some(FileKind::Terragrunt) => set_elsewhere::assigned(text, &mut set_elsewhere),
            _ => set_elsewhere::collect(text, &mut set_elsewhere),
        }
    }
    let mut values = Vec::new();
    if !directories.is_empty() {
        for path in repo.values(Path::new("")) {
            values.push((library.owner(&path)?, path));
        }
    }
    let mut learned = Vec::new();
    for directory in directories {
        let mut names = ModuleNames::default();
        let mut is_unread = false;
        for path in library.list(&directory)? {
            if FileKind::of(&path) != Some(FileKind::Configuration) {
                continue;
            }
            let text = library.text(&path)?;
            match text.map(|text| document(path, text)) {
                Some(Ok(document)) => names.add_configuration(&document),
                None | Some(Err(_)) => is_unread = true,
            }
        }
        for (owner, path) in &values {
            if owner.as_ref().is_none_or(|owner| *owner == directory)
                && let Some(text) = library.text(path)?
            {
                names.add_values(path, &text, &directory);
            }
        }
        match repo.is_child(&directory) || is_unread {
            // Its callers decide, or what is not read.
            true => names.set_all_elsewhere(),
            false => names.set_elsewhere(&set_elsewhere),
        }
        learned.push((directory, names));
    }
    let mut implicit = Vec::new();
    for directory in repo.without_default() {
        if let Some(place) = library.use_of_default(&directory)? {
            implicit.push((directory, place));
        }
    }
    if !learned.is_empty() || !implicit.is_empty() {
        repo.learn(learned, implicit);
    }
    Ok(())
}

/// Reads files for what they mean, not to change them.
struct Library<'s> {
    source: &'s dyn Source,
    buffer: Vec<u8>,
}

impl Library<'_> {
    /// The directory to whose module a file of values belongs: the nearest one, upwards, with
    /// configuration in it. `None` where it lies beside all modules, and any may be given it.
    fn owner(&self, path: &Path) -> Result<Option<PathBuf>, PlanError> {
        for directory in path.ancestors().skip(1) {
            let mut files = self.list(directory)?.into_iter();
            if files.any(|file| FileKind::of(&file) == Some(FileKind::Configuration)) {
                return Ok(Some(directory.to_path_buf()));
            }
        }
        Ok(None)
    }

    /// The first resource or data source of a module that names no provider, and so uses the
    /// default one.
    fn use_of_default(&mut self, directory: &Path) -> Result<Option<Location>, PlanError> {
        for path in self.list(directory)? {
            if FileKind::of(&path) != Some(FileKind::Configuration) {
                continue;
            }
            let Some(document) = self.text(&path)?.map(|text| document(path, text)) else {
                continue;
            };
            let Ok(document) = document else { continue };
            let kinds = ["resource", "data"].into_iter();
            let mut blocks = kinds.flat_map(|kind| document.blocks(kind));
            let used = blocks.find(|block| {
                let kind = block.label(0).unwrap_or_default();
                // A policy document is made without asking AWS.
                kind.starts_with("aws_")
                    && kind != "aws_iam_policy_document"
                    && block.attribute("provider").is_none()
            });
            if let Some(block) = used {
                return Ok(Some(block.location()));
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
