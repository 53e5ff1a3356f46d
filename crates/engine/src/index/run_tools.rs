//! What the files beside root modules, and those that run them, tell of the tools in use.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use memchr::memmem;
use terraform::version_file;

use super::modules::Modules;
use crate::error::PlanError;
use crate::source::Source;

/// The tools that root modules are run with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunTools {
    /// The program that the files of version managers in a directory name; none of a directory whose
    /// files name both.
    pub programs: BTreeMap<PathBuf, &'static str>,
    /// The directories of Terraspace projects.
    pub terraspace: BTreeSet<PathBuf>,
    /// How scripts and workflows run Terragrunt in many units.
    pub run_all: RunAllForms,
}

/// The forms of Terragrunt's command for many units: `run --all` replaced `run-all` in 0.73
/// (Terragrunt docs, "CLI Redesign").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunAllForms {
    /// `terragrunt run-all`.
    pub old: bool,
    /// `terragrunt run --all`.
    pub new: bool,
}

impl RunAllForms {
    /// The forms that a text has.
    pub fn of(text: &[u8]) -> Self {
        let has = |words: &str| memmem::find(text, words.as_bytes()).is_some();
        Self {
            old: has("terragrunt run-all"),
            new: has("terragrunt run --all"),
        }
    }

    /// The forms of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            old: self.old || other.old,
            new: self.new || other.new,
        }
    }
}

/// Looks beside the root modules and above them.
pub(crate) fn read(
    source: &dyn Source,
    modules: &Modules,
    run_all: RunAllForms,
) -> Result<RunTools, PlanError> {
    let roots = modules.all().filter(|(_, files)| {
        let mut facts = files.values();
        facts.any(|it| it.makes_root() || !it.requirements.is_empty())
    });
    let directories: BTreeSet<&Path> = roots
        .flat_map(|(number, _)| modules.path(number).ancestors())
        .collect();
    // `app/stacks` beside `config/app.rb` (Terraspace docs, "Project Structure").
    let directories_of_modules = modules.all().map(|(number, _)| modules.path(number));
    let with_app: HashSet<&Path> = directories_of_modules
        .flat_map(Path::ancestors)
        .filter(|it| it.file_name().is_some_and(|name| name == "app"))
        .filter_map(Path::parent)
        .collect();
    let mut tools = RunTools {
        run_all,
        ..RunTools::default()
    };
    let mut buffer = Vec::new();
    for directory in directories {
        let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
        let files = source.files(directory).map_err(unreadable)?;
        let names: BTreeSet<&str> = files
            .iter()
            .filter_map(|path| path.file_name()?.to_str())
            .collect();
        let mut programs = BTreeSet::new();
        for name in version_file::OF_PROGRAMS {
            if names.contains(name) {
                source
                    .read(&directory.join(name), &mut buffer)
                    .map_err(unreadable)?;
                let text = String::from_utf8_lossy(&buffer);
                programs.extend(version_file::programs(name, &text));
            }
        }
        if programs.len() == 1 {
            let program = programs.into_iter().map(|it| (directory.to_path_buf(), it));
            tools.programs.extend(program);
        }
        if with_app.contains(directory)
            && source
                .files(&directory.join("config"))
                .map_err(unreadable)?
                .contains(&directory.join("config/app.rb"))
        {
            tools.terraspace.insert(directory.to_path_buf());
        }
    }
    Ok(tools)
}
