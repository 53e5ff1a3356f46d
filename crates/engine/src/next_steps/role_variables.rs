//! Which variables hold the roles that jobs assume, and where they are set.

use std::collections::{BTreeMap, BTreeSet};

use ci::github::expression::of_inside;
use ci::settings::{RoleName, is_plan_variable};
use diagnostics::finding::SignedIn;
use syntax::shell;
use terraform::partition;

use crate::catalogue::Purpose;
use crate::generated_roles::{CI_ROLE, PLAN_ROLE, PLAN_STATE_ROLE, STATE_ROLE};
use crate::jobs::{is_plan_role, role_name_in, roles_of};
use crate::plan::{Action, Moment, NextStep, Plan};
use crate::repo::Repo;

/// The steps that set each role variable where the jobs that read it look for it.
pub(super) fn role_variables(plan: &Plan, repo: &Repo) -> [NextStep; 2] {
    let found = Found::of(plan, repo);
    let (mut of_repository, mut of_environments) = (Vec::new(), Vec::new());
    for ((context, name), places) in &found.variables {
        let set = places.command(context, name, plan, repo);
        // A variable of the repository is found from environments, too, unless they set their own
        // (GitHub docs, "Variables": Precedence).
        if places.environments.contains(&None) {
            of_repository.push(set);
            continue;
        }
        let environments = places.environments.iter().flatten();
        of_environments.extend(environments.map(|name| match name.contains("${{") {
            true => format!(
                "{set} --env ENVIRONMENT   # each that {} may be",
                shell::inert(name)
            ),
            false => format!("{set} --env {}", shell::quoted(name)),
        }));
    }
    let computed = found.computed.iter();
    of_repository.extend(computed.map(|role| {
        let role = shell::inert(role);
        format!("gh variable set ...   # each that {role} may be")
    }));
    [
        NextStep {
            why: "Set the role that the jobs assume:".to_owned(),
            commands: of_repository,
            when: Moment::BeforeMerge,
            action: Action::Run,
        },
        NextStep {
            why: "Set in each environment the role that its jobs assume. Do not set \
                  these at repository level too: an environment without its own would silently \
                  read that one:"
                .to_owned(),
            commands: of_environments,
            when: Moment::BeforeMerge,
            action: Action::Run,
        },
    ]
}

/// Where a role variable is read, and what it holds.
#[derive(Default)]
struct Places<'p> {
    environments: BTreeSet<Option<&'p str>>,
    partitions: BTreeSet<&'p str>,
    accounts: BTreeSet<Option<String>>,
    /// Whether jobs sign in by it; else it is a role to which they go on.
    is_sign_in: bool,
    /// Whether it is a role by which jobs that only plan reach states.
    reads_states: bool,
    /// Whether these jobs only plan, by a role of their own.
    is_plan: bool,
}

/// The variables that the roles of jobs are read from.
#[derive(Default)]
struct Found<'p> {
    variables: BTreeMap<(String, String), Places<'p>>,
    /// Expressions that compute the name of a variable.
    computed: BTreeSet<&'p str>,
}

impl<'p> Found<'p> {
    fn of(plan: &'p Plan, repo: &'p Repo) -> Self {
        let ci = &repo.settings().ci;
        let signing_in = repo.catalogue().with_purpose(Purpose::SignInJobs);
        // The roles that the plan introduces are in `vars`, unless the configuration names secrets;
        // what a workflow references in `secrets` otherwise is set already.
        let in_secrets = ci.role.is_secret() || ci.state_role.starts_with("secrets.");
        let is_new = |context: &str| context == "vars" || context == "secrets" && in_secrets;
        let mut all = Self::default();
        for finding in plan.applied() {
            let is_sign_in = signing_in.is_some_and(|it| it.id == finding.transform);
            let jobs = finding.signed_in.iter().filter(|job| job.job.is_some());
            for (job, text) in jobs.flat_map(|job| job.roles.iter().map(move |it| (job, it))) {
                for role in roles_of(text, repo.settings()) {
                    let read = match &role.variable {
                        Some(variable) => of_inside(variable),
                        // In an ARN with an expression in it nothing is a variable.
                        None if text.text.starts_with("arn:") || role.arn.is_some() => continue,
                        None => ci::github::expression::references(&text.text),
                    };
                    for found in read.into_iter().filter(|it| is_new(&it.context)) {
                        let Some(name) = found.name else {
                            all.computed.insert(&text.text);
                            continue;
                        };
                        let is_of_plan = !is_sign_in && is_plan_variable(&name);
                        let places = all.variables.entry((found.context, name)).or_default();
                        places.environments.extend(environments(job));
                        places.partitions.extend(partitions_of(job, plan, repo));
                        places.accounts.insert(role.account.clone());
                        places.is_sign_in |= is_sign_in;
                        places.reads_states |= job.reads_states || is_of_plan;
                        places.is_plan |= is_plan_role(&role, repo.settings());
                    }
                }
            }
        }
        all
    }
}

impl Places<'_> {
    /// The command that sets the variable at repository level.
    fn command(&self, context: &str, name: &str, plan: &Plan, repo: &Repo) -> String {
        let kind = match context {
            "vars" => "variable",
            _ => "secret",
        };
        let partition = match self.partitions.first() {
            Some(only) if self.partitions.len() == 1 => only,
            // An ARN is of one partition: jobs of several cannot share a variable, and the user has
            // to choose.
            _ => "<PARTITION>",
        };
        let account = match self.accounts.first() {
            Some(Some(only)) if self.accounts.len() == 1 => Some(only.as_str()),
            _ => None,
        };
        let settings = repo.settings();
        let variable = format!("{context}.{name}");
        let role = match self.is_sign_in {
            true if self.is_plan => {
                let named = settings.ci.plan_role.as_ref().and_then(RoleName::role);
                Some(named.unwrap_or(PLAN_ROLE))
            }
            true => Some(role_name_in(account, settings).unwrap_or(CI_ROLE)),
            false => {
                let is_it = |reads: &bool| {
                    let named = settings.ci.state_role_of(*reads);
                    named.eq_ignore_ascii_case(&variable)
                };
                let of_state = [false, true].into_iter().find(is_it);
                match of_state {
                    Some(reads) => Some(state_role(reads)),
                    None => state_role_in(account, self.reads_states, plan),
                }
            }
        };
        let account = account.unwrap_or("<ACCOUNT>");
        let role = role.unwrap_or("<ROLE>");
        let arn = format!("arn:{partition}:iam::{account}:role/{role}");
        // GitHub allows letters, digits and `_` in these names, a workflow reads any text.
        let (name, arn) = (shell::quoted(name), shell::quoted(&arn));
        format!("gh {kind} set {name} --body {arn}")
    }
}

/// The name of the role that `generate state-role` makes in an account, where jobs reach states there.
fn state_role_in(account: Option<&str>, reads_states: bool, plan: &Plan) -> Option<&'static str> {
    let mut reached = plan.reached_states.iter().filter(|it| it.bucket.is_some());
    let has_states = reached.any(|it| Some(it.account.as_str()) == account);
    has_states.then_some(state_role(reads_states))
}

/// The role that `generate state-role` makes, for jobs that only plan or others.
fn state_role(reads_states: bool) -> &'static str {
    match reads_states {
        true => PLAN_STATE_ROLE,
        false => STATE_ROLE,
    }
}

/// The partitions of the roles that a finding about a job names. One that only adds profiles tells none:
/// those of the job's sign-in count, or that of the configured role.
fn partitions_of<'p>(job: &'p SignedIn, plan: &'p Plan, repo: &'p Repo) -> Vec<&'p str> {
    let findings = plan.applied().flat_map(|finding| &finding.signed_in);
    let of_job = findings.filter(|it| (&it.path, &it.job) == (&job.path, &job.job));
    let mut known = of_job.filter(|it| !it.partitions.is_empty());
    match (known.next(), repo.settings().ci.role.partition()) {
        (Some(known), _) => partitions(known),
        (None, Some(named)) => vec![named],
        (None, None) => partitions(job),
    }
}

/// The partitions that a job signs in to; `aws` where none is known. Each has an audience of its
/// own.
pub(super) fn partitions(job: &SignedIn) -> Vec<&str> {
    let known: Vec<&str> = job.partitions.iter().map(String::as_str).collect();
    if known.is_empty() {
        vec![partition::AWS]
    } else {
        known
    }
}

/// The environments of a job, by the names in its subjects; one `None` where it has none: then the
/// variable is the repository's.
pub(super) fn environments(job: &SignedIn) -> Vec<Option<&str>> {
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
