//! How each provider configuration of a scope changes for its own role.

use std::path::Path;

use super::{
    Decision, ManualReason, ReviewReason, RoleChange, guarded_default, is_template,
    removed_default_role, resolved,
};
use crate::catalogue::Purpose;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use crate::repo::key_holder::KeyHolder;
use terraform::account::Account;
use terraform::backend::BackendKind;
use terraform::file_kind::FileKind;
use terraform::provider::Identity;

/// The provider configurations of a scope, with what a decision about them depends on.
pub(super) struct Decider<'r> {
    pub scope: ProviderScope<'r>,
    pub repo: &'r Repo,
    providers: &'r [ProviderIdentity],
    /// The default configuration; for a test that has none, the module's.
    default: Option<&'r ProviderIdentity>,
    /// The directory of the module that they belong to.
    pub module: &'r Path,
    /// The account of the static keys.
    pub holder: Option<KeyHolder<'r>>,
}

/// A change, and why it needs review.
type Change = (RoleChange, Option<ReviewReason>);

impl<'r> Decider<'r> {
    pub fn new(scope: ProviderScope<'r>, repo: &'r Repo) -> Self {
        let providers = repo.providers(scope);
        let module = repo.index().modules.module_of(scope);
        let default = |providers: &'r [ProviderIdentity]| {
            let mut providers = providers.iter();
            providers.find(|it| it.is_default())
        };
        // A test file's provider blocks override those of the module and leave the others as they
        // are (Terraform docs, "Tests": Providers). A Terragrunt file generates all there are.
        let inherited = || match scope {
            ProviderScope::File(file) if FileKind::of(file) == Some(FileKind::Test) => {
                default(repo.providers(ProviderScope::Module(module)))
            }
            ProviderScope::Module(_) | ProviderScope::File(_) => None,
        };
        Self {
            module,
            default: default(providers).or_else(inherited),
            holder: repo.key_holder(module),
            scope,
            repo,
            providers,
        }
    }

    /// Whether the change of a provider configuration for its role is declined.
    pub fn is_declined(&self, provider: &ProviderIdentity) -> bool {
        let id = self.repo.catalogue().id_of(Purpose::RemoveRoles);
        let mut files = provider.files.iter();
        files.any(|file| self.repo.declines(id, file, &provider.reference()))
    }

    /// The decision on each provider configuration for its role alone.
    pub fn decide_roles(&self) -> Vec<Decision> {
        let default = self.default;
        let is_bound = default.is_some_and(|it| it.is_ambient() && it.is_guarded());
        let default = default.map(|default| (default, self.decide_default(default)));
        let is_template = self.providers.iter().any(|it| it.is_template);
        let decisions = self.providers.iter().map(|provider| {
            let manual = |reason| (RoleChange::Manual(reason), None);
            let (change, review) = match (&provider.role, &provider.identity) {
                (Some(_), _) if is_template => manual(ManualReason::Template),
                (Some(_), _) if self.is_declined(provider) => manual(ManualReason::Declined),
                (None, _) if is_template => (RoleChange::Keep, None),
                // What is ambient acts where the default provider configuration does.
                (None, None) if provider.is_guarded() || is_bound => (RoleChange::Keep, None),
                (None, None) => manual(ManualReason::Ambient),
                (None, Some(_)) => (RoleChange::Keep, None),
                (Some(_), Some(other)) if other.is_foreign() => (RoleChange::Keep, None),
                (Some(account), Some(other)) => self.decide_beside(account, other),
                (Some(account), None) => self.by_unit(account).unwrap_or_else(|| match &default {
                    Some((default, change)) if provider == *default => change.clone(),
                    _ => self.decide_alias(provider, account, default.as_ref()),
                }),
            };
            Decision {
                provider: provider.clone(),
                change,
                review,
            }
        });
        decisions.collect()
    }

    /// Asks for review of the default provider configuration's role where roles beside it do and
    /// neither a guard nor a backend profile would remember the switch. Otherwise a second plan, with
    /// review, would take the default provider configuration for one of the keys' account.
    pub fn review_together(&self, decisions: &mut [Decision]) {
        let mut profiles = decisions.iter().map(|it| &it.change);
        let waits = profiles.any(|change| matches!(change, RoleChange::Profile(_)));
        let is_module = matches!(self.scope, ProviderScope::Module(_));
        let is_remembered = self.is_switched() || self.repo.is_migrated(self.module);
        if !waits || !is_module || is_remembered {
            return;
        }
        let is_forgotten = |it: &Decision| {
            let role = it.provider.role.as_ref();
            let has_guard = role.is_none_or(|role| !matches!(role, Account::Expression(_)));
            it.provider.is_default() && it.change == RoleChange::Remove && !has_guard
        };
        if decisions.iter().any(is_forgotten) {
            let removed = decisions.iter_mut();
            for decision in removed.filter(|it| it.change == RoleChange::Remove) {
                decision.review = decision.review.max(Some(ReviewReason::Together));
            }
        }
    }

    /// The change of the default provider configuration, or of the one that a test inherits. Its
    /// role can be removed because the ambient account afterwards is that of this very role; where
    /// the module is called, only if every caller loses a role of the same account.
    fn decide_default(&self, default: &ProviderIdentity) -> Change {
        let Some(account) = default.role.as_ref().filter(|_| default.identity.is_none()) else {
            return (RoleChange::Keep, None);
        };
        if self.is_declined(default) {
            return (RoleChange::Manual(ManualReason::Declined), None);
        }
        // Terragrunt fills in one account for one unit, another for the next, and one run has one
        // AWS_PROFILE for all of them.
        let is_per_unit = matches!(self.scope, ProviderScope::File(file)
            if FileKind::of(file) == Some(FileKind::Terragrunt) && account.id().is_none());
        let by_unit = is_per_unit.then_some(ReviewReason::Unit);
        // One AWS_PROFILE has to be chosen for each of them, as a workspace or file is.
        let is_chosen = default.is_chosen || matches!(account, Account::OneOf(_));
        let by_choice = is_chosen.then_some(ReviewReason::Choice);
        let mut review = by_choice.or(by_unit).max(self.state_review(account));
        review = review
            .max(session_review(default))
            .max(self.guard_review(default));
        if let ProviderScope::Module(directory) = self.scope {
            let callers = || self.repo.roots(directory).filter(|root| *root != directory);
            // A template decides nothing here, unless there is nothing else to decide by.
            let is_known = callers().any(|root| !is_template(root, self.repo));
            for root in callers().filter(|root| !is_known || !is_template(root, self.repo)) {
                let removed = removed_default_role(root, self.repo);
                let removed = removed.or_else(|| guarded_default(root, self.repo));
                let is_same = |other: &Account| other.id().is_some() && account.is_same(other);
                match removed.filter(|(other, _)| is_same(other)) {
                    Some((_, other)) => review = review.max(other),
                    None => {
                        let caller = || ManualReason::Caller(root.to_path_buf());
                        return self
                            .with_profile(account)
                            .unwrap_or_else(|| (RoleChange::Manual(caller()), review));
                    }
                }
            }
        }
        match self.beside_tests(account) {
            Ok(beside) => (RoleChange::Remove, review.max(beside)),
            Err(manual) => self
                .with_profile(account)
                .unwrap_or((RoleChange::Manual(*manual), review)),
        }
    }

    /// The change of another provider configuration with a role, beside the default one and its
    /// change.
    fn decide_alias(
        &self,
        provider: &ProviderIdentity,
        account: &Account,
        default: Option<&(&ProviderIdentity, Change)>,
    ) -> Change {
        let manual = |reason| (RoleChange::Manual(reason), None);
        let account = resolved(account, &self.providers.iter().chain(self.default));
        if let Some((default, (change, review))) = default {
            let mut roles = default.role.iter();
            let is_same = roles.any(|role| account.is_same(role));
            let id = self.repo.catalogue().id_of(Purpose::RemoveRoles);
            let mut files = default.files.iter();
            let is_free = files.all(|file| self.repo.is_editable(file, id));
            match change {
                RoleChange::Remove if is_same && is_free => {
                    let chosen = provider.is_chosen.then_some(ReviewReason::Choice);
                    let review = (*review).max(session_review(provider)).max(chosen);
                    return (RoleChange::Remove, review.max(self.guard_review(provider)));
                }
                RoleChange::Remove | RoleChange::Manual(_) if is_same => {
                    return manual(ManualReason::DefaultKeepsRole);
                }
                _ => {}
            }
        }
        let default = default.map(|(default, _)| *default);
        if self.is_in_callers_account(&account, default) {
            return manual(ManualReason::SameAccount);
        }
        let guarded = default.filter(|default| default.is_ambient());
        let guarded = guarded.and_then(ProviderIdentity::account);
        if guarded.is_some_and(|guarded| guarded.id().is_some() && guarded.is_same(&account)) {
            return (RoleChange::Remove, Some(ReviewReason::Guard));
        }
        self.with_profile(&account)
            .unwrap_or_else(|| match account.id() {
                Some(id) => manual(ManualReason::NoAccountBlock(id.to_owned())),
                None => manual(ManualReason::UnknownAccount),
            })
    }

    /// The change of a provider configuration whose role is assumed by a setting of its own. Without
    /// the role it would act as that and not as the environment, so that a profile has to become that
    /// of the role's account.
    fn decide_beside(&self, account: &Account, other: &Identity) -> Change {
        let manual = |reason| (RoleChange::Manual(reason), None);
        let account = resolved(account, &self.providers.iter());
        let Some(id) = account.id().filter(|_| other.setting == "profile") else {
            return manual(ManualReason::OtherIdentity(other.setting.clone()));
        };
        if self.repo.settings().account_of(&other.value) == Some(id) {
            return manual(ManualReason::SameAccount);
        }
        self.with_profile(&account)
            .unwrap_or_else(|| manual(ManualReason::NoAccountBlock(id.to_owned())))
    }

    /// The profile of an account in place of its role; `None` where no `account` block has it.
    fn with_profile(&self, account: &Account) -> Option<Change> {
        let profile = self.repo.settings().profile_of(account)?;
        let change = RoleChange::Profile(profile.to_owned());
        Some((change, Some(ReviewReason::Profile)))
    }

    /// The change of a provider configuration that Terragrunt generates, where each unit reads its account
    /// from a file above it; `None` where it does not.
    fn by_unit(&self, account: &Account) -> Option<Change> {
        let ProviderScope::File(file) = self.scope else {
            return None;
        };
        Some(match self.repo.unit_profiles(file, account)? {
            Ok(profiles) => (
                RoleChange::UnitProfiles(profiles),
                Some(ReviewReason::Profile),
            ),
            Err(obstacle) => (RoleChange::Manual(ManualReason::Unit(obstacle)), None),
        })
    }

    /// Whether a role is in the account of who assumes it, beside that default provider
    /// configuration: it then only changes permissions.
    fn is_in_callers_account(&self, account: &Account, default: Option<&ProviderIdentity>) -> bool {
        let is_ambient = default.is_none_or(ProviderIdentity::is_ambient);
        let holder = self.holder.as_ref();
        let has_profile = |default: &ProviderIdentity| {
            holder.is_some_and(|holder| default.has_profile(holder.profile))
        };
        let has_keys_profile = default.is_some_and(has_profile);
        if *account == Account::CallerOf(String::new()) {
            return is_ambient || has_keys_profile;
        }
        let holder = holder.and_then(|holder| holder.id);
        let is_keys_account = account.id().is_some() && account.id() == holder;
        let uses_keys = is_ambient && !self.is_switched();
        let is_elsewhere = default.is_some_and(|default| {
            let guard = default.guard.as_ref().filter(|guard| guard.is_effective());
            guard.is_some_and(|guard| guard.id() != holder)
        });
        is_keys_account && !is_elsewhere && (uses_keys || has_keys_profile)
    }

    /// Why the removal of a role needs review where nothing can take over what it told: the account. What a called
    /// module has is guarded by those that call it, and where guards are switched off, nobody counts on them.
    fn guard_review(&self, provider: &ProviderIdentity) -> Option<ReviewReason> {
        let is_guarded = self.repo.carries_out(Purpose::GuardAccounts);
        let is_open = provider.guard_obstacle.is_some() && !self.repo.is_child(self.module);
        (is_guarded && is_open).then_some(ReviewReason::Unguarded)
    }

    /// Whether the module's ambient credentials are, or will be with this plan, those of
    /// `AWS_PROFILE`: its S3 backend has credentials of its own or gets its profile.
    fn is_switched(&self) -> bool {
        let directory = self.module;
        let is_s3 = self.repo.backend(directory).is_some_and(BackendKind::is_s3);
        let gets_profile = self.repo.carries_out(Purpose::AddBackendProfile);
        is_s3 && (gets_profile || self.repo.is_migrated(directory))
    }
}

/// Why the removal of a provider configuration's role needs review for the sake of what its session
/// may do: without a session policy, permissions grow.
fn session_review(provider: &ProviderIdentity) -> Option<ReviewReason> {
    let narrows = provider.has_session_policy;
    narrows.then_some(ReviewReason::SessionPolicy)
}
