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
    /// The jobs that are known to keep their static keys.
    pub staying: BTreeSet<StepOwner>,
}
