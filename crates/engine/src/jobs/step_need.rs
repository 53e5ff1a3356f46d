//! What the steps of a job need of the credentials that they act by.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use ci::github::terraform_runs::JobRun;
use ci::github::workflow::model::entry;
use ci::terraform_run::{RunEffect, RunsIn, TerraformRun};
use terraform::account::{Account, is_account_id};
use terraform::file_kind::FileKind;

use super::job::{JobContextFacts, JobFacts};
use super::need::{RootNeed, RootNeeds, Target, may_include};
use super::variant;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use syntax::code::{self, sentence};

/// What a step needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

/// Needs of which one may be of another target than a given one.
pub(super) struct Others<'n> {
    first: Option<&'n StepNeed>,
    /// The first one of another target than that.
    other: Option<&'n StepNeed>,
}

impl<'n> Others<'n> {
    /// Those that may be.
    pub fn among(needs: impl IntoIterator<Item = &'n StepNeed>) -> Self {
        let mut needs = needs.into_iter();
        let first = needs.next();
        let other = needs.find(|it| first.is_some_and(|first| first.target != it.target));
        Self { first, other }
    }

    /// The first one of another target than `target`.
    pub fn than(&self, target: &Target) -> Option<&'n StepNeed> {
        let mut both = self.first.into_iter().chain(self.other);
        both.find(|it| it.target != *target)
    }
}

/// What the steps of a job need in one of its contexts.
pub(super) fn steps_of(
    job: &JobFacts<'_>,
    context: &JobContextFacts,
    roots: &RootNeeds,
    repo: &Repo,
) -> Vec<StepNeed> {
    let all_roots = roots;
    let mut needs = Vec::new();
    let mut known = HashSet::new();
    // Another machine has credentials of its own.
    let own = context
        .runs
        .iter()
        .filter(|it| it.run.runs_in != RunsIn::Elsewhere);
    for JobRun { step, run } in own {
        let roots = roots_of(run, job, roots, repo);
        if roots.is_empty() && !is_known(run, repo) {
            needs.push(StepNeed {
                step: *step,
                target: Target::Keys,
                what: "runs Terraform in a directory that is not known".to_owned(),
                root: None,
                is_guess: true,
            });
        }
        needs.extend(remote_units(run, repo).map(|unit| StepNeed {
            step: *step,
            target: Target::Keys,
            what: sentence!(
                "runs the Terragrunt unit `{}`, whose module is not in this repository",
                unit.display()
            ),
            root: None,
            is_guess: run.directory.is_none(),
        }));
        let each = roots
            .into_iter()
            .flat_map(|(root, needs)| needs.iter().map(move |need| (root, need)));
        for (root, need) in each {
            let (name, verb) = named_root(root, run, all_roots, repo);
            let is_guess = run.directory.is_none();
            let need = match need {
                _ if run.variant.has_unknown_configuration => StepNeed {
                    step: *step,
                    target: Target::Open(root.clone()),
                    what: format!("runs {name} with configuration that a step of it writes"),
                    root: Some(root.clone()),
                    // Which root module it is does not tell what is in it.
                    is_guess: false,
                },
                // The command configures no provider: its backend alone needs an account.
                RootNeed::Account(_) | RootNeed::Known(_) if run.effect == RunEffect::State => {
                    continue;
                }
                RootNeed::Account(account) => {
                    let target =
                        variant::target(account, root, &run.variant, &job.file_and_id(), repo);
                    let there = account_text(account, repo);
                    let what = match (&target, run.variant.is_test) {
                        (Target::Open(_), true) => format!("runs {name}, which choose the account"),
                        (_, true) => format!("runs {name}, in {there}"),
                        _ => format!("runs {name}, which {verb} in {there}"),
                    };
                    StepNeed {
                        step: *step,
                        target,
                        what,
                        root: Some(root.clone()),
                        is_guess,
                    }
                }
                RootNeed::Known(id) => StepNeed {
                    step: *step,
                    target: Target::Id(id.clone()),
                    what: format!(
                        "runs {name}, which is in account {}",
                        repo.settings().labelled(id)
                    ),
                    root: None,
                    is_guess,
                },
                RootNeed::Keys(why) => StepNeed {
                    step: *step,
                    target: Target::Keys,
                    what: format!("runs {name}, which has {why}"),
                    root: None,
                    is_guess,
                },
            };
            if known.insert(need.clone()) {
                needs.push(need);
            }
        }
    }
    needs.extend(job.ambient.iter().map(|used| StepNeed {
        step: used.step,
        target: Target::Keys,
        what: format!("uses the account of its keys for {}", used.what),
        root: None,
        is_guess: false,
    }));
    let has_roots = needs.iter().any(|it| it.root.is_some());
    needs.extend(admitted(job, repo).filter(|it| has_roots || it.target == Target::Keys));
    needs.extend(
        job.possible
            .iter()
            .map(|(step, what)| possible(*step, what)),
    );
    needs
}

/// What a step needs that is not known to use no credentials.
pub(super) fn possible(step: usize, what: &str) -> StepNeed {
    StepNeed {
        step,
        target: Target::Keys,
        what: format!("may use the account of its keys for {what}"),
        root: None,
        is_guess: false,
    }
}

/// What sign-ins need that admit one account alone (`allowed-account-ids` of configure-aws-credentials 5): that account.
/// Where an expression gives it, the keys' account is among those, for the keys sign in.
fn admitted(job: &JobFacts<'_>, repo: &Repo) -> impl Iterator<Item = StepNeed> {
    let steps = job.workflows.steps(job.owner);
    steps.iter().enumerate().filter_map(move |(index, step)| {
        let allowed = entry(&step.with, ALLOWED)?.value.value.trim();
        let (target, what) = if is_account_id(allowed) {
            let account = repo.settings().labelled(allowed);
            let what = sentence!("may sign in to account {account} alone (`{ALLOWED}`)");
            (Target::Id(allowed.to_owned()), what)
        } else if allowed.contains("${{") {
            let what =
                sentence!("may sign in to the accounts of `{ALLOWED}` alone, which are not known");
            (Target::Keys, what)
        } else {
            return None;
        };
        Some(StepNeed {
            // What is signed in by stands before the step that needs it.
            step: (index + 1).min(steps.len() - 1),
            target,
            what,
            root: None,
            is_guess: false,
        })
    })
}

const ALLOWED: &str = "allowed-account-ids";

/// What a command runs of a root module, with the verb that follows: what a file above units generates is in each of
/// them, and the directory of that file is none.
fn named_root(
    root: &Path,
    run: &TerraformRun,
    roots: &RootNeeds,
    repo: &Repo,
) -> (String, &'static str) {
    let is_generated = roots.generated.contains_key(root) && !roots.modules.contains_key(root);
    match is_generated && !is_unit(root, repo) {
        true => (
            format!("the Terragrunt units of {}", directory(root)),
            "are",
        ),
        false => (name_of(root, run), "is"),
    }
}

/// What a command runs of a root module.
fn name_of(root: &Path, run: &TerraformRun) -> String {
    let name = directory(root);
    match run.variant.is_test {
        true => format!("the tests of {name}"),
        false => name,
    }
}

/// Whether a directory is a unit of Terragrunt.
fn is_unit(directory: &Path, repo: &Repo) -> bool {
    let files = repo.index().modules.files(directory).into_iter();
    let mut files = files.flatten();
    files.any(|(name, _)| name == "terragrunt.hcl")
}

fn directory(root: &Path) -> String {
    match root.as_os_str().is_empty() {
        true => "the root directory".to_owned(),
        false => code::quoted(&root.to_string_lossy()),
    }
}

/// The Terragrunt units that a command may run whose modules are not in the tree, and which no file around them
/// gives a default provider configuration with credentials of its own.
fn remote_units<'r>(run: &'r TerraformRun, repo: &'r Repo) -> impl Iterator<Item = &'r PathBuf> {
    let units = repo.index().deployments.remote_units.iter();
    let own = units.filter(|unit| match run.directory.as_deref() {
        _ if !run.is_terragrunt => false,
        None => true,
        Some(directory) => *unit == directory || run.is_tree && unit.starts_with(directory),
    });
    own.filter(|unit| !has_provider(unit, repo))
}

/// Whether a Terragrunt file in or above that directory generates a default provider configuration that does
/// not act by the ambient credentials.
fn has_provider(unit: &Path, repo: &Repo) -> bool {
    let modules = &repo.index().modules;
    unit.ancestors().any(|above| {
        let files = modules.files(above).into_iter().flatten();
        let mut files = files.map(|(name, _)| above.join(name));
        files.any(|file| {
            let providers = repo.providers(ProviderScope::File(&file)).iter();
            let mut own = providers.filter(|it| it.is_default());
            FileKind::of(&file) == Some(FileKind::Terragrunt) && own.any(|it| !it.is_ambient())
        })
    })
}

/// The root modules that a command may run, with what they need.
fn roots_of<'n>(
    run: &TerraformRun,
    job: &JobFacts<'_>,
    roots: &'n RootNeeds,
    repo: &Repo,
) -> Vec<(&'n PathBuf, &'n Vec<RootNeed>)> {
    let answer = job.workflows.job(job.owner).and_then(|it| {
        let path = &job.workflows.source(job.owner).path;
        repo.settings().ci.about_job(path, &it.id)
    });
    let answer = answer.filter(|it| it.roots.is_some() && run.directory.is_none());
    let is_named = |root: &Path| answer.is_none_or(|answer| answer.runs(root));
    let modules = roots.modules.iter().filter(|(root, _)| run.may_run(root));
    let generated = roots.generated.iter();
    let generated = generated.filter(|(directory, _)| may_include(run, directory));
    let tests = roots.tests.iter();
    let tests = tests.filter(|(root, _)| run.variant.is_test && run.may_run(root));
    let all = modules
        .chain(generated)
        .chain(tests)
        .filter(|(root, _)| is_named(root));
    all.collect()
}

fn account_text(account: &Account, repo: &Repo) -> String {
    match account.id() {
        Some(id) => format!("account {}", repo.settings().labelled(id)),
        None => account.to_string(),
    }
}

/// Whether a command runs in a directory of the tree that needs no credentials of AWS.
fn is_known(run: &TerraformRun, repo: &Repo) -> bool {
    let directory = run.directory.as_deref();
    directory.is_some_and(|directory| repo.index().modules.number(directory).is_some())
}
