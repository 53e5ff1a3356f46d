//! Jobs that stay on static keys, and the root modules that they run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::github::keys::flow::Flow;
use crate::github::workflow::WorkflowJob;
use crate::github::workflow::{Unit, Workflows};
use crate::settings::Ci;
use diagnostics::finding::Finding;

/// A job that stays on static keys and runs Terraform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staying {
    /// The job, and the first place of its keys.
    pub job: WorkflowJob,
    /// The directories that it runs, and whether all below them, too; `None` where it may be any.
    pub reach: Option<Vec<(PathBuf, bool)>>,
}

impl Staying {
    /// Whether it may run a root module.
    pub fn reaches(&self, root: &Path) -> bool {
        let Some(reach) = &self.reach else {
            return true;
        };
        reach.iter().any(|(directory, is_tree)| {
            root == directory || *is_tree && root.starts_with(directory)
        })
    }

    /// What it is called in a sentence.
    pub fn name(&self) -> String {
        let WorkflowJob { at, job } = &self.job;
        let job = job.as_deref().unwrap_or_default();
        format!("job {job} ({}:{})", at.path.display(), at.line)
    }
}

impl Workflows {
    /// The jobs that use static keys and that no edit of `findings` takes off them.
    pub fn keyed_jobs(&self, ci: &Ci, findings: &[Finding]) -> Vec<WorkflowJob> {
        self.keyed(ci, findings)
            .into_iter()
            .map(|(_, job)| job)
            .collect()
    }

    /// Those of them that run Terraform.
    pub fn staying(&self, ci: &Ci, findings: &[Finding]) -> Vec<Staying> {
        let keyed = self.keyed(ci, findings).into_iter();
        let staying = keyed.filter_map(|(unit, job)| {
            let runs = self.runs(unit);
            let reach = runs.iter().map(|found| {
                let run = &found.run;
                let directory = run.directory.clone().filter(|_| !run.is_terragrunt)?;
                Some((directory, run.is_tree))
            });
            (!runs.is_empty()).then(|| Staying {
                job,
                reach: reach.collect(),
            })
        });
        staying.collect()
    }

    /// The other jobs that run Terraform, `keyed` being those on static keys.
    pub fn terraform_jobs(&self, keyed: &[WorkflowJob]) -> Vec<WorkflowJob> {
        let jobs = self.units().filter_map(|unit| {
            let runs = self.runs(unit);
            let offset = runs.first()?.run.offset;
            self.job_at(unit, offset)
        });
        let is_keyed = |job: &WorkflowJob| {
            let mut keyed = keyed.iter();
            keyed.any(|other| other.at.path == job.at.path && other.job == job.job)
        };
        jobs.filter(|job| !is_keyed(job)).collect()
    }

    fn keyed(&self, ci: &Ci, findings: &[Finding]) -> Vec<(Unit, WorkflowJob)> {
        let flow = Flow {
            workflows: self,
            ci,
        };
        let applied = findings.iter().filter(|finding| finding.applied);
        let converted: BTreeSet<(&Path, Option<&str>)> = applied
            .flat_map(|finding| &finding.signed_in)
            .map(|signed_in| (signed_in.path.as_path(), signed_in.job.as_deref()))
            .collect();
        let keyed = self.units().filter_map(|unit| {
            let used = flow.used(unit);
            let job = self.job_at(unit, used.first()?.id.offset)?;
            let place = (job.at.path.as_path(), job.job.as_deref());
            (!converted.contains(&place)).then_some((unit, job))
        });
        keyed.collect()
    }

    /// A job, and a place in it; `None` for an action.
    pub(super) fn job_at(&self, unit: Unit, offset: usize) -> Option<WorkflowJob> {
        let job = self.job(unit)?;
        Some(WorkflowJob {
            at: self.source(unit).location(offset),
            job: Some(job.id.clone()),
        })
    }
}
