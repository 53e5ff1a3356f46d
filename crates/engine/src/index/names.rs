//! The meaning of names that the account of a role depends on: read only for the modules in which
//! one does.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::PlanError;
use crate::index::document::document;
use crate::index::modules::Modules;
use crate::index::setting_files::SettingFiles;
use crate::source::Source;
use terraform::account::ModuleNames;
use terraform::file_kind::FileKind;
use terraform::module::Scripts;

/// What the names of the modules in some directories mean, by number. `scripts` may set variables.
pub(crate) fn learn(
    source: &dyn Source,
    directories: Vec<PathBuf>,
    scripts: Option<&Scripts>,
    modules: &Modules,
) -> Result<HashMap<usize, ModuleNames>, PlanError> {
    let new_reader = || NameReader {
        source,
        buffer: Vec::new(),
    };
    let mut values = Vec::new();
    if !directories.is_empty() {
        // Files of values of one directory have one owner.
        let mut owners = HashMap::new();
        for path in modules.values(Path::new("")) {
            let directory = path.parent().map(Path::to_path_buf);
            let owner = match owners.entry(directory) {
                Entry::Occupied(known) => Option::clone(known.get()),
                Entry::Vacant(new) => new.insert(new_reader().owner(&path)?).clone(),
            };
            values.push((owner, path));
        }
    }
    let values_files = values.iter().map(|(_, path)| path.as_path());
    let setting_files = SettingFiles::read(scripts, values_files);
    let names = directories
        .into_par_iter()
        .map_init(new_reader, |reader, directory| {
            let names = reader.names(&directory, &values, &setting_files, modules)?;
            Ok(modules.number(&directory).map(|number| (number, names)))
        });
    names
        .filter_map(Result::transpose)
        .collect::<Result<_, PlanError>>()
}

/// Reads files for what they mean, not to change them.
struct NameReader<'s> {
    source: &'s dyn Source,
    buffer: Vec<u8>,
}

impl NameReader<'_> {
    /// What the names of a directory's module mean. `values` are the files of values with the
    /// directories that own them.
    fn names(
        &mut self,
        directory: &Path,
        values: &[(Option<PathBuf>, PathBuf)],
        setting_files: &SettingFiles<'_>,
        modules: &Modules,
    ) -> Result<ModuleNames, PlanError> {
        let mut names = ModuleNames::default();
        let mut is_unread = false;
        for path in self.list(directory)? {
            if FileKind::of(&path) != Some(FileKind::Configuration) {
                continue;
            }
            let text = self.text(&path)?;
            match text.map(|text| document(path, text)) {
                Some(Ok(document)) => names.add_configuration(&document),
                None | Some(Err(_)) => is_unread = true,
            }
        }
        for (owner, path) in values {
            if owner.as_ref().is_none_or(|owner| *owner == directory)
                && let Some(text) = self.text(path)?
            {
                names.add_values(path, &text, directory);
            }
        }
        match modules.is_child(directory) || is_unread {
            // The callers of a child module set its variables, and what is not read may set any.
            true => names.set_all_elsewhere(),
            false => setting_files.tell(&mut names, directory, modules),
        }
        Ok(names)
    }

    /// The directory whose module a `*.tfvars` file is for: the nearest one, upwards, with
    /// configuration. `None` where there is none: any module may be run with it.
    fn owner(&self, path: &Path) -> Result<Option<PathBuf>, PlanError> {
        for directory in path.ancestors().skip(1) {
            let mut files = self.list(directory)?.into_iter();
            if files.any(|file| FileKind::of(&file) == Some(FileKind::Configuration)) {
                return Ok(Some(directory.to_path_buf()));
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

    /// The text at `path`; `None` where it is not UTF-8.
    fn text(&mut self, path: &Path) -> Result<Option<String>, PlanError> {
        self.read(path)?;
        let text = std::str::from_utf8(&self.buffer).ok();
        Ok(text.map(str::to_owned))
    }
}
