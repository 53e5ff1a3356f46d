//! What root modules need of the credentials that they are run with.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use ci::terraform_run::TerraformRun;
use diagnostics::finding::Safety;
use rayon::prelude::*;
use terraform::account::Account;
use terraform::backend::BackendKind;
use terraform::file_kind::FileKind;

use crate::catalogue::Purpose;
use crate::index::scopes::ProviderScope;
use crate::other_runners;
use crate::provider_accounts::{Decision, RoleChange, decide};
use crate::repo::Repo;
use crate::without_profiles;

/// An account, as far as it can be told from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Target {
    /// This account.
    Id(String),
    /// The account of the role of this root module's default provider in one variant, which is not
    /// known.
    Module(PathBuf, String),
    /// One of several accounts of this root module, and nothing tells which.
    Open(PathBuf),
    /// The account of the keys that take part, which is not known.
    Keys,
}

impl Target {
    /// The twelve digits, where they are known.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Module(..) | Self::Open(_) | Self::Keys => None,
        }
    }
}

/// What a root module needs, once the plan is applied. Without any need its identities are its own,
/// and roles that stay trust the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RootNeed {
    /// The account of the role that its default provider loses.
    Account(Account),
    /// The account that its default provider, which has no role, acts in: its guard or an answer
    /// tells.
    Known(String),
    /// The account of the static keys, because of this.
    Keys(KeysReason),
}

/// Why a root module needs the account of the static keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeysReason {
    Provider,
    Command,
    Backend,
}

impl fmt::Display for KeysReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Provider => "a provider without credentials of its own",
            Self::Command => "a command that uses the ambient credentials",
            Self::Backend => "a backend without credentials of its own",
        })
    }
}

/// What all root modules need.
pub(super) struct RootNeeds {
    /// By directory.
    pub modules: BTreeMap<PathBuf, Vec<RootNeed>>,
    /// The accounts of the roles that Terragrunt's files no longer generate, by directory.
    pub generated: BTreeMap<PathBuf, Vec<RootNeed>>,
    /// What tests need beside the module that they test, by its directory.
    pub tests: BTreeMap<PathBuf, Vec<RootNeed>>,
}

impl RootNeeds {
    /// The needs of a repository's root modules.
    pub fn of(repo: &Repo) -> Self {
        let modules = &repo.index().modules;
        // Without a role no account moves, whatever the jobs sign in to; a guard is left of a role.
        if !repo.has_roles() && !repo.has_guards() {
            return Self {
                modules: BTreeMap::new(),
                generated: BTreeMap::new(),
                tests: BTreeMap::new(),
            };
        }
        let needs = (0..modules.count()).into_par_iter().filter_map(|number| {
            let root = modules.path(number);
            let is_used = modules.is_own_root(root) || repo.implicit_default(root).is_some();
            let is_root = is_used && !modules.is_child(root);
            is_root.then(|| (root.to_path_buf(), of_root(root, repo)))
        });
        let scopes = modules.provider_scopes().into_iter();
        let generated = scopes.filter_map(|(directory, file)| {
            let file = file.filter(|file| FileKind::of(file) == Some(FileKind::Terragrunt))?;
            let account = lost_role(ProviderScope::File(&file), repo)?;
            let needs = std::iter::once(RootNeed::Account(account));
            let needs = needs.chain(of_commands(&directory, repo)).collect();
            Some((directory, needs))
        });
        Self {
            modules: needs.collect(),
            generated: generated.collect(),
            tests: of_tests(repo),
        }
    }
}

impl RootNeeds {
    /// The root modules, and the directories of Terragrunt's files, that lose a role, with its account.
    pub fn losing(&self) -> impl Iterator<Item = (&Path, &Account)> {
        let all = self
            .modules
            .iter()
            .chain(&self.generated)
            .chain(&self.tests);
        all.flat_map(|(directory, needs)| {
            needs.iter().filter_map(move |need| match need {
                RootNeed::Account(account) => Some((directory.as_path(), account)),
                RootNeed::Known(_) | RootNeed::Keys(_) => None,
            })
        })
    }

    /// All root modules.
    pub fn root_modules(&self) -> impl Iterator<Item = &Path> {
        self.modules.keys().map(PathBuf::as_path)
    }
}

/// What the tests of modules need: the accounts of the roles that they lose, and of the modules that they run.
fn of_tests(repo: &Repo) -> BTreeMap<PathBuf, Vec<RootNeed>> {
    let modules = &repo.index().modules;
    let tested = modules.tested_modules().map(|module| {
        let tests = modules
            .tests_of(module)
            .iter()
            .map(|it| ProviderScope::File(it));
        let run = modules.run_by_tests_of(module).into_iter();
        let scopes = tests.chain(run.map(ProviderScope::Module));
        let needs: Vec<RootNeed> = scopes
            .flat_map(|scope| of_test_scope(scope, repo))
            .collect();
        (module.to_path_buf(), needs)
    });
    tested.filter(|(_, needs)| !needs.is_empty()).collect()
}

/// What the provider configurations of a test, or of a module that it runs, need.
fn of_test_scope(scope: ProviderScope<'_>, repo: &Repo) -> Vec<RootNeed> {
    let decisions = decide(scope, repo);
    let is_pinned = |it: &Decision| {
        matches!(it.change, RoleChange::Profile(_)) && repo.selection().admits(it.safety())
    };
    let mut needs: Vec<RootNeed> = lost_role(scope, repo)
        .map(RootNeed::Account)
        .into_iter()
        .collect();
    let module = repo.index().modules.module_of(scope);
    let mut ambient = decisions
        .iter()
        .filter(|it| is_left_ambient(it, module, repo));
    if ambient.any(|it| !it.provider.is_guarded() && !is_pinned(it)) {
        needs.push(RootNeed::Keys(KeysReason::Provider));
    }
    needs
}

/// Whether a command may run a unit that includes a Terragrunt file of that directory.
pub(super) fn may_include(run: &TerraformRun, directory: &Path) -> bool {
    // A unit includes files of its own directory and of those above it.
    let is_related =
        |unit: &Path| unit.starts_with(directory) || run.is_tree && directory.starts_with(unit);
    run.is_terragrunt && run.directory.as_deref().is_none_or(is_related)
}

/// The account of the role that the default provider of a scope loses in this plan.
fn lost_role(scope: ProviderScope<'_>, repo: &Repo) -> Option<Account> {
    let decisions = decide(scope, repo);
    let default = decisions.iter().find(|it| it.provider.is_default())?;
    let is_removed = default.change == RoleChange::Remove;
    let is_made = is_removed && !keeps_role(default, repo.index().modules.module_of(scope), repo);
    default.provider.role.clone().filter(|_| is_made)
}

/// Whether a provider configuration of that directory has a role which this plan leaves.
pub(super) fn keeps_role(decision: &Decision, directory: &Path, repo: &Repo) -> bool {
    let safety = decision.safety().max(repo.safety_beside_runners(directory));
    let id = repo.catalogue().id_of(Purpose::RemoveRoles);
    let mut files = decision.provider.files.iter();
    let is_lost = decision.loses_role()
        && repo.carries_out(Purpose::RemoveRoles)
        && repo.selection().admits(safety)
        && files.all(|file| repo.is_editable(file, id));
    decision.provider.role.is_some() && !is_lost
}

/// Whether a provider configuration of that directory acts as the ambient credentials once the plan is carried out, or
/// may: it keeps a role that it assumes under a condition only.
fn is_left_ambient(decision: &Decision, directory: &Path, repo: &Repo) -> bool {
    let provider = &decision.provider;
    provider.is_ambient() || provider.may_be_ambient() && keeps_role(decision, directory, repo)
}

/// What the root module in that directory needs.
fn of_root(directory: &Path, repo: &Repo) -> Vec<RootNeed> {
    let scope = ProviderScope::Module(directory);
    let decisions = decide(scope, repo);
    // A provider that gets the keys' profile only with review is ambient until then.
    let id = repo.catalogue().id_of(Purpose::RemoveRoles);
    let is_pinned = |it: &Decision| {
        let mut files = it.provider.files.iter();
        matches!(it.change, RoleChange::Profile(_))
            && repo.selection().admits(it.safety())
            && files.all(|file| repo.is_editable(file, id))
    };
    let mut ambient = decisions
        .iter()
        .filter(|it| is_left_ambient(it, directory, repo) && !is_pinned(it));
    let has_called = || {
        let called = repo.called_ambient(directory);
        let is_pinned = decisions.iter().any(is_pinned);
        !called.is_empty() && !is_pinned || repo.calls_conditional(directory)
    };
    let is_passed_keys = repo.passed_keys().are_taken_from(directory);
    if let Some(account) = lost_role(scope, repo) {
        let mut needs = vec![RootNeed::Account(account)];
        if ambient.next().is_some() || has_called() {
            needs.push(RootNeed::Keys(KeysReason::Provider));
        }
        needs.extend(of_commands(directory, repo));
        return needs;
    }
    let default = decisions.iter().find(|it| it.provider.is_default());
    let default = default.filter(|it| it.provider.is_ambient());
    if let Some(default) = default {
        let guard = default.provider.account();
        let guard = guard.and_then(|it| it.id().map(str::to_owned));
        let answer = || repo.settings().account_of_root_module(directory);
        if let Some(id) = guard.or_else(|| answer().map(|it| it.id.clone())) {
            return vec![RootNeed::Known(id)];
        }
    }
    let mut is_ambient = || ambient.next().is_some() || has_called();
    if is_passed_keys || is_ambient() || repo.implicit_default(directory).is_some() {
        return vec![RootNeed::Keys(KeysReason::Provider)];
    }
    if let Some(command) = of_commands(directory, repo) {
        return vec![command];
    }
    let is_s3 = repo.backend(directory).is_some_and(BackendKind::is_s3);
    let is_ambient = is_s3 && !repo.is_migrated(directory) && !gets_profile(directory, repo);
    let backend = is_ambient.then_some(RootNeed::Keys(KeysReason::Backend));
    backend.into_iter().collect()
}

/// What the commands of a root module need.
fn of_commands(directory: &Path, repo: &Repo) -> Option<RootNeed> {
    let command = repo.ambient_command(directory, None);
    command.map(|_| RootNeed::Keys(KeysReason::Command))
}

/// Whether the S3 backend of a root module gets its profile in this plan.
fn gets_profile(directory: &Path, repo: &Repo) -> bool {
    let has_profile = repo.settings().state_profile.is_some();
    let blocks = repo.backend_blocks(directory).into_iter();
    let mut files = blocks.chain(repo.backend_files(directory).iter().cloned());
    let is_held = !repo.selection().admits(Safety::Review)
        && (other_runners::hold_profile(directory, repo)
            || repo.is_run_by_staying(directory)
            || without_profiles::holds(directory, repo));
    // A file without the bucket is one set of settings with that which has it.
    let is_elsewhere = |file: &Path| {
        let part = repo.backend_part(file);
        part.is_some_and(|part| part.has_bucket)
            && repo.is_profile_elsewhere(file)
            && !repo.is_identity_beside(file)
    };
    let id = repo.catalogue().id_of(Purpose::AddBackendProfile);
    repo.carries_out(Purpose::AddBackendProfile)
        && has_profile
        && !is_held
        && !repo.is_backend_left(directory)
        && files.all(|file| repo.is_backend_editable(&file, id) && !is_elsewhere(&file))
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
