//! The first reading: facts of every file that contains a trigger word.

mod surveyor;

pub use surveyor::Surveyor;

use std::io;
use std::path::{Path, PathBuf};

use ci::systems::{self, RunnerEvidence, SystemRunner};
use diagnostics::ignore::Ignore;
use diagnostics::skip::Skip;
use syntax::location::Location;
use terraform::file_kind::FileKind;
use terraform::linked_directories::LinkedDirectories;
use upgrade::arguments::CandidateRows;

use crate::error::PlanError;
use crate::index::ambient_uses::AmbientFiles;
use crate::index::facts::Facts;
use crate::index::links::Links;
use crate::index::named_settings::GivenInText;
use crate::index::run_tools::RunAllForms;
use crate::index::workflows::ACTIONS;
use crate::request::Request;
use crate::source::Source;

/// What the first reading of some files brings.
#[derive(Debug, Default)]
pub struct Survey {
    /// Boxed: few facts are known of most files, and there is room for many.
    pub(crate) facts: Vec<(PathBuf, Box<Facts>)>,
    pub(crate) skipped: Vec<Skip>,
    /// Static keys in CI that is not GitHub's.
    pub(crate) keyed: Vec<Location>,
    /// What files tell of runners beside laptops and GitHub's jobs.
    pub(crate) evidence: Vec<RunnerEvidence>,
    /// The runners that modules themselves name, each of its own directory.
    pub(crate) workspaces: Vec<SystemRunner>,
    /// Comments by which places are meant to stay.
    pub(crate) ignores: Vec<Ignore>,
    /// The texts of small files that matter, so that they need not be read again.
    pub(crate) texts: Vec<(PathBuf, Box<str>)>,
    /// Which rows about arguments may concern the configuration of a directory, which may be there
    /// more than once.
    pub(crate) candidates: Vec<(PathBuf, CandidateRows)>,
    /// The files of configuration that may run commands, as their modules have them, each with the
    /// file that is read.
    pub(crate) commands: Vec<(PathBuf, PathBuf)>,
    /// The files of configuration and of Terragrunt that may use the ambient credentials otherwise.
    pub(crate) ambient: AmbientFiles,
    /// The files that scripts and Terragrunt name by `-backend-config`, each with the file that does.
    pub(crate) backend_configs: Vec<GivenInText>,
    /// The files of configuration in which something may depend on who runs Terraform.
    pub(crate) caller_files: Vec<PathBuf>,
    /// The files of GitHub actions with keys, used in the tree or not.
    pub(crate) actions: Vec<PathBuf>,
    /// The files that are symbolic links, each with its target.
    pub(crate) links: Vec<(PathBuf, PathBuf)>,
    /// The directories that are, each with its target.
    pub(crate) linked_directories: Vec<(PathBuf, PathBuf)>,
    /// How pipelines, and what they call, run Terragrunt in many units.
    pub(crate) run_all: RunAllForms,
    broken: Vec<(Location, String)>,
    unreadable: Option<(PathBuf, io::Error)>,
}

impl Survey {
    /// Adds what another survey brings.
    pub fn append(&mut self, other: Self) {
        self.facts.extend(other.facts);
        self.skipped.extend(other.skipped);
        self.keyed.extend(other.keyed);
        self.evidence.extend(other.evidence);
        self.workspaces.extend(other.workspaces);
        self.ignores.extend(other.ignores);
        self.texts.extend(other.texts);
        self.candidates.extend(other.candidates);
        self.commands.extend(other.commands);
        self.ambient.append(other.ambient);
        self.caller_files.extend(other.caller_files);
        self.actions.extend(other.actions);
        self.backend_configs.extend(other.backend_configs);
        self.links.extend(other.links);
        self.linked_directories.extend(other.linked_directories);
        self.run_all = self.run_all.or(other.run_all);
        self.broken.extend(other.broken);
        self.unreadable = self.unreadable.take().or(other.unreadable);
    }

    /// The survey of all files. One that does not close and is not to be edited is skipped.
    ///
    /// # Errors
    /// Files that cannot be read, or do not close and are to be edited.
    pub(crate) fn of_all(
        parts: impl IntoIterator<Item = Self>,
        request: &Request,
    ) -> Result<Self, PlanError> {
        let mut all = Self::default();
        for part in parts {
            all.append(part);
        }
        if let Some((path, error)) = all.unreadable {
            return Err(PlanError::Unreadable(path, error));
        }
        let (mut broken, outside): (Vec<_>, Vec<_>) = all
            .broken
            .drain(..)
            .partition(|(at, _)| request.edits_modules() && request.selection.contains(&at.path));
        all.skipped
            .extend(outside.into_iter().map(|(at, what)| Skip {
                path: at.path,
                line: Some(at.line),
                reason: format!("is not read: {what}"),
            }));
        if !broken.is_empty() {
            broken.sort();
            // A linked file is surveyed as each of its modules has it.
            broken.dedup();
            return Err(PlanError::Broken(broken));
        }
        // Whatever the order of reading, the same is said in the same order.
        all.facts
            .sort_by(|(one, _), (other, _)| one.as_os_str().cmp(other.as_os_str()));
        all.keyed.sort();
        all.keyed.dedup();
        all.commands.sort();
        all.ambient.sort();
        all.actions.sort();
        all.backend_configs.sort();
        all.ignores.sort();
        Ok(all)
    }

    /// Adds a directory that is a symbolic link to another one of the tree.
    pub fn add_linked_directory(&mut self, link: PathBuf, target: PathBuf) {
        self.linked_directories.push((link, target));
    }

    /// The links among the files. What is the target of links alone is no file of its directory from
    /// here on.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub(crate) fn take_links(&mut self, source: &dyn Source) -> Result<Links, PlanError> {
        let directories = LinkedDirectories::new(std::mem::take(&mut self.linked_directories));
        let files = std::mem::take(&mut self.links);
        if files.is_empty() {
            return Ok(Links::of_directories(directories));
        }
        let calls = self.facts.iter().flat_map(|(_, facts)| &facts.calls);
        let called: Vec<_> = calls.map(|called| directories.resolved(called)).collect();
        let called = called.iter().map(|called| &**called).collect();
        let links = Links::read(source, files, directories.clone(), &called)?;
        // Values are of every module that is run with them.
        self.facts
            .retain(|(path, facts)| facts.is_values || !links.is_target_alone(path));
        self.workspaces
            .retain(|runner| !links.is_target_alone(&runner.at.path));
        Ok(links)
    }

    /// Adds the facts of a file.
    fn note(&mut self, path: &Path, facts: Facts) {
        self.facts.push((path.to_path_buf(), Box::new(facts)));
    }

    /// Adds the rows that may concern a file to those of its directory.
    fn add_candidates(&mut self, path: &Path, candidates: CandidateRows) {
        let directory = path.parent().unwrap_or(Path::new(""));
        match self.candidates.last_mut() {
            Some((last, known)) if last == directory => *known |= candidates,
            _ => self.candidates.push((directory.to_path_buf(), candidates)),
        }
    }
}

/// Whether the file at `path` is a pipeline of a CI system.
pub fn is_pipeline(path: &Path) -> bool {
    FileKind::of(path) == Some(FileKind::Workflow) || systems::is_pipeline(path)
}

/// Whether the file at `path` is a pipeline, or what pipelines and people run Terraform through.
pub fn is_runner(path: &Path) -> bool {
    is_pipeline(path) || systems::is_wrapper(path)
}

/// Whether a surveyor reads the file at `path` (relative to the root) for its name.
pub fn is_surveyed(path: &Path) -> bool {
    let is_other = || systems::is_pipeline(path) || systems::is_wrapper(path);
    FileKind::of(path).is_some() || is_other() || is_action(path)
}

/// Whether a surveyor reads the file at `path`, of which only the text tells whether it matters.
pub fn may_name_runner(path: &Path) -> bool {
    systems::may_be_either(path)
}

/// Whether the file is that of a GitHub action.
fn is_action(path: &Path) -> bool {
    ACTIONS.iter().any(|name| path.ends_with(name))
}
