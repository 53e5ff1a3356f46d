//! What to do about the jobs that a plan signs in by OIDC: before the merge, and after it.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{NextStep, Plan};
use ci::github::expression::references;
use ci::settings::Ci;
use diagnostics::finding::SignedIn;
use syntax::shell;
use terraform::partition;

/// The steps; `ci` has the names of the roles.
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
    // The first run after the merge needs trust and variables; secrets and keys go last, so that
    // the old way works until the new one has been seen to.
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

/// The partitions that a job signs in to; `aws` where none is known. Each has an audience of its
/// own.
fn partitions(job: &SignedIn) -> Vec<&str> {
    let known: Vec<&str> = job.partitions.iter().map(String::as_str).collect();
    if known.is_empty() {
        vec![partition::AWS]
    } else {
        known
    }
}

/// Where a role variable is read.
#[derive(Default)]
struct Places<'j> {
    environments: BTreeSet<Option<&'j str>>,
    partitions: BTreeSet<&'j str>,
}

/// The commands that set each role variable where the jobs that read it look for it.
fn variables(all: &[&SignedIn], ci: &Ci) -> Vec<String> {
    let mut places: BTreeMap<(String, String), Places> = BTreeMap::new();
    let mut computed = BTreeSet::new();
    for job in all.iter().filter(|job| job.job.is_some()) {
        for found in job.roles.iter().flat_map(|role| references(&role.text)) {
            // The roles that the plan introduces are in `vars`, unless the configuration names
            // secrets; what a workflow references in `secrets` otherwise is set already.
            let in_secrets = ci.role.is_secret() || ci.state_role.starts_with("secrets.");
            let is_new = found.context == "vars" || in_secrets;
            match found.name {
                Some(name) if is_new && matches!(&*found.context, "vars" | "secrets") => {
                    let places = places.entry((found.context, name)).or_default();
                    places.environments.extend(environments(job));
                    places.partitions.extend(partitions(job));
                }
                None if is_new => {
                    computed.extend(job.roles.iter().map(|role| role.text.clone()));
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
            // An ARN is of one partition: jobs of several cannot share a variable, and the user has
            // to choose.
            _ => "PARTITION",
        };
        // GitHub allows letters, digits and `_` in these names, a workflow reads any text.
        let name = shell::quoted(&name);
        let set = format!("gh {kind} set {name} --body arn:{partition}:iam::ACCOUNT:role/ROLE");
        // A variable of the repository is found from environments, too, unless they set their own
        // (GitHub docs, "Variables": Precedence).
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

/// The environments of a job, by the names in its subjects; one `None` where it has none: then the
/// variable is the repository's.
fn environments(job: &SignedIn) -> Vec<Option<&str>> {
    let subjects = job.subjects.iter();
    let named: Vec<_> = subjects
        .filter_map(|subject| subject.strip_prefix("environment:"))
        .collect();
    // The subject of a job with an environment has its name (GitHub docs, "OpenID Connect
    // reference"), computed for every caller and matrix value; `*` where that is not known.
    match named.is_empty() || named.contains(&"*") {
        true => vec![job.environment.as_deref()],
        false => named.into_iter().map(Some).collect(),
    }
}

fn secrets(all: &[&SignedIn], free: &[String]) -> Vec<String> {
    let deletions = free.iter().map(|name| {
        let jobs = all
            .iter()
            // Names of secrets are case-insensitive.
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
