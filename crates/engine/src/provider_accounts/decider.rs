//! How each provider configuration of a scope changes for its own role.

use super::{Decision, ManualReason, ReviewReason, RoleChange, removed_default_role, resolved};
use crate::catalogue::Purpose;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use crate::repo::accounts::KeyHolder;
use terraform::account::Account;
use terraform::file_kind::FileKind;

/// The provider configurations of a scope, with what a decision about them depends on.
pub(super) struct Decider<'r> {
    pub scope: ProviderScope<'r>,
    pub repo: &'r Repo,
    providers: Vec<ProviderIdentity>,
    /// The default configuration; for a test that has none, the module's.
    default: Option<ProviderIdentity>,
    /// The account of the static keys.
    pub holder: Option<KeyHolder<'r>>,
}

/// A change, and why it needs review.
type Change = (RoleChange, Option<ReviewReason>);

impl<'r> Decider<'r> {
    pub fn new(scope: ProviderScope<'r>, repo: &'r Repo) -> Self {
        let providers = repo.providers(scope);
        let default = |providers: &[ProviderIdentity]| {
            let mut providers = providers.iter();
            providers.find(|it| it.is_default()).cloned()
        };
        // A test file's provider blocks override those of the module and leave the others as they
        // are (Terraform docs, "Tests": Providers). A Terragrunt file generates all there are.
        let inherited = || match scope {
            ProviderScope::File(file) if FileKind::of(file) == Some(FileKind::Test) => {
                default(&repo.providers(ProviderScope::Module(file.parent()?)))
            }
            ProviderScope::Module(_) | ProviderScope::File(_) => None,
        };
        Self {
            default: default(&providers).or_else(inherited),
            holder: repo.key_holder(scope.directory()),
            scope,
            repo,
            providers,
        }
    }

    /// The decision on each provider configuration for its role alone.
    pub fn decide_roles(&self) -> Vec<Decision> {
        let default = self.default.as_ref();
        let default = default.map(|default| (default, self.decide_default(default)));
        let decisions = self.providers.iter().map(|provider| {
            let manual = |reason| (RoleChange::Manual(reason), None);
            let (change, review) = match (&provider.role, &provider.identity) {
                (None, None) => manual(ManualReason::Ambient),
                (None, Some(_)) => (RoleChange::Keep, None),
                (Some(_), Some(other)) if other.is_foreign() => (RoleChange::Keep, None),
                // A `profile` or keys beside a role assume it: without the role, the provider
                // would act as them and not as the environment.
                (Some(_), Some(other)) => {
                    manual(ManualReason::OtherIdentity(other.setting.clone()))
                }
                (Some(account), None) => match &default {
                    Some((default, change)) if provider == *default => change.clone(),
                    _ => self.decide_alias(account, default.as_ref()),
                },
            };
            Decision {
                provider: provider.clone(),
                change,
                review,
            }
        });
        decisions.collect()
    }

    /// The change of the default provider configuration, or of the one that a test inherits. Its
    /// role can be removed because the ambient account afterwards is that of this very role; where
    /// the module is called, only if every caller loses a role of the same account.
    fn decide_default(&self, default: &ProviderIdentity) -> Change {
        let Some(account) = default.role.as_ref().filter(|_| default.identity.is_none()) else {
            return (RoleChange::Keep, None);
        };
        // Terragrunt fills in one account for one unit, another for the next, and one run has one
        // AWS_PROFILE for all of them.
        let is_per_unit = matches!(self.scope, ProviderScope::File(file)
            if FileKind::of(file) == Some(FileKind::Terragrunt) && account.id().is_none());
        let by_unit = is_per_unit.then_some(ReviewReason::Unit);
        let by_workspace = default.by_workspace.then_some(ReviewReason::Workspace);
        let mut review = by_workspace.or(by_unit);
        if let ProviderScope::Module(directory) = self.scope {
            for root in self.repo.roots(directory).filter(|root| *root != directory) {
                let removed = removed_default_role(root, self.repo);
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
        (RoleChange::Remove, review)
    }

    /// The change of another provider configuration with a role, beside the default one and its
    /// change.
    fn decide_alias(
        &self,
        account: &Account,
        default: Option<&(&ProviderIdentity, Change)>,
    ) -> Change {
        let manual = |reason| (RoleChange::Manual(reason), None);
        let all: Vec<_> = self
            .providers
            .iter()
            .chain(&self.default)
            .cloned()
            .collect();
        let account = resolved(account, &all);
        if let Some((default, (change, review))) = default {
            let mut roles = default.role.iter();
            let is_same = roles.any(|role| account.is_same(role));
            let id = self.repo.catalogue().id_of(Purpose::RemoveRoles);
            let mut files = default.files.iter();
            let is_free = files.all(|file| self.repo.is_editable(file, id));
            match change {
                RoleChange::Remove if is_same && is_free => return (RoleChange::Remove, *review),
                RoleChange::Remove | RoleChange::Manual(_) if is_same => {
                    return manual(ManualReason::DefaultKeepsRole);
                }
                _ => {}
            }
        }
        if self.is_default_in_keys_account(default.map(|(default, _)| *default))
            && self.is_keys_account(&account)
        {
            return manual(ManualReason::SameAccount);
        }
        self.with_profile(&account)
            .unwrap_or_else(|| match account.id() {
                Some(id) => manual(ManualReason::NoAccountBlock(id.to_owned())),
                None => manual(ManualReason::UnknownAccount),
            })
    }

    /// The profile of an account in place of its role; `None` where no `account` block has it.
    fn with_profile(&self, account: &Account) -> Option<Change> {
        let profile = self.repo.settings().profile_of(account)?;
        let change = RoleChange::Profile(profile.to_owned());
        Some((change, Some(ReviewReason::Profile)))
    }

    /// Whether the default provider configuration acts in the static keys' account: by them, by
    /// that account's profile, or because there is none.
    fn is_default_in_keys_account(&self, default: Option<&ProviderIdentity>) -> bool {
        default.is_none_or(|default| {
            let holder = self.holder.as_ref();
            default.is_ambient() || holder.is_some_and(|it| default.has_profile(it.profile))
        })
    }

    /// Whether a role is in the static keys' account: by its id, or as the caller's own account.
    fn is_keys_account(&self, account: &Account) -> bool {
        let holder = self.holder.and_then(|holder| holder.id);
        *account == Account::CallerOf(String::new())
            || account.id().is_some() && account.id() == holder
    }
}
