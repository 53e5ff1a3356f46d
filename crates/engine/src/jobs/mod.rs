//! Where the jobs of GitHub's workflows sign in, and which roles stay because a job cannot follow.
//!
//! A job signs in to the one account that all its steps need, or to several, one after the other.
//! Where it cannot, it signs in as its keys did, and the roles of its root modules stay. That may
//! change what other jobs need, so the decision is made again until nothing changes; each time more
//! roles stay, so it ends.

mod assumed;
mod calls;
mod credentials;
mod decided_again;
mod fixed;
mod job;
mod known_account;
mod label;
mod long_sessions;
mod need;
mod oidc_roles;
mod own_role;
pub(crate) mod proof;
mod role_names;
mod root_runs;
mod shared_role;
mod sign_in;
mod step_need;
mod variant;

use ci::github::workflow::{StepOwner, Workflows};

use crate::decisions::jobs::{JobDecisions, UnmovedJobs};
use crate::repo::Repo;
pub(crate) use assumed::{
    TrustedRole, assumed_roles, is_plan_role, owner_of, role_name_in, roles_of,
};
pub(crate) use fixed::fixed_runners;
use job::JobFacts;
pub(crate) use known_account::account_of_role;
use need::RootNeeds;
pub(crate) use oidc_roles::{oidc_roles, reading_roles};
pub(crate) use root_runs::{JobIdentity, RootRun, account_in, root_runs};
use sign_in::JobSignIns;

/// The repository with its jobs decided. `unmoved` are the jobs that no edit can sign in to another account
/// than that of their keys.
pub(crate) fn decide(mut repo: Repo, mut unmoved: UnmovedJobs) -> Repo {
    let workflows = repo.index().workflows.clone();
    // What waits for review is a part of what names have to tell apart, so that a name stays as it is when
    // the rest is applied.
    let is_reviewed = repo.set_review(true);
    let all = match repo.has_roles() && !(is_reviewed && unmoved.is_empty()) {
        true => sign_ins(&mut repo, &workflows, UnmovedJobs::default()),
        false => Vec::new(),
    };
    repo.set_review(is_reviewed);
    loop {
        let sign_ins = sign_ins(&mut repo, &workflows, unmoved.clone());
        let roles = role_names::assign(&sign_ins, &all, &repo);
        // Under the name that it has, nothing tells that a role is of another account now.
        let alike = roles.all().filter(|(_, role)| role.is_unmoved());
        let alike: Vec<StepOwner> = alike.map(|(owner, _)| owner).collect();
        if alike.is_empty() {
            let mut decided = repo.jobs().clone();
            decided.roles = roles;
            repo.set_jobs(decided);
            return repo;
        }
        unmoved.keeping.extend(alike);
    }
}

/// Where jobs sign in. The repository then has the roles that stay because a job cannot follow.
fn sign_ins(repo: &mut Repo, workflows: &Workflows, unmoved: UnmovedJobs) -> Vec<JobSignIns> {
    let jobs = jobs(workflows, &unmoved);
    let has_calls = calls::are_there(workflows);
    let mut decided = JobDecisions {
        unmoved,
        ..JobDecisions::default()
    };
    loop {
        repo.set_jobs(decided.clone());
        if jobs.is_empty() && !has_calls {
            return Vec::new();
        }
        let roots = RootNeeds::of(repo);
        let sign_ins = jobs.iter().map(|job| JobSignIns::of(job, &roots, repo));
        let sign_ins: Vec<JobSignIns> = sign_ins.collect();
        let mut has_more = false;
        let mut others = calls::holds(workflows, &roots, repo);
        others.extend(shared_role::holds(
            sign_ins.iter().flat_map(|it| &it.shared),
        ));
        let holds = sign_ins.iter().flat_map(|it| &it.holds).chain(&others);
        for (directory, hold) in holds {
            // A hold that review lifts gives way to one that nothing does.
            let known = decided.holds.get(directory);
            if known.is_none_or(|known| hold.is_certain() && !known.is_certain()) {
                decided.holds.insert(directory.clone(), hold.clone());
                has_more = true;
            }
        }
        if !has_more {
            return sign_ins;
        }
    }
}

/// The jobs with credentials of AWS.
fn jobs<'w>(workflows: &'w Workflows, unmoved: &UnmovedJobs) -> Vec<JobFacts<'w>> {
    let owners = workflows.owners().filter(|owner| owner.job.is_some());
    let jobs = owners.filter_map(|owner| {
        let job = JobFacts::of(workflows, owner, unmoved.contains(owner))?;
        Some(JobFacts {
            keeps_roles: unmoved.keeping.contains(&owner),
            ..job
        })
    });
    jobs.collect()
}
