//! What to do around the jobs that a plan signs in by OIDC: before the merge, and after it.

use std::collections::{BTreeMap, BTreeSet};

use super::NextStep;
use crate::plan::Plan;
use ci::github::expression::references;
use ci::settings::Ci;
use diagnostics::finding::SignedIn;
use syntax::shell;
use terraform::partition;

/// The steps. `ci` says what the roles are called.
pub fn sign_in_steps(plan: &Plan, ci: &Ci) -> Vec<NextStep> {
    let all: Vec<&SignedIn> = plan
        .applied()
        .flat_map(|finding| &finding.signed_in)
        .collect();
    let mut subjects: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
    for job in &all {
        for partition in partitions(job) {
            let audience = partition::audience(partition);
            subjects.entry(audience).or_default().extend(&job.subjects);
        }
    }
    let trust = subjects.into_iter().map(|(audience, subjects)| NextStep {
        why: format!(
            "Before the merge, have the trust policies of the roles admit these subjects, for the \
             audience {audience}:"
        ),
        commands: subjects
            .iter()
            .map(|subject| format!("repo:OWNER/REPOSITORY:{subject}"))
            .collect(),
    });
    let mut steps: Vec<NextStep> = trust.collect();
    steps.extend([
        NextStep {
            why: "Before the merge, say which role the jobs assume:".to_owned(),
            commands: variables(&all, ci),
        },
        NextStep {
            why: "After the merge, once the jobs have run, delete what nothing uses any more, and \
                  the keys themselves:"
                .to_owned(),
            commands: secrets(&all, &plan.free_secrets),
        },
    ]);
    steps.retain(|step| !step.commands.is_empty());
    steps
}

/// AWS's partitions that a job signs in to; the usual one, where none is known.
fn partitions(job: &SignedIn) -> Vec<&str> {
    let known: Vec<&str> = job.partitions.iter().map(String::as_str).collect();
    if known.is_empty() {
        vec![partition::AWS]
    } else {
        known
    }
}

/// Where a variable is read.
#[derive(Default)]
struct Places<'j> {
    environments: BTreeSet<Option<&'j str>>,
    partitions: BTreeSet<&'j str>,
}

/// Sets each variable where the jobs that read it find it.
fn variables(all: &[&SignedIn], ci: &Ci) -> Vec<String> {
    let mut places: BTreeMap<(String, String), Places> = BTreeMap::new();
    let mut computed = BTreeSet::new();
    for job in all.iter().filter(|job| job.job.is_some()) {
        for found in job.roles.iter().flat_map(|role| references(role)) {
            let in_secrets = [&ci.role, &ci.state_role]
                .iter()
                .any(|it| it.starts_with("secrets."));
            let is_new = found.context == "vars" || in_secrets;
            match found.name {
                Some(name) if is_new && matches!(&*found.context, "vars" | "secrets") => {
                    let places = places.entry((found.context, name)).or_default();
                    places.environments.extend(environments(job));
                    places.partitions.extend(partitions(job));
                }
                None if is_new => {
                    computed.extend(job.roles.clone());
                }
                _ => {}
            }
        }
    }
    let mut commands = Vec::new();
    for ((context, name), places) in places {
        let Places {
            environments,
            partitions,
        } = places;
        let kind = if context == "vars" {
            "variable"
        } else {
            "secret"
        };
        let partition = match partitions.first() {
            Some(only) if partitions.len() == 1 => only,
            _ => "PARTITION",
        };
        // GitHub allows letters, digits and `_` in these names, a workflow reads any text.
        let name = shell::quoted(&name);
        let set = format!("gh {kind} set {name} --body arn:{partition}:iam::ACCOUNT:role/ROLE");
        match environments.contains(&None) {
            true => commands.push(set),
            false => commands.extend(environments.into_iter().flatten().map(|environment| {
                match environment.contains("${{") {
                    true => format!("{set} --env ENVIRONMENT   # each that {environment} may be"),
                    false => format!("{set} --env {}", shell::quoted(environment)),
                }
            })),
        }
    }
    let computed = computed.into_iter();
    commands
        .extend(computed.map(|role| format!("gh variable set ...   # each that {role} may be")));
    commands
}

/// The environments of a job, by their names where its subjects tell them; none where it has none.
fn environments(job: &SignedIn) -> Vec<Option<&str>> {
    let subjects = job.subjects.iter();
    let named: Vec<_> = subjects
        .filter_map(|subject| subject.strip_prefix("environment:"))
        .collect();
    match named.is_empty() || named.contains(&"*") {
        true => vec![job.environment.as_deref()],
        false => named.into_iter().map(Some).collect(),
    }
}

fn secrets(all: &[&SignedIn], free: &[String]) -> Vec<String> {
    let deletions = free.iter().map(|name| {
        let jobs = all
            .iter()
            .filter(|job| job.keys.iter().any(|key| key.eq_ignore_ascii_case(name)))
            .copied();
        let environments: BTreeSet<&str> = jobs.flat_map(environments).flatten().collect();
        let environments: Vec<&str> = environments.into_iter().collect();
        let delete = format!("gh secret delete {}", shell::quoted(name));
        match environments.is_empty() {
            true => delete,
            false => format!(
                "{delete}   # in the environments, too: {}",
                environments.join(", ")
            ),
        }
    });
    deletions.collect()
}
