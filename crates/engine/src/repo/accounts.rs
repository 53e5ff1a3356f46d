//! Of a repository: in which accounts its providers act, and who holds the keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Repo;
use crate::index::facts::Facts;
use crate::provider_accounts::{KeyHolder, ProviderScope, Standing};
use syntax::location::Location;
use terraform::account::{Account, ModuleNames};
use terraform::backend::BackendKind;
use terraform::file_kind::{FileKind, is_override};
use terraform::provider::Identity;
use terraform::requirement::AwsNames;
use terraform::static_keys::REMOVER;

impl Repo {
    /// Whether a provider of the tree assumes a role.
    pub fn has_roles(&self) -> bool {
        self.decided.has_roles
    }

    /// The AWS provider configurations of a scope, default ones first, then by alias.
    pub fn providers(&self, scope: ProviderScope<'_>) -> Vec<Standing> {
        let (directory, file) = match scope {
            ProviderScope::Module(directory) => (directory, None),
            ProviderScope::File(file) => (scope.directory(), Some(file)),
        };
        let key = (directory.to_path_buf(), file.map(Path::to_path_buf));
        self.decided
            .providers
            .get(&key)
            .cloned()
            .unwrap_or_default()
    }

    /// Resolves the providers of a scope.
    pub(super) fn resolve(&self, scope: ProviderScope<'_>) -> Vec<Standing> {
        let directory = scope.directory();
        let none = ModuleNames::default();
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
    pub(super) fn facts_in(&self, scope: ProviderScope<'_>) -> Vec<(PathBuf, &Facts)> {
        let directory = scope.directory();
        let files = self.files(directory).into_iter().flatten();
        let files = files.map(|(name, facts)| (directory.join(name), facts));
        let mut files: Vec<_> = files
            .filter(|(path, _)| match scope {
                ProviderScope::Module(_) => FileKind::of(path) == Some(FileKind::Configuration),
                ProviderScope::File(file) => path == file,
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
                role.is_some_and(|role| Account::of(role, &ModuleNames::default()).id().is_none())
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
            let providers = self.providers(ProviderScope::Module(directory));
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
        names: impl IntoIterator<Item = (PathBuf, ModuleNames)>,
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
            self.providers(ProviderScope::Module(directory))
        });
        providers.filter(Standing::is_ambient).collect()
    }

    /// The account that the directory's default provider acts in by a role that it could do
    /// without.
    pub fn deploys_to(&self, directory: &Path) -> Option<Account> {
        let providers = self.providers(ProviderScope::Module(directory));
        let default = providers.into_iter().find(Standing::is_default)?;
        default.role.filter(|_| default.identity.is_none())
    }
}
