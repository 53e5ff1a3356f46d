//! The role decision: in which account each provider configuration acts before the migration, and
//! how it has to change to act there afterwards.
//!
//! Before, the ambient credentials are the static keys of the account that holds the state.
//! Afterwards they are those of `AWS_PROFILE`, which for a root module is the account of the role
//! that its default provider configuration loses. So a provider configuration without credentials
//! of its own changes account although nothing in it is edited: the one thing that must not happen.

mod ambient;
mod decider;
pub(crate) mod decision;
mod in_tests;
mod proof;
mod state;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

pub use decision::{Decision, ManualReason, PinObstacle, ReviewReason, RoleChange};
pub use proof::AccountsBefore;

use crate::catalogue::Purpose;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use decider::Decider;
use terraform::account::Account;

/// How the provider configurations of a scope change.
pub fn decide(scope: ProviderScope<'_>, repo: &Repo) -> Arc<Vec<Decision>> {
    // A root module is asked for each module that it calls.
    repo.decided.once(scope, || decide_anew(scope, repo))
}

fn decide_anew(scope: ProviderScope<'_>, repo: &Repo) -> Vec<Decision> {
    let decider = Decider::new(scope, repo);
    let mut decisions = decider.decide_roles();
    if let Some(hold) = repo
        .role_hold(repo.index().modules.module_of(scope))
        .filter(|it| it.is_certain())
    {
        for decision in decisions.iter_mut().filter(|it| it.loses_role()) {
            decision.change = RoleChange::Manual(ManualReason::Job(hold.clone()));
            decision.review = None;
        }
    }
    decider.review_together(&mut decisions);
    let module = repo.index().modules.module_of(scope);
    if repo.index().modules.may_be_called(module) {
        for decision in decisions.iter_mut().filter(|it| it.loses_role()) {
            decision.review = decision.review.max(Some(ReviewReason::MayBeCalled));
        }
    }
    // After the roles: only a role that is removed changes the ambient account.
    decider.pin_ambient(&mut decisions);
    decider.review_commands(&mut decisions);
    decider.review_plugins(&mut decisions);
    review_beside_conditional(&mut decisions, scope, repo);
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
    providers: &(impl Iterator<Item = &'p ProviderIdentity> + Clone),
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
fn review_beside_conditional(decisions: &mut [Decision], scope: ProviderScope<'_>, repo: &Repo) {
    let is_kept =
        |it: &Decision| it.provider.is_conditional && matches!(it.change, RoleChange::Manual(_));
    // What a called module assumes only under a condition is not changed: its caller does not tell the account.
    let calls_kept = || match scope {
        ProviderScope::Module(directory) => repo.calls_conditional(directory),
        ProviderScope::File(_) => false,
    };
    if decisions.iter().any(is_kept) || calls_kept() {
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
