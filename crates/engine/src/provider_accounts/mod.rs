//! The role decision: in which account each provider configuration acts before the migration, and
//! how it has to change to act there afterwards.
//!
//! Before, the ambient credentials are the static keys of the account that holds the state.
//! Afterwards they are those of `AWS_PROFILE`, which for a root module is the account of the role
//! that its default provider configuration loses. So a provider configuration without credentials
//! of its own changes account although nothing in it is edited: the one thing that must not happen.

mod ambient;
mod decider;
mod proof;
mod state;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

pub use proof::AccountsBefore;

use crate::catalogue::Purpose;
use crate::decisions::providers::ProviderIdentity;
use crate::decisions::role_hold::RoleHold;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use decider::Decider;
use diagnostics::finding::Safety;
use terraform::account::Account;

/// How a provider configuration changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleChange {
    /// It is left as it is, and acts in the same account as before.
    Keep,
    /// Its role is removed: the ambient credentials are those of the role's account.
    Remove,
    /// It gets this profile, in place of its role if it has one.
    Profile(String),
    /// It needs a person.
    Manual(ManualReason),
}

/// Why a provider configuration needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManualReason {
    /// Without the role it would act by this setting of its own.
    OtherIdentity(String),
    /// Its module is called, and this caller is not known to act in the role's account.
    Caller(PathBuf),
    /// The role is in the account of its caller: it only changes permissions.
    SameAccount,
    /// The default provider configuration, in the same account, keeps its role.
    DefaultKeepsRole,
    /// No `account` block has this id.
    NoAccountBlock(String),
    /// Its module is a template: what fills it in knows the account.
    Template,
    /// Its account is not known.
    UnknownAccount,
    /// An ambient provider configuration would change account with it, and cannot be pinned.
    AmbientBeside(PinObstacle),
    /// It is ambient, and nothing in the plan pins it.
    Ambient,
    /// A job that runs its root module cannot follow.
    Job(RoleHold),
}

/// Why an ambient provider configuration cannot be pinned to the static keys' account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinObstacle {
    /// The profile of that account is not known.
    UnknownProfile,
    /// This file cannot be edited.
    NotEditable(PathBuf),
}

/// A provider configuration and how it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The provider configuration, as it is now.
    pub provider: ProviderIdentity,
    /// How it changes.
    pub change: RoleChange,
    /// Why the change needs review; `None` where it is safe.
    pub review: Option<ReviewReason>,
}

/// Why a change of a provider configuration needs review. Of several reasons the greatest is
/// reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewReason {
    /// Every runner needs the profile, CI among them: on a GitHub runner it does not exist, and
    /// Terraform stops with `failed to get shared config profile`.
    Profile,
    /// A default provider configuration acts in the role's account already, without a role.
    Guard,
    /// An ambient provider configuration gets a profile together with it.
    Ambient,
    /// Its account is not known, and a role beside it waits for review: without the role, nothing
    /// would tell a later plan that it does not act in the account of the keys.
    Together,
    /// A role beside it is assumed under a condition only; without it, that provider
    /// configuration is ambient.
    Conditional,
    /// A role that is kept is in the account of its caller identity, and nothing but `AWS_PROFILE`
    /// says afterwards which that is.
    Caller,
    /// A command of the root module uses the ambient credentials, which are another account's without
    /// the role ([`Repo::ambient_command`]).
    Command,
    /// Terragrunt sets another account in another unit.
    Unit,
    /// The workspace, or a variable, chose the account.
    Choice,
    /// The S3 backend waits for review too, or cannot be edited.
    BackendWaits,
    /// The S3 backend would look for state and lock in the role's account: whose profile it needs is
    /// not known.
    Backend,
}

impl Decision {
    /// Whether the change needs review.
    pub fn safety(&self) -> Safety {
        match self.review {
            None => Safety::Safe,
            Some(_) => Safety::Review,
        }
    }

    /// Whether a role is removed, with or without a profile in its place.
    fn loses_role(&self) -> bool {
        let is_removed = matches!(self.change, RoleChange::Remove | RoleChange::Profile(_));
        self.provider.role.is_some() && is_removed
    }
}

/// The decisions that were asked for.
#[derive(Debug, Default)]
pub(crate) struct DecidedScopes(Mutex<HashMap<PathBuf, Arc<Vec<Decision>>>>);

/// None are known of a changed repository.
impl Clone for DecidedScopes {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl DecidedScopes {
    fn once(
        &self,
        scope: ProviderScope<'_>,
        decide: impl FnOnce() -> Vec<Decision>,
    ) -> Arc<Vec<Decision>> {
        let path = match scope {
            ProviderScope::Module(path) | ProviderScope::File(path) => path,
        };
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decided) = known().get(path) {
            return Arc::clone(decided);
        }
        let decided = Arc::new(decide());
        known().insert(path.to_path_buf(), Arc::clone(&decided));
        decided
    }
}

/// How the provider configurations of a scope change.
pub fn decide(scope: ProviderScope<'_>, repo: &Repo) -> Arc<Vec<Decision>> {
    // A root module is asked for each module that it calls.
    repo.decided.once(scope, || decide_anew(scope, repo))
}

fn decide_anew(scope: ProviderScope<'_>, repo: &Repo) -> Vec<Decision> {
    let decider = Decider::new(scope, repo);
    let mut decisions = decider.decide_roles();
    if let Some(hold) = repo
        .role_hold(scope.directory())
        .filter(|it| it.is_certain())
    {
        for decision in decisions.iter_mut().filter(|it| it.loses_role()) {
            decision.change = RoleChange::Manual(ManualReason::Job(hold.clone()));
            decision.review = None;
        }
    }
    decider.review_together(&mut decisions);
    // After the roles: only a role that is removed changes the ambient account.
    decider.pin_ambient(&mut decisions);
    decider.review_commands(&mut decisions);
    review_beside_conditional(&mut decisions);
    review_callers(&mut decisions, repo);
    decisions
}

/// Whether a role that is kept in a scope depends on the caller identity of that provider
/// configuration; the alias is `None` for the default one.
pub fn names_kept_role(scope: ProviderScope<'_>, alias: Option<&str>, repo: &Repo) -> bool {
    let decisions = decide(scope, repo);
    decisions.iter().any(|it| is_kept_by(it, alias))
}

/// The account of the role that the default provider configuration of a module loses in this plan,
/// and why that needs review; `None` where it keeps the role.
fn removed_default_role(directory: &Path, repo: &Repo) -> Option<(Account, Option<ReviewReason>)> {
    let default = default_losing_role(directory, repo)?;
    let mut files = default.provider.files.iter();
    let id = repo.catalogue().id_of(Purpose::RemoveRoles);
    let is_made =
        repo.selection().admits(default.safety()) && files.all(|file| repo.is_editable(file, id));
    Some((default.provider.role?, default.review)).filter(|_| is_made)
}

/// Whether a module is a template: no root module of this tree, whatever it calls.
fn is_template(directory: &Path, repo: &Repo) -> bool {
    let providers = repo.providers(ProviderScope::Module(directory));
    providers.iter().any(|it| it.is_template)
}

/// The one account in which a module's default provider configuration acts with the ambient
/// credentials, because of its guard; a role there only changes permissions.
fn guarded_default(directory: &Path, repo: &Repo) -> Option<(Account, Option<ReviewReason>)> {
    let providers = repo.providers(ProviderScope::Module(directory));
    let mut defaults = providers.iter().filter(|it| it.is_default());
    let default = defaults.find(|it| it.is_ambient())?;
    Some((default.account()?, Some(ReviewReason::Guard)))
}

/// The decision on a module's default provider configuration, where its role can be removed.
fn default_losing_role(directory: &Path, repo: &Repo) -> Option<Decision> {
    let decisions = decide(ProviderScope::Module(directory), repo);
    let mut decisions = decisions.iter();
    let removed = decisions.find(|it| it.provider.is_default() && it.change == RoleChange::Remove);
    removed.cloned()
}

/// Provider configurations of which each acts in the account of the next one.
const CALLERS: usize = 16;

/// The account itself, where it is given as that of another provider configuration's role.
pub(crate) fn resolved<'p>(
    account: &Account,
    providers: impl Iterator<Item = &'p ProviderIdentity> + Clone,
) -> Account {
    let mut account = account.clone();
    // A longer chain of callers is a loop, or nothing that anybody follows.
    for _ in 0..CALLERS {
        let Account::CallerOf(alias) = &account else {
            break;
        };
        let alias = Some(alias.as_str()).filter(|alias| !alias.is_empty());
        let caller = providers.clone().find(|it| it.alias.as_deref() == alias);
        match caller.and_then(|caller| caller.role.clone()) {
            Some(role) => account = role,
            None => break,
        }
    }
    account
}

/// Asks for review where a role that is kept is assumed under a condition only: without it, that
/// provider configuration is ambient and changes account with the roles that are removed.
fn review_beside_conditional(decisions: &mut [Decision]) {
    let is_kept =
        |it: &Decision| it.provider.is_conditional && matches!(it.change, RoleChange::Manual(_));
    if decisions.iter().any(is_kept) {
        for decision in decisions.iter_mut().filter(|it| it.loses_role()) {
            decision.review = decision.review.max(Some(ReviewReason::Conditional));
        }
    }
}

/// Asks for review where a provider configuration loses a role of an unknown account and a role that
/// is kept depends on its caller identity: with a wrong profile, both would move.
fn review_callers(decisions: &mut [Decision], repo: &Repo) {
    let is_guarded = |role: &Account| match role {
        Account::Id(_) => true,
        Account::OneOf(_) | Account::Template(_) => repo.carries_out(Purpose::GuardAccounts),
        Account::CallerOf(_) | Account::Expression(_) => false,
    };
    let is_open = |it: &&Decision| {
        let is_removed = it.change == RoleChange::Remove;
        is_removed && !it.provider.role.as_ref().is_some_and(is_guarded)
    };
    let open = decisions.iter().filter(is_open);
    let kept = decisions.iter().filter(|it| is_kept(it));
    let kept: BTreeSet<&str> = kept
        .flat_map(|it| it.provider.callers.iter().map(String::as_str))
        .collect();
    let mut names = open.map(|it| it.provider.alias.as_deref().unwrap_or_default());
    if names.any(|alias| kept.contains(alias)) {
        for decision in decisions.iter_mut().filter(|it| it.loses_role()) {
            decision.review = decision.review.max(Some(ReviewReason::Caller));
        }
    }
}

/// Whether a decision keeps a role that depends on the caller identity of that alias.
fn is_kept_by(decision: &Decision, alias: Option<&str>) -> bool {
    let alias = alias.unwrap_or_default();
    is_kept(decision) && decision.provider.callers.contains(alias)
}

/// Whether a decision leaves a provider configuration as it is.
fn is_kept(decision: &Decision) -> bool {
    matches!(decision.change, RoleChange::Manual(_) | RoleChange::Keep)
}
