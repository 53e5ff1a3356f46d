//! The rows of provider configurations.

use std::cell::OnceCell;
use std::path::Path;

use super::Applied;
use super::cell::{AccountCell, laptop_in};
use super::fold::{ActsBy, IdentityRow};
use super::runners::RootRunners;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::provider_accounts::resolved;
use crate::repo::Repo;
use syntax::code::{self, sentence};
use terraform::account::{Account, AccountId, described};
use terraform::file_kind::FileKind;
use terraform::provider::Identity;
use terraform::static_keys::CREDENTIALS_FILES;

/// The rows of a directory's provider configurations, or of those of one of its files.
pub(super) fn rows(
    directory: &Path,
    file: Option<&Path>,
    (before, after): (&Repo, &Repo),
    applied: &Applied<'_>,
    runners: &RootRunners<'_>,
) -> Vec<IdentityRow> {
    let scope = file.map_or(ProviderScope::Module(directory), ProviderScope::File);
    let (own, now) = (before.providers(scope), after.providers(scope));
    let ambient = OnceCell::new();
    // Edits neither add nor remove provider configurations: both lists are in step.
    let pairs = own.iter().zip(now);
    let rows: Vec<IdentityRow> = pairs
        .flat_map(|(was, is)| {
            let provider = Provider {
                was,
                is,
                all: own,
                ambient: &ambient,
                scope,
                before,
                after,
                runners,
            };
            provider.rows(file.unwrap_or(directory), applied)
        })
        .collect();
    rows
}

/// The rows of default provider configurations without a block.
pub fn implicit(before: &Repo, after: &Repo, runners: &RootRunners<'_>) -> Vec<IdentityRow> {
    let modules = &before.index().modules;
    let mut rows = Vec::new();
    for number in 0..modules.count() {
        let directory = modules.path(number);
        if before.implicit_default(directory).is_none() {
            continue;
        }
        let was = ambient_before(directory, before, runners);
        let scope = ProviderScope::Module(directory);
        let after = ambient_after(scope, before, after, runners);
        let laptop = laptop_in(after.as_ref(), before.settings());
        rows.push(IdentityRow::new(directory, "aws", was, laptop));
    }
    rows
}

/// A provider configuration before the plan and after it.
struct Provider<'r> {
    was: &'r ProviderIdentity,
    is: &'r ProviderIdentity,
    all: &'r [ProviderIdentity],
    /// By what the module's ambient credentials act before the plan, once it is asked for.
    ambient: &'r OnceCell<AccountCell>,
    scope: ProviderScope<'r>,
    before: &'r Repo,
    after: &'r Repo,
    runners: &'r RootRunners<'r>,
}

impl Provider<'_> {
    fn rows(&self, module: &Path, applied: &Applied<'_>) -> Vec<IdentityRow> {
        let name = match &self.was.alias {
            Some(alias) => format!("{}.{alias}", self.was.name),
            None => self.was.name.clone(),
        };
        let identity = self.was.identity.as_ref();
        if identity.is_some_and(terraform::provider::Identity::is_foreign) {
            return Vec::new();
        }
        if let Some(rows) = self.by_terragrunt(module, &name) {
            return rows;
        }
        let is_kept = self.is.role.is_some();
        let waits = is_kept && applied.waits(applied.roles, &self.was.files);
        let role = self
            .was
            .role
            .as_ref()
            .map(|role| resolved(role, &self.all.iter()));
        // One row for each workspace or file of values that chooses another account.
        let variants: Vec<(Option<String>, Option<Account>)> = match &role {
            Some(Account::OneOf(accounts)) => accounts
                .iter()
                .map(|(variant, id)| (Some(described(variant)), Some(Account::Id(id.clone()))))
                .collect(),
            role => self
                .unit_accounts(module, role.as_ref())
                .unwrap_or_else(|| vec![(None, role.clone())]),
        };
        let choice = role.filter(|role| matches!(role, Account::OneOf(_)));
        let variants = variants.into_iter().map(|(variant, role)| {
            let before = self.cell_before(role.as_ref());
            let (laptop, acts_by) = self.laptop(module, role.as_ref(), &before, waits);
            IdentityRow {
                variant,
                choice: choice.clone(),
                acts_by,
                waits,
                changes: self.was.role != self.is.role || self.was.identity != self.is.identity,
                loses_role: self.was.role.is_some() && !is_kept,
                ..IdentityRow::new(module, &name, before, laptop)
            }
        });
        variants.collect()
    }

    /// The rows of a provider configuration that acts by the role which Terragrunt assumes, `iam_role` of its file.
    fn by_terragrunt(&self, file: &Path, name: &str) -> Option<Vec<IdentityRow>> {
        let ProviderScope::File(_) = self.scope else {
            return None;
        };
        let facts = self.before.index().modules.facts_of(file)?;
        let terragrunt = facts.terragrunt.as_ref()?;
        let (role, _) = terragrunt
            .iam_role
            .as_ref()
            .filter(|_| self.was.is_ambient())?;
        let known = role.arns(&terragrunt.names);
        let known = known.filter(|arns| arns.len() == 1).into_iter().flatten();
        let mut roles: Vec<(Option<String>, String)> = known.map(|arn| (None, arn)).collect();
        if roles.is_empty() {
            let units = self.before.unit_arns(file, role, &terragrunt.names)?;
            let units = units.into_iter();
            roles = units
                .map(|(path, arn)| (Some(path.display().to_string()), arn))
                .collect();
        }
        let rows = roles.into_iter().map(|(variant, arn)| {
            let id = arn.split(':').nth(4);
            let before = AccountCell::of_id(id, "`iam_role`", self.before.settings());
            IdentityRow {
                variant,
                acts_by: ActsBy::Role,
                ..IdentityRow::new(file, name, before.clone(), before.by("`iam_role` kept"))
            }
        });
        Some(rows.collect())
    }

    /// The accounts of the units of a Terragrunt file, each with the file above them that names it.
    fn unit_accounts(
        &self,
        file: &Path,
        role: Option<&Account>,
    ) -> Option<Vec<(Option<String>, Option<Account>)>> {
        let units = self.before.unit_profiles(file, role?)?.ok()?;
        let accounts = units.files.into_iter().map(|(path, account)| {
            let id = AccountId {
                partition: None,
                id: account.id,
            };
            (Some(path.display().to_string()), Some(Account::Id(id)))
        });
        Some(accounts.collect())
    }

    /// The profile of the units of a Terragrunt file that act in that account.
    fn unit_profile(&self, file: &Path, profile: &str, role: Option<&Account>) -> Option<&str> {
        let profiles = self.after.profiles_by_unit(file, profile)?;
        let own = self.before.settings().profile_of(role?)?;
        let mut profiles = profiles.values().flatten();
        profiles.any(|it| it == own).then_some(own)
    }

    fn cell_before(&self, role: Option<&Account>) -> AccountCell {
        let settings = self.before.settings();
        match (role, &self.was.identity) {
            (Some(role), _) => {
                let by = match role {
                    Account::Id(AccountId { .. }) => "role".to_owned(),
                    other => format!("role in {other}"),
                };
                AccountCell::of_id(role.id(), by, settings)
            }
            (None, Some(identity)) if identity.setting == "profile" => {
                let id = settings.account_of(&identity.value);
                AccountCell::of_id(id, sentence!("profile `{}`", identity.value), settings)
            }
            (None, Some(identity)) if identity.is_key() => {
                AccountCell::of_id(None, "static keys of the provider", settings)
            }
            (None, Some(identity)) if identity.setting == CREDENTIALS_FILES[0] => {
                AccountCell::of_id(None, "a credentials file", settings)
            }
            (None, Some(identity)) => {
                AccountCell::of_id(None, code::quoted(&identity.setting), settings)
            }
            (None, None) => {
                let directory = self.before.index().modules.module_of(self.scope);
                let cell = self
                    .ambient
                    .get_or_init(|| ambient_before(directory, self.before, self.runners));
                match self.was.account() {
                    Some(guarded) => AccountCell::of_id(guarded.id(), cell.by.clone(), settings),
                    None => cell.clone(),
                }
            }
        }
    }

    /// By what it acts on a laptop after the plan.
    fn laptop(
        &self,
        module: &Path,
        role: Option<&Account>,
        before: &AccountCell,
        waits: bool,
    ) -> (AccountCell, ActsBy) {
        let settings = self.before.settings();
        if self.is.role.is_some() {
            let by = match waits {
                true => "role kept, its removal needs --review",
                false => "role kept",
            };
            return (before.by(by), ActsBy::Role);
        }
        match &self.is.identity {
            Some(identity) if identity.setting == "profile" => {
                let of_unit = self.unit_profile(module, &identity.value, role);
                let name = of_unit.unwrap_or(&identity.value);
                let id = settings.account_of(name);
                let by = sentence!("profile `{name}`");
                let profile = ActsBy::Profile(name.to_owned());
                (AccountCell::of_id(id, by, settings), profile)
            }
            Some(_) => (before.clone(), ActsBy::Setting),
            None => {
                let is_keyed = self.was.identity.as_ref().is_some_and(Identity::is_key);
                let answered = settings.account_of_root_module(module);
                if is_keyed && role.is_none() && self.is.account().is_none() && answered.is_none() {
                    // Whose keys they are is not in the repository.
                    let by = "AWS_PROFILE of the account of these keys";
                    return (AccountCell::of_id(None, by, settings), ActsBy::Ambient);
                }
                // The profile on a laptop is that of the role which the provider loses.
                let account = match role {
                    Some(role) if self.was.is_default() => Some(role.clone()),
                    _ => self.is.account().or_else(|| {
                        ambient_after(self.scope, self.before, self.after, self.runners)
                    }),
                };
                (laptop_in(account.as_ref(), settings), ActsBy::Ambient)
            }
        }
    }
}

fn is_test(file: &Path) -> bool {
    FileKind::of(file) == Some(FileKind::Test)
}

/// By what a module's ambient credentials act before the plan.
pub(super) fn ambient_before(
    directory: &Path,
    repo: &Repo,
    runners: &RootRunners<'_>,
) -> AccountCell {
    let settings = repo.settings();
    let answered = settings.account_of_root_module(directory);
    let answered = answered.map(|account| account.id.as_str());
    let providers = repo.providers(ProviderScope::Module(directory));
    let mut ambient = providers.iter().filter(|it| it.is_ambient());
    let default = ambient.find(|it| it.is_default());
    let guarded = default.and_then(ProviderIdentity::account);
    if repo.is_migrated(directory) || guarded.is_some() {
        let guarded = guarded.as_ref().and_then(Account::id);
        return AccountCell::of_id(guarded.or(answered), "AWS_PROFILE", settings);
    }
    // What is answered of the keys themselves is nearer than whose the state is.
    if let Some(id) = runners.key_account(directory, repo) {
        return AccountCell::of_id(Some(&id), "static keys", settings);
    }
    match repo.key_holder(directory) {
        Some(holder) => AccountCell::of_id(holder.id, "static keys", settings),
        None => AccountCell::of_id(None, "ambient credentials", settings),
    }
}

/// The account of a module's ambient credentials on a laptop after the plan; `None` where it is not
/// known.
pub(super) fn ambient_after(
    scope: ProviderScope<'_>,
    before: &Repo,
    after: &Repo,
    runners: &RootRunners<'_>,
) -> Option<Account> {
    let directory = before.index().modules.module_of(scope);
    let of_default = |scope: ProviderScope<'_>| {
        let own = before.providers(scope);
        let default = own.iter().position(ProviderIdentity::is_default)?;
        let now = after.providers(scope);
        let now = now.get(default).filter(|now| now.is_ambient())?;
        match &own[default].role {
            Some(role) => Some(resolved(role, &own.iter())),
            None => now.account(),
        }
    };
    // A test acts by the credentials of the tested module.
    let tested = matches!(scope, ProviderScope::File(file) if is_test(file));
    let tested = tested.then_some(ProviderScope::Module(directory));
    let mut scopes = std::iter::once(scope).chain(tested);
    if let Some(account) = scopes.find_map(of_default) {
        return Some(account);
    }
    let callers = before.roots(directory).filter(|root| *root != directory);
    let callers: Vec<Option<Account>> = callers
        .map(|root| of_default(ProviderScope::Module(root)))
        .collect();
    if let Some(Some(first)) = callers.first() {
        let is_one = callers.iter().flatten().all(|other| other.is_same(first));
        return Some(first.clone()).filter(|_| is_one && !callers.contains(&None));
    }
    let id = before
        .settings()
        .account_of_root_module(directory)
        .map(|account| account.id.clone())
        .or_else(|| {
            let keys = || runners.key_account(directory, before);
            let holder = || before.key_holder(directory)?.id.map(str::to_owned);
            let is_migrated = before.is_migrated(directory);
            (!is_migrated).then(|| keys().or_else(holder))?
        });
    id.map(|id| {
        Account::Id(AccountId {
            partition: None,
            id,
        })
    })
}
