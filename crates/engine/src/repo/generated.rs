//! The provider configurations that Terragrunt generates for the modules that its units deploy.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use terraform::account::Account;

use super::Repo;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;

impl Repo {
    /// The account that the default provider configurations reach which Terragrunt files of the directory generate,
    /// where it is one.
    pub fn generates_for(&self, directory: &Path) -> Option<Account> {
        let files = self.index.modules.files(directory)?.iter();
        let files = files.filter(|(_, facts)| facts.terragrunt.is_some());
        let accounts = files.filter_map(|(name, _)| {
            let file = directory.join(name);
            let mut providers = self.providers(ProviderScope::File(&file)).iter();
            let default = providers.find(|it| it.is_default())?;
            Some(default.account().filter(|_| default.identity.is_none()))
        });
        let accounts: Vec<Account> = accounts.collect::<Option<_>>()?;
        let (first, rest) = accounts.split_first()?;
        rest.iter().all(|it| it == first).then(|| first.clone())
    }

    /// The default provider configuration that Terragrunt generates for a module which units deploy: that of the file
    /// in or nearest above each of them, where these agree on its account.
    pub(crate) fn generated_default(&self, module: &Path) -> Option<&ProviderIdentity> {
        let mut found: Option<&ProviderIdentity> = None;
        for unit in self.deploying_units(module) {
            let own = unit
                .ancestors()
                .find_map(|above| self.default_generated_in(above))?;
            if found.is_some_and(|known| known.account() != own.account()) {
                return None;
            }
            found = Some(own);
        }
        found
    }

    /// The default provider configuration that a Terragrunt file of a directory generates.
    fn default_generated_in(&self, directory: &Path) -> Option<&ProviderIdentity> {
        let files = self.index.modules.files(directory)?.iter();
        let mut files = files.filter(|(_, facts)| facts.terragrunt.is_some());
        files.find_map(|(name, _)| {
            let file = directory.join(name);
            let mut providers = self.providers(ProviderScope::File(&file)).iter();
            providers.find(|it| it.is_default())
        })
    }

    /// The directories of units that a Terragrunt file concerns, and of the modules that they deploy: of those in its
    /// directory and below it; of all, where there are none, since any may include it by its path.
    pub(crate) fn deployed_by(&self, file: &Path) -> BTreeSet<&Path> {
        let directory = file.parent().unwrap_or(Path::new(""));
        let all = &self.index.deployments.modules;
        let has_own = all.keys().any(|unit| unit.starts_with(directory));
        let own = all
            .iter()
            .filter(|(unit, _)| !has_own || unit.starts_with(directory));
        let directories = own.flat_map(|(unit, modules)| modules.iter().chain([unit]));
        directories.map(PathBuf::as_path).collect()
    }
}
