//! Where one job signs in in place of its static keys, and what it cannot follow.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ci::github::expression::{outlives_failure, references};
use ci::github::keys::flow::KeyFlow;
use ci::github::keys::key_start::KeyStart;
use ci::github::values::fill;
use ci::github::workflow::StepOwner;
use ci::github::workflow::model::Text;
use ci::settings::RoleName;
use ci::terraform_run::RunEffect;

use super::credentials::Credentials;
use super::job::{JobContextFacts, JobFacts};
use super::need::{RootNeeds, Target, steps_of};
use crate::decisions::role_hold::{HoldReason, RoleHold};
use crate::repo::Repo;

/// Where a job signs in, for each pair of its keys and each job that starts it.
pub(super) struct JobSignIns {
    pub sign_ins: Vec<SignIn>,
    /// The root modules that it cannot follow.
    pub holds: Vec<(PathBuf, RoleHold)>,
}

/// Where a job signs in in place of a pair of keys, if one job starts it.
pub(super) struct SignIn {
    pub job: StepOwner,
    /// The access key id, as an expression of the job's file.
    pub id: String,
    /// Whether the keys stand in the `env:` of the workflow.
    pub is_of_workflow: bool,
    pub start: KeyStart,
    /// The environment whose secrets and variables it has.
    pub environment: Option<String>,
    /// Whether it signs in for `terraform plan` alone.
    pub only_plans: bool,
    pub targets: Targets,
}

/// The accounts that a job signs in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Targets {
    /// One.
    One(Target),
    /// One for each value of this property of the job that an event starts.
    ByValue {
        property: String,
        targets: BTreeMap<String, Target>,
    },
    /// One after the other, each from the step of that index.
    InTurn(Vec<(usize, Target)>),
}

/// What a step needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepNeed {
    pub step: usize,
    pub target: Target,
    /// What needs it, as a clause about the job: "runs `live`".
    pub what: String,
    /// The root module that loses a role of that account.
    pub root: Option<PathBuf>,
    /// Whether the step may run any root module, and this is one of them.
    pub is_guess: bool,
}

impl JobSignIns {
    pub fn of(job: &JobFacts<'_>, roots: &RootNeeds, repo: &Repo) -> Self {
        let mut found = Self {
            sign_ins: Vec::new(),
            holds: Vec::new(),
        };
        let needs: Vec<Vec<StepNeed>> = job
            .contexts
            .iter()
            .map(|context| steps_of(job, context, roots, repo))
            .collect();
        let by_step: BTreeMap<usize, Vec<usize>> = needs
            .iter()
            .flatten()
            .map(|need| need.step)
            .collect::<BTreeSet<usize>>()
            .into_iter()
            .map(|step| {
                let indices = job.credentials.of_step(job.workflows, job.owner, step);
                (step, indices)
            })
            .collect();
        for (index, credentials) in job.credentials.all.iter().enumerate() {
            let served = |needs: &Vec<StepNeed>| -> Vec<StepNeed> {
                let served = needs.iter().filter(|need| {
                    let indices = by_step.get(&need.step);
                    indices.is_some_and(|indices| indices.contains(&index))
                });
                served.cloned().collect()
            };
            let served: Vec<Vec<StepNeed>> = needs.iter().map(served).collect();
            match credentials {
                Credentials::Keys {
                    id,
                    secret,
                    is_of_workflow,
                } => {
                    let keys = (id, secret, *is_of_workflow);
                    found.replace(job, keys, &served, &by_step, repo);
                }
                Credentials::Role(_) | Credentials::Profile(_) | Credentials::Unknown(_) => {
                    found.keep(job, credentials, &served, repo);
                }
            }
        }
        found
    }

    /// Holds the roles of root modules that fixed credentials are not known to serve.
    fn keep(
        &mut self,
        job: &JobFacts<'_>,
        credentials: &Credentials,
        served: &[Vec<StepNeed>],
        repo: &Repo,
    ) {
        for (context, needs) in job.contexts.iter().zip(served) {
            let (account, by, role, offset) = match credentials {
                Credentials::Role(role) => {
                    let steps = job.workflows.steps(job.owner);
                    let step = steps.iter().find(|step| step.offset == role.offset);
                    let text = step.map_or_else(
                        || role.value.clone(),
                        |step| {
                            let (workflows, owner) = (job.workflows, job.owner);
                            workflows.filled_in(owner, step, &context.values, &role.value)
                        },
                    );
                    let account = account_of_role(&text, context.environment.as_deref(), repo);
                    let inside = text
                        .strip_prefix("${{")
                        .and_then(|it| it.strip_suffix("}}"));
                    let inside = inside.map(|it| it.trim().to_owned());
                    (account, format!("as the role {text}"), inside, role.offset)
                }
                Credentials::Profile(name) => {
                    let offset = job.workflows.job(job.owner).map_or(0, |job| job.offset);
                    let name = fill(name, &context.values);
                    let account = repo.settings().account_of(&name).map(str::to_owned);
                    (account, format!("with the profile `{name}`"), None, offset)
                }
                Credentials::Unknown(by) => {
                    let offset = job.workflows.job(job.owner).map_or(0, |job| job.offset);
                    (None, by.clone(), None, offset)
                }
                Credentials::Keys { .. } => return,
            };
            for need in losing(needs) {
                let is_same = account.is_some() && need.target.id() == account.as_deref();
                let Some(root) = need.root.as_ref().filter(|_| !is_same) else {
                    continue;
                };
                // What the job does beside it in an account that is not known says that it is another
                // one, as where the job still had keys.
                let is_other = |it: &&StepNeed| {
                    let is_ambient = it.target == Target::Keys && account.is_none();
                    it.target != need.target && (it.root.is_some() || is_ambient)
                };
                let other = needs.iter().find(is_other);
                let reason = match other.filter(|it| !need.is_guess && !it.is_guess) {
                    Some(other) => HoldReason::SeveralAccounts {
                        other: other.what.clone(),
                        help: SPLIT.to_owned(),
                    },
                    None => HoldReason::Elsewhere {
                        by: by.clone(),
                        role: role.clone(),
                        account: account.clone(),
                    },
                };
                self.hold(root, job, offset, reason);
            }
        }
    }

    /// Decides what takes the place of a pair of keys.
    fn replace(
        &mut self,
        job: &JobFacts<'_>,
        (id, secret, is_of_workflow): (&Text, &Text, bool),
        served: &[Vec<StepNeed>],
        by_step: &BTreeMap<usize, Vec<usize>>,
        repo: &Repo,
    ) {
        let flow = KeyFlow {
            workflows: job.workflows,
        };
        let mut started = Vec::new();
        for mut start in flow.starts(job.owner, secret) {
            start.is_of_environment &= !is_of_workflow;
            let contexts = contexts_of(job, &start, served, repo);
            if job.stays {
                self.stay(job, id, &start, &contexts, repo);
            }
            let targets = self.targets(job, id, &start, &contexts, by_step, repo);
            let environment = environment_of(job, &contexts).filter(|_| start.is_of_environment);
            started.push((start, contexts, targets, environment));
        }
        // Where only the run determines the environment, its keys can only be named in the job itself,
        // and so alike for all that start it.
        let is_own = |(start, _, targets, environment): &Started<'_>| {
            start.job != job.owner
                && environment.as_ref().is_some_and(|it| it.contains("${{"))
                && *targets == Targets::One(Target::Keys)
        };
        let differ = started.windows(2).any(|pair| pair[0].2 != pair[1].2);
        if differ && started.iter().any(is_own) {
            for (start, contexts, targets, _) in &mut started {
                *targets = self.as_keys(job, id, start, contexts, repo);
            }
        }
        for (start, contexts, targets, environment) in started {
            let runs = || contexts.iter().flat_map(|(context, _)| &context.runs);
            let only_plans = job.ambient.is_empty()
                && runs().any(|it| it.run.effect == RunEffect::Plan)
                && runs().all(|it| it.run.effect <= RunEffect::Plan);
            self.sign_ins.push(SignIn {
                only_plans,
                job: job.owner,
                id: id.value.clone(),
                is_of_workflow,
                environment,
                start,
                targets,
            });
        }
    }

    /// Holds the roles of root modules that a job on static keys runs.
    fn stay(
        &mut self,
        job: &JobFacts<'_>,
        id: &Text,
        start: &KeyStart,
        contexts: &[ContextNeeds<'_>],
        repo: &Repo,
    ) {
        for (context, needs) in contexts {
            let environment = context.environment.as_deref();
            let environment = environment.filter(|_| start.is_of_environment);
            let known = account_of_keys(&start.id, environment, repo);
            for need in losing(needs) {
                let is_same = known.is_some() && need.target.id() == known.as_deref();
                if let Some(root) = need.root.as_ref().filter(|_| !is_same) {
                    self.hold(root, job, id.offset, HoldReason::StaticKeys);
                }
            }
        }
    }

    fn targets(
        &mut self,
        job: &JobFacts<'_>,
        id: &Text,
        start: &KeyStart,
        contexts: &[ContextNeeds<'_>],
        by_step: &BTreeMap<usize, Vec<usize>>,
        repo: &Repo,
    ) -> Targets {
        let all = || contexts.iter().flat_map(|(_, needs)| needs);
        let distinct: BTreeSet<&Target> = all().map(|need| &need.target).collect();
        let answer = job
            .workflows
            .job(job.owner)
            .and_then(|it| {
                let path = &job.workflows.source(job.owner).path;
                repo.settings().ci.about_job(path, &it.id)
            })
            .and_then(|block| repo.settings().account_of(block.account.as_deref()?));
        if let Some(answer) = answer {
            let others = all().filter(|need| {
                let own = need.target.id();
                need.root.is_some() && own.is_some_and(|own| own != answer)
            });
            let others: Vec<&StepNeed> = others.collect();
            for need in others {
                let reason = HoldReason::Elsewhere {
                    by: "as its `job` block says".to_owned(),
                    role: None,
                    account: Some(answer.to_owned()),
                };
                if let Some(root) = &need.root {
                    self.hold(root, job, id.offset, reason);
                }
            }
            return Targets::One(Target::Id(answer.to_owned()));
        }
        let is_nameable = |target: &Target| match (&repo.settings().ci.role, target.id()) {
            _ if matches!(target, Target::Open(_)) => false,
            (RoleName::Literal(_), Some(id)) => {
                repo.settings().ci.role.arn_in(id).is_some() || has_own_role(id, repo)
            }
            _ => true,
        };
        match distinct.iter().collect::<Vec<_>>().as_slice() {
            [] => return Targets::One(keys_target(start, contexts, repo)),
            [only] if is_nameable(only) => return Targets::One((**only).clone()),
            _ => {}
        }
        if distinct.iter().all(|target| is_nameable(target)) {
            let found = by_value(contexts).or_else(|| in_turn(job, contexts, by_step));
            if let Some(found) = found {
                return found;
            }
        }
        self.as_keys(job, id, start, contexts, repo)
    }

    /// Signs a job in as its keys did, and holds the roles of the root modules that need another
    /// account.
    fn as_keys(
        &mut self,
        job: &JobFacts<'_>,
        id: &Text,
        start: &KeyStart,
        contexts: &[ContextNeeds<'_>],
        repo: &Repo,
    ) -> Targets {
        let all = || contexts.iter().flat_map(|(_, needs)| needs);
        let keys = keys_target(start, contexts, repo);
        let elsewhere: Vec<StepNeed> = all()
            .filter(|need| need.root.is_some() && need.target != keys)
            .cloned()
            .collect();
        for need in elsewhere {
            let other = all().find(|it| it.target != need.target);
            let mut secrets = references(&start.id.value).into_iter();
            let secret = secrets.find_map(|it| it.name);
            let label = need.target.id().and_then(|id| {
                let mut accounts = repo.settings().accounts.iter();
                accounts.find(|account| account.id == id)
            });
            let help = match (other, &secret, label) {
                (Some(other), ..) if need.is_guess || other.is_guess => {
                    format!(
                        "say which root modules the job runs: `job \"{}\" {{ roots = \
                         [\"DIRECTORY\"] }}` in tfkeyless.hcl",
                        job.file_and_id()
                    )
                }
                _ if matches!(need.target, Target::Open(_)) => format!(
                    "say where the job signs in: `job \"{}\" {{ account = \"LABEL\" }}` in \
                     tfkeyless.hcl",
                    job.file_and_id()
                ),
                (
                    Some(StepNeed {
                        target: Target::Keys,
                        ..
                    }),
                    Some(secret),
                    Some(account),
                ) => format!(
                    "if its keys are of that account, add `keys \"{secret}\" {{ account = \"{}\" \
                     }}` to tfkeyless.hcl",
                    account.label
                ),
                (None, ..) => "let `ci.role` name a role of each account: \
                               \"arn:aws:iam::{id}:role/NAME\""
                    .to_owned(),
                _ => SPLIT.to_owned(),
            };
            let only = match (&need.target, &repo.settings().ci.role) {
                (Target::Open(_), _) => "does not tell which of its accounts it is for",
                (_, RoleName::Literal(_)) => "has one role for all accounts, `ci.role`",
                _ => "is called for root modules of several accounts with keys of its environment",
            };
            let other = other.map_or_else(|| only.to_owned(), |other| other.what.clone());
            let reason = HoldReason::SeveralAccounts { other, help };
            if let Some(root) = &need.root {
                self.hold(root, job, id.offset, reason);
            }
        }
        Targets::One(keys)
    }

    fn hold(&mut self, root: &Path, job: &JobFacts<'_>, offset: usize, reason: HoldReason) {
        let hold = RoleHold {
            job: job.at(offset),
            reason,
        };
        self.holds.push((root.to_path_buf(), hold));
    }
}

/// A context of a job, with what the steps need that one pair of keys serves.
type ContextNeeds<'c> = (&'c JobContextFacts, Vec<StepNeed>);

/// A job as one other starts it: the contexts, the accounts that it signs in to, and the environment
/// whose secrets it has.
type Started<'c> = (KeyStart, Vec<ContextNeeds<'c>>, Targets, Option<String>);

/// The contexts of a job that one start leads to. Where the account of the keys is known, they are
/// needed as that account.
fn contexts_of<'c>(
    job: &'c JobFacts<'_>,
    start: &KeyStart,
    served: &[Vec<StepNeed>],
    repo: &Repo,
) -> Vec<ContextNeeds<'c>> {
    let contexts = job.contexts.iter().zip(served);
    let contexts = contexts.filter(|(context, _)| context.started == start.job);
    let mut contexts: Vec<ContextNeeds<'_>> = contexts
        .map(|(context, needs)| (context, needs.clone()))
        .collect();
    for (context, needs) in &mut contexts {
        let environment = context.environment.as_deref();
        let environment = environment.filter(|_| start.is_of_environment);
        if let Some(known) = account_of_keys(&start.id, environment, repo) {
            for need in needs.iter_mut().filter(|it| it.target == Target::Keys) {
                need.target = Target::Id(known.clone());
            }
        }
    }
    contexts
}

/// The environment of a job: as it is written, where that differs among its contexts.
fn environment_of(job: &JobFacts<'_>, contexts: &[ContextNeeds<'_>]) -> Option<String> {
    let environments: BTreeSet<_> = contexts.iter().map(|(it, _)| &it.environment).collect();
    match environments.into_iter().collect::<Vec<_>>().as_slice() {
        [only] => (*only).clone(),
        _ => job.workflows.job(job.owner)?.environment.clone(),
    }
}

/// What to do where one sign-in would have to serve several accounts.
const SPLIT: &str = "give each account a job of its own";

/// The needs of root modules that lose a role.
fn losing(needs: &[StepNeed]) -> impl Iterator<Item = &StepNeed> {
    needs.iter().filter(|need| need.root.is_some())
}

fn has_own_role(id: &str, repo: &Repo) -> bool {
    let mut accounts = repo.settings().accounts.iter();
    accounts.any(|account| account.id == id && account.ci_role.is_some())
}

/// The account of the keys themselves.
fn keys_target(start: &KeyStart, contexts: &[ContextNeeds<'_>], repo: &Repo) -> Target {
    let environments = contexts.iter().map(|(it, _)| it.environment.as_deref());
    let known: BTreeSet<Option<String>> = environments
        .map(|it| account_of_keys(&start.id, it.filter(|_| start.is_of_environment), repo))
        .collect();
    match known.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(id)] => Target::Id(id.clone()),
        _ => Target::Keys,
    }
}

/// The account of static keys, where the configuration tells: of the environment that they are
/// stored in, or of the secret. A `ci.role` that is one ARN stands for the pair `AWS_ACCESS_KEY_ID`.
pub(super) fn account_of_keys(id: &Text, environment: Option<&str>, repo: &Repo) -> Option<String> {
    let settings = repo.settings();
    let of_environment = environment.and_then(|name| settings.account_of_environment(name));
    if let Some(account) = of_environment {
        return Some(account.id.clone());
    }
    let found = references(&id.value);
    let secrets: Option<Vec<&str>> = found.iter().map(|it| it.name.as_deref()).collect();
    let secrets = secrets.filter(|it| !it.is_empty())?;
    let accounts: Option<BTreeSet<&str>> = secrets
        .iter()
        .map(|secret| settings.account_of_keys(secret).map(|it| it.id.as_str()))
        .collect();
    if let Some([only]) = accounts
        .map(|it| it.into_iter().collect::<Vec<_>>())
        .as_deref()
    {
        return Some((*only).to_owned());
    }
    let usual = "AWS_ACCESS_KEY_ID";
    let is_usual = secrets.iter().all(|it| it.eq_ignore_ascii_case(usual));
    match &settings.ci.role {
        RoleName::Literal(arn) if is_usual => arn.split(':').nth(4).map(str::to_owned),
        _ => None,
    }
}

/// The account of a role that a workflow names.
pub(crate) fn account_of_role(
    text: &str,
    environment: Option<&str>,
    repo: &Repo,
) -> Option<String> {
    let mut parts = text.split(':');
    let is_arn = parts.next() == Some("arn");
    let account = parts.nth(3).filter(|_| is_arn);
    let is_id = |it: &&str| it.len() == 12 && it.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(id) = account.filter(is_id) {
        return Some(id.to_owned());
    }
    let settings = repo.settings();
    let answered = settings.account_of_role(text);
    let of_environment = || settings.account_of_environment(environment?);
    let account = answered.or_else(of_environment)?;
    Some(account.id.clone())
}

/// One account for each value of a property that all contexts have: of the matrix, or of a form.
fn by_value(contexts: &[ContextNeeds<'_>]) -> Option<Targets> {
    let (first, _) = contexts.first()?;
    let properties = first
        .start_values
        .keys()
        .filter(|name| name.starts_with("matrix.") || name.starts_with("inputs."));
    properties.into_iter().find_map(|property| {
        let mut targets: BTreeMap<String, Target> = BTreeMap::new();
        for (context, needs) in contexts {
            let value = context.start_values.get(property)?;
            // A value in a text of JSON, in an expression.
            if value.contains(['\'', '"', '\\', '\n']) {
                return None;
            }
            for need in needs {
                if need.target == Target::Keys {
                    return None;
                }
                let known = targets.entry(value.clone()).or_insert(need.target.clone());
                if *known != need.target {
                    return None;
                }
            }
        }
        Some(Targets::ByValue {
            property: property.clone(),
            targets,
        })
    })
}

/// One account after the other, where exactly one sign-in reaches every step.
fn in_turn(
    job: &JobFacts<'_>,
    contexts: &[ContextNeeds<'_>],
    by_step: &BTreeMap<usize, Vec<usize>>,
) -> Option<Targets> {
    let ((first, needs), others) = contexts.split_first()?;
    let is_alike = others.iter().all(|(_, other)| other == needs);
    // The sign-ins stand in the job's own file.
    let is_own = first.started == job.owner;
    let mut turns: Vec<(usize, Target)> = Vec::new();
    let mut last_need = 0;
    let mut needs: Vec<&StepNeed> = needs.iter().collect();
    needs.sort_by_key(|need| need.step);
    for need in needs {
        let step = &job.workflows.steps(job.owner)[need.step];
        let condition = step.condition.as_ref();
        // After a failure the step would act by the sign-in before.
        let outlives = condition.is_some_and(|it| outlives_failure(&it.value));
        let is_certain = by_step.get(&need.step).is_some_and(|it| it.len() == 1);
        if need.target == Target::Keys || outlives || !is_certain {
            return None;
        }
        match turns.last() {
            Some((_, target)) if *target == need.target => {}
            Some(_) if last_need == need.step => return None,
            last => {
                // A step that signs in with the same keys takes the next role itself.
                let start = last.map_or(0, |_| last_need + 1);
                let own = job.credentials.sign_in_between(start, need.step);
                turns.push((own.unwrap_or(need.step), need.target.clone()));
            }
        }
        last_need = need.step;
    }
    (is_alike && is_own).then_some(Targets::InTurn(turns))
}
