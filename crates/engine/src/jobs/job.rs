//! What is known of one job: its credentials, and what its steps run in each of its contexts.

use ci::github::ambient_use::AmbientUse;
use ci::github::keys::flow::KeyFlow;
use ci::github::terraform_runs::JobRun;
use ci::github::values::Values;
use ci::github::workflow::{StepOwner, Workflows};
use ci::runner::JobLocation;

use super::credentials::{Credentials, JobCredentials};

/// One job.
pub(super) struct JobFacts<'w> {
    pub workflows: &'w Workflows,
    pub owner: StepOwner,
    pub credentials: JobCredentials,
    pub contexts: Vec<JobContextFacts>,
    pub ambient: Vec<AmbientUse>,
    /// The steps behind static keys that are not known to use none, each with what may use them.
    pub possible: Vec<(usize, String)>,
    /// Whether its static keys stay: no edit can replace them.
    pub stays: bool,
    /// Whether the roles by which it signs in stay: they have the names that this plan would give them.
    pub keeps_roles: bool,
}

/// What a job runs in one context.
pub(super) struct JobContextFacts {
    /// The job that an event starts.
    pub started: StepOwner,
    /// The context values of that job.
    pub start_values: Values,
    /// The context values of the job itself.
    pub values: Values,
    /// The name of its environment, with the context's values filled in.
    pub environment: Option<String>,
    pub runs: Vec<JobRun>,
}

impl<'w> JobFacts<'w> {
    /// The facts of a job; `None` where it has no credentials of AWS.
    pub fn of(workflows: &'w Workflows, owner: StepOwner, stays: bool) -> Option<Self> {
        let job = workflows.job(owner)?;
        if job.uses.is_some() {
            // Its steps are those of the workflow that it calls.
            return None;
        }
        let uses = KeyFlow { workflows }.key_uses(owner);
        let credentials = JobCredentials::of(workflows, owner, &uses, stays);
        if credentials.all.is_empty() && uses.is_empty() {
            return None;
        }
        let contexts: Vec<JobContextFacts> = workflows
            .contexts(owner)
            .iter()
            .map(|context| JobContextFacts {
                started: context.started,
                environment: job
                    .environment
                    .as_ref()
                    .map(|name| ci::github::values::fill(name, &context.values)),
                runs: workflows.runs_with(owner, &context.values),
                start_values: context.start_values.clone(),
                values: context.values.clone(),
            })
            .collect();
        let mut ambient = workflows.ambient_uses(owner);
        ambient.retain(|used| {
            !used.names_profile || credentials.has_keys(workflows, owner, used.step)
        });
        let mut facts = Self {
            workflows,
            owner,
            credentials,
            contexts,
            ambient,
            possible: Vec::new(),
            stays,
            keeps_roles: false,
        };
        facts.possible = facts.possible_uses(|found| {
            let all = found.iter().map(|index| &facts.credentials.all[*index]);
            all.into_iter()
                .any(|it| matches!(it, Credentials::Keys { .. }))
        });
        Some(facts)
    }

    /// The steps that may use credentials of their environment, beside those that do and those that run Terraform: a
    /// program, action or image that is not known to call no AWS. `is_behind`: whether these are the credentials, by
    /// their indices.
    pub fn possible_uses(&self, is_behind: impl Fn(&[usize]) -> bool) -> Vec<(usize, String)> {
        let (workflows, owner) = (self.workflows, self.owner);
        let (runs, sign_ins) = (workflows.runs(owner), workflows.sign_ins(owner));
        let is_known = |step: usize| {
            self.ambient.iter().any(|it| it.step == step)
                || runs.iter().any(|it| it.step == step)
                || sign_ins.iter().any(|it| it.step == step)
        };
        let steps = 0..workflows.steps(owner).len();
        let open = steps.filter(|step| {
            !is_known(*step) && is_behind(&self.credentials.of_step(workflows, owner, *step))
        });
        open.filter_map(|step| Some((step, workflows.possible_aws_use(owner, step, false)?)))
            .collect()
    }

    /// Whether it has an environment, whose secrets come before those of the repository.
    pub fn has_environment(&self) -> bool {
        let job = self.workflows.job(self.owner);
        job.is_some_and(|job| job.environment.is_some())
    }

    /// Its name as a `job` block of the configuration labels it.
    pub fn file_and_id(&self) -> String {
        let path = self.workflows.source(self.owner).path.file_name();
        let file = path.unwrap_or_default().to_string_lossy();
        let job = self.workflows.job(self.owner);
        format!("{file}:{}", job.map_or("", |job| &job.id))
    }

    /// The job at an offset of its file.
    pub fn at(&self, offset: usize) -> JobLocation {
        let job = self.workflows.job(self.owner);
        JobLocation {
            at: self.workflows.source(self.owner).location(offset),
            job: job.map(|job| job.id.clone()).unwrap_or_default(),
        }
    }
}
