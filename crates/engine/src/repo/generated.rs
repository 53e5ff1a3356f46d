//! The provider configurations that Terragrunt generates for the modules that its units deploy.

use std::path::Path;

use terraform::account::Account;

use super::Repo;
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
}
