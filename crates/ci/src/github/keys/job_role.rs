//! The roles that jobs assume in place of static keys.

use std::collections::BTreeMap;

use diagnostics::finding::AssumedRole;

use crate::github::keys::key_use::KeyUse;
use crate::github::keys::refusal::JobRefusal;
use crate::github::workflow::StepOwner;

/// The roles of all jobs that use static keys, as they are decided for the whole repository.
#[derive(Debug, Clone, Default)]
pub struct JobRoles(BTreeMap<StepOwner, Vec<JobRole>>);

/// The role that takes the place of one pair of keys in a job, where one job starts it, or of a role that an
/// earlier run wrote in place of such a pair.
#[derive(Debug, Clone)]
pub struct JobRole {
    /// The job that an event starts: the job itself, or one whose calls lead to it.
    pub started: StepOwner,
    /// The access key id, as an expression of the job's own file, or the role of an earlier run.
    pub id: String,
    /// Whether it takes the place of a role of an earlier run.
    pub is_of_role: bool,
    /// Whether the keys stand in the `env:` of the workflow.
    pub is_of_workflow: bool,
    /// What is assumed.
    pub sign_in: Result<RoleSignIn, JobRefusal>,
}

/// What a job assumes in place of a pair of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSignIn {
    /// The role that it begins with.
    pub role: AssumedRole,
    /// The roles that it goes on with, each from the step of that index.
    pub switches: Vec<(usize, AssumedRole)>,
    /// Why one of them may be of another account than the keys.
    pub doubt: Option<String>,
}

impl RoleSignIn {
    /// One role for the whole job.
    pub fn of(role: AssumedRole) -> Self {
        Self {
            role,
            switches: Vec::new(),
            doubt: None,
        }
    }

    /// The role of the step at that index.
    pub fn at(&self, step: usize) -> &AssumedRole {
        let mut switches = self.switches.iter().rev();
        let last = switches.find(|(from, _)| *from <= step);
        last.map_or(&self.role, |(_, role)| role)
    }
}

impl JobRole {
    /// Whether it is the role of an earlier run, under the name that this run gives it, too.
    pub fn is_unmoved(&self) -> bool {
        let is_same = |it: &RoleSignIn| it.switches.is_empty() && it.role.text == self.id;
        self.is_of_role && self.sign_in.as_ref().is_ok_and(is_same)
    }
}

impl JobRoles {
    /// Adds a role of a job.
    pub fn add(&mut self, job: StepOwner, role: JobRole) {
        self.0.entry(job).or_default().push(role);
    }

    /// The roles of a job for the keys that it uses: one for each job that starts it.
    pub fn of<'r>(&'r self, job: StepOwner, used: &KeyUse) -> impl Iterator<Item = &'r JobRole> {
        let (id, is_of_workflow) = (used.id.value.clone(), used.is_of_workflow());
        let all = self.0.get(&job).into_iter().flatten();
        all.filter(move |role| role.id == id && role.is_of_workflow == is_of_workflow)
    }

    /// All roles of a job.
    pub fn of_job(&self, job: StepOwner) -> &[JobRole] {
        self.0.get(&job).map_or(&[], Vec::as_slice)
    }

    /// All roles that jobs assume, with the job.
    pub fn all(&self) -> impl Iterator<Item = (StepOwner, &JobRole)> {
        let all = self.0.iter();
        all.flat_map(|(job, roles)| roles.iter().map(|role| (*job, role)))
    }
}
