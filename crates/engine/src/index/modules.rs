//! The directories of a repository: the facts of their files, and which calls which as a module.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use terraform::account::{Account, ModuleNames};
use terraform::backend::BackendKind;
use terraform::file_kind::{FileKind, is_example, is_override};
use terraform::lock::Lock;
use terraform::module_graph::{CallGraph, Directories};
use terraform::requirement::AwsNames;

use super::facts::Facts;
use crate::provider_accounts::ProviderScope;

/// The facts of every file that matters, by directory and file name, and what follows from them
/// without a decision.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what the tree has anywhere, each for itself"
)]
pub struct Modules {
    /// Facts by file name, for each directory by its number. Shared, so that the state after an
    /// edit costs only the directories that it touches. Boxed, since a node of a `BTreeMap` has room
    /// for eleven values and most directories have one or two.
    files: Vec<Arc<BTreeMap<OsString, Box<Facts>>>>,
    directories: Directories,
    graph: CallGraph,
    /// Whether any directory is a root module for what stands in it.
    pub has_roots: bool,
    /// Whether any provider assumes a role.
    pub has_roles: bool,
    /// Whether any S3 backend has a profile.
    pub has_backend_profile: bool,
    /// Whether a Terragrunt file has S3 settings, which complete empty backends.
    pub has_remote_state: bool,
}

impl Modules {
    /// The modules of files with facts, by path (relative to the root).
    pub fn new(facts: impl IntoIterator<Item = (PathBuf, Box<Facts>)>) -> Self {
        Self::default().with(facts)
    }

    /// The same modules, with other facts of some files.
    #[must_use]
    pub fn with(mut self, facts: impl IntoIterator<Item = (PathBuf, Box<Facts>)>) -> Self {
        for (path, facts) in facts {
            let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
                continue;
            };
            for called in &facts.calls {
                self.directories.enter(called);
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
        let directories = &self.directories;
        let files = self.files.iter().enumerate();
        let calls = files.flat_map(|(number, files)| {
            let calls = files.values().flat_map(|facts| &facts.calls);
            calls.filter_map(move |called| Some((number, directories.number(called)?)))
        });
        let graph = CallGraph::new(directories.count(), calls);
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
        let has_backend_profile = facts().any(|facts| {
            let mut terragrunt = facts.terragrunt.iter();
            facts.backend.is_some() && facts.has_backend_profile()
                || terragrunt.any(|it| it.has_profile)
        });
        self.has_roots = facts().any(Facts::is_of_a_root);
        self.has_remote_state = has_remote_state;
        self.has_roles = has_roles;
        self.has_backend_profile = has_backend_profile;
        self.graph = graph;
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

    /// Whether a backend, a provider or a lock file makes the directory a root module.
    pub fn is_own_root(&self, directory: &Path) -> bool {
        self.facts(directory).any(Facts::is_of_a_root)
    }

    /// Whether the directory is a child module: called from within the tree, given providers by
    /// `configuration_aliases`, or below a `modules` directory ("Standard Module Structure",
    /// developer.hashicorp.com) without backend and provider of its own.
    pub fn is_child(&self, directory: &Path) -> bool {
        self.is_called(directory)
            || self
                .facts(directory)
                .any(|facts| facts.has_configuration_aliases)
            || directory.iter().any(|segment| segment == "modules") && !self.is_own_root(directory)
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
        roots.map(|root| self.path(root))
    }

    /// The files with values of variables in a directory and below it.
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

    /// The scopes that have providers: directories, and files with providers of their own.
    pub fn provider_scopes(&self) -> Vec<(PathBuf, Option<PathBuf>)> {
        let mut scopes = Vec::new();
        for (number, files) in self.all() {
            let directory = self.path(number);
            let files = files
                .iter()
                .filter(|(_, facts)| !facts.providers.is_empty());
            let mut is_entered = false;
            for (name, _) in files {
                let path = directory.join(name);
                if FileKind::of(&path) != Some(FileKind::Configuration) {
                    scopes.push((directory.to_path_buf(), Some(path)));
                } else if !is_entered {
                    is_entered = true;
                    scopes.push((directory.to_path_buf(), None));
                }
            }
        }
        scopes
    }

    /// The facts of a scope's files, overrides last: Terraform merges them in that order.
    pub fn facts_in(&self, scope: ProviderScope<'_>) -> Vec<(PathBuf, &Facts)> {
        let directory = scope.directory();
        let files = self.files(directory).into_iter().flatten();
        let files = files.map(|(name, facts)| (directory.join(name), &**facts));
        let mut files: Vec<_> = files
            .filter(|(path, _)| match scope {
                ProviderScope::Module(_) => FileKind::of(path) == Some(FileKind::Configuration),
                ProviderScope::File(file) => path == file,
            })
            .collect();
        files.sort_by_key(|(path, _)| is_override(path));
        files
    }

    /// The local names of the AWS provider in a directory.
    pub fn aws_names(&self, directory: &Path) -> Vec<String> {
        let aws = self.facts(directory).map(|facts| facts.aws_names.clone());
        AwsNames::of_all(aws).known()
    }

    /// The directories with roles whose account is not written out: it depends on names.
    pub fn with_unnamed_roles(&self) -> Vec<PathBuf> {
        let open = self.all().filter(|(_, files)| {
            let mut providers = files.values().flat_map(|facts| &facts.providers);
            providers.any(|provider| {
                let role = provider.role.as_ref();
                role.is_some_and(|role| Account::of(role, &ModuleNames::default()).id().is_none())
            })
        });
        open.map(|(number, _)| self.path(number).to_path_buf())
            .collect()
    }

    /// The directories of modules that give roles to aliases alone, and have no default provider.
    pub fn without_default_provider(&self) -> Vec<PathBuf> {
        let scopes = self.provider_scopes().into_iter();
        let modules = scopes.filter(|(_, file)| file.is_none());
        let modules = modules.map(|(directory, _)| directory);
        let open = modules.filter(|directory| {
            let aws = self.aws_names(directory);
            let facts = self.facts_in(ProviderScope::Module(directory));
            let providers = facts.iter().flat_map(|(_, facts)| &facts.providers);
            let mut providers = providers.filter(|it| aws.contains(&it.name));
            let has_role = providers.clone().any(|it| it.role.is_some());
            has_role && providers.all(|it| it.alias.is_some())
        });
        open.collect()
    }

    /// The kind of the directory's backend.
    pub fn backend(&self, directory: &Path) -> Option<BackendKind> {
        self.facts(directory).find_map(|facts| facts.backend)
    }

    /// The nearest directory, upwards from a `*.tfbackend` file, that has a backend.
    pub fn backend_owner<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let mut directories = path.ancestors().skip(1);
        directories.find(|directory| self.backend(directory).is_some())
    }

    /// Whether the file holds S3 settings that are really used: not those of an example.
    pub fn is_backend_file(&self, path: &Path) -> bool {
        let is_s3 = self.facts_of(path).and_then(|facts| facts.is_s3_settings);
        !is_example(path) && is_s3 == Some(true)
    }

    /// What the lock file of the directory with that number says of the AWS provider.
    pub fn lock(&self, number: usize) -> Option<&Lock> {
        let mut locks = self.numbered(number).values();
        locks.find_map(|facts| facts.lock.as_ref().filter(|lock| lock.has_aws))
    }
}
