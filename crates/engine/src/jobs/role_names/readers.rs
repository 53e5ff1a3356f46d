//! The jobs that sign in by a variable already: converted before, or written so. The roles of the rest are
//! named as they would be if those jobs had their keys still, so that `apply` and then `apply --review`
//! ends as `apply --review` at once.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ci::github::expression::references;
use ci::github::uses::remote_action;
use ci::github::workflow::StepOwner;
use ci::github::workflow::model::{NamedText, Step, entry};

use super::other_reads::is_passed_role;
use super::{Meaning, Names};
use crate::index::scopes::ProviderScope;
use crate::jobs::known_account::{account_of_keys, account_of_role};
use crate::jobs::label;
use crate::jobs::need::Target;
use crate::jobs::sign_in::{JobSignIns, RootsRun, SignIn};
use crate::repo::Repo;

/// A job that signs in by a variable.
pub(super) struct Reader {
    pub job: StepOwner,
    /// The variable, in capitals.
    variable: String,
    environment: Option<String>,
    /// The account of what it runs, where that is known.
    account: Option<String>,
    /// The root modules that it runs and whose account is not known.
    roots: BTreeSet<PathBuf>,
}

impl Names<'_> {
    /// Adds what workflows read already.
    pub(super) fn add_those_read(&mut self, jobs: &[JobSignIns]) {
        let workflows = &self.repo.index().workflows;
        for owner in workflows.owners() {
            let job = workflows.job(owner);
            let environment = job.and_then(|it| it.environment.as_deref());
            // A role that is decided again is named like those of keys.
            let again: Vec<&str> = jobs
                .iter()
                .flat_map(|it| &it.sign_ins)
                .filter(|it| it.job == owner)
                .map(|it| it.id.trim())
                .collect();
            let steps = workflows.steps(owner).iter();
            let steps = steps.filter(|step| {
                let role = entry(&step.with, "role-to-assume");
                role.is_none_or(|it| !again.contains(&it.value.value.trim()))
            });
            let of_steps = steps.flat_map(|step| step.with.iter().map(move |it| (Some(step), it)));
            // A caller passes the role as an input.
            let passed = job.into_iter().flat_map(|job| &job.with);
            let passed = passed.filter(|it| is_passed_role(it));
            for (step, read) in of_steps.chain(passed.map(|it| (None, it))) {
                let text = read.value.value.trim();
                let mut roles = jobs.iter().flat_map(|it| &it.roles);
                let used = roles.find(|it| {
                    it.job == owner && step.is_some_and(|step| step.offset == it.offset)
                });
                let (account, roots) = used.map(|it| self.guarded(&it.runs)).unwrap_or_default();
                // What a job runs tells more than its environment.
                let environment_known = environment.filter(|_| account.is_none());
                let is_role = step.is_none_or(|step| is_role(step, read));
                for (_, variable) in variables_in(text) {
                    let meaning = match account_of_role(text, environment_known, self.repo) {
                        Some(id) => Meaning::Target(Target::Id(id)),
                        None if is_role => Meaning::Role(self.readers.len()),
                        None => Meaning::Other(variable.clone()),
                    };
                    let of_variable = self.meanings.entry(variable.clone()).or_default();
                    of_variable.insert(meaning.clone());
                    if !is_role {
                        continue;
                    }
                    self.readers.push(Reader {
                        job: owner,
                        variable,
                        environment: environment.map(str::to_owned),
                        account: account.clone().or_else(|| match meaning {
                            Meaning::Target(Target::Id(id)) => Some(id),
                            _ => answer(owner, self.repo),
                        }),
                        roots: roots.clone(),
                    });
                }
            }
        }
    }

    /// Adds the sign-ins in place of keys, as they would be read once they are made.
    pub(super) fn add_those_named(&mut self, sign_ins: &[&SignIn]) {
        for sign_in in sign_ins {
            let environment = sign_in.environment.as_deref();
            let modules = sign_in.targets.all().into_iter().filter_map(|it| match it {
                Target::Module(root, _) => Some(root.clone()),
                _ => None,
            });
            let modules: BTreeSet<PathBuf> = modules.collect();
            for variable in self.variables(sign_in, None) {
                let text = format!("${{{{ vars.{variable} }}}}");
                let known = sign_in.runs.account.clone();
                let known = known.or_else(|| account_of_role(&text, environment, self.repo));
                self.named.push(Reader {
                    job: sign_in.job,
                    variable,
                    environment: environment.map(str::to_owned),
                    account: known.or_else(|| answer(sign_in.job, self.repo)),
                    roots: modules.clone(),
                });
            }
        }
    }

    /// The account of the root modules that a job runs by its role, and those among them whose account is
    /// not known: a guard has taken the place of the role that they had.
    fn guarded(&self, runs: &RootsRun) -> (Option<String>, BTreeSet<PathBuf>) {
        let mut accounts = BTreeSet::new();
        let mut open = BTreeSet::new();
        for root in runs.roots.iter() {
            let providers = self.repo.providers(ProviderScope::Module(root));
            let guard = providers
                .iter()
                .find(|it| it.is_default() && it.is_guarded());
            match guard.map(|it| it.account().and_then(|it| it.id().map(str::to_owned))) {
                Some(Some(id)) => _ = accounts.insert(id),
                Some(None) => _ = open.insert(root.clone()),
                None => {}
            }
        }
        let account = match &accounts.into_iter().collect::<Vec<_>>()[..] {
            [only] if open.is_empty() => Some(only.clone()),
            _ => runs.account.clone(),
        };
        (account, open)
    }

    /// Whether one variable may stand for both, which `is_labelled` with the account or the root module
    /// or is not.
    pub(super) fn agrees(
        &self,
        sign_in: &SignIn,
        own: &Meaning,
        other: &Meaning,
        is_labelled: bool,
    ) -> bool {
        let Meaning::Role(at) = other else {
            return own == other;
        };
        let reader = &self.readers[*at];
        match own {
            // The same pair of keys may have been in the `env:` of a workflow whose job has an environment.
            Meaning::Keys(_, None) => {
                reader.environment.is_none() || !sign_in.start.is_of_environment
            }
            Meaning::Keys(_, environment) => reader.environment == *environment,
            // A label may be part of the name of other keys.
            Meaning::Target(Target::Id(id)) if is_labelled => {
                reader.account.as_ref().is_none_or(|known| known == id)
            }
            Meaning::Target(_) if is_labelled => true,
            Meaning::Target(Target::Id(id)) => {
                let environment = reader.environment.as_deref();
                let environment = environment.filter(|_| sign_in.start.is_of_environment);
                let known = reader.account.clone();
                known.or_else(|| account_of_keys(&sign_in.start.id, environment, self.repo))
                    == Some(id.clone())
            }
            Meaning::Target(Target::Module(root, _)) => reader.roots.contains(root),
            Meaning::Target(Target::Open(_) | Target::Keys)
            | Meaning::Role(_)
            | Meaning::Other(_) => false,
        }
    }

    /// Whether a job has one of these variables with a label of its own in front, so that they were read for
    /// several accounts or environments before it was converted.
    pub(super) fn is_split(&self, sign_in: &SignIn, names: &[String]) -> bool {
        let settings = self.repo.settings();
        let readers = self.readers.iter().chain(&self.named);
        let mut labelled = readers.filter_map(|it| Some((it, it.label_before(names)?)));
        let is_own = labelled.any(|(reader, label)| reader.is_labelled(label, self.repo));
        // Of a job that had the same keys the account may be known by them alone.
        let mut readers = self.readers.iter();
        let is_of_keys = readers.any(|reader| {
            let environment = reader.environment.as_deref();
            let account = account_of_keys(&sign_in.start.id, environment, self.repo);
            let label = account.and_then(|it| label::of_account(&it, settings));
            label.is_some() && reader.label_before(names) == label.as_deref()
        });
        is_own || is_of_keys || self.is_split_by_job(sign_in, names)
    }

    /// Whether a job has one of these variables with its own name in front. That says so only of keys in
    /// plain text: those of secrets are named after the job often.
    pub(super) fn is_split_by_job(&self, sign_in: &SignIn, names: &[String]) -> bool {
        if !references(&sign_in.start.id.value).is_empty() {
            return false;
        }
        self.readers.iter().any(|reader| {
            let job = self.repo.index().workflows.job(reader.job);
            let own = job.and_then(|job| label::label(&job.id));
            own.is_some() && reader.label_before(names) == own.as_deref()
        })
    }
}

impl Reader {
    /// What stands before one of these variables in its own.
    fn label_before(&self, names: &[String]) -> Option<&str> {
        let mut before = names.iter().filter_map(|name| {
            let label = self.variable.strip_suffix(name.as_str())?;
            label.strip_suffix('_')
        });
        before.next()
    }

    /// Whether that is the label of its environment, account or root module.
    fn is_labelled(&self, label: &str, repo: &Repo) -> bool {
        let settings = repo.settings();
        let environment = self.environment.as_deref();
        let environment = environment.and_then(|it| label::of_environment(it, settings));
        let account = self.account.as_deref();
        let account = account.and_then(|it| label::of_account(it, settings));
        let mut roots = self.roots.iter().map(|root| label::of_root(root));
        let is_it = |own: &Option<String>| own.as_deref() == Some(label);
        is_it(&environment) || is_it(&account) || roots.any(|own| is_it(&own))
    }
}

/// The account that the configuration names for a job.
fn answer(owner: StepOwner, repo: &Repo) -> Option<String> {
    let workflows = &repo.index().workflows;
    let path = &workflows.source(owner).path;
    let block = repo
        .settings()
        .ci
        .about_job(path, &workflows.job(owner)?.id)?;
    let account = repo.settings().account_of(block.account.as_deref()?)?;
    Some(account.to_owned())
}

/// The variables and secrets that a text reads: the context, and the name in capitals; of one whose name is
/// computed, all strings of the map that it is taken from.
pub(super) fn variables_in(text: &str) -> Vec<(String, String)> {
    let found = references(text).into_iter();
    let found = found.filter(|it| matches!(&*it.context, "vars" | "secrets"));
    let names = found.flat_map(|it| {
        let names = match it.name {
            Some(name) => vec![name],
            None => text
                .split('"')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect(),
        };
        let context = it.context;
        let all = names.into_iter();
        all.map(move |name| (context.clone(), name.to_ascii_uppercase()))
    });
    names.collect()
}

/// Whether an entry of a step is the role by which the step signs in without keys.
fn is_role(step: &Step, of_step: &NamedText) -> bool {
    let action = step.uses.as_ref().and_then(|it| remote_action(&it.value));
    let has = |name: &str| entry(&step.with, name).is_some();
    action.is_some_and(|it| it.is_configure())
        && of_step.name.eq_ignore_ascii_case("role-to-assume")
        && !has("aws-access-key-id")
        && !has("role-chaining")
}
