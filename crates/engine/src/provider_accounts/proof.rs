//! The proof that no provider configuration changes account: each is resolved before and after the
//! plan by rules of its own, not by those that decided. A mistake would have to be made twice.

mod commands;
#[cfg(test)]
mod tests;
mod units;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::resolved;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use terraform::account::Account;
use terraform::file_kind::FileKind;
use terraform::provider::Identity;

/// The identities of all provider configurations before a plan.
#[derive(Debug)]
pub struct AccountsBefore {
    scopes: Vec<ScopeBefore>,
    /// The index of each scope, by its file or, where it has none, its directory: many modules are
    /// asked for their callers.
    places: HashMap<PathBuf, usize>,
}

#[derive(Debug)]
struct ScopeBefore {
    directory: PathBuf,
    /// For a file that has provider configurations of its own.
    file: Option<PathBuf>,
    providers: Vec<ProviderIdentity>,
    was_migrated: bool,
    /// The accounts of Terragrunt's units, for each provider configuration.
    by_unit: Vec<Option<BTreeMap<PathBuf, Option<String>>>>,
}

impl ScopeBefore {
    fn scope(&self) -> ProviderScope<'_> {
        scope(&self.directory, self.file.as_deref())
    }

    /// Whether each unit of Terragrunt acts by the profile of the account that it had before.
    fn has_same_units(&self, before: &ProviderIdentity, profile: &str, after: &Repo) -> bool {
        let mut pairs = self.providers.iter().zip(&self.by_unit);
        let found = pairs.find(|(provider, _)| *provider == before);
        let accounts = found.and_then(|(_, accounts)| accounts.as_ref());
        let units = accounts.zip(self.file.as_deref());
        units.is_some_and(|(accounts, file)| units::are_same(accounts, file, profile, after))
    }
}

impl AccountsBefore {
    /// Records the provider configurations of a repository.
    pub fn of(repo: &Repo) -> Self {
        let scopes = repo.index().modules.provider_scopes().into_iter();
        let scopes = scopes.map(|(directory, file)| ScopeBefore {
            providers: repo.providers(scope(&directory, file.as_deref())).to_vec(),
            was_migrated: repo.is_migrated(&directory),
            by_unit: by_unit(&directory, file.as_deref(), repo),
            directory,
            file,
        });
        let scopes: Vec<ScopeBefore> = scopes.collect();
        let path = |scope: &ScopeBefore| scope.file.clone().unwrap_or(scope.directory.clone());
        let places = scopes.iter().enumerate();
        Self {
            places: places.map(|(at, scope)| (path(scope), at)).collect(),
            scopes,
        }
    }

    /// The first provider configuration or command that would act in another account than before, as
    /// a message with its file; `None` where all accounts are equal.
    pub fn moved(&self, after: &Repo) -> Option<String> {
        let moved = self.scopes.iter().find_map(|scope| {
            let providers = after.providers(scope.scope());
            // Edits neither add nor remove provider configurations: both lists are in step.
            let pairs = || scope.providers.iter().zip(providers);
            let loses_role = |(before, now): (&ProviderIdentity, &ProviderIdentity)| {
                before.role.is_some() && now.role.is_none()
            };
            let is_touched = pairs().any(loses_role);
            let mut pairs = pairs();
            let moved = pairs
                .find(|(before, now)| !self.is_same_account(before, now, scope, is_touched, after));
            moved.map(|(before, _)| {
                let file = before.files.first().map(|file| file.display().to_string());
                let alias = before.alias.as_deref();
                let name = alias.map_or_else(
                    || "the default provider".to_owned(),
                    |alias| format!("provider \"{}.{alias}\"", before.name),
                );
                format!("{}: {name} would change account", file.unwrap_or_default())
            })
        });
        moved.or_else(|| self.moved_command(after))
    }

    /// Whether a provider configuration acts in the same account as before. `is_touched` tells
    /// whether any of its scope loses a role.
    fn is_same_account(
        &self,
        before: &ProviderIdentity,
        now: &ProviderIdentity,
        scope: &ScopeBefore,
        is_touched: bool,
        repo: &Repo,
    ) -> bool {
        let profile = now.identity.as_ref().filter(|it| it.setting == "profile");
        let profile = profile.map(|profile| profile.value.as_str());
        let holder = repo.key_holder(&scope.directory);
        match (&before.role, &before.identity) {
            (Some(_), _) if now.role == before.role && now.identity == before.identity => true,
            (Some(account), None) => {
                let account = resolved(account, &scope.providers.iter());
                match profile {
                    Some(profile) => {
                        repo.settings().profile_of(&account) == Some(profile)
                            || scope.has_same_units(before, profile, repo)
                    }
                    None => {
                        let signed_in =
                            self.accounts_signed_in(scope, ProviderIdentity::account, repo);
                        // Its own role's account is the same, whether or not it is known.
                        let is_same = |it: &Account| {
                            account.is_same(it) || before.is_default() && account == *it
                        };
                        !signed_in.is_empty() && signed_in.iter().all(is_same)
                    }
                }
            }
            (Some(account), Some(identity)) if identity.setting == "profile" => {
                let account = resolved(account, &scope.providers.iter());
                let own = profile.filter(|_| now.role.is_none());
                own.is_some() && repo.settings().profile_of(&account) == own
            }
            (None, None) if before.is_guarded() && now.guard == before.guard => {
                // Its guard refuses every account but one.
                now.identity.is_none()
            }
            (None, None) => match profile {
                Some(profile) => holder.is_some_and(|holder| holder.profile == profile),
                None => {
                    let lost = |default: &ProviderIdentity| default.role.clone();
                    let signed_in = self.accounts_signed_in(scope, lost, repo);
                    let holder = holder.and_then(|holder| holder.id);
                    let is_holder = |it: &Account| it.id().is_some() && it.id() == holder;
                    let mut defaults = scope.providers.iter().filter(|it| it.is_default());
                    let is_bound = defaults.any(|it| it.is_ambient() && it.is_guarded());
                    let is_untouched = !is_touched || scope.was_migrated || is_bound;
                    signed_in.iter().all(is_holder) && (!signed_in.is_empty() || is_untouched)
                }
            },
            (None, Some(identity)) if identity.is_key() && now.is_ambient() => {
                // Whose keys these are is not in the repository. Where the default provider
                // configuration had the same ones, both act in one account before and after.
                before.is_default() || self.has_default_with(identity, scope)
            }
            (_, Some(_)) => now.role == before.role && now.identity == before.identity,
        }
    }

    /// Whether the default provider configuration of the directory had the same keys.
    fn has_default_with(&self, identity: &Identity, scope: &ScopeBefore) -> bool {
        let scopes = self.scopes.iter();
        let mut beside = scopes.filter(|it| it.directory == scope.directory);
        beside.any(|it| {
            let mut providers = it.providers.iter();
            providers.any(|it| it.is_default() && it.identity.as_ref() == Some(identity))
        })
    }

    /// The accounts of `AWS_PROFILE` after the plan: `account` of the scope's own default provider
    /// configuration, or of those of the root modules that call it, where that is ambient then.
    fn accounts_signed_in(
        &self,
        scope: &ScopeBefore,
        account: impl Fn(&ProviderIdentity) -> Option<Account> + Copy,
        repo: &Repo,
    ) -> Vec<Account> {
        let of = |file: Option<&Path>, directory: &Path| {
            let default = self.default_that_is_ambient(file, directory, repo)?;
            account(default)
        };
        let own = of(scope.file.as_deref(), &scope.directory);
        let modules = &repo.index().modules;
        if let Some(file) = scope.file.as_deref() {
            let module = modules.module_of(scope.scope());
            let is_test = FileKind::of(file) == Some(FileKind::Test);
            // What runs the tested module runs its tests, too.
            let account = match is_test && self.has_default(module) {
                true => of(None, module),
                false => own,
            };
            return account.into_iter().collect();
        }
        let testers = modules.testers(&scope.directory);
        let testers = testers.filter(|tested| self.has_default(tested));
        let testers = testers.map(|tested| of(None, tested));
        if let Some(account) = own {
            let mut roots = repo.roots(&scope.directory);
            let is_called = roots.any(|root| root != scope.directory);
            // A called module's own role tells nothing about the runner of its callers.
            if !is_called {
                let unknown = || Account::Expression(String::new());
                let testers = testers.map(|it| it.unwrap_or_else(unknown));
                return std::iter::once(account).chain(testers).collect();
            }
        }
        let roots = repo.roots(&scope.directory);
        let roots = roots.filter(|root| *root != scope.directory);
        let roots = roots.filter_map(|root| of(None, root));
        roots.chain(testers.flatten()).collect()
    }

    /// Whether the module of a directory had a default provider configuration.
    fn has_default(&self, directory: &Path) -> bool {
        let scope = self.places.get(directory).map(|at| &self.scopes[*at]);
        scope.is_some_and(|it| it.providers.iter().any(ProviderIdentity::is_default))
    }

    /// The default provider configuration of a scope as it was, where it is ambient after the plan.
    fn default_that_is_ambient(
        &self,
        file: Option<&Path>,
        directory: &Path,
        after: &Repo,
    ) -> Option<&ProviderIdentity> {
        let found = &self.scopes[*self.places.get(file.unwrap_or(directory))?];
        let before = found.providers.iter().find(|it| it.is_default())?;
        let providers = after.providers(found.scope());
        let now = providers.iter().find(|it| it.is_default())?;
        Some(before).filter(|_| now.is_ambient())
    }
}

/// The accounts of Terragrunt's units, for each provider configuration of a scope.
fn by_unit(
    directory: &Path,
    file: Option<&Path>,
    repo: &Repo,
) -> Vec<Option<BTreeMap<PathBuf, Option<String>>>> {
    let providers = repo.providers(scope(directory, file)).iter();
    let accounts = providers.map(|provider| units::accounts(file?, provider, repo));
    accounts.collect()
}

fn scope<'p>(directory: &'p Path, file: Option<&'p Path>) -> ProviderScope<'p> {
    match file {
        None => ProviderScope::Module(directory),
        Some(file) => ProviderScope::File(file),
    }
}
