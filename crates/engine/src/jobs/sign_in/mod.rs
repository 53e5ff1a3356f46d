//! Where one job signs in in place of its static keys, and what it cannot follow.

mod as_keys;
mod fixed;
mod several;
mod start;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ci::github::keys::flow::KeyFlow;
use ci::github::keys::key_start::KeyStart;
use ci::github::workflow::StepOwner;
use ci::github::workflow::model::Text;
use ci::settings::RoleName;
use ci::terraform_run::RunEffect;

use super::credentials::Credentials;
use super::decided_again::is_decided_again;
use super::job::JobFacts;
use super::need::{RootNeeds, Target};
use super::shared_role::SharedRole;
use super::step_need::{StepNeed, possible, steps_of};
use crate::decisions::role_hold::{HoldReason, RoleHold};
use crate::repo::Repo;
use several::{by_value, in_turn};
use start::{ContextNeeds, Started, contexts_of, environment_of, keys_target};
use syntax::code::sentence;

/// Where a job signs in, for each pair of its keys and each job that starts it.
pub(super) struct JobSignIns {
    pub sign_ins: Vec<SignIn>,
    /// What is run by the roles that it signs in by already.
    pub roles: Vec<RoleUse>,
    /// Those of these roles whose account is not known.
    pub shared: Vec<SharedRole>,
    /// The root modules that it cannot follow.
    pub holds: Vec<(PathBuf, RoleHold)>,
}

/// A role that a job's file names.
pub(super) struct RoleUse {
    pub job: StepOwner,
    /// Where the step that assumes it stands in the file.
    pub offset: usize,
    pub runs: RootsRun,
}

/// The root modules that are run by one pair of keys, or by one role.
pub(super) struct RootsRun {
    pub roots: Arc<BTreeSet<PathBuf>>,
    /// The account of all that is run, where that is known without the account of the keys.
    pub account: Option<String>,
}

/// Where a job signs in in place of a pair of keys, if one job starts it.
pub(super) struct SignIn {
    pub job: StepOwner,
    /// The access key id, as an expression of the job's file, or the role of an earlier run.
    pub id: String,
    /// Whether it takes the place of a role of an earlier run.
    pub is_of_role: bool,
    /// Whether the keys stand in the `env:` of the workflow.
    pub is_of_workflow: bool,
    pub start: KeyStart,
    /// The environment whose secrets and variables it has.
    pub environment: Option<String>,
    /// Whether it signs in for `terraform plan` alone.
    pub only_plans: bool,
    pub runs: RootsRun,
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

impl JobSignIns {
    pub fn of(job: &JobFacts<'_>, roots: &RootNeeds, repo: &Repo) -> Self {
        let mut found = Self {
            sign_ins: Vec::new(),
            roles: Vec::new(),
            shared: Vec::new(),
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
        let runs = job.contexts.iter().flat_map(|context| &context.runs);
        let roots: BTreeSet<PathBuf> = runs.filter_map(|it| it.run.directory.clone()).collect();
        let roots = Arc::new(roots);
        // There may be as many credentials as steps.
        let mut by_credentials: HashMap<usize, Vec<Vec<StepNeed>>> = HashMap::new();
        for (context, needs) in needs.iter().enumerate() {
            for need in needs {
                for index in by_step.get(&need.step).into_iter().flatten() {
                    let served = by_credentials.entry(*index);
                    let served = served.or_insert_with(|| vec![Vec::new(); job.contexts.len()]);
                    served[context].push(need.clone());
                }
            }
        }
        for (index, credentials) in job.credentials.all.iter().enumerate() {
            let mut served = vec![Vec::new(); job.contexts.len()];
            for alike in job.credentials.alike(index, job.has_environment()) {
                let own = by_credentials.get(&alike).into_iter().flatten();
                for (all, needs) in served.iter_mut().zip(own) {
                    all.extend(needs.iter().cloned());
                }
                for needs in &mut served {
                    needs.extend(profile_need(job, alike));
                }
            }
            match credentials {
                Credentials::Keys {
                    id,
                    secret,
                    is_of_workflow,
                } => {
                    let keys = (id, secret, *is_of_workflow);
                    found.replace(job, keys, (&served, &roots), &by_step, repo);
                }
                Credentials::Role(role)
                    if is_decided_again(job, role, repo)
                        && found.replace_role(
                            job,
                            (index, role),
                            (served.clone(), &roots),
                            by_step.clone(),
                            repo,
                        ) => {}
                Credentials::Role(_) | Credentials::Profile(_) | Credentials::Unknown(_) => {
                    if let Credentials::Role(role) = credentials {
                        found.roles.push(RoleUse {
                            job: job.owner,
                            offset: role.offset,
                            runs: RootsRun::of(&roots, &served),
                        });
                    }
                    found.keep(job, credentials, &served, repo);
                }
            }
        }
        found
    }

    /// Decides what takes the place of a pair of keys.
    fn replace(
        &mut self,
        job: &JobFacts<'_>,
        (id, secret, is_of_workflow): (&Text, &Text, bool),
        (served, roots): (&[Vec<StepNeed>], &Arc<BTreeSet<PathBuf>>),
        by_step: &BTreeMap<usize, Vec<usize>>,
        repo: &Repo,
    ) {
        let flow = KeyFlow {
            workflows: job.workflows,
        };
        let mut started = Vec::new();
        if flow.has_callers_elsewhere(job.owner) {
            self.stay_for_callers(job, id, served);
        }
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
            self.sign_ins.push(SignIn {
                only_plans: only_plans(job, &contexts),
                runs: RootsRun::of(roots, served),
                job: job.owner,
                id: id.value.clone(),
                is_of_role: false,
                is_of_workflow,
                environment,
                start,
                targets,
            });
        }
    }

    /// Decides again what an earlier run wrote in place of keys, where a root module that it runs loses a role.
    /// Whether another role takes its place.
    fn replace_role(
        &mut self,
        job: &JobFacts<'_>,
        (index, role): (usize, &Text),
        (mut served, roots): (Vec<Vec<StepNeed>>, &Arc<BTreeSet<PathBuf>>),
        mut by_step: BTreeMap<usize, Vec<usize>>,
        repo: &Repo,
    ) -> bool {
        if !served.iter().any(|needs| losing(needs).next().is_some()) {
            return false;
        }
        // As behind keys: what may use them keeps their account.
        for (step, what) in job.possible_uses(|found| found.contains(&index)) {
            let indices = || job.credentials.of_step(job.workflows, job.owner, step);
            by_step.entry(step).or_insert_with(indices);
            for needs in &mut served {
                needs.push(possible(step, &what));
            }
        }
        let mut start = KeyStart {
            job: job.owner,
            id: role.clone(),
            is_of_environment: true,
        };
        let contexts = contexts_of(job, &start, &served, repo);
        let keys = keys_target(&start, &contexts, repo);
        let targets = self.targets(job, role, &start, &contexts, &by_step, repo);
        if targets == Targets::One(keys) {
            return false;
        }
        let environment = environment_of(job, &contexts);
        // The secret that the role took the place of is not known: it is named as for the usual one.
        USUAL_KEYS.clone_into(&mut start.id.value);
        self.sign_ins.push(SignIn {
            only_plans: only_plans(job, &contexts),
            runs: RootsRun::of(roots, &served),
            job: job.owner,
            id: role.value.clone(),
            is_of_role: true,
            is_of_workflow: false,
            environment,
            start,
            targets,
        });
        true
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
                    label: job.file_and_id(),
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
        // One step writes a profile for all that read it.
        let is_profile = all().any(|need| need.step == PROFILE);
        if !is_profile && distinct.iter().all(|target| is_nameable(target)) {
            let keys = keys_target(start, contexts, repo);
            let found = by_value(contexts, &keys).or_else(|| in_turn(job, id, contexts, by_step));
            if let Some(found) = found {
                return found;
            }
        }
        self.as_keys(job, id, start, contexts, repo)
    }

    fn hold(&mut self, root: &Path, job: &JobFacts<'_>, offset: usize, reason: HoldReason) {
        let hold = RoleHold {
            job: job.at(offset),
            reason,
        };
        self.holds.push((root.to_path_buf(), hold));
    }
}

impl RootsRun {
    /// What is run of these by what serves those needs.
    fn of(roots: &Arc<BTreeSet<PathBuf>>, served: &[Vec<StepNeed>]) -> Self {
        let accounts: BTreeSet<_> = served
            .iter()
            .flatten()
            .map(|need| need.target.id())
            .collect();
        Self {
            roots: Arc::clone(roots),
            account: match accounts.into_iter().collect::<Vec<_>>()[..] {
                [only] => only.map(str::to_owned),
                _ => None,
            },
        }
    }
}

/// Whether a job only plans in these contexts.
fn only_plans(job: &JobFacts<'_>, contexts: &[ContextNeeds<'_>]) -> bool {
    let runs = || contexts.iter().flat_map(|(context, _)| &context.runs);
    job.ambient.is_empty()
        && runs().any(|it| it.run.effect == RunEffect::Plan)
        && runs().all(|it| it.run.effect <= RunEffect::Plan)
}

/// The access key id that most repositories have.
const USUAL_KEYS: &str = "${{ secrets.AWS_ACCESS_KEY_ID }}";

/// The step of a need that no single step has.
const PROFILE: usize = usize::MAX;

/// What reads the profile that a sign-in writes: a `--profile`, a provider, a container. Not all of
/// that is known, so that it stays in the account of the sign-in.
fn profile_need(job: &JobFacts<'_>, index: usize) -> Option<StepNeed> {
    let profile = job.credentials.profile_with(index)?;
    Some(StepNeed {
        step: PROFILE,
        target: Target::Keys,
        what: sentence!("signs in to the profile `{profile}`, which others may read"),
        root: None,
        is_guess: false,
    })
}

/// The needs of root modules that lose a role.
fn losing(needs: &[StepNeed]) -> impl Iterator<Item = &StepNeed> {
    needs.iter().filter(|need| need.root.is_some())
}

fn has_own_role(id: &str, repo: &Repo) -> bool {
    let mut accounts = repo.settings().accounts.iter();
    accounts.any(|account| account.id == id && account.ci_role.is_some())
}
