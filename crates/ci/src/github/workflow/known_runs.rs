//! The Terraform commands of jobs, once they are found.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::StepOwner;
use crate::terraform_run::TerraformRun;

/// A Terraform command and its step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRun {
    /// The index of the job's step; for a step of a local action, of the step that uses the action.
    pub step: usize,
    /// The command. Its offset is that of the step in the job's file.
    pub run: TerraformRun,
}

/// The commands of the jobs that were asked for. Several transforms ask for those of every job, and
/// each time all values that callers pass would be tried again: in a repository where 202 jobs call
/// one workflow that took two thirds of a plan.
#[derive(Debug, Default)]
pub struct KnownRuns(Mutex<HashMap<StepOwner, Vec<JobRun>>>);

impl KnownRuns {
    /// The commands of a job, found by `find` the first time.
    pub fn of(&self, owner: StepOwner, find: impl FnOnce() -> Vec<JobRun>) -> Vec<JobRun> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runs) = known().get(&owner) {
            return runs.clone();
        }
        let runs = find();
        known().insert(owner, runs.clone());
        runs
    }
}
