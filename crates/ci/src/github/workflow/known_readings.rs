//! What jobs do, once it is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::StepOwner;
use super::known::Known;
use crate::github::values::Values;
use crate::scripts::reader::Execution;
use crate::terraform_run::TerraformRun;

/// What the steps of a job do, as far as Terraform and AWS are concerned.
#[derive(Debug, Default)]
pub struct JobReading {
    /// The Terraform commands that reach a backend, in the order of the steps.
    pub runs: Vec<JobRun>,
    /// The steps that use the AWS credentials of their environment.
    pub aws_uses: Vec<AmbientUse>,
    /// What the scripts of steps execute.
    pub executions: BTreeMap<StepPath, Execution>,
}

/// The index of a step in its job; for a step of a local action, behind that of the step that uses the
/// action.
pub type StepPath = Vec<usize>;

/// A Terraform command and its step.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobRun {
    /// The index of the job's step; for a step of a local action, of the step that uses the action.
    pub step: usize,
    /// The command. Its offset is that of the step in the job's file.
    pub run: TerraformRun,
}

/// A step that uses the AWS credentials of its environment, and neither signs in nor runs Terraform
/// with them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AmbientUse {
    /// The index of the job's step; for a step of a local action, of the step that uses the action.
    pub step: usize,
    /// What does, as a message names it: `` `aws s3 sync` ``, ``action `aws-actions/amazon-ecr-login` ``.
    pub what: String,
    /// Whether AWS refuses it to a role.
    pub needs_user: bool,
    /// Whether a variable names a profile, which counts where the environment has no keys.
    pub names_profile: bool,
}

/// The readings of the jobs that were asked for, in all runs together and in single ones. Several
/// transforms and decisions ask for that of every job, and each time all values that callers pass would
/// be tried again: in a repository where 202 jobs call one workflow that took two thirds of a plan.
#[derive(Debug, Default)]
pub struct KnownReadings {
    jobs: Known<StepOwner, JobReading>,
    runs: Known<(StepOwner, Values), JobReading>,
}

impl KnownReadings {
    /// The reading of a job in all its runs, made by `read` the first time.
    pub fn of(&self, owner: StepOwner, read: impl FnOnce() -> JobReading) -> Arc<JobReading> {
        self.jobs.once(owner, read)
    }

    /// Forgets the readings of these jobs.
    pub fn forget(&mut self, owners: &[StepOwner]) {
        self.jobs.retain(|owner| !owners.contains(owner));
        self.runs.retain(|(owner, _)| !owners.contains(owner));
    }

    /// The same of one run, with these values.
    pub fn of_run(
        &self,
        owner: StepOwner,
        values: Values,
        read: impl FnOnce() -> JobReading,
    ) -> Arc<JobReading> {
        self.runs.once((owner, values), read)
    }
}
