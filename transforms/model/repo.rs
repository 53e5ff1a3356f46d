//! The repository as a transform sees it: one module at a time, and what the tree as a whole says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::account::Account;
use super::calls::CallGraph;
use super::constraint::Version;
use super::finding::Safety;
use super::hcl::Document;
use super::settings::{Settings, VPC};
use super::survey::{BackendKind, Facts, FileKind};
use super::upgrade::moves::{self, Aims, Holds, Movable, Mover};
use super::upgrade::provider::Requirer;
use super::upgrade::vpc;

/// What of a migration is wanted.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these transforms; all where it is empty.
    pub only: BTreeSet<String>,
    /// Not these.
    pub skip: BTreeSet<String>,
    /// Whether changes classed [`Safety::Review`] are made.
    pub review: bool,
    /// Files and directories under which files are edited; everywhere where it is empty.
    pub scope: Vec<PathBuf>,
}

impl Selection {
    /// Whether changes of this class are made.
    pub fn admits(&self, safety: Safety) -> bool {
        safety == Safety::Safe || self.review
    }

    /// Whether the file at `path` may be edited.
    pub fn contains(&self, path: &Path) -> bool {
        self.scope.is_empty() || self.scope.iter().any(|scope| path.starts_with(scope))
    }
}

/// Whether a transform runs that no configuration and no flag speaks of.
pub type ByDefault = fn(&str) -> bool;

/// A directory with its files: Terraform's own unit.
#[derive(Debug)]
pub struct Module {
    /// The directory, relative to the root; empty for the root itself.
    pub directory: PathBuf,
    /// Its files that may matter, by path.
    pub documents: Vec<Document>,
}

impl Module {
    /// The documents of one kind.
    pub fn of_kind(&self, kind: FileKind) -> impl Iterator<Item = &Document> {
        let of_kind = move |document: &&Document| FileKind::of(document.path()) == Some(kind);
        self.documents.iter().filter(of_kind)
    }

    /// `*.tf` and `*.tofu`.
    pub fn configuration(&self) -> impl Iterator<Item = &Document> {
        self.of_kind(FileKind::Configuration)
    }
}

/// What the tree as a whole says, and what is decided from it.
#[derive(Debug)]
pub struct Repo {
    settings: Settings,
    selection: Selection,
    by_default: ByDefault,
    files: BTreeMap<PathBuf, BTreeMap<PathBuf, Facts>>,
    graph: CallGraph,
    has_roots: bool,
    holds: BTreeMap<PathBuf, Holds>,
}

impl Repo {
    /// Takes the facts of all files, by path, and decides what several transforms share.
    pub fn new(
        settings: Settings,
        selection: Selection,
        by_default: ByDefault,
        facts: BTreeMap<PathBuf, Facts>,
    ) -> Self {
        let mut files: BTreeMap<PathBuf, BTreeMap<PathBuf, Facts>> = BTreeMap::new();
        for (path, facts) in facts {
            let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
            files.entry(directory).or_default().insert(path, facts);
        }
        let mut repo = Self {
            settings,
            selection,
            by_default,
            files,
            graph: CallGraph::default(),
            has_roots: false,
            holds: BTreeMap::new(),
        };
        repo.decide();
        repo
    }

    /// Replaces the facts of files that changed, and decides again.
    pub fn update(&mut self, facts: impl IntoIterator<Item = (PathBuf, Facts)>) {
        for (path, mut facts) in facts {
            let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
            let files = self.files.entry(directory).or_default();
            facts.obstacle = files.get(&path).and_then(|old| old.obstacle.clone());
            files.insert(path, facts);
        }
        self.decide();
    }

    fn decide(&mut self) {
        let calls = self.files.iter().flat_map(|(directory, files)| {
            let calls = files.values().flat_map(|facts| &facts.calls);
            calls.map(|called| (directory.clone(), called.clone()))
        });
        self.graph = CallGraph::new(calls);
        let mut facts = self.files.values().flat_map(BTreeMap::values);
        self.has_roots = facts.any(Facts::is_of_a_root);
        let movers = self.files.keys();
        let movers = movers.map(|directory| (directory.clone(), self.mover(directory)));
        let vpc = self.settings.upgrade.modules.get(VPC);
        let aims = Aims {
            provider: &self.settings.upgrade.aws_provider,
            provider_moves: self.runs("bump_provider"),
            vpc: vpc
                .and_then(|version| Version::parse(version).ok())
                .unwrap_or(vpc::RELEASE),
            modules_move: self.runs("bump_module"),
            review: self.selection.review,
        };
        self.holds = moves::decide(&movers.collect(), &self.graph, &aims);
    }

    fn mover(&self, directory: &Path) -> Mover {
        let mut mover = Mover {
            requirer: self.requirer(directory),
            requirements: Vec::new(),
            registry_calls: Vec::new(),
            required_versions: Vec::new(),
        };
        for (path, facts) in self.facts(directory) {
            let obstacle = match self.selection.contains(path) {
                true => facts.obstacle.clone(),
                false => Some("is not among the paths named".to_owned()),
            };
            mover
                .requirements
                .extend(facts.requirements.iter().map(|written| Movable {
                    what: written.clone(),
                    obstacle: obstacle.clone(),
                }));
            mover
                .registry_calls
                .extend(facts.registry_calls.iter().map(|call| Movable {
                    what: call.clone(),
                    obstacle: obstacle.clone(),
                }));
            let versions = facts.required_versions.iter().cloned();
            mover.required_versions.extend(versions);
        }
        mover
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is wanted.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Whether the transform runs: flags first, then the configuration, then its default.
    pub fn runs(&self, id: &str) -> bool {
        if self.selection.skip.contains(id) {
            return false;
        }
        if !self.selection.only.is_empty() {
            return self.selection.only.contains(id);
        }
        let switches = self.settings.transforms.get(id);
        switches
            .and_then(|switches| switches.enabled)
            .unwrap_or_else(|| (self.by_default)(id))
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

    /// The directories with files that matter.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// The files of a directory and their facts.
    pub fn facts(&self, directory: &Path) -> impl Iterator<Item = (&Path, &Facts)> {
        let files = self.files.get(directory).into_iter().flatten();
        files.map(|(path, facts)| (path.as_path(), facts))
    }

    /// Why the file at `path` must not be edited.
    pub fn obstacle(&self, path: &Path) -> Option<&str> {
        let facts = self.files.get(path.parent()?)?.get(path)?;
        facts.obstacle.as_deref()
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
        let mut files = self.facts(directory);
        self.graph.is_called(directory)
            || files.any(|(_, facts)| facts.has_configuration_aliases)
            || directory.iter().any(|segment| segment == "modules") && !self.is_own_root(directory)
    }

    /// Whether a backend, a provider or a lock file makes the directory a root module.
    fn is_own_root(&self, directory: &Path) -> bool {
        self.facts(directory).any(|(_, facts)| facts.is_of_a_root())
    }

    /// The root modules that the directory is part of.
    pub fn roots<'r>(&'r self, directory: &'r Path) -> BTreeSet<&'r Path> {
        self.graph.roots(directory)
    }

    /// Whether a default provider of the tree assumes a role.
    pub fn has_roles(&self) -> bool {
        let mut facts = self.files.values().flat_map(BTreeMap::values);
        facts.any(|facts| facts.deploys_to.is_some())
    }

    /// The version of the AWS provider that the directory's lock file holds.
    pub fn locked(&self, directory: &Path) -> Option<&Version> {
        self.facts(directory)
            .find_map(|(_, facts)| facts.locked.as_ref())
    }

    /// The account of the role that the directory's default provider assumes.
    pub fn deploys_to(&self, directory: &Path) -> Option<&Account> {
        self.facts(directory)
            .find_map(|(_, facts)| facts.deploys_to.as_ref())
    }

    /// Who asks for the provider in this directory.
    pub fn requirer(&self, directory: &Path) -> Requirer {
        if self.is_child(directory) {
            let mut roots = self.graph.roots(directory).into_iter();
            let has_requirement = |root: &Path| {
                let mut facts = self.facts(root);
                root == directory || facts.any(|(_, facts)| !facts.requirements.is_empty())
            };
            Requirer::Child {
                is_bounded: roots.all(has_requirement),
            }
        } else if self.has_roots && !self.is_own_root(directory) {
            Requirer::Library
        } else {
            Requirer::Root {
                locked: self.locked(directory).cloned(),
            }
        }
    }

    /// Why the directory's provider requirements or VPC calls are held back.
    pub fn holds(&self, directory: &Path) -> Holds {
        self.holds.get(directory).cloned().unwrap_or_default()
    }

    /// The kind of the directory's backend.
    pub fn backend(&self, directory: &Path) -> Option<BackendKind> {
        self.facts(directory).find_map(|(_, facts)| facts.backend)
    }

    /// The `*.tfbackend` files with S3 settings that belong to the partial backend of
    /// `directory`: those in it and below it, down to the next backend.
    pub fn backend_files(&self, directory: &Path) -> Vec<&Path> {
        let below = self.files.range(directory.to_path_buf()..);
        let below = below.take_while(|(path, _)| path.starts_with(directory));
        let paths = below.flat_map(|(_, files)| files.keys().map(PathBuf::as_path));
        paths
            .filter(|path| {
                self.is_backend_file(path) && self.backend_owner(path) == Some(directory)
            })
            .collect()
    }

    /// Whether the file holds S3 settings that are really used: not those of an example.
    pub fn is_backend_file(&self, path: &Path) -> bool {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let words = ["example", "sample", "template"];
        let is_example = name.is_some_and(|name| words.iter().any(|word| name.contains(word)));
        let files = path
            .parent()
            .and_then(|directory| self.files.get(directory));
        let facts = files.and_then(|files| files.get(path));
        let settings = facts.and_then(|facts| facts.backend_settings.as_ref());
        !is_example && settings.is_some_and(|settings| settings.is_s3)
    }

    /// The nearest directory, upwards from a `*.tfbackend` file, that has a backend.
    pub fn backend_owner<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let mut directories = path.ancestors().skip(1);
        directories.find(|directory| self.backend(directory).is_some())
    }
}
