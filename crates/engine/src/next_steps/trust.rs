//! What trust policies have to allow before the merge: the tokens of jobs, and the roles of jobs.

use std::collections::{BTreeMap, BTreeSet};

use ci::settings::StateAccess;
use diagnostics::finding::SignedIn;
use syntax::code::sentence;
use syntax::{shell, text};
use terraform::partition;

use super::role_variables::partitions;
use crate::catalogue::Purpose;
use crate::jobs::{TrustedRole, assumed_roles, owner_of, roles_of};
use crate::plan::{Action, Moment, NextStep, Plan};
use crate::repo::Repo;
use crate::staying_roles::RoleCaller;

/// Placeholder for the name of the repository, which only its remote tells.
pub const REPOSITORY: &str = "OWNER/REPOSITORY";

/// One step for each role that jobs assume: the subjects of the jobs that assume it.
pub(super) fn trust(plan: &Plan, repo: &Repo) -> Vec<NextStep> {
    let mut subjects: BTreeMap<(TrustedRole, String), BTreeSet<String>> = BTreeMap::new();
    for job in by_token(plan, repo) {
        for (role, own) in assumed_roles(job, repo) {
            let partitions = match role.arn.as_deref().and_then(partition::of_arn) {
                Some(known) => BTreeSet::from([known.to_owned()]),
                None => partitions(job).into_iter().map(str::to_owned).collect(),
            };
            let usual = partitions
                .iter()
                .map(|it| partition::audience(it).to_owned());
            for audience in audiences(job, usual, repo) {
                let known = subjects.entry((role.clone(), audience)).or_default();
                known.extend(own.iter().cloned());
            }
        }
    }
    let steps = subjects
        .into_iter()
        .map(|((role, audience), subjects)| NextStep {
            why: format!(
                "Allow these OIDC subjects in the trust policy of {}, for the \
                 audience {audience}:",
                role.text(repo.settings())
            ),
            commands: subjects
                .iter()
                .map(|subject| shell::inert(&format!("repo:{REPOSITORY}:{subject}")))
                .collect(),
            when: Moment::BeforeMerge,
            action: Action::Enter,
        });
    steps.collect()
}

/// The audiences of a job's tokens: those that its steps name, `usual` where they name none.
fn audiences(job: &SignedIn, usual: impl Iterator<Item = String>, repo: &Repo) -> BTreeSet<String> {
    let workflows = &repo.index().workflows;
    let named = owner_of(job, repo).map(|owner| workflows.audiences(owner));
    let named = named.filter(|it| !it.is_empty());
    let named = named.unwrap_or_else(|| BTreeSet::from([None]));
    let usual: BTreeSet<String> = usual.collect();
    let all = named.into_iter().flat_map(|named| match named {
        Some(named) => BTreeSet::from([named.to_owned()]),
        None => usual.clone(),
    });
    all.collect()
}

/// The jobs with the roles that they assume by their tokens.
fn by_token<'p>(plan: &'p Plan, repo: &Repo) -> impl Iterator<Item = &'p SignedIn> {
    let profiles = repo.catalogue().with_purpose(Purpose::AddJobProfiles);
    let profiles = profiles.map(|it| it.id);
    let is_second = repo.settings().ci.state_access == StateAccess::SecondLogin;
    let applied = plan.applied();
    let by_token = applied.filter(move |it| is_second || Some(it.transform) != profiles);
    by_token.flat_map(|finding| &finding.signed_in)
}

/// The roles that jobs go on to from their own, each set of them with those of the jobs: a profile
/// assumes the role of the state with the job's credentials.
pub(super) fn chained_roles(plan: &Plan, repo: &Repo) -> Vec<NextStep> {
    let (settings, profiles) = (repo.settings(), Purpose::AddJobProfiles);
    if settings.ci.state_access != StateAccess::ChainedProfile {
        return Vec::new();
    }
    let own: Vec<&SignedIn> = by_token(plan, repo).collect();
    let profiles = repo.catalogue().with_purpose(profiles).map(|it| it.id);
    let chained = plan.applied();
    let chained = chained.filter(|it| Some(it.transform) == profiles);
    let mut roles: BTreeMap<BTreeSet<String>, BTreeSet<String>> = BTreeMap::new();
    for job in chained.flat_map(|finding| &finding.signed_in) {
        let own = own
            .iter()
            .filter(|it| (&it.path, &it.job) == (&job.path, &job.job));
        let callers = own.flat_map(|own| assumed_roles(own, repo));
        let callers: BTreeSet<String> = callers.map(|(role, _)| role.text(settings)).collect();
        if !callers.is_empty() {
            let next = job.roles.iter().flat_map(|role| roles_of(role, settings));
            let known = roles.entry(callers).or_default();
            known.extend(next.map(|role| role.text(settings)));
        }
    }
    let why = |callers: &str| {
        format!(
            "Allow {callers} in the trust policies of the roles that the jobs \
             assume next:"
        )
    };
    allowed(roles, why)
}

/// A step for each set of callers.
fn allowed(
    roles: BTreeMap<BTreeSet<String>, BTreeSet<String>>,
    why: impl Fn(&str) -> String,
) -> Vec<NextStep> {
    let steps = roles.into_iter().map(|(callers, roles)| {
        let callers: Vec<String> = callers.into_iter().collect();
        NextStep {
            why: why(&text::series(&callers)),
            // Code quotes would run something in a shell, and among commands nothing needs them.
            commands: roles
                .iter()
                .map(|role| shell::inert(&role.replace('`', "")))
                .collect(),
            when: Moment::BeforeMerge,
            action: Action::Enter,
        }
    });
    steps.collect()
}

/// The roles that stay, each set of them with its new callers: roles of jobs, and people.
pub(super) fn staying_roles(plan: &Plan, repo: &Repo) -> Vec<NextStep> {
    let settings = repo.settings();
    let permission_set = |id: &str| {
        let mut accounts = settings.accounts.iter();
        let own = accounts.find(|account| account.id == id);
        let own = own.and_then(|account| account.role_name.as_deref());
        own.or(settings.sso.as_ref().map(|sso| sso.role_name.as_str()))
    };
    // Who runs Terraform with profiles already keeps doing so.
    let removers = [Purpose::RemoveRoles, Purpose::RemoveStaticKeys];
    let removers = removers.map(|purpose| repo.catalogue().id_of(purpose));
    let switches = plan
        .applied()
        .any(|finding| removers.contains(&finding.transform) || !finding.signed_in.is_empty());
    let mut staying: BTreeMap<BTreeSet<String>, BTreeSet<String>> = BTreeMap::new();
    // A role that this plan removes after review needs no new callers.
    for role in plan.staying_roles.iter().filter(|it| !it.until_review) {
        let callers = role.callers.iter().filter_map(|caller| match caller {
            RoleCaller::Job(job) => job.is_new.then(|| job.name.clone()),
            RoleCaller::People(id) if switches => permission_set(id).map(|name| {
                sentence!(
                    "`AWSReservedSSO_{name}_*` of account {}",
                    settings.labelled(id)
                )
            }),
            RoleCaller::People(_) | RoleCaller::UnknownPeople(_) | RoleCaller::Role(_) => None,
        });
        let callers: BTreeSet<String> = callers.collect();
        if !callers.is_empty() {
            staying
                .entry(callers)
                .or_default()
                .insert(role.name.clone());
        }
    }
    allowed(staying, |callers| {
        format!("Allow {callers} in the trust policies of these roles, which are kept:")
    })
}
