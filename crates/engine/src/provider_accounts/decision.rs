//! The decision on a provider configuration, and those that are known of a repository.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::decisions::providers::ProviderIdentity;
use crate::decisions::role_hold::RoleHold;
use crate::index::scopes::ProviderScope;
use crate::path_cache::PathCache;
use crate::repo::units::{UnitObstacle, UnitProfiles};
use diagnostics::finding::Safety;

/// How a provider configuration changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleChange {
    /// It is left as it is, and acts in the same account as before.
    Keep,
    /// Its role is removed: the ambient credentials are those of the role's account.
    Remove,
    /// It gets this profile, in place of its role if it has one.
    Profile(String),
    /// Its role is removed: each unit of Terragrunt has the profile of its account, which the file
    /// above the unit names.
    UnitProfiles(UnitProfiles),
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
    /// It takes part in tests of this module, which is not known to act in the role's account.
    Tested(PathBuf),
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
    /// The change of its role is declined.
    Declined,
    /// A job that runs its root module cannot follow.
    Job(RoleHold),
    /// A unit of Terragrunt gets no profile.
    Unit(UnitObstacle),
}

/// Why an ambient provider configuration cannot be pinned to the static keys' account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinObstacle {
    /// The profile of that account is not known.
    UnknownProfile,
    /// This file cannot be edited.
    NotEditable(PathBuf),
    /// The change of this provider configuration is declined.
    Declined(String),
    /// The module of this directory, which tests run, has no block for it.
    NoBlock(PathBuf),
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
    /// A plugin signs in to a cluster by the role, which is removed there, too, once the cluster admits
    /// the new callers.
    Cluster,
    /// A session policy narrows what the role's session may do, and is removed with the role.
    SessionPolicy,
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
    /// A setting keeps `allowed_account_ids` from taking the place of the role: nothing would stop a run in another
    /// account.
    Unguarded,
    /// A command of the root module uses the ambient credentials, which are another account's without
    /// the role (`Repo::ambient_command`).
    Command,
    /// A module source that only the run makes up may name its module, which then runs with the credentials of
    /// another root module.
    MayBeCalled,
    /// Terragrunt sets another account in another unit.
    Unit,
    /// The workspace, or a variable, chose the account.
    Choice,
    /// The S3 backend waits for review too, or cannot be edited.
    BackendWaits,
    /// The transform is off that would give the S3 backend its profile.
    BackendOff,
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
    pub(crate) fn loses_role(&self) -> bool {
        let is_removed = matches!(
            self.change,
            RoleChange::Remove | RoleChange::Profile(_) | RoleChange::UnitProfiles(_)
        );
        self.provider.role.is_some() && is_removed
    }
}

/// The decisions that were asked for.
#[derive(Debug, Default, Clone)]
pub(crate) struct DecidedScopes {
    decisions: PathCache<Arc<Vec<Decision>>>,
    /// Whether a directory is no longer used with the static keys.
    migrated: PathCache<bool>,
    /// The configured bucket of a directory's state.
    buckets: PathCache<Option<String>>,
}

impl DecidedScopes {
    pub(super) fn once(
        &self,
        scope: ProviderScope<'_>,
        decide: impl FnOnce() -> Vec<Decision>,
    ) -> Arc<Vec<Decision>> {
        let path = match scope {
            ProviderScope::Module(path) | ProviderScope::File(path) => path,
        };
        self.decisions.get(path, || Arc::new(decide()))
    }

    /// Whether a directory is migrated, found out by `find` the first time.
    pub(crate) fn is_migrated(&self, directory: &Path, find: impl FnOnce() -> bool) -> bool {
        self.migrated.get(directory, find)
    }

    /// The configured bucket of a directory's state, found by `find` the first time.
    pub(crate) fn bucket(
        &self,
        directory: &Path,
        find: impl FnOnce() -> Option<String>,
    ) -> Option<String> {
        self.buckets.get(directory, find)
    }
}
