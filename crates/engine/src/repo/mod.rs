//! The repository as transforms see it: the request, the index and the decisions.

pub mod accounts;
mod answers;
mod backends;
mod joint_bump;
mod locks;
pub mod runners;

pub use locks::UnmetLock;

use std::path::{Path, PathBuf};

use syntax::location::Location;
use terraform::file_kind::is_override;
use upgrade::provider::Requirer;

use crate::catalogue::{Catalogue, Purpose};
use crate::decisions::Decisions;
use crate::decisions::jobs::JobDecisions;
use crate::index::Index;
use crate::index::facts::Facts;
use crate::index::module_constraints::requirer;
use crate::request::Request;
use crate::selection::Selection;
use crate::settings::Settings;

/// The repository as transforms see it. Never changed: the state after an edit is another one.
#[derive(Debug, Clone)]
pub struct Repo {
    request: Request,
    index: Index,
    decisions: Decisions,
}

impl Repo {
    /// Decides from an index, but for where jobs sign in.
    pub fn new(request: Request, index: Index) -> Self {
        let decisions = Decisions::new(&index, &request);
        Self {
            request,
            index,
            decisions,
        }
    }

    /// The repository once some files have other facts, with everything decided anew but for its
    /// jobs: where they sign in follows from the roles before.
    #[must_use]
    pub fn with(&self, facts: impl IntoIterator<Item = (PathBuf, Facts)>) -> Self {
        let mut repo = Self::new(self.request.clone(), self.index.with(facts));
        repo.set_jobs(self.jobs().clone());
        repo
    }

    /// What is decided about jobs.
    pub fn jobs(&self) -> &JobDecisions {
        &self.decisions.jobs
    }

    pub(crate) fn set_jobs(&mut self, jobs: JobDecisions) {
        self.decisions.jobs = jobs;
    }

    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The index.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The transforms there are.
    pub fn catalogue(&self) -> Catalogue {
        self.request.catalogue
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.request.settings
    }

    /// Which part of the migration is asked for.
    pub fn selection(&self) -> &Selection {
        &self.request.selection
    }

    /// Whether the transform that carries out a decision runs.
    pub fn carries_out(&self, purpose: Purpose) -> bool {
        self.request.carries_out(purpose)
    }

    /// A transform's own option; `None` where the configuration does not set it.
    pub fn option(&self, id: &str, option: &str) -> Option<bool> {
        self.request.option(id, option)
    }

    /// The directories with files that a transform could have something to report about.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        let modules = &self.index.modules;
        let matter = modules.all().filter(|(number, files)| {
            files.values().any(|facts| facts.matters()) || self.index.breaks.contains_key(number)
        });
        matter.map(|(number, _)| modules.path(number))
    }

    /// The files of a directory that a transform could have something to report about, in the order
    /// in which Terraform merges them: overrides last.
    pub fn files_that_matter(&self, directory: &Path) -> Vec<PathBuf> {
        let files = self.index.modules.files(directory).into_iter().flatten();
        let matter = files.filter(|(_, facts)| facts.matters());
        let mut paths: Vec<_> = matter.map(|(name, _)| directory.join(name)).collect();
        paths.sort_by_key(|path| is_override(path));
        paths
    }

    /// Whether variables may set static keys in the directory that are removed.
    pub fn may_leave_variables(&self, directory: &Path) -> bool {
        let mut facts = self.index.modules.facts(directory);
        self.carries_out(Purpose::RemoveStaticKeys) && facts.any(|facts| facts.feeds_keys)
    }

    /// The `*.tfvars` files in a directory and below it.
    pub fn values(&self, directory: &Path) -> Vec<PathBuf> {
        self.index.modules.values(directory)
    }

    /// Why the file at `path` must not be edited.
    pub fn obstacle(&self, path: &Path) -> Option<&str> {
        self.index.modules.facts_of(path)?.obstacle.as_deref()
    }

    /// Whether the file at `path` may be edited: it is in the selection's scope, and there is no
    /// obstacle.
    pub fn is_editable(&self, path: &Path) -> bool {
        self.selection().contains(path) && self.obstacle(path).is_none()
    }

    /// Whether the directory is a child module.
    pub fn is_child(&self, directory: &Path) -> bool {
        self.index.modules.is_child(directory)
    }

    /// The root modules that the directory is part of.
    pub fn roots(&self, directory: &Path) -> impl Iterator<Item = &Path> {
        self.index.modules.roots(directory)
    }

    /// What kind of module requires the provider in this directory.
    pub fn requirer(&self, directory: &Path) -> Requirer {
        requirer(directory, &self.index.modules)
    }

    /// The static keys in other CI than GitHub's, and in scripts.
    pub fn keys_in_scripts(&self) -> &[Location] {
        &self.index.keys_in_scripts
    }

    fn number(&self, directory: &Path) -> Option<usize> {
        self.index.modules.number(directory)
    }
}
