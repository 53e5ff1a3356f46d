//! The repository as a transform sees it: one module at a time, and what the tree as a whole says.

mod accounts;
mod backends;
mod joint_bump;
mod locks;
pub mod runners;

pub use locks::UnmetLock;

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::index::facts::Facts;
use crate::provider_accounts::{ProviderScope, Standing};
use crate::selection::Selection;
use crate::settings::Settings;
use crate::transform::{Catalogue, When};
use ci::github::workflow::staying::Staying;
use syntax::location::Location;
use terraform::account::ModuleNames;
use terraform::constraint::Version;
use terraform::file_kind::is_override;
use terraform::module_graph::{CallGraph, Directories};
use terraform::static_keys::REMOVER;
use upgrade::arguments::{self, Breaks, Crossing};
use upgrade::moves::{self, Aims, Holds, Mover};
use upgrade::together::Outlook;
use upgrade::vpc;
use upgrade::vpc::VPC;

/// What the tree as a whole says, and what is decided from it.
#[derive(Debug)]
pub struct Repo {
    catalogue: Catalogue,
    settings: Settings,
    selection: Selection,
    /// Facts by file name, for each directory by its number.
    files: Vec<BTreeMap<OsString, Facts>>,
    directories: Directories,
    /// What names mean, for the directories whose roles have names in them.
    names: HashMap<usize, ModuleNames>,
    /// Where modules use a default provider that has no block.
    implicit: HashMap<usize, Location>,
    /// What stands between modules and the configured provider.
    breaks: HashMap<usize, Breaks>,
    /// Jobs on static keys that run its root modules.
    staying: Vec<Staying>,
    decided: Decided,
}

/// What is decided from all facts together.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what the tree has anywhere, each for itself"
)]
struct Decided {
    graph: CallGraph,
    has_roots: bool,
    has_roles: bool,
    /// Whether an S3 backend has a profile.
    has_switched: bool,
    /// The `*.tfbackend` files of each directory with a partial backend.
    backend_files: HashMap<usize, Vec<PathBuf>>,
    holds: HashMap<usize, Holds>,
    /// The majors that directories pass.
    crossings: HashMap<usize, Crossing>,
    /// What each root module with registry modules or a lock file comes to.
    outlooks: HashMap<usize, Outlook>,
    has_remote_state: bool,
    /// The providers of each scope, by directory and file.
    providers: HashMap<(PathBuf, Option<PathBuf>), Vec<Standing>>,
}

impl Repo {
    /// Takes the facts of all files, by path, and decides what several transforms share.
    pub fn new(
        catalogue: Catalogue,
        settings: Settings,
        selection: Selection,
        facts: impl IntoIterator<Item = (PathBuf, Facts)>,
    ) -> Self {
        let mut repo = Self {
            catalogue,
            settings,
            selection,
            files: Vec::new(),
            directories: Directories::default(),
            names: HashMap::new(),
            implicit: HashMap::new(),
            breaks: HashMap::new(),
            staying: Vec::new(),
            decided: Decided::default(),
        };
        for (path, facts) in facts {
            repo.insert(&path, facts);
        }
        repo.decide();
        repo
    }

    /// Replaces the facts of files that changed, and decides again.
    pub fn update(&mut self, facts: impl IntoIterator<Item = (PathBuf, Facts)>) {
        for (path, mut facts) in facts {
            facts.obstacle = self.obstacle(&path).map(str::to_owned);
            self.insert(&path, facts);
        }
        self.decide();
    }

    fn insert(&mut self, path: &Path, facts: Facts) {
        let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
            return;
        };
        for called in &facts.calls {
            self.directories.enter(called);
        }
        let number = self.directories.enter(directory);
        self.files
            .resize_with(self.directories.count(), BTreeMap::new);
        self.files[number].insert(name.to_owned(), facts);
    }

    fn decide(&mut self) {
        let directories = &self.directories;
        let files = self.files.iter().enumerate();
        let calls = files.flat_map(|(number, files)| {
            let calls = files.values().flat_map(|facts| &facts.calls);
            calls.filter_map(move |called| Some((number, directories.number(called)?)))
        });
        let graph = CallGraph::new(self.directories.count(), calls);
        let facts = || self.files.iter().flat_map(BTreeMap::values);
        self.decided = Decided {
            graph,
            has_roots: facts().any(Facts::is_of_a_root),
            has_remote_state: facts().any(|facts| {
                let terragrunt = facts.terragrunt.as_ref();
                terragrunt.is_some_and(|found| found.has_s3_state)
            }),
            has_roles: facts().any(|facts| {
                let mut providers = facts.providers.iter();
                providers.any(|provider| provider.role.is_some())
            }),
            has_switched: facts().any(|facts| {
                let mut terragrunt = facts.terragrunt.iter();
                facts.backend.is_some() && facts.has_backend_profile()
                    || terragrunt.any(|it| it.has_profile)
            }),
            ..Decided::default()
        };
        let scopes = self.provider_scopes().into_par_iter();
        let providers = scopes.map(|(directory, file)| {
            let scope = match &file {
                None => ProviderScope::Module(&directory),
                Some(file) => ProviderScope::File(file),
            };
            let providers = self.resolve(scope);
            ((directory, file), providers)
        });
        self.decided.providers = providers.collect();
        self.decided.backend_files = self.own_backend_files();
        let numbers = (0..self.files.len()).into_par_iter();
        let movers: Vec<Mover> = numbers.map(|number| self.mover(number)).collect();
        let vpc = self.settings.upgrade.modules.get(VPC);
        let aims = Aims {
            provider: &self.settings.upgrade.aws_provider,
            provider_moves: self.runs("bump_provider"),
            vpc: vpc
                .and_then(|version| Version::parse(version).ok())
                .unwrap_or(vpc::RELEASE),
            arguments_move: self.runs(arguments::ID),
            modules: &self.settings.upgrade.modules,
            modules_move: self.runs("bump_module"),
            bounds_are_made: self.runs("constrain_module") && self.selection.review,
            review: self.selection.review,
        };
        let graph = &self.decided.graph;
        let holds = moves::decide(&movers, &self.directories, graph, &aims);
        let numbers = (0..self.files.len()).into_par_iter();
        let outlooks = numbers.filter_map(|number| {
            let has_lock = self.lock_of(number).is_some();
            if !has_lock && graph.is_called(number) {
                return None;
            }
            let free = moves::tree(number, &movers, &self.directories, graph, &aims);
            let mut members = free.members.iter();
            if !has_lock && members.all(|(_, mover, _)| mover.registry_calls.is_empty()) {
                return None;
            }
            let mut held = moves::tree(number, &movers, &self.directories, graph, &aims);
            for (directory, _, held) in &mut held.members {
                let number = self.directories.number(directory);
                *held = number.and_then(|number| holds.get(&number));
            }
            Some((number, held.outlook(&free)))
        });
        self.decided.outlooks = outlooks.collect();
        self.decided.holds = holds;
        self.decided.crossings = moves::crossings(&movers, graph, &aims);
    }

    /// The transforms there are.
    pub fn catalogue(&self) -> Catalogue {
        self.catalogue
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is wanted.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Whether the transform runs: flags first, then the configuration, then what is usual.
    pub fn runs(&self, id: &str) -> bool {
        if self.selection.skip.contains(id) {
            return false;
        }
        if !self.selection.only.is_empty() {
            return self.selection.only.contains(id);
        }
        let switches = self.settings.transforms.get(id);
        let is_usual = || {
            self.catalogue
                .transform(id)
                .is_none_or(|it| it.when != When::OnRequest)
        };
        switches
            .and_then(|switches| switches.enabled)
            .unwrap_or_else(is_usual)
    }

    /// A transform's own option.
    pub fn option(&self, id: &str, option: &str) -> Option<bool> {
        self.settings
            .transforms
            .get(id)?
            .options
            .get(option)
            .copied()
    }

    /// The directories with files that a transform could have something to say about.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        let files = self.files.iter().enumerate();
        let matter = files.filter(|(number, files)| {
            files.values().any(Facts::matter) || self.breaks.contains_key(number)
        });
        matter.map(|(number, _)| self.directories.path(number))
    }

    fn files(&self, directory: &Path) -> Option<&BTreeMap<OsString, Facts>> {
        self.files.get(self.directories.number(directory)?)
    }

    fn facts(&self, directory: &Path) -> impl Iterator<Item = &Facts> {
        self.files(directory).into_iter().flat_map(BTreeMap::values)
    }

    fn facts_of(&self, path: &Path) -> Option<&Facts> {
        self.files(path.parent()?)?.get(path.file_name()?)
    }

    /// The files of a directory that a transform could have something to say about, in the order
    /// in which Terraform takes them: overrides last.
    pub fn matter(&self, directory: &Path) -> Vec<PathBuf> {
        let files = self.files(directory).into_iter().flatten();
        let matter = files.filter(|(_, facts)| facts.matter());
        let mut paths: Vec<_> = matter.map(|(name, _)| directory.join(name)).collect();
        paths.sort_by_key(|path| is_override(path));
        paths
    }

    /// Whether variables may feed keys in the directory that its transform would take away.
    pub fn may_leave_variables(&self, directory: &Path) -> bool {
        self.runs(REMOVER) && self.facts(directory).any(|facts| facts.feeds_keys)
    }

    /// The files with values of variables in a directory and below it.
    pub fn values(&self, directory: &Path) -> Vec<PathBuf> {
        let numbers = 0..self.files.len();
        let below = numbers.filter(|number| self.directories.path(*number).starts_with(directory));
        let files = below.flat_map(|number| {
            let values = self.files[number]
                .iter()
                .filter(|(_, facts)| facts.is_values);
            values.map(move |(name, _)| self.directories.path(number).join(name))
        });
        let mut files: Vec<_> = files.collect();
        files.sort();
        files
    }

    /// Why the file at `path` must not be edited.
    pub fn obstacle(&self, path: &Path) -> Option<&str> {
        self.facts_of(path)?.obstacle.as_deref()
    }

    /// Whether the file at `path` may be edited: it is in the selection's scope, and nothing is in
    /// the way.
    pub fn is_editable(&self, path: &Path) -> bool {
        self.selection.contains(path) && self.obstacle(path).is_none()
    }

    /// Whether the directory is a child module: called from within the tree, handed providers by
    /// `configuration_aliases`, or below a `modules` directory (Terraform's standard structure)
    /// without backend and provider of its own.
    pub fn is_child(&self, directory: &Path) -> bool {
        let number = self.directories.number(directory);
        number.is_some_and(|number| self.decided.graph.is_called(number))
            || self
                .facts(directory)
                .any(|facts| facts.has_configuration_aliases)
            || directory.iter().any(|segment| segment == "modules") && !self.is_own_root(directory)
    }

    /// Whether a backend, a provider or a lock file makes the directory a root module.
    fn is_own_root(&self, directory: &Path) -> bool {
        self.facts(directory).any(Facts::is_of_a_root)
    }

    /// Holds the root modules that jobs on static keys run.
    pub fn hold_for(&mut self, staying: Vec<Staying>) {
        self.staying = staying;
    }

    /// The first job on static keys that runs a root module which the directory is part of.
    pub fn held_by(&self, directory: &Path) -> Option<&Staying> {
        self.staying.iter().find(|staying| {
            staying.reaches(directory) || self.roots(directory).any(|root| staying.reaches(root))
        })
    }

    /// The root modules that the directory is part of.
    pub fn roots(&self, directory: &Path) -> impl Iterator<Item = &Path> {
        let number = self.directories.number(directory);
        let roots = number.map(|number| self.decided.graph.roots(number));
        let roots = roots.into_iter().flatten();
        roots.map(|root| self.directories.path(root))
    }
}
