//! What root modules need of the credentials that they are run with.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use ci::github::terraform_runs::JobRun;
use ci::terraform_run::TerraformRun;
use diagnostics::finding::Safety;
use rayon::prelude::*;
use terraform::account::Account;
use terraform::backend::BackendKind;

use super::job::{JobContextFacts, JobFacts};
use super::sign_in::StepNeed;
use crate::catalogue::Purpose;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::other_runners;
use crate::provider_accounts::{Decision, RoleChange, decide};
use crate::repo::Repo;
use crate::without_profiles;

/// An account, as far as it can be told from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// This account.
    Id(String),
    /// The account of the role of this root module's default provider, which is not known.
    Module(PathBuf),
    /// The account of the keys that take part, which is not known.
    Keys,
}

impl Target {
    /// The twelve digits, where they are known.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Module(_) | Self::Keys => None,
        }
    }
}

/// What a root module needs, once the plan is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RootNeed {
    /// Nothing of any account: its identities are its own, and roles that stay trust the caller.
    Nothing,
    /// The account of the role that its default provider loses.
    Account(Account),
    /// The account of the static keys, because of this.
    Keys(KeysReason),
}

/// Why a root module needs the account of the static keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeysReason {
    Provider,
    Backend,
}

impl fmt::Display for KeysReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Provider => "a provider without credentials of its own",
            Self::Backend => "a backend without credentials of its own",
        })
    }
}

/// What all root modules need.
pub(super) struct RootNeeds(BTreeMap<PathBuf, RootNeed>);

impl RootNeeds {
    /// The needs of a repository's root modules.
    pub fn of(repo: &Repo) -> Self {
        let modules = &repo.index().modules;
        // Without a role no account moves, whatever the jobs sign in to.
        let numbers = 0..if repo.has_roles() { modules.count() } else { 0 };
        let needs = numbers.into_par_iter().filter_map(|number| {
            let root = modules.path(number);
            let is_root = modules.is_own_root(root) && !modules.is_child(root);
            is_root.then(|| (root.to_path_buf(), of_root(root, repo)))
        });
        Self(needs.collect())
    }
}

/// What the root module in that directory needs.
fn of_root(directory: &Path, repo: &Repo) -> RootNeed {
    let decisions = decide(ProviderScope::Module(directory), repo);
    let default = decisions.iter().find(|it| it.provider.is_default());
    let id = repo.catalogue().id_of(Purpose::RemoveRoles);
    let is_editable = |provider: &ProviderIdentity| {
        let mut files = provider.files.iter();
        files.all(|file| repo.is_editable(file, id))
    };
    let admitted = |it: &&Decision| {
        let safety = it.safety().max(repo.safety_beside_runners(directory));
        it.change == RoleChange::Remove
            && repo.carries_out(Purpose::RemoveRoles)
            && repo.selection().admits(safety)
            && is_editable(&it.provider)
    };
    let losing = default.filter(admitted);
    if let Some(account) = losing.and_then(|it| it.provider.role.clone()) {
        return RootNeed::Account(account);
    }
    let has_ambient = decisions
        .iter()
        .any(|it| it.provider.is_ambient() && !matches!(it.change, RoleChange::Profile(_)))
        || !repo.called_ambient(directory).is_empty()
        || repo.implicit_default(directory).is_some();
    if has_ambient {
        return RootNeed::Keys(KeysReason::Provider);
    }
    let is_s3 = repo.backend(directory).is_some_and(BackendKind::is_s3);
    let gets_profile = repo.carries_out(Purpose::AddBackendProfile)
        && repo.settings().state_profile.is_some()
        && (repo.selection().admits(Safety::Review) || !without_profiles::holds(directory, repo));
    match is_s3 && !repo.is_migrated(directory) && !gets_profile {
        true => RootNeed::Keys(KeysReason::Backend),
        false => RootNeed::Nothing,
    }
}

/// What the steps of a job need in one of its contexts.
pub(super) fn steps_of(
    job: &JobFacts<'_>,
    context: &JobContextFacts,
    roots: &RootNeeds,
    repo: &Repo,
) -> Vec<StepNeed> {
    let mut needs = Vec::new();
    for JobRun { step, run } in &context.runs {
        let roots = roots_of(run, job, roots, repo);
        if roots.is_empty() && !is_known(run, repo) {
            needs.push(StepNeed {
                step: *step,
                target: Target::Keys,
                what: "runs Terraform in a directory that is not known".to_owned(),
                root: None,
            });
        }
        for (root, need) in roots {
            let name = match root.as_os_str().is_empty() {
                true => "the root directory".to_owned(),
                false => format!("`{}`", root.display()),
            };
            let need = match need {
                RootNeed::Nothing => continue,
                RootNeed::Account(account) => StepNeed {
                    step: *step,
                    target: match account.id() {
                        Some(id) => Target::Id(id.to_owned()),
                        None => Target::Module(root.clone()),
                    },
                    what: format!("runs {name}, which is in {}", account_text(account, repo)),
                    root: Some(root.clone()),
                },
                RootNeed::Keys(why) => StepNeed {
                    step: *step,
                    target: Target::Keys,
                    what: format!("runs {name}, which has {why}"),
                    root: None,
                },
            };
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
    }
    needs.extend(job.ambient.iter().map(|used| StepNeed {
        step: used.step,
        target: Target::Keys,
        what: format!("uses its credentials for {}", used.what),
        root: None,
    }));
    needs
}

/// The root modules that a command may run, with what they need.
fn roots_of<'n>(
    run: &TerraformRun,
    job: &JobFacts<'_>,
    roots: &'n RootNeeds,
    repo: &Repo,
) -> Vec<(&'n PathBuf, &'n RootNeed)> {
    let answer = job.workflows.job(job.owner).and_then(|it| {
        let path = &job.workflows.source(job.owner).path;
        repo.settings().ci.about_job(path, &it.id)
    });
    let answer = answer.filter(|it| it.roots.is_some() && run.directory.is_none());
    let roots = roots
        .0
        .iter()
        .filter(|(root, _)| run.may_run(root) && answer.is_none_or(|answer| answer.runs(root)));
    roots.collect()
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

impl Repo {
    /// How safe the removal of a role of that root module is beside runners that no plan converts.
    fn safety_beside_runners(&self, directory: &Path) -> Safety {
        let waits = other_runners::hold_role(directory, self)
            || without_profiles::holds(directory, self)
            || self
                .role_hold(directory)
                .is_some_and(|hold| !hold.is_certain());
        match waits {
            true => Safety::Review,
            false => Safety::Safe,
        }
    }
}
