//! Who runs each module after the plan: jobs by the roles that they sign in with, and people.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ci::github::workflow::StepOwner;
use diagnostics::finding::AssumedRole;

use crate::jobs::{
    JobIdentity, RootRun, TrustedRole, owner_of, reading_roles, roles_of, root_runs,
};
use crate::plan::Plan;
use crate::repo::Repo;
use crate::staying_roles::{JobRole, RoleCaller};

/// The callers of roles, by the module that assumes them.
pub(crate) struct RoleCallers<'r> {
    repo: &'r Repo,
    runs: Vec<RootRun<'r>>,
    /// The jobs whose static keys the plan replaces.
    converted: BTreeSet<StepOwner>,
    /// The roles by which jobs only read states.
    reading: BTreeMap<StepOwner, BTreeSet<TrustedRole>>,
}

impl<'r> RoleCallers<'r> {
    /// Those after a plan. `repo` is the repository before it.
    pub fn new(plan: &Plan, repo: &'r Repo) -> Self {
        let signed_in = plan.applied().flat_map(|finding| &finding.signed_in);
        let converted = signed_in
            .filter(|job| !job.subjects.is_empty())
            .filter_map(|job| owner_of(job, repo));
        let (converted, runs) = (converted.collect(), root_runs(repo));
        Self {
            reading: reading(&runs, &converted, repo),
            repo,
            runs,
            converted,
        }
    }

    /// The roles of all jobs that run Terraform.
    pub fn jobs(&self) -> BTreeSet<RoleCaller> {
        self.runs
            .iter()
            .flat_map(|run| self.job_roles(run))
            .collect()
    }

    /// Who runs a module, in jobs and on laptops.
    pub fn callers(&self, directory: &Path) -> BTreeSet<RoleCaller> {
        self.callers_of(directory, |_| false)
    }

    /// Who runs what is in a directory and below it, where units include a Terragrunt file.
    pub fn callers_below(&self, directory: &Path) -> BTreeSet<RoleCaller> {
        self.callers_of(directory, |run| {
            let own = run.run.directory.as_ref();
            own.is_some_and(|own| own.starts_with(directory))
        })
    }

    fn callers_of(
        &self,
        directory: &Path,
        is_more: impl Fn(&RootRun<'_>) -> bool,
    ) -> BTreeSet<RoleCaller> {
        let modules = &self.repo.index().modules;
        let roots: Vec<&Path> = match modules.is_called(directory) {
            true => modules.roots(directory).collect(),
            false => vec![directory],
        };
        let mut callers = BTreeSet::new();
        for run in &self.runs {
            if is_more(run) || roots.iter().any(|root| run.may_run(root)) {
                callers.extend(self.job_roles(run));
            }
        }
        callers.extend(roots.iter().map(|root| {
            let settings = self.repo.settings();
            let account = self.repo.deploys_to(root);
            let account = account.and_then(|it| it.id().map(str::to_owned));
            let answer = || {
                settings
                    .account_of_root_module(root)
                    .map(|it| it.id.clone())
            };
            match account.or_else(answer) {
                Some(id) => RoleCaller::People(id),
                None => RoleCaller::UnknownPeople(root.to_path_buf()),
            }
        }));
        callers
    }

    /// The roles by which a job runs Terraform once it is signed in. None where it stays on its keys.
    fn job_roles(&self, run: &RootRun<'_>) -> BTreeSet<RoleCaller> {
        let reading = self.reading.get(&run.job);
        let roles = roles_in(run, &self.converted, self.repo).into_iter();
        roles
            .map(|(role, is_new)| {
                let reads_states = reading.is_some_and(|it| it.contains(&role));
                RoleCaller::Job(JobRole::of(&role, reads_states, is_new, self.repo))
            })
            .collect()
    }
}

/// The roles of one run, each with whether it takes the place of static keys.
fn roles_in(
    run: &RootRun<'_>,
    converted: &BTreeSet<StepOwner>,
    repo: &Repo,
) -> Vec<(TrustedRole, bool)> {
    let mut found = Vec::new();
    for acts in &run.acts {
        let (text, accounts, is_new) = match acts {
            JobIdentity::Keys(Some((text, accounts))) if converted.contains(&run.job) => {
                (text, accounts.clone(), true)
            }
            JobIdentity::Role(text, account) => (text, account.iter().cloned().collect(), false),
            JobIdentity::Keys(_) | JobIdentity::Unknown(..) => continue,
        };
        let role = AssumedRole {
            text: text.clone(),
            accounts,
        };
        let roles = roles_of(&role, repo.settings()).into_iter();
        found.extend(roles.map(|role| (role, is_new)));
    }
    found
}

/// The roles by which each job only reads states.
fn reading(
    runs: &[RootRun<'_>],
    converted: &BTreeSet<StepOwner>,
    repo: &Repo,
) -> BTreeMap<StepOwner, BTreeSet<TrustedRole>> {
    let mut roles: BTreeMap<StepOwner, Vec<TrustedRole>> = BTreeMap::new();
    for run in runs {
        let own = roles_in(run, converted, repo).into_iter();
        roles
            .entry(run.job)
            .or_default()
            .extend(own.map(|(role, _)| role));
    }
    let reading = roles.into_iter().map(|(job, roles)| {
        let reading = reading_roles(roles.iter(), (Some(job), repo));
        (job, reading)
    });
    reading.collect()
}
