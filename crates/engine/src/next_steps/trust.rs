//! What trust policies have to allow before the merge: the tokens of jobs, and the roles of jobs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ci::github::workflow::StepOwner;
use ci::settings::StateAccess;
use diagnostics::finding::{AssumedRole, SignedIn};
use syntax::{shell, visible};
use terraform::file_kind::FileKind;
use terraform::partition;

use super::role_variables::partitions;
use crate::catalogue::Purpose;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::jobs::{
    JobIdentity, RootRun, TrustedRole, assumed_roles, owner_of, roles_of, root_runs,
};
use crate::plan::{Moment, NextStep, Plan};
use crate::repo::Repo;

/// Placeholder for the name of the repository, which only its remote tells.
pub const REPOSITORY: &str = "OWNER/REPOSITORY";

/// One step for each role that jobs assume: the subjects of the jobs that assume it.
pub(super) fn trust(plan: &Plan, repo: &Repo) -> Vec<NextStep> {
    let mut subjects: BTreeMap<(TrustedRole, &str), BTreeSet<String>> = BTreeMap::new();
    for job in by_token(plan, repo) {
        for (role, own) in assumed_roles(job, repo) {
            let partitions = match role.arn.as_deref().and_then(partition::of_arn) {
                Some(known) => BTreeSet::from([known.to_owned()]),
                None => partitions(job).into_iter().map(str::to_owned).collect(),
            };
            for partition in &partitions {
                let audience = partition::audience(partition);
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
        });
    steps.collect()
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
            why: why(&callers.join(" and ")),
            commands: roles.iter().map(|role| shell::inert(role)).collect(),
            when: Moment::BeforeMerge,
        }
    });
    steps.collect()
}

/// The roles that stay, each set of them with the roles of the jobs that assume them.
pub(super) fn staying_roles(plan: &Plan, repo: &Repo) -> Vec<NextStep> {
    let signed_in = plan.applied().flat_map(|finding| &finding.signed_in);
    let converted: BTreeSet<StepOwner> = signed_in
        .filter(|job| !job.subjects.is_empty())
        .filter_map(|job: &SignedIn| owner_of(job, repo))
        .collect();
    if converted.is_empty() || !repo.has_roles() {
        return Vec::new();
    }
    let mut runs = root_runs(repo);
    runs.retain(|run| converted.contains(&run.job));
    let mut staying: BTreeMap<BTreeSet<String>, BTreeSet<String>> = BTreeMap::new();
    for (directory, file) in repo.index().modules.provider_scopes() {
        let is_test = |file: &Path| FileKind::of(file) == Some(FileKind::Test);
        if file.as_deref().is_some_and(is_test) {
            continue;
        }
        let scope = file
            .as_deref()
            .map_or(ProviderScope::Module(&directory), ProviderScope::File);
        let kept: BTreeSet<String> = repo
            .providers(scope)
            .iter()
            .filter(|it| it.role.is_some() && !is_removed(it, plan, repo))
            .map(|it| role_of(it, scope, repo))
            .collect();
        if kept.is_empty() {
            continue;
        }
        let callers = callers(&directory, &runs, repo);
        if !callers.is_empty() {
            staying.entry(callers).or_default().extend(kept);
        }
    }
    allowed(staying, |callers| {
        format!("Allow {callers} in the trust policies of these roles, which stay:")
    })
}

/// Whether the plan removes the role of a provider configuration.
fn is_removed(provider: &ProviderIdentity, plan: &Plan, repo: &Repo) -> bool {
    let remover = repo.catalogue().id_of(Purpose::RemoveRoles);
    let subject = provider.reference();
    let mut applied = plan.applied();
    applied.any(|finding| {
        let mut edits = finding.edits.iter();
        finding.transform == remover
            && finding.subject == subject
            && edits.any(|edit| provider.files.contains(&edit.path))
    })
}

/// The ARN of a provider configuration's role, where it is a literal; else what has it.
fn role_of(provider: &ProviderIdentity, scope: ProviderScope<'_>, repo: &Repo) -> String {
    let files = repo.index().modules.facts_in(scope);
    let blocks = files.iter().rev().flat_map(|(_, facts)| &facts.providers);
    let mut own = blocks.filter(|it| it.name == provider.name && it.alias == provider.alias);
    let arn = own.find_map(|it| it.role.as_ref()?.arn.as_ref()?.as_str());
    match (arn, provider.files.first()) {
        (Some(arn), _) => arn.to_owned(),
        (None, Some(file)) => format!(
            "the role of {} in {}",
            provider.reference(),
            visible::path(file)
        ),
        (None, None) => format!("the role of {}", provider.reference()),
    }
}

/// The roles by which jobs run a module, in place of their static keys.
fn callers(directory: &Path, runs: &[RootRun<'_>], repo: &Repo) -> BTreeSet<String> {
    let modules = &repo.index().modules;
    let roots: Vec<&Path> = match modules.is_called(directory) {
        true => modules.roots(directory).collect(),
        false => vec![directory],
    };
    let runs = runs
        .iter()
        .filter(|run| roots.iter().any(|root| run.may_run(root)));
    let acts = runs.flat_map(|run| &run.acts);
    let roles = acts.filter_map(|acts| match acts {
        JobIdentity::Keys(Some((text, accounts))) => Some(AssumedRole {
            text: text.clone(),
            accounts: accounts.clone(),
        }),
        JobIdentity::Keys(None) | JobIdentity::Role(..) | JobIdentity::Unknown(_) => None,
    });
    let settings = repo.settings();
    roles
        .flat_map(|role| roles_of(&role, settings))
        .map(|role| role.text(settings))
        .collect()
}
