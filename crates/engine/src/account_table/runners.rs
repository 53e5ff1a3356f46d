//! Who runs each root module beside laptops, and by what they act after the plan.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ci::systems::SystemRunner;
use ci::terraform_run::RunEffect;

use super::cell::{AccountCell, RunnerName};
use super::fold::{ActsBy, IdentityRow, runners_of};
use super::{Applied, state};
use crate::jobs::{JobIdentity, RootRun, root_runs};
use crate::repo::Repo;
use crate::settings::{RunnerAnswer, Settings};
use syntax::code::sentence;
use terraform::file_kind::FileKind;

/// The runners beside laptops.
pub(super) struct RootRunners<'r> {
    all: Vec<RootRunner<'r>>,
    /// By the only directory that they run.
    by_directory: HashMap<PathBuf, Vec<usize>>,
    /// The others, which may run several.
    others: Vec<usize>,
}

/// A command of a runner, with one of the identities that it may have.
struct RootRunner<'r> {
    name: RunnerName,
    run: RunnerRun<'r>,
    acts: RunnerIdentity,
    /// The roles of the profiles that the plan gives the job.
    profiles: Option<Vec<&'r str>>,
}

enum RunnerRun<'r> {
    Job(Arc<RootRun<'r>>),
    System(&'r SystemRunner),
}

/// By what a runner acts after the plan.
enum RunnerIdentity {
    StaticKeys,
    /// A role in place of its static keys.
    NewRole(String, Vec<String>),
    /// A role, as before.
    Role(String, Option<String>),
    /// What is not known, named.
    Unknown(String),
    /// Credentials or a profile of its own, and their account where that is known.
    Own(String, Option<String>),
    /// Credentials of the account of each root module.
    OwnAccounts,
}

impl<'r> RootRunners<'r> {
    pub fn new(repo: &'r Repo, applied: &Applied<'r>) -> Self {
        let mut found = Self {
            all: Vec::new(),
            by_directory: HashMap::new(),
            others: Vec::new(),
        };
        let workflows = &repo.index().workflows;
        for run in root_runs(repo) {
            let (path, job) = (&workflows.source(run.job).path, workflows.job(run.job));
            let Some(job) = job else { continue };
            let is_converted = applied.signs_in(path, &job.id);
            let profiles = applied.profile_roles(path, &job.id);
            let run = Arc::new(run);
            for acts in &run.acts {
                let acts = match acts.clone() {
                    JobIdentity::Keys(Some((role, accounts))) if is_converted => {
                        RunnerIdentity::NewRole(readable(&role), accounts)
                    }
                    JobIdentity::Keys(_) => RunnerIdentity::StaticKeys,
                    JobIdentity::Role(role, account) => {
                        RunnerIdentity::Role(bare(&role).to_owned(), account)
                    }
                    JobIdentity::Unknown(by, account) => {
                        let what = by.strip_prefix("by ").or_else(|| by.strip_prefix("as "));
                        let what = what.unwrap_or(&by).to_owned();
                        match account {
                            Some(_) => RunnerIdentity::Own(what, account),
                            None => RunnerIdentity::Unknown(what),
                        }
                    }
                };
                found.add(RootRunner {
                    name: RunnerName {
                        system: GITHUB,
                        path: path.clone(),
                        job: Some(job.id.clone()),
                    },
                    run: RunnerRun::Job(run.clone()),
                    acts,
                    profiles: profiles.clone(),
                });
            }
        }
        for runner in repo.index().runners.iter() {
            if let Some(acts) = of_system(runner, repo.settings()) {
                found.add(RootRunner {
                    name: RunnerName {
                        system: runner.system,
                        path: runner.at.path.clone(),
                        job: runner.job.clone(),
                    },
                    run: RunnerRun::System(runner),
                    acts,
                    profiles: None,
                });
            }
        }
        found
    }

    fn add(&mut self, runner: RootRunner<'r>) {
        let index = self.all.len();
        let directory = match &runner.run {
            RunnerRun::Job(run) => run.directory().map(Path::to_path_buf),
            RunnerRun::System(_) => None,
        };
        match directory {
            Some(directory) => self.by_directory.entry(directory).or_default().push(index),
            None => self.others.push(index),
        }
        self.all.push(runner);
    }

    /// Whether no job has credentials of AWS, and no other runner has credentials of its own.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The indices of those that may run this root module.
    pub fn of(&self, root: &Path) -> BTreeSet<usize> {
        let own = self.by_directory.get(root).into_iter().flatten();
        let others = self.others.iter().filter(|index| {
            let runner = &self.all[**index];
            match &runner.run {
                RunnerRun::Job(run) => run.may_run(root),
                RunnerRun::System(runner) => runner.may_run(root),
            }
        });
        own.chain(others).copied().collect()
    }

    /// The account of the static keys with which jobs run a module, where the configuration tells it of all
    /// of them.
    pub fn key_account(&self, module: &Path, repo: &Repo) -> Option<String> {
        let own = runners_of(module, self, repo).into_iter();
        let runs = own.filter_map(|index| match &self.all[index].run {
            RunnerRun::Job(run) => Some(run),
            RunnerRun::System(_) => None,
        });
        let accounts: BTreeSet<&Option<String>> = runs.flat_map(|run| &run.key_accounts).collect();
        match accounts.into_iter().collect::<Vec<_>>().as_slice() {
            [Some(only)] => Some(only.clone()),
            _ => None,
        }
    }

    /// Whether a command of a runner concerns the identity and the variant of a row.
    pub fn concerns(&self, index: usize, row: &IdentityRow, repo: &Repo) -> bool {
        let RunnerRun::Job(run) = &self.all[index].run else {
            return true;
        };
        // The provider configurations of a test are those of `terraform test` alone.
        if is_test(&row.module) && !run.run.variant.is_test {
            return false;
        }
        if row.identity != state::IDENTITY && run.run.effect == RunEffect::State {
            return false;
        }
        let chosen = row.choice.as_ref();
        let account = chosen.and_then(|choice| run.account_of(choice, &row.module, repo));
        account.is_none() || account == row.before.account
    }

    /// The name of a runner.
    pub fn name(&self, index: usize) -> &RunnerName {
        &self.all[index].name
    }

    /// Whether the plan signs the runner in with a role.
    pub fn is_converted(&self, index: usize) -> bool {
        matches!(self.all[index].acts, RunnerIdentity::NewRole(..))
    }

    /// By what an identity acts on a runner after the plan.
    pub fn cell(&self, index: usize, row: &IdentityRow, settings: &Settings) -> AccountCell {
        let runner = &self.all[index];
        let own = self.signed_in(index, row, settings);
        match &row.acts_by {
            ActsBy::Ambient => own,
            ActsBy::Role => row.before.by(format!("{}, then the role", own.by)),
            ActsBy::Setting => row.laptop.clone(),
            ActsBy::Profile(profile) => {
                let profile = sentence!("profile `{profile}`");
                match runner.profiles.as_deref() {
                    // The backend goes without a profile: `ci.state_access = "lockfile"`.
                    Some([]) => own,
                    Some([role]) => row.laptop.by(format!("{profile} of {}", bare(role))),
                    None if row.changes => row.laptop.by(format!("{profile}, missing there")),
                    _ => row.laptop.by(profile),
                }
            }
        }
    }

    /// What the runner itself signs in as.
    fn signed_in(&self, index: usize, row: &IdentityRow, settings: &Settings) -> AccountCell {
        let of = |id: Option<&str>, by: &str| AccountCell::of_id(id, by, settings);
        match &self.all[index].acts {
            // Those keys are the ambient credentials before the plan.
            RunnerIdentity::StaticKeys if row.is_ambient() => row.before.by("static keys"),
            RunnerIdentity::StaticKeys => of(None, "static keys"),
            RunnerIdentity::NewRole(role, accounts) => match accounts.as_slice() {
                [only] => of(Some(only), role),
                [] if !row.loses_role => {
                    let by = format!("{role}, as the keys did");
                    match row.is_ambient() {
                        true => row.before.by(by),
                        false => of(None, &by),
                    }
                }
                _ if row.loses_role => row.before.by(role),
                _ => of(None, role),
            },
            RunnerIdentity::Role(role, account) => of(account.as_deref(), role),
            RunnerIdentity::Unknown(by) => of(None, by),
            RunnerIdentity::Own(by, account) => of(account.as_deref(), by),
            RunnerIdentity::OwnAccounts => row.before.by("credentials of its own account"),
        }
    }
}

fn is_test(module: &Path) -> bool {
    FileKind::of(module) == Some(FileKind::Test)
}

/// What people call the system whose jobs are read in full.
const GITHUB: &str = "GitHub Actions";

/// `None` for a runner that signs in to nothing of AWS.
fn of_system(runner: &SystemRunner, settings: &Settings) -> Option<RunnerIdentity> {
    let by = match &runner.profile {
        Some(profile) => sentence!("profile `{profile}`"),
        None => "own credentials".to_owned(),
    };
    let label = match settings.about_runner(&runner.at.path) {
        Some(RunnerAnswer::NoTerraform) => return None,
        Some(RunnerAnswer::OwnAccounts) => return Some(RunnerIdentity::OwnAccounts),
        Some(RunnerAnswer::Account(label)) => Some(label),
        None => runner.profile.as_ref(),
    };
    let account = label.and_then(|label| settings.account_of(label));
    Some(RunnerIdentity::Own(by, account.map(str::to_owned)))
}

/// A role as the table names it: an expression without its braces, one that chooses between ARNs as
/// these.
fn readable(role: &str) -> String {
    let role = bare(role);
    let texts = role.split('\'').skip(1).step_by(2);
    let arns: Vec<&str> = texts.filter(|text| text.starts_with("arn:")).collect();
    match role.contains("&&") && arns.len() > 1 {
        true => arns.join(" or "),
        false => role.to_owned(),
    }
}

/// An expression without its braces.
fn bare(role: &str) -> &str {
    let inside = role
        .strip_prefix("${{")
        .and_then(|it| it.strip_suffix("}}"));
    inside
        .filter(|inside| !inside.contains("${{"))
        .map_or(role, str::trim)
}
