//! The repository as a transform sees it: one module at a time, and what the tree as a whole says.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::{When, transform};

use super::account::{Account, Names};
use super::backend::{BackendKind, BackendPart};
use super::calls::{CallGraph, Directories};
use super::constraint::Version;
use super::facts::Facts;
use super::file_kind::{FileKind, is_example, is_override};
use super::finding::Location;
use super::keys::REMOVER;
use super::lock::Lock;
use super::provider::Identity;
use super::requirement::AwsNames;
use super::selection::Selection;
use super::settings::{Settings, VPC};
use super::switch::{KeyHolder, Scope, Standing};
use super::upgrade::arguments::{self, Breaks, Crossing};
use super::upgrade::module::RegistryCall;
use super::upgrade::moves::{self, Aims, Holds, Movable, Mover};
use super::upgrade::provider::Requirer;
use super::upgrade::registry::{self, Conflict};
use super::upgrade::together::Outlook;
use super::upgrade::vpc;

/// What the tree as a whole says, and what is decided from it.
#[derive(Debug)]
pub struct Repo {
    settings: Settings,
    selection: Selection,
    /// Facts by file name, for each directory by its number.
    files: Vec<BTreeMap<OsString, Facts>>,
    directories: Directories,
    /// What names mean, for the directories whose roles have names in them.
    names: HashMap<usize, Names>,
    /// Where modules use a default provider that has no block.
    implicit: HashMap<usize, Location>,
    /// What stands between modules and the configured provider.
    breaks: HashMap<usize, Breaks>,
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
        settings: Settings,
        selection: Selection,
        facts: impl IntoIterator<Item = (PathBuf, Facts)>,
    ) -> Self {
        let mut repo = Self {
            settings,
            selection,
            files: Vec::new(),
            directories: Directories::default(),
            names: HashMap::new(),
            implicit: HashMap::new(),
            breaks: HashMap::new(),
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
                None => Scope::Module(&directory),
                Some(file) => Scope::File(file),
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

    fn own_backend_files(&self) -> HashMap<usize, Vec<PathBuf>> {
        let mut by_owner: HashMap<usize, Vec<PathBuf>> = HashMap::new();
        for (number, files) in self.files.iter().enumerate() {
            let settings = files
                .iter()
                .filter(|(_, facts)| facts.is_s3_settings.is_some());
            for (name, _) in settings {
                let path = self.directories.path(number).join(name);
                let owner = self
                    .backend_owner(&path)
                    .filter(|_| self.is_backend_file(&path));
                if let Some(owner) = owner.and_then(|owner| self.directories.number(owner)) {
                    by_owner.entry(owner).or_default().push(path);
                }
            }
        }
        for files in by_owner.values_mut() {
            files.sort();
        }
        by_owner
    }

    fn mover(&self, number: usize) -> Mover {
        let directory = self.directories.path(number);
        let mut mover = Mover {
            requirer: self.requirer(directory),
            requirements: Vec::new(),
            registry_calls: Vec::new(),
            required_versions: Vec::new(),
            breaks: self.breaks.get(&number).cloned().unwrap_or_default(),
            is_unread: false,
        };
        for (name, facts) in &self.files[number] {
            let obstacle = match self.selection.contains(&directory.join(name)) {
                true => facts.obstacle.clone(),
                false => Some("is not among the paths named".to_owned()),
            };
            let requirements = facts.requirements.iter();
            mover
                .requirements
                .extend(requirements.map(|written| Movable {
                    what: written.clone(),
                    obstacle: obstacle.clone(),
                }));
            let calls = facts.registry_calls.iter();
            mover.registry_calls.extend(calls.map(|call| Movable {
                what: call.clone(),
                obstacle: obstacle.clone(),
            }));
            let versions = facts.required_versions.iter().cloned();
            mover.required_versions.extend(versions);
            mover.is_unread |= facts.is_unread;
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

    /// Whether the transform runs: flags first, then the configuration, then what is usual.
    pub fn runs(&self, id: &str) -> bool {
        if self.selection.skip.contains(id) {
            return false;
        }
        if !self.selection.only.is_empty() {
            return self.selection.only.contains(id);
        }
        let switches = self.settings.transforms.get(id);
        let is_usual = || transform(id).is_none_or(|it| it.when != When::OnRequest);
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

    /// Which majors of the provider the directory passes with the upgrade, as part of its roots.
    pub fn crossing(&self, directory: &Path) -> Option<Crossing> {
        let number = self.directories.number(directory)?;
        self.decided.crossings.get(&number).copied()
    }

    /// The directories that pass majors or are at the target.
    pub fn crossing_directories(&self) -> Vec<PathBuf> {
        let numbers = self.decided.crossings.keys();
        let mut paths: Vec<_> = numbers
            .map(|it| self.directories.path(*it).to_path_buf())
            .collect();
        paths.sort();
        paths
    }

    /// Whether something of the directory stands between it and the configured provider.
    pub fn has_breaks(&self, directory: &Path) -> bool {
        let number = self.directories.number(directory);
        number.is_some_and(|number| self.breaks.contains_key(&number))
    }

    /// Takes what stands between modules and the configured provider, and decides again.
    pub fn learn_breaks(&mut self, breaks: impl IntoIterator<Item = (PathBuf, Breaks)>) {
        let breaks = breaks.into_iter();
        let breaks =
            breaks.filter_map(|(path, breaks)| Some((self.directories.number(&path)?, breaks)));
        self.breaks = breaks.collect();
        if !self.breaks.is_empty() {
            self.decide();
        }
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

    /// What the S3 backend's block or settings in the file at `path` says.
    pub fn backend_part(&self, path: &Path) -> Option<&BackendPart> {
        self.facts_of(path)?.backend_part.as_ref()
    }

    /// The files of a directory in which a backend block stands.
    pub fn backend_blocks(&self, directory: &Path) -> Vec<PathBuf> {
        let files = self.files(directory).into_iter().flatten();
        let blocks = files.filter(|(_, facts)| facts.backend.is_some());
        blocks.map(|(name, _)| directory.join(name)).collect()
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

    /// The root modules that the directory is part of.
    pub fn roots(&self, directory: &Path) -> impl Iterator<Item = &Path> {
        let number = self.directories.number(directory);
        let roots = number.map(|number| self.decided.graph.roots(number));
        let roots = roots.into_iter().flatten();
        roots.map(|root| self.directories.path(root))
    }

    /// Whether a provider of the tree assumes a role.
    pub fn has_roles(&self) -> bool {
        self.decided.has_roles
    }

    /// The version of the AWS provider that the directory's lock file holds.
    pub fn locked(&self, directory: &Path) -> Option<&Version> {
        self.lock(directory)?.aws.as_ref()
    }

    /// What the directory's lock file says of the AWS provider.
    pub fn lock(&self, directory: &Path) -> Option<&Lock> {
        self.lock_of(self.directories.number(directory)?)
    }

    fn lock_of(&self, number: usize) -> Option<&Lock> {
        let locks = self.files[number]
            .values()
            .filter_map(|facts| facts.lock.as_ref());
        locks.into_iter().find(|lock| lock.has_aws)
    }

    /// The workflows whose `init` fails where the lock file lacks something.
    pub fn readonly_locks(&self) -> Vec<PathBuf> {
        let workflows = self.files(Path::new(".github/workflows"));
        let workflows = workflows.into_iter().flatten();
        let readonly = workflows.filter(|(_, facts)| facts.is_readonly_lock);
        readonly
            .map(|(name, _)| Path::new(".github/workflows").join(name))
            .collect()
    }

    /// Whether configuration of Terraform that could matter is in the directory.
    pub fn has_configuration(&self, directory: &Path) -> bool {
        let mut files = self.files(directory).into_iter().flatten();
        files.any(|(name, _)| FileKind::of(Path::new(name)) == Some(FileKind::Configuration))
    }

    /// Whether the tree calls the directory as a module.
    pub fn is_called(&self, directory: &Path) -> bool {
        let number = self.directories.number(directory);
        number.is_some_and(|number| self.decided.graph.is_called(number))
    }

    /// What the root module in the directory comes to, where registry modules or a lock file are
    /// to be looked at.
    pub fn outlook(&self, directory: &Path) -> Option<&Outlook> {
        let number = self.directories.number(directory)?;
        self.decided.outlooks.get(&number)
    }

    /// Why a call in the directory cannot live with the provider that some root module around it
    /// moves to or has, and whether that is so in all of them.
    pub fn conflict(&self, directory: &Path, call: &RegistryCall) -> Option<(Conflict, bool)> {
        let roots = self.roots(directory);
        let conflicts: Vec<_> = roots
            .map(|root| registry::conflict(call, self.outlook(root)?.planned.as_ref()?))
            .collect();
        let found = conflicts.iter().flatten().next()?.clone();
        let is_everywhere = conflicts.iter().all(|it| it.as_ref() == Some(&found));
        Some((found, is_everywhere))
    }

    /// Why the provider around the directory does not come to what it would.
    pub fn conflict_hold(&self, directory: &Path) -> Option<String> {
        let mut roots = self.roots(directory);
        let comes = |root: &Path| self.outlook(root).is_some_and(|outlook| outlook.comes);
        if roots.all(comes) {
            return None;
        }
        self.holds(directory).provider
    }

    /// The AWS provider configurations of a scope, default ones first, then by alias.
    pub fn providers(&self, scope: Scope<'_>) -> Vec<Standing> {
        let (directory, file) = match scope {
            Scope::Module(directory) => (directory, None),
            Scope::File(file) => (scope.directory(), Some(file)),
        };
        let key = (directory.to_path_buf(), file.map(Path::to_path_buf));
        self.decided
            .providers
            .get(&key)
            .cloned()
            .unwrap_or_default()
    }

    /// Resolves the providers of a scope.
    fn resolve(&self, scope: Scope<'_>) -> Vec<Standing> {
        let directory = scope.directory();
        let none = Names::default();
        let number = self.directories.number(directory);
        let names = number.and_then(|number| self.names.get(&number));
        let aws = self.facts(directory).map(|facts| facts.aws_names.clone());
        let aws = AwsNames::of_all(aws).known();
        let mut providers: BTreeMap<(Option<&str>, &str), Standing> = BTreeMap::new();
        for (path, facts) in self.facts_in(scope) {
            for found in facts.providers.iter().filter(|it| aws.contains(&it.name)) {
                let key = (found.alias.as_deref(), found.name.as_str());
                let standing = providers.entry(key).or_insert_with(|| Standing {
                    name: found.name.clone(),
                    alias: found.alias.clone(),
                    role: None,
                    by_workspace: false,
                    is_conditional: false,
                    identity: None,
                    files: Vec::new(),
                });
                if let Some(role) = &found.role {
                    let own = facts.terragrunt.as_ref().map(|it| &it.names);
                    let names = own.or(names).unwrap_or(&none);
                    let account = Account::of(role, names);
                    standing.by_workspace = account.is_by_workspace(role, names);
                    standing.is_conditional = role.is_conditional();
                    standing.role = Some(account);
                }
                let (own, other) = (standing.identity.take(), found.identity.clone());
                let is_key = own.as_ref().is_none_or(Identity::is_key);
                standing.identity = if is_key { other.or(own) } else { own };
                standing.files.push(path.clone());
            }
        }
        if self.runs(REMOVER) {
            // Keys beside a role only assume it, and go with it.
            for standing in providers.values_mut().filter(|it| it.role.is_some()) {
                standing.identity = standing.identity.take().filter(|it| !it.is_key());
            }
        }
        providers.into_values().collect()
    }

    /// The scopes that have providers: directories, and files with providers of their own.
    pub fn provider_scopes(&self) -> Vec<(PathBuf, Option<PathBuf>)> {
        let mut scopes = Vec::new();
        for (number, files) in self.files.iter().enumerate() {
            let directory = self.directories.path(number);
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

    /// The facts of a scope's files, overrides last.
    fn facts_in(&self, scope: Scope<'_>) -> Vec<(PathBuf, &Facts)> {
        let directory = scope.directory();
        let files = self.files(directory).into_iter().flatten();
        let files = files.map(|(name, facts)| (directory.join(name), facts));
        let mut files: Vec<_> = files
            .filter(|(path, _)| match scope {
                Scope::Module(_) => FileKind::of(path) == Some(FileKind::Configuration),
                Scope::File(file) => path == file,
            })
            .collect();
        files.sort_by_key(|(path, _)| is_override(path));
        files
    }

    /// The directories with roles whose account is not written out: what their names mean has to
    /// be [learned](Self::learn).
    pub fn unnamed(&self) -> Vec<PathBuf> {
        let files = self.files.iter().enumerate();
        let open = files.filter(|(_, files)| {
            let mut providers = files.values().flat_map(|facts| &facts.providers);
            providers.any(|provider| {
                let role = provider.role.as_ref();
                role.is_some_and(|role| Account::of(role, &Names::default()).id().is_none())
            })
        });
        open.map(|(number, _)| self.directories.path(number).to_path_buf())
            .collect()
    }

    /// The directories of modules that give roles to aliases alone, and have no default provider.
    pub fn without_default(&self) -> Vec<PathBuf> {
        let scopes = self.provider_scopes().into_iter();
        let modules = scopes.filter(|(_, file)| file.is_none());
        let modules = modules.map(|(directory, _)| directory);
        let open = modules.filter(|directory| {
            let providers = self.providers(Scope::Module(directory));
            let has_role = providers.iter().any(|it| it.role.is_some());
            has_role && !providers.iter().any(Standing::is_default)
        });
        open.collect()
    }

    /// Where a module uses a default provider that has no block.
    pub fn implicit_default(&self, directory: &Path) -> Option<&Location> {
        self.implicit.get(&self.directories.number(directory)?)
    }

    /// Takes in what the names of some modules mean, and where some use a default provider that has
    /// no block, by directory.
    pub fn learn(
        &mut self,
        names: impl IntoIterator<Item = (PathBuf, Names)>,
        implicit: impl IntoIterator<Item = (PathBuf, Location)>,
    ) {
        let number = |directory: PathBuf| self.directories.number(&directory);
        let names = names.into_iter();
        let names = names.filter_map(|(directory, names)| Some((number(directory)?, names)));
        self.names.extend(names);
        let implicit = implicit.into_iter();
        let implicit = implicit.filter_map(|(directory, at)| Some((number(directory)?, at)));
        self.implicit.extend(implicit);
        self.decide();
    }

    /// The account whose keys a module was used with: the one that holds its state.
    pub fn key_holder(&self, directory: &Path) -> Option<KeyHolder<'_>> {
        let buckets = &self.settings.state_buckets;
        let mut facts = self.facts(directory);
        let own = facts.find_map(|facts| buckets.get(facts.bucket()?));
        let profile = own.or(self.settings.state_profile.as_ref())?;
        let mut accounts = self.settings.accounts.iter();
        let account = accounts.find(|account| account.label == *profile);
        Some(KeyHolder {
            profile,
            id: account.map(|account| account.id.as_str()),
        })
    }

    /// Whether a module is not, or no longer, used with the keys of the account that holds its
    /// state: its S3 backend says itself as whom it acts. Where it has no S3 backend, a profile of
    /// another module's tells.
    pub fn is_switched(&self, directory: &Path) -> bool {
        let is_s3 = self.backend(directory).is_some_and(BackendKind::is_s3);
        let own = self.facts(directory);
        let own = own.filter(|facts| facts.backend.is_some());
        let files = self.backend_files(directory).iter();
        let files = files.filter_map(|file| self.facts_of(file));
        match is_s3 {
            true => own.chain(files).any(Facts::has_backend_claim),
            false => self.decided.has_switched,
        }
    }

    /// The providers of the modules that a root module calls, directly or not, that act as the
    /// environment says.
    pub fn called_ambient(&self, root: &Path) -> Vec<Standing> {
        let number = self.directories.number(root);
        let tree = number.map(|number| self.decided.graph.tree(number));
        let called = tree.into_iter().flatten();
        let called = called.filter(|called| Some(*called) != number);
        let providers = called.flat_map(|called| {
            let directory = self.directories.path(called);
            self.providers(Scope::Module(directory))
        });
        providers.filter(Standing::is_ambient).collect()
    }

    /// The account that the directory's default provider acts in by a role that it could do
    /// without.
    pub fn deploys_to(&self, directory: &Path) -> Option<Account> {
        let providers = self.providers(Scope::Module(directory));
        let default = providers.into_iter().find(Standing::is_default)?;
        default.role.filter(|_| default.identity.is_none())
    }

    /// Who asks for the provider in this directory.
    pub fn requirer(&self, directory: &Path) -> Requirer {
        if self.is_child(directory) {
            let mut roots = self.roots(directory);
            let has_requirement = |root: &Path| {
                let mut facts = self.facts(root);
                root == directory || facts.any(|facts| !facts.requirements.is_empty())
            };
            Requirer::Child {
                is_bounded: roots.all(has_requirement),
            }
        } else if self.decided.has_roots && !self.is_own_root(directory) {
            Requirer::Library
        } else {
            Requirer::Root {
                locked: self.locked(directory).cloned(),
            }
        }
    }

    /// Why the directory's provider requirements or VPC calls are held back.
    pub fn holds(&self, directory: &Path) -> Holds {
        let number = self.directories.number(directory);
        let holds = number.and_then(|number| self.decided.holds.get(&number));
        holds.cloned().unwrap_or_default()
    }

    /// The kind of the directory's backend.
    pub fn backend(&self, directory: &Path) -> Option<BackendKind> {
        self.facts(directory).find_map(|facts| facts.backend)
    }

    /// The `*.tfbackend` files with S3 settings that belong to the partial backend of
    /// `directory`: those in it and below it, down to the next backend.
    pub fn backend_files(&self, directory: &Path) -> &[PathBuf] {
        let number = self.directories.number(directory);
        let files = number.and_then(|number| self.decided.backend_files.get(&number));
        files.map_or(&[], Vec::as_slice)
    }

    /// Whether a Terragrunt file of the tree has S3 settings, which complete empty backends.
    pub fn has_remote_state(&self) -> bool {
        self.decided.has_remote_state
    }

    /// Whether the file holds S3 settings that are really used: not those of an example.
    pub fn is_backend_file(&self, path: &Path) -> bool {
        let is_s3 = self.facts_of(path).and_then(|facts| facts.is_s3_settings);
        !is_example(path) && is_s3 == Some(true)
    }

    /// The nearest directory, upwards from a `*.tfbackend` file, that has a backend.
    pub fn backend_owner<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let mut directories = path.ancestors().skip(1);
        directories.find(|directory| self.backend(directory).is_some())
    }
}
