//! What one module asks for, and what the upgrade would change of it.

use std::collections::BTreeMap;

use super::breaks::Breaks;
use super::policy::UpgradePolicy;
use crate::Verdict;
use crate::arguments::MajorUpgrade;
use crate::provider::{self, Requirer};
use crate::registry::RegistryCall;
use terraform::constraint::{Bounds, Version};

/// The major that the tables start from: what came before 4.0 is in the upgrade guides of older
/// majors, of which there are no rows.
const OLDEST: u64 = 4;

/// What one module (directory) contributes to the joint decision.
#[derive(Debug)]
pub struct ModuleConstraints {
    /// Who has the requirements.
    pub requirer: Requirer,
    /// Its requirements of the AWS provider, as written.
    pub requirements: Vec<Editable<Option<String>>>,
    /// Its calls of registry modules that are known or upgraded.
    pub registry_calls: Vec<Editable<RegistryCall>>,
    /// Its constraints on Terraform itself.
    pub required_versions: Vec<String>,
    /// What in its code has to change before it works with the target.
    pub breaks: Breaks,
    /// Whether a file of it that names providers was skipped.
    pub is_unread: bool,
    /// Why its lock file must not be edited; `None` where it may, or there is none.
    pub lock_obstacle: Option<String>,
}

/// A value in a file that the upgrade may want to rewrite.
#[derive(Debug, Clone)]
pub struct Editable<T> {
    /// The value as written.
    pub value: T,
    /// Why its file must not be edited, as a predicate about the file; `None` where it may.
    pub obstacle: Option<String>,
}

/// Why parts of a module are not upgraded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holds {
    /// Why its provider requirements stay.
    pub provider: Option<String>,
    /// Why its calls of registry modules stay, by source.
    pub modules: BTreeMap<String, String>,
}

impl ModuleConstraints {
    /// Whether the upgrade would change anything of it if nothing kept it from that.
    pub(super) fn changes(&self, policy: &UpgradePolicy<'_>) -> bool {
        let requirement = |requirement: &Editable<Option<String>>| {
            let written = requirement.value.as_deref();
            let verdict = provider::verdict(written, &self.requirer, policy.provider);
            matches!(verdict, Verdict::Change { .. })
        };
        let call = |call: &Editable<RegistryCall>| {
            let verdict = call.value.configured(policy.modules);
            matches!(verdict, Some(Verdict::Change { .. }))
        };
        self.requirements.iter().any(requirement)
            || self.registry_calls.iter().any(call)
            || self.breaks.is_known
    }

    /// The majors that its own requirements take it through; `None` where they stay. It starts at
    /// the locked major, else at the lowest that they admit, so that no row of a major on the way is
    /// left out.
    pub(super) fn major_upgrade(&self, policy: &UpgradePolicy<'_>) -> Option<MajorUpgrade> {
        let to = provider::bounds(policy.provider)?.lower.major;
        let major_of = |version: &Version| version.major;
        let (installed, locked) = match &self.requirer {
            Requirer::Root(it) => (
                it.installed().map(major_of),
                it.locked.as_ref().map(major_of),
            ),
            _ => (None, None),
        };
        let upgrades = self.requirements.iter().filter_map(|requirement| {
            let written = requirement.value.as_deref();
            let admitted = written.map_or(Some(Bounds::ALL), provider::bounds)?;
            let major = admitted.lower.major;
            // A lock file that `init` refuses may be newer than what the code is written for.
            let oldest = locked.map_or(major, |locked| locked.min(major));
            let from = installed.unwrap_or(oldest).max(OLDEST).min(to);
            match provider::verdict(written, &self.requirer, policy.provider) {
                Verdict::Change { .. } => Some(from),
                Verdict::Keep if major == to => Some(from),
                _ => None,
            }
        });
        let from = upgrades.min()?;
        let newest = self.newest_major(policy).unwrap_or(to);
        Some(MajorUpgrade { from, to, newest })
    }

    /// The major that a requirement of it is at beyond the target; `None` where none is.
    pub(super) fn newest_major(&self, policy: &UpgradePolicy<'_>) -> Option<u64> {
        let next = provider::bounds(policy.provider)?.lower.major + 1;
        let beyond = self.requirements.iter().filter_map(|requirement| {
            let written = requirement.value.as_deref();
            let verdict = provider::verdict(written, &self.requirer, policy.provider);
            let admitted = written.map_or(Some(Bounds::ALL), provider::bounds)?;
            let is_beyond = matches!(verdict, Verdict::Beyond(_));
            is_beyond.then(|| admitted.lower.major.max(next))
        });
        beyond.max()
    }

    /// Whether a requirement of it is changed only with review, and that is not asked for.
    pub(super) fn waits(&self, policy: &UpgradePolicy<'_>) -> bool {
        self.requirements.iter().any(|requirement| {
            let written = requirement.value.as_deref();
            let verdict = provider::verdict(written, &self.requirer, policy.provider);
            matches!(verdict, Verdict::Change { .. }) && !verdict.is_made(policy.review)
        })
    }

    /// A requirement as it is after the plan is applied.
    pub(super) fn after(
        &self,
        requirement: &Editable<Option<String>>,
        policy: &UpgradePolicy<'_>,
    ) -> Option<String> {
        let written = requirement.value.as_deref();
        let verdict = provider::verdict(written, &self.requirer, policy.provider);
        let is_free = policy.bumps_provider && requirement.obstacle.is_none();
        match verdict {
            Verdict::Change { ref to, .. } if is_free && verdict.is_made(policy.review) => {
                Some(to.clone())
            }
            _ => requirement.value.clone(),
        }
    }
}
