//! By what each job acts where it runs Terraform.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ci::github::keys::job_role::JobRole;
use ci::github::workflow::StepOwner;
use ci::settings::JobBlock;
use ci::terraform_run::{RunsIn, TerraformRun};
use ci::variant::Variant;
use diagnostics::finding::AssumedRole;

use super::assumed::in_context;
use super::credentials::Credentials;
use super::job::{JobContextFacts, JobFacts};
use super::known_account::{account_of_role, accounts_of_keys, answered_account};
use super::own_role::account_of_own;
use super::variant;
use crate::repo::Repo;
use syntax::code::sentence;
use terraform::account::Account;

/// A Terraform command of a job, with the credentials that it may have.
pub(crate) struct RootRun<'r> {
    pub job: StepOwner,
    pub run: TerraformRun,
    pub acts: BTreeSet<JobIdentity>,
    /// The accounts of the static keys that it may have, each `None` where nothing tells.
    pub key_accounts: BTreeSet<Option<String>>,
    /// The accounts of the roles that an earlier run wrote in place of such keys.
    pub own_accounts: BTreeSet<String>,
    /// What the configuration tells of where the job runs.
    answer: Option<&'r JobBlock>,
}

/// By what a job acts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JobIdentity {
    /// Static keys, with the role that is to take their place, where one is known.
    Keys(Option<(String, Vec<String>)>),
    /// A role that its file names, and its account where that is known.
    Role(String, Option<String>),
    /// What cannot be read, "by action `hashicorp/vault-action`", and the account that an answer of the
    /// configuration tells.
    Unknown(String, Option<String>),
}

impl RootRun<'_> {
    /// Whether it may run the root module in that directory.
    pub fn may_run(&self, root: &Path) -> bool {
        let answer = self.answer.filter(|_| self.run.directory.is_none());
        self.run.may_run(root) && answer.is_none_or(|answer| answer.runs(root))
    }

    /// The account that it chooses from those of a role of a root module; `None` where nothing
    /// tells.
    pub fn account_of(&self, role: &Account, root: &Path, repo: &Repo) -> Option<String> {
        account_in(role, root, &self.run.variant, repo)
    }

    /// The only directory in which it may run, where it is known to be one.
    pub fn directory(&self) -> Option<&Path> {
        let is_one = !self.run.is_tree && !self.run.is_terragrunt && self.run.named.is_none();
        self.run.directory.as_deref().filter(|_| is_one)
    }
}

/// The account of a role of a root module in one variant; `None` where nothing tells.
pub(crate) fn account_in(
    role: &Account,
    root: &Path,
    chosen: &Variant,
    repo: &Repo,
) -> Option<String> {
    let target = variant::target(role, root, chosen, "", repo);
    target.id().map(str::to_owned)
}

/// The Terraform commands of all jobs with credentials of AWS.
pub(crate) fn root_runs(repo: &Repo) -> Vec<RootRun<'_>> {
    let workflows = &repo.index().workflows;
    let owners = workflows.owners().filter(|owner| owner.job.is_some());
    let unmoved = &repo.jobs().unmoved;
    let jobs = owners.filter_map(|owner| JobFacts::of(workflows, owner, unmoved.contains(owner)));
    jobs.flat_map(|job| of_job(&job, repo)).collect()
}

fn of_job<'r>(job: &JobFacts<'_>, repo: &'r Repo) -> Vec<RootRun<'r>> {
    let answer = job.workflows.job(job.owner).and_then(|it| {
        let path = &job.workflows.source(job.owner).path;
        repo.settings().ci.about_job(path, &it.id)
    });
    let roles: Vec<&JobRole> = repo.jobs().roles.of_job(job.owner).iter().collect();
    let answered = answered_account(job.workflows, job.owner, repo);
    // A workflow with many callers has the same command in many contexts.
    let mut runs: Vec<RootRun<'_>> = Vec::new();
    let mut known = HashMap::new();
    for context in &job.contexts {
        for found in &context.runs {
            let run = &found.run;
            let indices = job
                .credentials
                .of_step(job.workflows, job.owner, found.step);
            let is_elsewhere = run.runs_in == RunsIn::Elsewhere;
            let indices: Vec<usize> = indices.into_iter().filter(|_| !is_elsewhere).collect();
            let machine = is_elsewhere.then(|| {
                let by = "on another machine, by its credentials";
                JobIdentity::Unknown(by.to_owned(), answered.clone())
            });
            let key_account = |index: &usize| match &job.credentials.all[*index] {
                Credentials::Keys {
                    id, is_of_workflow, ..
                } => {
                    let environment = context.environment.as_deref();
                    let environment = environment.filter(|_| !is_of_workflow);
                    accounts_of_keys(id, environment, repo)
                }
                _ => BTreeSet::new(),
            };
            let keys: BTreeSet<Option<String>> = indices.iter().flat_map(key_account).collect();
            let own_account = |index: &usize| match &job.credentials.all[*index] {
                Credentials::Role(role) => account_of_own(&role.value, repo),
                _ => None,
            };
            let own: BTreeSet<String> = indices.iter().filter_map(own_account).collect();
            let acts = indices.into_iter().map(|index| {
                let step = found.step;
                let credentials = &job.credentials.all[index];
                match credentials {
                    Credentials::Keys {
                        id, is_of_workflow, ..
                    } => {
                        let mut roles = roles.iter();
                        let role = roles.find(|role| {
                            role.started == context.started
                                && role.id == id.value
                                && role.is_of_workflow == *is_of_workflow
                        });
                        new_role(role.copied(), context, step, repo)
                    }
                    // It is decided again, like keys.
                    Credentials::Role(role) if roles.iter().any(|it| it.id == role.value) => {
                        let role = roles.iter().find(|it| it.id == role.value);
                        new_role(role.copied(), context, step, repo)
                    }
                    Credentials::Role(role) => {
                        let steps = job.workflows.steps(job.owner);
                        let own = steps.iter().find(|step| step.offset == role.offset);
                        let text = own.map_or_else(
                            || role.value.clone(),
                            |own| {
                                let (workflows, values) = (job.workflows, &context.values);
                                workflows.filled_in(job.owner, own, values, &role.value)
                            },
                        );
                        let environment = context.environment.as_deref();
                        let account = account_of_role(&text, environment, repo);
                        let account = account.or_else(|| answered.clone());
                        JobIdentity::Role(text, account)
                    }
                    Credentials::Profile(name) => JobIdentity::Unknown(
                        sentence!("with the profile `{name}`"),
                        answered.clone(),
                    ),
                    Credentials::Unknown(by) => JobIdentity::Unknown(by.clone(), answered.clone()),
                }
            });
            let place = (&run.directory, &run.named, run.is_tree, run.is_terragrunt);
            let number = *known
                .entry((place, &run.variant, run.effect, is_elsewhere))
                .or_insert(runs.len());
            if number == runs.len() {
                runs.push(RootRun {
                    job: job.owner,
                    run: run.clone(),
                    acts: BTreeSet::new(),
                    key_accounts: BTreeSet::new(),
                    own_accounts: BTreeSet::new(),
                    answer,
                });
            }
            runs[number].acts.extend(acts.chain(machine));
            runs[number].key_accounts.extend(keys);
            runs[number].own_accounts.extend(own);
        }
    }
    runs
}

/// What a step acts by where a role takes the place of its keys, or of the role of an earlier run.
fn new_role(
    role: Option<&JobRole>,
    context: &JobContextFacts,
    step: usize,
    repo: &Repo,
) -> JobIdentity {
    let sign_in = role.and_then(|role| role.sign_in.as_ref().ok());
    let named = |it: &AssumedRole| in_context(it, &context.start_values, repo.settings());
    JobIdentity::Keys(sign_in.map(|it| named(it.at(step))))
}
