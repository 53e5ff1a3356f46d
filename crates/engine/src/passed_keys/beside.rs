//! Jobs that run a root module without keys in their environment: once its providers have lost theirs,
//! such a job has no credentials, or others.

use std::path::Path;

use ci::aws_names::KEY_VARIABLES;
use ci::github::keys::flow::KeyFlow;
use ci::github::keys::key_use::{Destination, KeyUse};
use ci::github::sign_ins::SignInMethod;
use ci::github::terraform_runs::JobRun;
use ci::github::workflow::{StepOwner, Workflows};
use ci::settings::JobBlock;
use ci::terraform_run::RunEffect;
use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use syntax::code::sentence;

use crate::asks;
use crate::decisions::passed_keys::PassedKeysHold;
use crate::repo::Repo;

/// A job that has no keys in its environment, and signs in with none.
#[derive(Debug, Clone)]
pub(crate) struct JobBeside {
    runs: Vec<JobRun>,
    /// The root modules that the configuration says it runs, where a command does not tell.
    answer: Option<JobBlock>,
    hold: PassedKeysHold,
    /// Whether it has no credentials but those of its machine.
    pub signs_in_nowhere: bool,
}

impl JobBeside {
    /// The jobs that no finding signs in.
    pub fn all(repo: &Repo, findings: &[Finding]) -> Vec<Self> {
        let workflows = &repo.index().workflows;
        let owners = workflows.owners().filter(|owner| {
            let (path, job) = (&workflows.source(*owner).path, workflows.job(*owner));
            let mut signing = findings.iter().filter(|finding| !finding.edits.is_empty());
            job.is_some_and(|job| {
                !signing.any(|finding| {
                    let mut jobs = finding.signed_in.iter();
                    jobs.any(|it| it.path == *path && it.job.as_ref() == Some(&job.id))
                })
            })
        });
        owners.filter_map(|owner| Self::of(owner, repo)).collect()
    }

    fn of(owner: StepOwner, repo: &Repo) -> Option<Self> {
        let workflows = &repo.index().workflows;
        let runs = workflows.runs(owner);
        // A command on the state alone configures no provider.
        let runs = runs
            .into_iter()
            .filter(|it| it.run.effect != RunEffect::State);
        let runs: Vec<JobRun> = runs.collect();
        if runs.is_empty() {
            return None;
        }
        let uses = KeyFlow { workflows }.key_uses(owner);
        let job = workflows.job(owner)?;
        let mut container = job.container_env.iter();
        if uses.iter().any(is_in_environment)
            || container.any(|entry| entry.name == KEY_VARIABLES[0])
        {
            return None;
        }
        let offset = uses.first().map_or(job.offset, |used| used.id.offset);
        let path = &workflows.source(owner).path;
        let at = workflows.source(owner).location(offset);
        let start = format!("job {} ({}:{})", job.id, at.path.display(), at.line);
        let hold = match uses.is_empty() {
            false => PassedKeysHold::new(format!(
                "{start} runs it and passes its only keys on in a way that no edit replaces"
            )),
            true => PassedKeysHold {
                why: format!("{start} runs it {}", by(workflows, owner)),
                help: runs
                    .iter()
                    .any(is_anywhere)
                    .then(|| question(path, &job.id, repo)),
                is_review: true,
            },
        };
        let answer = repo
            .settings()
            .ci
            .about_job(path, &job.id)
            .filter(|it| it.roots.is_some());
        let signs_in_nowhere = uses.is_empty()
            && workflows.sign_ins(owner).is_empty()
            && workflows.brought_credentials(owner).is_empty();
        Some(Self {
            runs,
            answer: answer.cloned(),
            hold,
            signs_in_nowhere,
        })
    }

    /// What it holds in a directory.
    pub fn holds(&self, directory: &Path, repo: &Repo) -> Option<&PassedKeysHold> {
        let roots = std::iter::once(directory).chain(repo.roots(directory));
        let mut roots = roots.filter(|root| self.runs.iter().any(|it| self.may_run(it, root)));
        // Keys that no variable sets are not those that a job passes on.
        let is_concerned = self.hold.is_review || repo.may_leave_variables(directory);
        roots.next().filter(|_| is_concerned).map(|_| &self.hold)
    }

    fn may_run(&self, command: &JobRun, root: &Path) -> bool {
        let answer = self.answer.as_ref().filter(|_| is_anywhere(command));
        command.run.may_run(root) && answer.is_none_or(|answer| answer.runs(root))
    }
}

impl Repo {
    /// The job that runs a root module with keys of its own in its environment, and passes none on, as
    /// messages name it.
    pub fn job_with_other_keys(&self, directory: &Path) -> Option<String> {
        let workflows = &self.index().workflows;
        let is_it = |owner: &StepOwner| {
            let runs = workflows.runs(*owner);
            let mut runs = runs.iter();
            if !runs.any(|it| it.run.may_run(directory)) {
                return false;
            }
            let uses = KeyFlow { workflows }.key_uses(*owner);
            let passes = |used: &KeyUse| matches!(&used.to, Destination::Steps(pair) if pair.passed_as.is_some());
            uses.iter().any(is_in_environment) && !uses.iter().any(passes)
        };
        let owner = workflows.owners().find(is_it)?;
        let job = workflows.job(owner)?;
        let at = workflows.source(owner).location(job.offset);
        Some(format!(
            "job {} ({}:{})",
            job.id,
            at.path.display(),
            at.line
        ))
    }
}

/// Whether nothing tells the one directory of a command.
fn is_anywhere(command: &JobRun) -> bool {
    command.run.directory.is_none() || command.run.is_tree
}

/// Asks for the root modules of a job.
fn question(path: &Path, job: &str, repo: &Repo) -> Help {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let ask = asks::job_roots(&format!("{file}:{job}"), repo);
    let line = ask.shown();
    let text = sentence!("say which root modules the job runs: `{line}` in tfkeyless.hcl");
    Help::asking(text, [ask])
}

/// Whether steps have a pair as AWS's own variables.
fn is_in_environment(used: &KeyUse) -> bool {
    match &used.to {
        Destination::Steps(pair) => pair.passed_as.is_none(),
        Destination::Action(..) | Destination::CalledWorkflow(_) => true,
        Destination::Unconvertible(_) => false,
    }
}

/// By what a job acts that has no keys.
fn by(workflows: &Workflows, owner: StepOwner) -> String {
    let sign_ins = workflows.sign_ins(owner);
    let is_hosted = workflows.job(owner).is_some_and(|job| job.is_hosted);
    match sign_ins.first().map(|it| &it.how) {
        Some(SignInMethod::Role { role, .. }) => {
            format!("and signs in as {role}: the job would act there")
        }
        Some(SignInMethod::Unknown(what)) => {
            format!("and signs in by {what}: the job would act by that")
        }
        Some(SignInMethod::Temporary | SignInMethod::Keys) => {
            "and signs in otherwise: the job would act by that".to_owned()
        }
        None if is_hosted => {
            "and does not sign in to AWS: the job would have no credentials".to_owned()
        }
        None => {
            "and does not sign in to AWS: the job would act by the self-hosted runner's own role"
                .to_owned()
        }
    }
}
