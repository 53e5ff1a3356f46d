//! What is decided about the jobs of GitHub's workflows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ci::github::keys::job_role::JobRoles;
use ci::github::workflow::StepOwner;

use super::role_hold::RoleHold;

/// What is decided about jobs.
#[derive(Debug, Clone, Default)]
pub struct JobDecisions {
    /// The roles that jobs assume in place of their static keys.
    pub roles: JobRoles,
    /// Why root modules keep their roles, by directory.
    pub holds: BTreeMap<PathBuf, RoleHold>,
    /// The jobs that act in the account of their keys, as earlier attempts at the plan found.
    pub unmoved: UnmovedJobs,
}

/// The jobs that act in the account of their keys, whatever their root modules need.
#[derive(Debug, Clone, Default)]
pub struct UnmovedJobs {
    /// Those that are known to keep their static keys.
    pub staying: BTreeSet<StepOwner>,
    /// Those that were to keep them, and that sign in nevertheless once their root modules keep their roles.
    pub converted: BTreeSet<StepOwner>,
    /// Those that keep the role which an earlier run wrote in place of their keys.
    pub keeping: BTreeSet<StepOwner>,
}

impl UnmovedJobs {
    /// Whether a job is one.
    pub fn contains(&self, owner: StepOwner) -> bool {
        self.staying.contains(&owner) || self.converted.contains(&owner)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.staying.is_empty() && self.converted.is_empty() && self.keeping.is_empty()
    }

    /// The jobs that were to stay and do not, by an attempt in which `staying` stay. One of which this was
    /// found before and that stays again stays for good, so that the attempts end.
    pub fn newly_converted(&self, staying: &BTreeSet<StepOwner>) -> BTreeSet<StepOwner> {
        let converted = self.staying.difference(staying);
        let newly = converted.filter(|owner| !self.converted.contains(owner));
        newly.copied().collect()
    }
}
