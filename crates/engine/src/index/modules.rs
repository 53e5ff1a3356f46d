//! The directories of a repository: the facts of their files, and the graph of module calls.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ci::github::workflow::KeyTakers;
use terraform::account_guard::AccountGuard;
use terraform::backend::{BackendKind, ClaimKind};
use terraform::file_kind::{FileKind, is_example};
use terraform::lock::Lock;
use terraform::module_graph::{CallGraph, Directories};
use terraform::static_keys::KeyVariables;

use super::facts::Facts;
use super::key_passages::KeyPassages;
use super::links::Links;
use super::module_tests::ModuleTests;
use super::named_settings::NamedFile;
use super::open_sources::{CalledDirectories, OpenSources};

/// The facts of every file that matters, by directory and file name, with what follows from them
/// without a decision.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what the tree has anywhere, each for itself"
)]
pub struct Modules {
    /// Facts by file name, for each directory by its number. Shared, so that the state after an
    /// edit costs only the directories that it touches. Boxed, since a node of a `BTreeMap` has
    /// room for eleven values and most directories have one or two.
    files: Vec<Arc<BTreeMap<OsString, Box<Facts>>>>,
    /// What the files of each directory are together, by its number: many files ask for it.
    together: Vec<DirectoryFacts>,
    directories: Directories,
    graph: CallGraph,
    /// The directories that sources may name which only the run makes up, by number.
    may_be_called: BTreeSet<usize>,
    /// The symbolic links among files and directories.
    pub links: Arc<Links>,
    /// Whether any directory has a provider configuration, a backend or a lock file.
    pub has_roots: bool,
    /// Whether any provider assumes a role.
    pub has_roles: bool,
    /// Whether a guard lets any provider act in one account alone.
    pub has_guards: bool,
    /// Whether any S3 backend has a profile.
    pub has_backend_profile: bool,
    /// Whether a Terragrunt file has S3 settings: Terragrunt completes empty backends with them.
    pub has_remote_state: bool,
    /// The files that commands name as settings of S3 backends.
    pub(super) named_files: Arc<BTreeMap<PathBuf, NamedFile>>,
    /// The tests of modules.
    pub(super) tests: Arc<ModuleTests>,
}

/// What the files of a directory are together.
#[derive(Debug, Clone, Copy, Default)]
struct DirectoryFacts {
    backend: Option<BackendKind>,
    /// Whether a backend, a provider or a lock file makes it a root module.
    makes_root: bool,
    has_configuration_aliases: bool,
}

impl DirectoryFacts {
    fn of(files: &BTreeMap<OsString, Box<Facts>>) -> Self {
        let mut all = Self::default();
        for facts in files.values() {
            all.backend = all.backend.or(facts.backend);
            all.makes_root |= facts.makes_root();
            all.has_configuration_aliases |= facts.has_configuration_aliases;
        }
        all
    }
}

impl Modules {
    /// The modules of files with facts, by path (relative to the root), in a tree with these links.
    pub fn new(facts: impl IntoIterator<Item = (PathBuf, Box<Facts>)>, links: Links) -> Self {
        let modules = Self {
            links: Arc::new(links),
            ..Self::default()
        };
        modules.with(facts)
    }

    /// The same modules, with other facts of some files.
    #[must_use]
    pub fn with(mut self, facts: impl IntoIterator<Item = (PathBuf, Box<Facts>)>) -> Self {
        for (path, facts) in facts {
            let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
                continue;
            };
            for called in &facts.calls {
                self.directories.enter(&self.links.directory(called));
            }
            let number = self.directories.enter(directory);
            self.files
                .resize_with(self.directories.count(), Arc::default);
            Arc::make_mut(&mut self.files[number]).insert(name.to_owned(), facts);
        }
        // A directory that is only called has no files, and a number all the same.
        self.files
            .resize_with(self.directories.count(), Arc::default);
        self.summarize();
        self
    }

    fn summarize(&mut self) {
        let tests = ModuleTests::of(self);
        // A module that only tests run may have no file that matters otherwise.
        for directory in tests.directories() {
            self.directories.enter(directory);
        }
        self.files
            .resize_with(self.directories.count(), Arc::default);
        self.tests = Arc::new(tests);
        let (directories, links) = (&self.directories, &self.links);
        let files = self.files.iter().enumerate();
        // The graph is made anew: an edit may change a source address.
        let calls = files.flat_map(|(number, files)| {
            let calls = files.values().flat_map(|facts| &facts.calls);
            calls.filter_map(move |called| {
                Some((number, directories.number(&links.directory(called))?))
            })
        });
        let mut calls: Vec<(usize, usize)> = calls.collect();
        self.add_open_calls(&mut calls);
        let graph = CallGraph::new(self.directories.count(), calls);
        let together = self.files.iter().map(|files| DirectoryFacts::of(files));
        let together = together.collect();
        let files = || self.files.iter().flat_map(|files| files.values());
        let facts = || files().map(|facts| &**facts);
        let has_remote_state = facts().any(|facts| {
            let terragrunt = facts.terragrunt.as_ref();
            terragrunt.is_some_and(|found| found.has_s3_state)
        });
        let has_roles = facts().any(|facts| {
            let mut providers = facts.providers.iter();
            providers.any(|provider| provider.role.is_some())
        });
        let has_guards = facts().any(|facts| {
            let mut guards = facts.providers.iter().filter_map(|it| it.guard.as_ref());
            guards.any(AccountGuard::is_effective)
        });
        let has_backend_profile = facts().any(|facts| {
            let mut terragrunt = facts.terragrunt.iter();
            facts.backend.is_some() && facts.has_backend_profile()
                || terragrunt.any(|it| it.has_profile)
        });
        self.has_roots = facts().any(Facts::makes_root);
        self.has_remote_state = has_remote_state;
        self.has_roles = has_roles;
        self.has_guards = has_guards;
        self.has_backend_profile = has_backend_profile;
        self.graph = graph;
        self.together = together;
    }

    /// What the modules take static keys by.
    pub fn key_takers(&self, passages: &KeyPassages) -> KeyTakers {
        let files = || self.files.iter().flat_map(|files| files.values());
        let variables = files().flat_map(|facts| facts.key_variables.iter().cloned());
        let passed = passages.all_takers().map(|(_, taker)| taker.clone());
        let variables: BTreeSet<KeyVariables> = variables.chain(passed).collect();
        let has_foreign_backend = files().any(|facts| {
            let mut parts = facts.backend_part.iter();
            parts.any(|part| part.has(ClaimKind::Endpoint))
        });
        let has_other_backend = files().any(|facts| facts.backend == Some(BackendKind::Other));
        KeyTakers {
            variables: variables.into_iter().collect(),
            has_foreign_backend,
            has_other_backend,
        }
    }

    /// Whether one of them is downloaded from S3.
    pub fn has_modules_in_s3(&self) -> bool {
        let mut files = self.files.iter().flat_map(|files| files.values());
        files.any(|facts| facts.has_s3_source)
    }

    /// How many directories have a number.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// The numbers of directories, and back.
    pub fn directories(&self) -> &Directories {
        &self.directories
    }

    /// Which directory calls which.
    pub fn graph(&self) -> &CallGraph {
        &self.graph
    }

    /// The number of a directory that has facts or is called.
    pub fn number(&self, directory: &Path) -> Option<usize> {
        self.directories.number(directory)
    }

    /// The directory of a number.
    pub fn path(&self, number: usize) -> &Path {
        self.directories.path(number)
    }

    /// The facts of a directory's files by name.
    pub fn files(&self, directory: &Path) -> Option<&BTreeMap<OsString, Box<Facts>>> {
        self.number(directory).map(|number| self.numbered(number))
    }

    /// The same of the directory with that number.
    pub fn numbered(&self, number: usize) -> &BTreeMap<OsString, Box<Facts>> {
        &self.files[number]
    }

    /// All directories with their numbers and files.
    pub fn all(&self) -> impl Iterator<Item = (usize, &BTreeMap<OsString, Box<Facts>>)> {
        self.files.iter().map(|files| &**files).enumerate()
    }

    /// All files with their facts.
    pub fn all_files(&self) -> impl Iterator<Item = (PathBuf, &Facts)> {
        self.all().flat_map(|(number, files)| {
            let directory = self.path(number);
            let files = files.iter();
            files.map(move |(name, facts)| (directory.join(name), &**facts))
        })
    }

    /// The facts of a directory's files.
    pub fn facts(&self, directory: &Path) -> impl Iterator<Item = &Facts> {
        let files = self.files(directory).into_iter();
        files.flat_map(BTreeMap::values).map(|facts| &**facts)
    }

    /// The facts of the file at `path`.
    pub fn facts_of(&self, path: &Path) -> Option<&Facts> {
        let facts = self.files(path.parent()?)?.get(path.file_name()?);
        facts.map(|facts| &**facts)
    }

    /// Whether a provider configuration, a backend, a remote state or Terragrunt names that AWS profile, or
    /// one by an expression.
    pub fn may_name_profile(&self, name: &str) -> bool {
        let mut facts = self.all().flat_map(|(_, files)| files.values());
        facts.any(|facts| {
            let backend = facts
                .backend_part
                .as_ref()
                .and_then(|it| it.profile.as_ref());
            let terragrunt = facts.terragrunt.as_ref().and_then(|it| it.profile.as_ref());
            let identities = facts.providers.iter().filter_map(|it| it.identity.as_ref());
            let identities = identities
                .filter(|it| it.setting == "profile")
                .map(|it| &it.value);
            let states = facts.remote_states.iter();
            let states = states.filter_map(|state| state.profile.as_ref());
            let mut named = identities.chain(backend).chain(terragrunt).chain(states);
            named.any(|profile| profile == name || profile.contains(['.', '$', '(']))
        })
    }

    /// Whether a backend, a provider or a lock file makes the directory a root module.
    pub fn is_own_root(&self, directory: &Path) -> bool {
        self.together(directory).makes_root
    }

    /// Notes the calls by sources that locals and variables make up. Where the run decides, each directory that such
    /// a source may name may be called.
    fn add_open_calls(&mut self, calls: &mut Vec<(usize, usize)>) {
        let mut may_be_called = BTreeSet::new();
        for (number, files) in self.files.iter().enumerate() {
            let open = files.values();
            let open = open.filter_map(|facts| facts.open_sources.as_deref());
            for called in OpenSources::called(self.directories.path(number), &open) {
                match called {
                    CalledDirectories::One(directory) => {
                        let found = self.directories.number(&self.links.directory(&directory));
                        calls.extend(found.map(|found| (number, found)));
                    }
                    CalledDirectories::Ending(end) => {
                        let others = (0..self.directories.count()).filter(|it| *it != number);
                        let is_named = |it: &usize| self.directories.path(*it).ends_with(&end);
                        may_be_called.extend(others.filter(is_named));
                    }
                }
            }
        }
        self.may_be_called = may_be_called;
    }

    /// Whether a module source that only the run makes up may name the directory.
    pub fn may_be_called(&self, directory: &Path) -> bool {
        let number = self.number(directory);
        number.is_some_and(|number| self.may_be_called.contains(&number))
    }

    fn together(&self, directory: &Path) -> DirectoryFacts {
        let number = self.number(directory);
        number.map_or_else(DirectoryFacts::default, |number| self.together[number])
    }

    /// Whether the directory is a child module: called from within the tree, given providers by
    /// `configuration_aliases`, or below a `modules` directory ("Standard Module Structure",
    /// developer.hashicorp.com) without backend and provider of its own.
    pub fn is_child(&self, directory: &Path) -> bool {
        self.is_called(directory)
            || self.together(directory).has_configuration_aliases
            || directory.iter().any(|segment| segment == "modules") && !self.is_own_root(directory)
    }

    /// Whether the callers of a module pass it providers by `configuration_aliases`.
    pub fn has_passed_providers(&self, directory: &Path) -> bool {
        self.together(directory).has_configuration_aliases
    }

    /// The directories that call this one.
    pub fn callers(&self, directory: &Path) -> impl Iterator<Item = &Path> {
        let number = self.number(directory);
        let callers = number.map(|number| self.graph.callers(number));
        callers
            .into_iter()
            .flatten()
            .map(|caller| self.path(*caller))
    }

    /// Whether the tree calls the directory as a module.
    pub fn is_called(&self, directory: &Path) -> bool {
        let number = self.number(directory);
        number.is_some_and(|number| self.graph.is_called(number))
    }

    /// The root modules that the directory is part of.
    pub fn roots(&self, directory: &Path) -> impl Iterator<Item = &Path> {
        let number = self.number(directory);
        let roots = number.map(|number| self.graph.roots(number));
        let roots = roots.into_iter().flatten();
        roots.map(|root| self.path(*root))
    }

    /// The `*.tfvars` files in a directory and below it.
    pub fn values(&self, directory: &Path) -> Vec<PathBuf> {
        let below = self
            .all()
            .filter(|(number, _)| self.path(*number).starts_with(directory));
        let files = below.flat_map(|(number, files)| {
            let values = files.iter().filter(|(_, facts)| facts.is_values);
            values.map(move |(name, _)| self.path(number).join(name))
        });
        let mut files: Vec<_> = files.collect();
        files.sort();
        files
    }

    /// The kind of the directory's backend.
    pub fn backend(&self, directory: &Path) -> Option<BackendKind> {
        self.together(directory).backend
    }

    /// What a file is to Terraform: by the command that names it, else by its name.
    pub fn kind_of(&self, path: &Path) -> Option<FileKind> {
        match self.named_files.contains_key(path) {
            true => Some(FileKind::BackendSettings),
            false => FileKind::of(path),
        }
    }

    /// The root modules whose backends a settings file completes: those for which commands name it,
    /// else the nearest directory, upwards from a `*.tfbackend` file, that has a backend.
    pub fn backend_owners<'p>(&'p self, path: &'p Path) -> Vec<&'p Path> {
        match self.named_files.get(path) {
            Some(named) => named.owners.iter().map(PathBuf::as_path).collect(),
            None => self.owner_by_name(path).into_iter().collect(),
        }
    }

    /// The nearest directory, upwards from a file, that has a backend.
    pub(super) fn owner_by_name<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let mut directories = path.ancestors().skip(1);
        directories.find(|directory| self.backend(directory).is_some())
    }

    /// The settings files that commands name, with what is known of each.
    pub fn named_files(&self) -> impl Iterator<Item = (&PathBuf, &NamedFile)> {
        self.named_files.iter()
    }

    /// The command's own words about a settings file, where a command names it.
    pub fn named_file(&self, path: &Path) -> Option<&NamedFile> {
        self.named_files.get(path)
    }

    /// Whether the file has S3 settings that are in use: not those of an example.
    pub fn is_backend_file(&self, path: &Path) -> bool {
        let is_s3 = self.facts_of(path).and_then(|facts| facts.is_s3_settings);
        !is_example(path) && is_s3 == Some(true)
    }

    /// The lock file with an AWS provider of the directory with that number.
    pub fn lock(&self, number: usize) -> Option<&Lock> {
        let mut locks = self.numbered(number).values();
        locks.find_map(|facts| facts.lock.as_ref().filter(|lock| lock.has_aws))
    }
}
