//! The repository as transforms see it: the request, the index and the decisions.

pub mod accounts;
mod answers;
mod backends;
mod generated;
mod joint_bump;
pub mod key_holder;
mod locks;
mod run_tools;
pub mod runners;
pub(crate) mod shared_roots;
pub mod terraform_versions;
mod unit_roles;
pub mod units;

use backends::SettingsFileCache;
use key_holder::KeyedRoots;
pub use locks::UnmetLock;
use runners::RunnerWithoutProfiles;
use shared_roots::SharedRoots;
use terraform_versions::RequiredVersion;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use syntax::location::Location;
use terraform::backend::SUBJECT;
use terraform::file_kind::is_override;
use upgrade::provider::Requirer;

use crate::catalogue::{Catalogue, Purpose};
use crate::decisions::Decisions;
use crate::decisions::jobs::JobDecisions;
use crate::decisions::passed_keys::{PassedKeys, PassedKeysHold};
use crate::declined::{Declined, FindingName};
use crate::disagreements::{Disagreement, Disagreements};
use crate::error::PlanError;
use crate::index::Index;
use crate::index::facts::Facts;
use crate::index::module_constraints::requirer;
use crate::left_out::EditConflict;
use crate::path_cache::PathCache;
use crate::provider_accounts::decision::DecidedScopes;
use crate::request::Request;
use crate::selection::Selection;
use crate::settings::Settings;
use crate::unmade_edits::UnmadeEdits;

/// The repository as transforms see it. Never changed: the state after an edit is another one.
#[derive(Debug, Clone)]
pub struct Repo {
    request: Request,
    index: Index,
    unmade: UnmadeEdits,
    without_profiles: Vec<RunnerWithoutProfiles>,
    decisions: Decisions,
    passed_keys: PassedKeys,
    /// What was decided about provider configurations.
    pub(crate) decided: DecidedScopes,
    /// What was found out about settings files of backends.
    pub(crate) settings_files: SettingsFileCache,
    /// The `required_version` of directories: every file of one asks for it.
    required_versions: PathCache<Arc<[RequiredVersion]>>,
    /// Whose the keys of jobs are, by the root modules that they run.
    keyed_roots: KeyedRoots,
    /// What calls serve several root modules with one environment.
    shared_roots: SharedRoots,
}

impl Repo {
    /// Decides from an index, but for where jobs sign in.
    pub fn new(request: Request, index: Index) -> Self {
        let unmade = UnmadeEdits {
            declined: Declined::new(request.declined.clone()),
            ..UnmadeEdits::default()
        };
        Self::without_edits(request, index, unmade)
    }

    /// Decides from an index, where some edits are not made.
    fn without_edits(request: Request, index: Index, unmade: UnmadeEdits) -> Self {
        let decisions = Decisions::new(&index, &request, &unmade);
        Self {
            request,
            index,
            unmade,
            without_profiles: Vec::new(),
            decisions,
            passed_keys: PassedKeys::default(),
            decided: DecidedScopes::default(),
            settings_files: SettingsFileCache::default(),
            required_versions: PathCache::default(),
            keyed_roots: KeyedRoots::default(),
            shared_roots: SharedRoots::default(),
        }
    }

    /// What calls serve several root modules with one environment.
    pub(crate) fn shared_roots(&self) -> &SharedRoots {
        &self.shared_roots
    }

    /// The repository without more edits, with everything decided anew but for where jobs sign in.
    fn with_unmade(self, unmade: UnmadeEdits) -> Self {
        Self {
            without_profiles: self.without_profiles,
            passed_keys: self.passed_keys,
            ..Self::without_edits(self.request, self.index, unmade)
        }
    }

    /// The repository with more disagreements.
    ///
    /// # Errors
    /// They are known already.
    pub(crate) fn with_disagreements(self, more: Disagreements) -> Result<Self, PlanError> {
        let mut unmade = self.unmade.clone();
        match unmade.disagreements.add(more) {
            true => Ok(self.with_unmade(unmade)),
            false => {
                let what = "the modules of a linked file do not agree on edits that are not made";
                Err(PlanError::Unsound(what.to_owned()))
            }
        }
    }

    /// The repository with more findings declined.
    ///
    /// # Errors
    /// They are known already.
    pub(crate) fn with_declined(self, more: Vec<FindingName>) -> Result<Self, PlanError> {
        let mut unmade = self.unmade.clone();
        match unmade.declined.add(more) {
            true => Ok(self.with_unmade(unmade)),
            false => {
                let what = "a finding is made although it is declined";
                Err(PlanError::Unsound(what.to_owned()))
            }
        }
    }

    /// The repository with the transforms of more conflicts left out.
    ///
    /// # Errors
    /// All of them are left out already.
    pub(crate) fn with_left_out(self, more: Vec<EditConflict>) -> Result<Self, PlanError> {
        let mut unmade = self.unmade.clone();
        unmade.left_out.add(more)?;
        Ok(self.with_unmade(unmade))
    }

    /// The repository once some files have other facts, with everything decided anew but for its
    /// jobs: where they sign in follows from the roles before.
    #[must_use]
    pub fn with(&self, facts: impl IntoIterator<Item = (PathBuf, Facts)>) -> Self {
        let (request, index) = (self.request.clone(), self.index.with(facts));
        let mut repo = Self::without_edits(request, index, self.unmade.clone());
        repo.set_jobs(self.jobs().clone());
        repo.without_profiles.clone_from(&self.without_profiles);
        repo.passed_keys = self.passed_keys.clone();
        repo
    }

    /// The keys that jobs pass on to Terraform.
    pub fn passed_keys(&self) -> &PassedKeys {
        &self.passed_keys
    }

    pub(crate) fn set_passed_keys(&mut self, keys: PassedKeys) {
        self.passed_keys = keys;
        self.forget();
    }

    /// Forgets what was found out before something else was decided.
    fn forget(&mut self) {
        self.decided = DecidedScopes::default();
        self.settings_files = SettingsFileCache::default();
    }

    /// Holds keys that jobs pass on.
    ///
    /// # Errors
    /// All of them are held already.
    pub(crate) fn hold_passed_keys(
        &mut self,
        holds: Vec<(usize, PassedKeysHold)>,
    ) -> Result<(), PlanError> {
        self.forget();
        self.passed_keys.add_holds(holds)
    }

    /// The jobs that would run Terraform without the profile that their backend gets.
    pub fn without_profiles(&self) -> &[RunnerWithoutProfiles] {
        &self.without_profiles
    }

    /// Adds such jobs. Whether any is new.
    pub(crate) fn add_without_profiles(&mut self, more: Vec<RunnerWithoutProfiles>) -> bool {
        let before = self.without_profiles.len();
        for runner in more {
            if !self.without_profiles.contains(&runner) {
                self.without_profiles.push(runner);
            }
        }
        self.forget();
        self.without_profiles.len() > before
    }

    /// What is decided about jobs.
    pub fn jobs(&self) -> &JobDecisions {
        &self.decisions.jobs
    }

    pub(crate) fn set_jobs(&mut self, jobs: JobDecisions) {
        self.decisions.jobs = jobs;
        self.forget();
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

    /// Sets whether changes that need review are made. Whether they were.
    pub(crate) fn set_review(&mut self, review: bool) -> bool {
        self.forget();
        std::mem::replace(&mut self.request.selection.review, review)
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
            files.values().any(|facts| facts.matters())
                || self.index.breaks.contains_key(number)
                || self.passes_keys(modules.path(*number))
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
        self.carries_out(Purpose::RemoveStaticKeys)
            && (facts.any(|facts| facts.feeds_keys) || self.passes_keys(directory))
    }

    /// Whether the module passes keys on to those that it calls, or gets them from its callers.
    fn passes_keys(&self, directory: &Path) -> bool {
        self.index.key_passages.through(directory).is_some()
    }

    /// The `*.tfvars` files in a directory and below it.
    pub fn values(&self, directory: &Path) -> Vec<PathBuf> {
        self.index.modules.values(directory)
    }

    /// Why the file at `path` must not be edited.
    pub fn obstacle(&self, path: &Path) -> Option<&str> {
        self.index.modules.facts_of(path)?.obstacle.as_deref()
    }

    /// Why a transform must not edit the file at `path`, which other modules have, too.
    pub fn disagreement(&self, path: &Path, transform: &str) -> Option<&Disagreement> {
        self.unmade.disagreements.of(path, transform)
    }

    /// Why the edits of a transform in the file at `path` are not made, as a clause: they conflict with
    /// those of another one.
    pub(crate) fn conflict_of(&self, path: &Path, transform: &str) -> Option<&str> {
        self.unmade.left_out.why(transform, path)
    }

    /// The findings that are declined.
    pub fn declined(&self) -> &Declined {
        &self.unmade.declined
    }

    /// Whether the findings of a transform on that subject of a file are declined.
    pub fn declines(&self, transform: &str, path: &Path, subject: &str) -> bool {
        let declined = &self.unmade.declined;
        declined.has(transform, &[path, self.file(path)], subject)
    }

    /// Whether a transform may edit the backend in the file at `path`.
    pub fn is_backend_editable(&self, path: &Path, transform: &str) -> bool {
        self.is_editable(path, transform)
            && !self.declines(transform, path, SUBJECT)
            && self.are_owners_alike(path)
    }

    /// Whether a transform may edit the file at `path`: it is in the selection's scope, there is no
    /// obstacle, and all modules that have the file agree.
    pub fn is_editable(&self, path: &Path, transform: &str) -> bool {
        self.is_in_scope(path)
            && self.obstacle(path).is_none()
            && self.disagreement(path, transform).is_none()
    }

    /// Whether the file that is written for `path` is among the paths asked for.
    pub fn is_in_scope(&self, path: &Path) -> bool {
        self.selection().contains(self.file(path))
    }

    /// The file that is written for an edit of `path`: the target of a symbolic link.
    pub fn file<'p>(&'p self, path: &'p Path) -> &'p Path {
        self.index.modules.links.target(path)
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
