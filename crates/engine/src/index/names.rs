//! The meaning of names that the account of a role depends on: read only for the modules in which
//! one does.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::PlanError;
use crate::index::document::document;
use crate::index::modules::Modules;
use crate::index::set_elsewhere::{self, SetValue};
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
    let set_elsewhere = SetElsewhere::read(scripts);
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
    let names = directories
        .into_par_iter()
        .map_init(new_reader, |reader, directory| {
            let names = reader.names(&directory, &values, &set_elsewhere, modules)?;
            Ok(modules.number(&directory).map(|number| (number, names)))
        });
    names
        .filter_map(Result::transpose)
        .collect::<Result<_, PlanError>>()
}

/// The variables that scripts, pipelines, workflows and Terragrunt set.
#[derive(Default)]
struct SetElsewhere<'s> {
    names: BTreeSet<String>,
    /// The files that do.
    files: Vec<SettingFile<'s>>,
}

/// A file that sets variables.
struct SettingFile<'s> {
    path: &'s Path,
    text: &'s str,
    values: Vec<SetValue>,
}

impl<'s> SetElsewhere<'s> {
    fn read(scripts: Option<&'s Scripts>) -> Self {
        let mut set = Self::default();
        for (path, text) in scripts.into_iter().flat_map(|scripts| scripts.iter()) {
            let values = match FileKind::of(path) {
                Some(FileKind::Terragrunt) => {
                    set_elsewhere::assigned(text, &mut set.names);
                    set_elsewhere::assigned_values(text)
                }
                _ => {
                    set_elsewhere::collect(text, &mut set.names);
                    set_elsewhere::values(text)
                }
            };
            if !values.is_empty() {
                set.files.push(SettingFile { path, text, values });
            }
        }
        set
    }

    /// Those that may be of the root module of a directory.
    fn values_of<'v>(
        &'v self,
        directory: &'v Path,
        modules: &'v Modules,
    ) -> impl Iterator<Item = (&'v str, &'v str)> {
        let own = self.files.iter();
        let own = own.filter(move |file| may_be_of(directory, file.path, file.text, modules));
        let values = own.flat_map(|file| &file.values);
        let values = values.filter(move |set| is_line_of(directory, &set.line));
        values.map(|set| (&*set.name, &*set.value))
    }
}

/// Whether a file that sets variables may do so for the root module of a directory: one that lies in no
/// other, or deploys none but others. A unit of Terragrunt names the module that it deploys.
pub fn may_be_of(directory: &Path, path: &Path, text: &str, modules: &Modules) -> bool {
    let own = path.parent().unwrap_or(Path::new(""));
    if FileKind::of(path) == Some(FileKind::Terragrunt) && text.contains("source") {
        let name = directory.file_name().and_then(OsStr::to_str);
        let is_computed = text.contains("basename(");
        return directory == own || is_computed || name.is_none_or(|name| text.contains(name));
    }
    let name = directory.file_name().and_then(OsStr::to_str);
    let has = |word: &&str| text.contains(word);
    let names_others = ["working-directory", "-chdir", "cd "].iter().any(has)
        && !["${{ matrix", "${{ inputs"].iter().any(has);
    if names_others && name.is_some_and(|name| !text.contains(name)) {
        return false;
    }
    let is_module = |it: &&Path| {
        let mut files = modules.files(it).into_iter().flatten();
        files.any(|(name, _)| FileKind::of(Path::new(name)) == Some(FileKind::Configuration))
    };
    let nearest = own.ancestors().find(is_module);
    nearest.is_none_or(|nearest| directory.starts_with(nearest))
}

/// Whether the line of a command may be of the root module of a directory: it names no other.
pub fn is_line_of(directory: &Path, line: &str) -> bool {
    let is_elsewhere = line.contains("-chdir") || line.contains("cd ");
    let name = directory.file_name().and_then(OsStr::to_str);
    let is_named = match name {
        Some(name) => line.contains(name),
        None => !line.contains("-chdir="),
    };
    !is_elsewhere || is_named || line.contains('$')
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
        set_elsewhere: &SetElsewhere<'_>,
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
            false => {
                names.set_elsewhere(&set_elsewhere.names);
                names.set_to(set_elsewhere.values_of(directory, modules));
            }
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
