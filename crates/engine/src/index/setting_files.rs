//! The files outside of modules that set their variables, and whose.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use terraform::account::ModuleNames;
use terraform::file_kind::FileKind;
use terraform::module::Scripts;
use terraform::references::words;

use super::modules::Modules;
use super::set_elsewhere::{
    self, Inputs, NamedValuesFile, SetValue, TEST_DIRECTORY, deploys, named_values_files, sources,
};

/// The variables that scripts, pipelines, workflows and Terragrunt set.
#[derive(Default)]
pub(super) struct SettingFiles<'s> {
    names: BTreeSet<String>,
    files: Vec<SettingFile<'s>>,
    /// The names of the files of values in the tree.
    values_files: BTreeSet<OsString>,
}

/// A file that sets variables.
struct SettingFile<'s> {
    reach: Reach<'s>,
    values: Vec<SetValue>,
    /// Whether it sets variables that it does not name.
    sets_others: bool,
    /// The files of values that it names.
    values_files: Vec<NamedValuesFile>,
}

impl<'s> SettingFiles<'s> {
    /// Reads `scripts`, in a tree with these files of values.
    pub fn read<'v>(
        scripts: Option<&'s Scripts>,
        values_files: impl Iterator<Item = &'v Path>,
    ) -> Self {
        let mut set = Self {
            values_files: values_files
                .filter_map(|path| path.file_name().map(OsStr::to_os_string))
                .collect(),
            ..Self::default()
        };
        for (path, text) in scripts.into_iter().flat_map(|scripts| scripts.iter()) {
            set_elsewhere::collect(text, &mut set.names);
            let mut values = set_elsewhere::values(text);
            let mut sets_others = false;
            if FileKind::of(path) == Some(FileKind::Terragrunt) {
                set_elsewhere::assigned(text, &mut set.names);
                let (inputs, others) = Inputs::of(path, text);
                values.extend(inputs);
                sets_others = others.is_some();
            }
            set.names.extend(values.iter().map(|it| it.name.clone()));
            let values_files = named_values_files(text);
            if !values.is_empty() || sets_others || !values_files.is_empty() {
                set.files.push(SettingFile {
                    reach: Reach::of(path, text),
                    values,
                    sets_others,
                    values_files,
                });
            }
        }
        set
    }

    /// Notes which variables of the root module of a directory they may set, and to what.
    pub fn tell(&self, names: &mut ModuleNames, directory: &Path, modules: &Modules) {
        names.set_elsewhere(&self.names);
        let mut of_tests = modules.test_variables(directory);
        of_tests.retain(|(name, value)| !names.is_always(name, value.map(String::as_str)));
        names.set_elsewhere(of_tests.iter().map(|(name, _)| *name));
        let of_tests = of_tests.into_iter();
        let mut values: Vec<(&str, Option<&str>)> = of_tests
            .map(|(name, value)| (name.as_str(), value.map(String::as_str)))
            .collect();
        let mut is_open = false;
        for file in &self.files {
            if !file.sets_any_of(names) || !file.reach.admits(directory, modules) {
                continue;
            }
            let own = |line: &str| is_line_of(directory, line);
            let set = file.values.iter().filter(|set| own(&set.line));
            values.extend(set.map(|set| (&*set.name, Some(&*set.value).filter(|_| set.is_known))));
            let mut files = file.values_files.iter().filter(|it| own(&it.line));
            is_open |= files.any(|it| match &it.name {
                Some(name) => !self.values_files.contains(OsStr::new(name)),
                None => !names.has_values_to_choose(),
            });
            if file.sets_others {
                let own: BTreeSet<&str> = file.values.iter().map(|set| &*set.name).collect();
                names.choose_elsewhere(|name| !own.contains(name));
            }
        }
        names.set_to(values);
        if is_open {
            names.choose_elsewhere(|_| true);
        }
    }
}

impl SettingFile<'_> {
    /// Whether it may set a variable of a module with these names.
    fn sets_any_of(&self, names: &ModuleNames) -> bool {
        let mut values = self.values.iter();
        let is_open = self.sets_others || !self.values_files.is_empty();
        is_open || values.any(|set| names.declares(&set.name))
    }
}

/// For which root modules a file may set variables.
pub struct Reach<'s> {
    path: &'s Path,
    text: &'s str,
    /// The sources of the modules that it deploys, where it is a unit of Terragrunt.
    sources: Vec<String>,
    /// Whether it goes into directories, all of which it names.
    names_others: bool,
}

impl<'s> Reach<'s> {
    /// That of the file at `path`.
    pub fn of(path: &'s Path, text: &'s str) -> Self {
        let is_unit = FileKind::of(path) == Some(FileKind::Terragrunt) && text.contains("source");
        Self {
            path,
            text,
            sources: if is_unit {
                sources(path, text)
            } else {
                Vec::new()
            },
            names_others: names_others(text),
        }
    }

    /// Whether it may do so for the root module of a directory: it lies in no other, and deploys not
    /// others alone. A unit of Terragrunt names the module that it deploys.
    pub fn admits(&self, directory: &Path, modules: &Modules) -> bool {
        let own = self.path.parent().unwrap_or(Path::new(""));
        if !self.sources.is_empty() {
            return directory == own || self.sources.iter().any(|it| deploys(it, directory));
        }
        let name = directory.file_name().and_then(OsStr::to_str);
        let is_unnamed = |name| words(self.text, name).is_empty();
        if self.names_others && name.is_some_and(is_unnamed) {
            return false;
        }
        let is_module = |it: &&Path| {
            let mut files = modules.files(it).into_iter().flatten();
            files.any(|(name, _)| FileKind::of(Path::new(name)) == Some(FileKind::Configuration))
        };
        let nearest = own.ancestors().find(is_module);
        nearest.is_none_or(|nearest| directory.starts_with(nearest))
    }
}

/// Whether a text goes into directories, all of which it names.
fn names_others(text: &str) -> bool {
    let words = ["working-directory", "-chdir", "cd ", TEST_DIRECTORY];
    let targets = words.iter().flat_map(|word| {
        let found = text.split(word).skip(1);
        found.map(|behind| {
            let behind = behind.trim_start_matches([':', '=', ' ', '"', '\'']);
            behind
                .split([' ', '\n', ';', '&'])
                .next()
                .unwrap_or_default()
        })
    });
    let mut targets = targets.peekable();
    targets.peek().is_some()
        && !["${{ matrix", "${{ inputs"]
            .iter()
            .any(|it| text.contains(it))
        && !targets.any(|target| target.contains(['$', '*', '`']))
}

/// Whether the line of a command may be of the root module of a directory: it names no other.
pub fn is_line_of(directory: &Path, line: &str) -> bool {
    let is_elsewhere = line.contains("-chdir") || line.contains("cd ");
    let name = directory.file_name().and_then(OsStr::to_str);
    let is_named = match name {
        Some(name) => !words(line, name).is_empty(),
        None => !line.contains("-chdir="),
    };
    !is_elsewhere || is_named || line.contains('$')
}
