//! The accounts of provider configurations.

use std::path::Path;

use ci::settings::RoleName;

use super::Repo;
use crate::decisions::providers::ProviderIdentity;
use crate::index::ambient_commands::AmbientCommand;
use crate::index::facts::Facts;
use crate::index::scopes::ProviderScope;
use syntax::location::Location;
use terraform::account::{Account, AccountId};
use terraform::backend::BackendKind;
use terraform::partition;
use terraform::provider::Identity;

impl Repo {
    /// Whether any provider of the tree assumes a role.
    pub fn has_roles(&self) -> bool {
        self.index.modules.has_roles
    }

    /// The ARN of a role that the configuration names, in that account: in the partition in which roles of the
    /// repository have the account, whatever the configuration writes.
    pub(crate) fn arn_in(&self, role: &RoleName, id: &str) -> Option<String> {
        let arn = role.arn_in(id)?;
        let own = partition::of_arn(&arn).zip(self.partition_of(id));
        Some(match own {
            Some((written, own)) => arn.replacen(written, own, 1),
            None => arn,
        })
    }

    /// The partition of an account, where a role of a provider configuration tells.
    fn partition_of(&self, id: &str) -> Option<&str> {
        let providers = self.decisions.providers.values().flatten();
        let mut roles = providers.filter_map(|provider| provider.role.as_ref());
        let is_it = |account: &AccountId| account.id == id;
        roles.find_map(|role| match role {
            Account::Id(account) if is_it(account) => account.partition.as_deref(),
            Account::OneOf(all) => {
                let own = all.values().find(|account| is_it(account));
                own.and_then(|account| account.partition.as_deref())
            }
            _ => None,
        })
    }

    /// Whether any provider may act in one account alone.
    pub(crate) fn has_guards(&self) -> bool {
        self.index.modules.has_guards
    }

    /// The AWS provider configurations of a scope, default ones first, then by alias.
    pub fn providers(&self, scope: ProviderScope<'_>) -> &[ProviderIdentity] {
        let (directory, file) = match scope {
            ProviderScope::Module(directory) => (directory, None),
            ProviderScope::File(file) => (scope.directory(), Some(file)),
        };
        let key = (directory.to_path_buf(), file.map(Path::to_path_buf));
        let providers = self.decisions.providers.get(&key);
        providers.map_or(&[], Vec::as_slice)
    }

    /// The first use of a default provider configuration without a block in a module.
    pub fn implicit_default(&self, directory: &Path) -> Option<&Location> {
        self.index.implicit_defaults.get(&self.number(directory)?)
    }

    /// Whether a module is not, or no longer, used with the static keys: its S3 backend has an
    /// identity of its own. Where it has no S3 backend, a backend profile anywhere in the tree
    /// tells.
    pub fn is_migrated(&self, directory: &Path) -> bool {
        let find = || self.find_migrated(directory);
        self.decided.is_migrated(directory, find)
    }

    fn find_migrated(&self, directory: &Path) -> bool {
        let is_s3 = self.backend(directory).is_some_and(BackendKind::is_s3);
        let own = self.index.modules.facts(directory);
        let own = own.filter(|facts| facts.backend.is_some());
        let files = self.backend_files(directory).iter();
        let files = files.filter_map(|file| self.index.modules.facts_of(file));
        match is_s3 {
            true => own.chain(files).any(Facts::has_backend_claim),
            false => self.index.modules.has_backend_profile,
        }
    }

    /// The ambient provider configurations, but for guarded ones, of the modules that a root module calls, directly or
    /// not.
    pub fn called_ambient(&self, root: &Path) -> Vec<ProviderIdentity> {
        let providers = self.called_providers(root);
        let ambient = providers.filter(|it| it.is_ambient() && !it.is_guarded());
        ambient.cloned().collect()
    }

    /// Whether a module that a root module calls, directly or not, has a provider configuration that assumes its role
    /// under a condition only.
    pub fn calls_conditional(&self, root: &Path) -> bool {
        self.called_providers(root)
            .any(|it| it.is_conditional && it.may_be_ambient())
    }

    /// The provider configurations of the modules that a root module calls, directly or not.
    fn called_providers(&self, root: &Path) -> impl Iterator<Item = &ProviderIdentity> {
        let modules = &self.index.modules;
        let number = modules.number(root);
        let tree = number.map(|number| modules.graph().tree(number));
        let called = tree.into_iter().flatten();
        let called = called.filter(move |called| Some(*called) != number);
        called.flat_map(|called| {
            let directory = modules.path(called);
            self.providers(ProviderScope::Module(directory))
        })
    }

    /// The first command of a root module, or of a module that it calls, directly or not, that uses
    /// the ambient credentials, and does not work in that account as before.
    pub fn ambient_command(&self, root: &Path, account: Option<&str>) -> Option<&AmbientCommand> {
        let commands = &self.index.ambient_commands;
        if commands.is_empty() {
            return None;
        }
        let modules = &self.index.modules;
        let number = modules.number(root)?;
        let called = modules.graph().tree(number).into_iter();
        let mut tree = std::iter::once(number).chain(called);
        tree.find_map(|number| {
            let mut uses = commands.get(&number)?.iter();
            uses.find(|it| !it.works_in(account))
        })
    }

    /// The roles by which plugins of a directory's providers sign in to clusters, as written.
    pub fn plugin_roles(&self, directory: &Path) -> &[String] {
        let number = self.index.modules.number(directory);
        let roles = number.and_then(|number| self.index.plugin_roles.get(&number));
        roles.map_or(&[], Vec::as_slice)
    }

    /// The account that the directory's default provider configuration reaches with the ambient
    /// credentials, as its role or its guard tell.
    pub fn deploys_to(&self, directory: &Path) -> Option<Account> {
        let default = self.default_provider(directory)?;
        default.account().filter(|_| default.identity.is_none())
    }

    /// The account that the ambient credentials of a root module have to be of: its default provider
    /// configuration has no others, and a guard or the configuration tells.
    pub fn ambient_account(&self, directory: &Path) -> Option<String> {
        let default = self.default_provider(directory);
        if default.is_some_and(|it| !it.is_ambient()) {
            return None;
        }
        let guarded = default.and_then(ProviderIdentity::account);
        let guarded = guarded.and_then(|account| account.id().map(str::to_owned));
        guarded.or_else(|| {
            let answer = self.settings().account_of_root_module(directory)?;
            Some(answer.id.clone())
        })
    }

    /// The account in which the default provider configuration of a root module acts before the
    /// plan: that of its role, of its guard or of its profile. `None` where it acts as the ambient
    /// credentials, or where the profile has no `account` block.
    pub fn account_of_root(&self, directory: &Path) -> Option<Account> {
        let own = self.default_provider(directory);
        let default = own.or_else(|| self.generated_default(directory))?;
        let identity = default.identity.as_ref();
        if identity.is_some_and(Identity::is_foreign) {
            return None;
        }
        default.account().or_else(|| {
            let profile = identity.filter(|it| it.setting == "profile")?;
            let id = self.settings().account_of(&profile.value)?.to_owned();
            let partition = None;
            Some(Account::Id(AccountId { partition, id }))
        })
    }

    /// Whether the default provider configuration of a root module, written or not, acts by the ambient credentials
    /// alone.
    pub fn is_ambient_root(&self, directory: &Path) -> bool {
        let own = self.default_provider(directory);
        own.map_or_else(
            || self.implicit_default(directory).is_some(),
            ProviderIdentity::is_ambient,
        )
    }

    fn default_provider(&self, directory: &Path) -> Option<&ProviderIdentity> {
        let providers = self.providers(ProviderScope::Module(directory));
        providers.iter().find(|it| it.is_default())
    }
}
