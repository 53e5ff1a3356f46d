//! Provider configurations without credentials of their own: pinned to the account of the static
//! keys where a removed role would change the ambient account under them.

use std::path::Path;

use super::decider::Decider;
use super::{Decision, ManualReason, PinObstacle, ReviewReason, RoleChange, default_losing_role};
use crate::catalogue::Purpose;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use terraform::account::Account;

/// Whether a provider configuration changes account with the ambient credentials. A guard keeps it
/// from that.
fn moves(decision: &Decision) -> bool {
    decision.provider.is_ambient() && !decision.provider.is_guarded()
}

impl Decider<'_> {
    /// Pins ambient provider configurations to the profile of the static keys' account; where one
    /// cannot be pinned, the roles are kept instead.
    pub(super) fn pin_ambient(&self, decisions: &mut [Decision]) {
        let mut defaults = decisions.iter().filter(|it| it.provider.is_default());
        let default = defaults.find(|it| it.change == RoleChange::Remove);
        let removed = default.and_then(|it| it.provider.role.clone());
        let own = decisions.iter().filter(|it| moves(it));
        let mut ambient: Vec<ProviderIdentity> = own.map(|it| it.provider.clone()).collect();
        // Those of called modules run in the same process, with the same AWS_PROFILE.
        if let (ProviderScope::Module(directory), Some(_)) = (self.scope, &removed) {
            ambient.extend(self.repo.called_ambient(directory));
            ambient.extend(self.repo.ambient_in_tests(directory));
        }
        let without_block = removed.as_ref().and_then(|_| self.run_without_block());
        if ambient.is_empty() && without_block.is_none()
            || !self.changes_ambient_account(decisions, removed.as_ref())
        {
            return;
        }
        let without_block = without_block.map(|it| PinObstacle::NoBlock(it.to_path_buf()));
        let obstacle = without_block.or_else(|| self.obstacle(&ambient));
        for decision in decisions {
            let is_ambient = moves(decision);
            match (&obstacle, self.holder) {
                (None, Some(holder)) if is_ambient => {
                    decision.change = RoleChange::Profile(holder.profile.to_owned());
                    decision.review = Some(ReviewReason::Profile);
                }
                (Some(obstacle), _) if decision.loses_role() => {
                    let reason = ManualReason::AmbientBeside(obstacle.clone());
                    decision.change = RoleChange::Manual(reason);
                }
                (None, _) if decision.loses_role() => {
                    decision.review = decision.review.max(Some(ReviewReason::Ambient));
                }
                _ => {}
            }
        }
    }

    /// Asks for review of roles without which a command of the root module would use the credentials
    /// of another account.
    pub(super) fn review_commands(&self, decisions: &mut [Decision]) {
        let directory = self.module;
        let mut defaults = decisions.iter().filter(|it| it.provider.is_default());
        let default = defaults.find(|it| it.change == RoleChange::Remove);
        let removed = default.and_then(|it| it.provider.role.clone());
        let account = removed.as_ref().and_then(Account::id);
        if self.repo.ambient_command(directory, account).is_none() {
            return;
        }
        if removed.is_some() && self.changes_ambient_account(decisions, removed.as_ref()) {
            let removals = decisions.iter_mut();
            for decision in removals.filter(|it| it.change == RoleChange::Remove) {
                decision.review = decision.review.max(Some(ReviewReason::Command));
            }
        }
    }

    /// Asks for review of roles by which a plugin signs in to its cluster, too: where the plugin kept the
    /// role, the new callers would have to assume it, and no later run could tell that it was the
    /// provider's.
    pub(super) fn review_plugins(&self, decisions: &mut [Decision]) {
        let ProviderScope::Module(directory) = self.scope else {
            return;
        };
        let roles = self.repo.plugin_roles(directory);
        if roles.is_empty() || !self.repo.carries_out(Purpose::RemovePluginRoles) {
            return;
        }
        let is_shared = |it: &Decision| {
            let role = it.provider.role_arn.as_ref();
            it.loses_role() && role.is_some_and(|role| roles.contains(role))
        };
        // What acts as the default one does without a role waits with it.
        let is_default_shared = decisions
            .iter()
            .any(|it| it.provider.is_default() && is_shared(it));
        let losing = decisions.iter_mut().filter(|it| it.loses_role());
        for decision in losing.filter(|it| is_default_shared || is_shared(it)) {
            decision.review = decision.review.max(Some(ReviewReason::Cluster));
        }
    }

    /// Whether the ambient credentials are another account's once these decisions are carried out.
    /// `removed` is the account of the role that the default provider configuration loses.
    fn changes_ambient_account(&self, decisions: &[Decision], removed: Option<&Account>) -> bool {
        let holder = self.holder.and_then(|holder| holder.id);
        // An unknown account never equals a known one.
        let is_another = |account: &Account| account.id().is_none() || account.id() != holder;
        if let Some(account) = removed {
            return is_another(account);
        }
        // Whatever acts as the ambient credentials acts where the default provider configuration
        // does, before and after, and that refuses every account but one.
        let mut defaults = decisions.iter().filter(|it| it.provider.is_default());
        if defaults.any(|it| it.provider.is_ambient() && it.provider.is_guarded()) {
            return false;
        }
        let directory = self.module;
        let callers = self.repo.roots(directory).filter(|root| *root != directory);
        let mut callers = callers.chain(self.tested());
        let caller_changes = callers.any(|root| {
            let default = default_losing_role(root, self.repo);
            let account = default.and_then(|default| default.provider.role);
            account.is_some_and(|account| is_another(&account))
        });
        caller_changes
            || decisions.iter().any(Decision::loses_role) && !self.repo.is_migrated(directory)
    }

    /// A module that tests of this one run, and that uses a default provider configuration without a block.
    fn run_without_block(&self) -> Option<&Path> {
        let ProviderScope::Module(directory) = self.scope else {
            return None;
        };
        let run = self.repo.index().modules.run_by_tests_of(directory);
        let mut run = run.into_iter();
        run.find(|it| self.repo.implicit_default(it).is_some())
    }

    /// Why one of these provider configurations cannot get the profile of the static keys' account.
    fn obstacle(&self, ambient: &[ProviderIdentity]) -> Option<PinObstacle> {
        if self.holder.is_none() {
            return Some(PinObstacle::UnknownProfile);
        }
        if let Some(declined) = ambient.iter().find(|it| self.is_declined(it)) {
            return Some(PinObstacle::Declined(declined.reference()));
        }
        // The last file is edited: of several blocks, an override file's setting wins (Terraform
        // docs, "Override Files").
        let files = ambient.iter().filter_map(|it| it.files.last());
        let id = self.repo.catalogue().id_of(Purpose::RemoveRoles);
        let mut fixed = files.filter(|file| !self.repo.is_editable(file, id));
        fixed
            .next()
            .map(|file| PinObstacle::NotEditable(file.clone()))
    }
}
