//! The switch from keys to profiles: in which account each provider acts before it, and what has
//! to become of it so that it acts there afterwards.
//!
//! Before, the environment's credentials are those of the keys' account; afterwards they are those
//! of `AWS_PROFILE`, which for a root module is the account of the role that its default provider
//! loses.

mod proof;

use std::path::{Path, PathBuf};

pub use proof::Before;

use crate::decisions::providers::Standing;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use crate::repo::accounts::KeyHolder;
use diagnostics::finding::Safety;
use terraform::account::Account;
use terraform::file_kind::FileKind;

/// What becomes of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleChange {
    /// It stays as it is, and acts where it did.
    Stays,
    /// Its role goes: the environment's credentials are those of its account.
    Removed,
    /// It gets this profile, in place of its role if it has one.
    Profile(String),
    /// It is left to a person.
    Left(ManualReason),
}

/// Why a provider is left to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManualReason {
    /// Without the role it would act as this setting says.
    Identity(String),
    /// Others call its module, and this one of them is not known to act in the role's account.
    Caller(PathBuf),
    /// The role lies in the account of who assumes it: it only chooses rights.
    SameAccount,
    /// The default provider, in the same account, keeps its role.
    DefaultStays,
    /// No `account` block names its account.
    Unnamed(String),
    /// Its account is not known.
    Unknown,
    /// A provider that acts as the environment would move with it, and cannot be kept where it is.
    Held(Obstacle),
    /// It acts as the environment says, and nothing is done about it.
    Ambient,
}

/// Why a provider without credentials of its own cannot be kept in the keys' account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The profile of that account is not known.
    NoProfile,
    /// This file cannot be edited.
    File(PathBuf),
}

/// A provider and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The provider.
    pub standing: Standing,
    /// What becomes of it.
    pub fate: RoleChange,
    /// Why that needs a yes.
    pub caution: Option<Caution>,
}

/// Why what becomes of a provider needs a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caution {
    /// Whoever runs Terraform has to have the profile, CI among them.
    Profile,
    /// A provider that acts as the environment gets a profile together with it.
    Ambient,
    /// A role beside it is only assumed under a condition, and may be the environment's without.
    Conditional,
    /// Terragrunt fills in another account for another unit.
    Unit,
    /// The workspace chose the account.
    Workspace,
}

impl Decision {
    /// Whether it needs a yes.
    pub fn safety(&self) -> Safety {
        match self.caution {
            None => Safety::Safe,
            Some(_) => Safety::Review,
        }
    }
}

/// What becomes of the providers of a scope.
pub fn decide(scope: ProviderScope<'_>, repo: &Repo) -> Vec<Decision> {
    let switch = Switch::new(scope, repo);
    let mut decisions = switch.by_their_own();
    switch.keep_the_ambient(&mut decisions);
    mind_the_conditional(&mut decisions);
    decisions
}

/// The account of the role that a module's default provider loses, and whether that needs a
/// yes.
pub fn role_that_goes(directory: &Path, repo: &Repo) -> Option<(Account, Option<Caution>)> {
    let default = default_that_goes(directory, repo)?;
    let files = default.standing.files.iter();
    let goes = repo.selection().admits(default.safety())
        && files.into_iter().all(|file| repo.is_editable(file));
    Some((default.standing.role?, default.caution)).filter(|_| goes)
}

fn default_that_goes(directory: &Path, repo: &Repo) -> Option<Decision> {
    let decisions = decide(ProviderScope::Module(directory), repo);
    let mut decisions = decisions.into_iter();
    decisions.find(|it| it.standing.is_default() && it.fate == RoleChange::Removed)
}

struct Switch<'r> {
    scope: ProviderScope<'r>,
    repo: &'r Repo,
    providers: Vec<Standing>,
    /// The default configuration; for a test that has none, the module's.
    default: Option<Standing>,
    holder: Option<KeyHolder<'r>>,
}

impl<'r> Switch<'r> {
    fn new(scope: ProviderScope<'r>, repo: &'r Repo) -> Self {
        let providers = repo.providers(scope);
        let find = |providers: &[Standing]| providers.iter().find(|it| it.is_default()).cloned();
        let inherited = || match scope {
            ProviderScope::File(file) if FileKind::of(file) == Some(FileKind::Test) => {
                find(&repo.providers(ProviderScope::Module(file.parent()?)))
            }
            ProviderScope::Module(_) | ProviderScope::File(_) => None,
        };
        Self {
            default: find(&providers).or_else(inherited),
            holder: repo.key_holder(scope.directory()),
            scope,
            repo,
            providers,
        }
    }

    /// What becomes of each provider for its role alone.
    fn by_their_own(&self) -> Vec<Decision> {
        let default = self.default.as_ref().map(|default| {
            let (fate, caution) = self.default_fate(default);
            (default, fate, caution)
        });
        let decisions = self.providers.iter().map(|standing| {
            let (fate, caution) = match (&standing.role, &standing.identity, &default) {
                (None, Some(_), _) => (RoleChange::Stays, None),
                (Some(_), Some(other), _) if other.is_foreign() => (RoleChange::Stays, None),
                (None, None, _) => (RoleChange::Left(ManualReason::Ambient), None),
                (Some(_), Some(identity), _) => {
                    let why = ManualReason::Identity(identity.setting.clone());
                    (RoleChange::Left(why), None)
                }
                (Some(_), None, Some((default, fate, caution))) if standing == *default => {
                    (fate.clone(), *caution)
                }
                (Some(account), None, default) => {
                    let default = default.as_ref();
                    self.alias_fate(
                        account,
                        default.map(|(it, fate, caution)| (*it, fate, *caution)),
                    )
                }
            };
            Decision {
                standing: standing.clone(),
                fate,
                caution,
            }
        });
        decisions.collect()
    }

    /// What becomes of the default provider, or would of the one that a test inherits.
    fn default_fate(&self, default: &Standing) -> (RoleChange, Option<Caution>) {
        let Some(account) = default.role.as_ref().filter(|_| default.identity.is_none()) else {
            return (RoleChange::Stays, None);
        };
        // Terragrunt fills in one account for one unit, another for the next.
        let is_per_unit = matches!(self.scope, ProviderScope::File(file)
            if FileKind::of(file) == Some(FileKind::Terragrunt) && account.id().is_none());
        let by_unit = is_per_unit.then_some(Caution::Unit);
        let by_workspace = default.by_workspace.then_some(Caution::Workspace);
        let mut caution = by_workspace.or(by_unit);
        if let ProviderScope::Module(directory) = self.scope {
            for root in self.repo.roots(directory).filter(|root| *root != directory) {
                let goes = role_that_goes(root, self.repo);
                let same = goes.filter(|(other, _)| other.id().is_some() && account.is_same(other));
                match (same, self.repo.settings().profile_of(account)) {
                    (Some((_, other)), _) => caution = caution.max(other),
                    (None, Some(profile)) => {
                        return (
                            RoleChange::Profile(profile.to_owned()),
                            Some(Caution::Profile),
                        );
                    }
                    (None, None) => {
                        return (
                            RoleChange::Left(ManualReason::Caller(root.to_path_buf())),
                            caution,
                        );
                    }
                }
            }
        }
        (RoleChange::Removed, caution)
    }

    fn alias_fate(
        &self,
        account: &Account,
        default: Option<(&Standing, &RoleChange, Option<Caution>)>,
    ) -> (RoleChange, Option<Caution>) {
        let all: Vec<Standing> = self
            .providers
            .iter()
            .chain(&self.default)
            .cloned()
            .collect();
        let account = resolved(account, &all);
        if let Some((default, fate, caution)) = default {
            let same = default
                .role
                .as_ref()
                .is_some_and(|role| account.is_same(role));
            let is_free = default.files.iter().all(|file| self.repo.is_editable(file));
            match fate {
                RoleChange::Removed if same && is_free => return (RoleChange::Removed, caution),
                RoleChange::Removed | RoleChange::Left(_) if same => {
                    return (RoleChange::Left(ManualReason::DefaultStays), None);
                }
                _ => {}
            }
        }
        let default_is_caller = default.is_none_or(|(it, ..)| {
            it.is_ambient()
                || self
                    .holder
                    .is_some_and(|holder| it.has_profile(holder.profile))
        });
        let is_callers = account == Account::CallerOf(String::new())
            || account.id().is_some() && account.id() == self.holder.and_then(|it| it.id);
        if default_is_caller && is_callers {
            return (RoleChange::Left(ManualReason::SameAccount), None);
        }
        match (self.repo.settings().profile_of(&account), account.id()) {
            (Some(profile), _) => (
                RoleChange::Profile(profile.to_owned()),
                Some(Caution::Profile),
            ),
            (None, Some(id)) => (RoleChange::Left(ManualReason::Unnamed(id.to_owned())), None),
            (None, None) => (RoleChange::Left(ManualReason::Unknown), None),
        }
    }

    /// Keeps the providers that act as the environment in the keys' account, or holds back what
    /// would move them.
    fn keep_the_ambient(&self, decisions: &mut [Decision]) {
        let mut defaults = decisions.iter().filter(|it| it.standing.is_default());
        let default = defaults.find(|it| it.fate == RoleChange::Removed);
        let goes = default.and_then(|it| it.standing.role.clone());
        let own = decisions.iter().filter(|it| it.standing.is_ambient());
        let mut ambient: Vec<Standing> = own.map(|it| it.standing.clone()).collect();
        if let (ProviderScope::Module(directory), Some(_)) = (self.scope, &goes) {
            ambient.extend(self.repo.called_ambient(directory));
        }
        if ambient.is_empty() || !self.moves(decisions, goes.as_ref()) {
            return;
        }
        let obstacle = self.obstacle(&ambient);
        for decision in decisions {
            let is_ambient = decision.standing.is_ambient();
            match (&obstacle, self.holder) {
                (None, Some(holder)) if is_ambient => {
                    decision.fate = RoleChange::Profile(holder.profile.to_owned());
                    decision.caution = Some(Caution::Profile);
                }
                (Some(obstacle), _) if loses_a_role(decision) => {
                    decision.fate = RoleChange::Left(ManualReason::Held(obstacle.clone()));
                }
                (None, _) if loses_a_role(decision) => {
                    decision.caution = decision.caution.max(Some(Caution::Ambient));
                }
                _ => {}
            }
        }
    }

    /// Whether the environment's credentials are another account's once these decisions are
    /// carried out. `goes` is the account of the role that the default provider loses.
    fn moves(&self, decisions: &[Decision], goes: Option<&Account>) -> bool {
        let is_moved = |account: &Account| {
            let holder = self.holder.and_then(|holder| holder.id);
            account.id().is_none() || account.id() != holder
        };
        if let Some(account) = goes {
            return is_moved(account);
        }
        let directory = self.scope.directory();
        let mut callers = self.repo.roots(directory).filter(|root| *root != directory);
        let caller_moves = callers.any(|root| {
            let default = default_that_goes(root, self.repo);
            let account = default.and_then(|default| default.standing.role);
            account.is_some_and(|account| is_moved(&account))
        });
        caller_moves || decisions.iter().any(loses_a_role) && !self.repo.is_switched(directory)
    }

    fn obstacle(&self, ambient: &[Standing]) -> Option<Obstacle> {
        if self.holder.is_none() {
            return Some(Obstacle::NoProfile);
        }
        let file = ambient.iter().find_map(|it| {
            let file = it.files.last()?;
            (!self.repo.is_editable(file)).then_some(file)
        });
        file.map(|file| Obstacle::File(file.clone()))
    }
}

/// An account itself, where it is told as that of another of the providers.
fn resolved(account: &Account, providers: &[Standing]) -> Account {
    let mut account = account.clone();
    // Each provider is asked at most once.
    for _ in providers {
        let Account::CallerOf(alias) = &account else {
            break;
        };
        let alias = Some(alias.as_str()).filter(|alias| !alias.is_empty());
        let asked = providers.iter().find(|it| it.alias.as_deref() == alias);
        match asked.and_then(|asked| asked.role.clone()) {
            Some(role) => account = role,
            None => break,
        }
    }
    account
}

/// Asks for a yes where a role that stays is only assumed under a condition: without it, that
/// provider acts as the environment, too.
fn mind_the_conditional(decisions: &mut [Decision]) {
    let is_left =
        |it: &Decision| it.standing.is_conditional && matches!(it.fate, RoleChange::Left(_));
    if decisions.iter().any(is_left) {
        for decision in decisions.iter_mut().filter(|it| loses_a_role(it)) {
            decision.caution = decision.caution.max(Some(Caution::Conditional));
        }
    }
}

fn loses_a_role(decision: &Decision) -> bool {
    let is_gone = matches!(decision.fate, RoleChange::Removed | RoleChange::Profile(_));
    decision.standing.role.is_some() && is_gone
}
