//! What of the tree may depend on who runs Terraform, where that changes with the plan: read once
//! everything else is proposed, and only then.

mod callers;
mod changing_roots;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;
use rayon::prelude::*;
use terraform::file_kind::FileKind;
use terraform::module::Module;

pub use callers::NewCaller;

use crate::error::PlanError;
use crate::index::around;
use crate::index::scopes::ProviderScope;
use crate::proposals::read_module;
use crate::provider_accounts::decide;
use crate::repo::Repo;
use crate::source::Source;
use changing_roots::ChangingRoots;

/// What may depend on who runs Terraform, where that changes.
#[derive(Debug)]
pub struct Migration {
    /// The root modules whose identity changes.
    pub roots: Vec<PathBuf>,
    /// The modules that a root module reaches whose identity changes, each with all its configuration.
    pub modules: Vec<MigratingModule>,
    /// Other modules that make static keys, or that these may reach: a job that leaves its keys may leave theirs.
    pub key_modules: Vec<Module>,
    /// Files beside modules that name IAM users or who may use a cluster: JSON, YAML and templates.
    pub files: Vec<(PathBuf, String)>,
}

/// A module that a root module reaches whose identity changes.
#[derive(Debug)]
pub struct MigratingModule {
    /// The module, with all its configuration.
    pub module: Module,
    /// Those root modules.
    pub roots: Vec<PathBuf>,
    /// Whether provider configurations act as another identity, and not the ambient credentials alone.
    pub moves_providers: bool,
}

impl MigratingModule {
    /// Whether a provider configuration of the module acts as another identity; `alias` is `None` for
    /// the default one.
    pub fn moves(&self, alias: Option<&str>, repo: &Repo) -> bool {
        let decisions = decide(ProviderScope::Module(&self.module.directory), repo);
        let mut decisions = decisions.iter();
        let own = decisions.find(|it| it.provider.alias.as_deref() == alias);
        // One that the callers pass.
        self.moves_providers && own.is_none_or(|own| own.provider.is_ambient() || own.loses_role())
    }

    /// Who runs the module until the migration: the roles of the default provider configurations of its root
    /// modules, or users.
    pub fn current_callers(&self, repo: &Repo) -> Vec<NewCaller> {
        let mut callers = Vec::new();
        for caller in self.roots.iter().map(|root| repo.current_caller(root)) {
            if !callers.contains(&caller) {
                callers.push(caller);
            }
        }
        callers
    }

    /// Who runs the module after the migration.
    pub fn callers(&self, repo: &Repo) -> Vec<NewCaller> {
        callers_of(&self.roots, repo)
    }
}

/// Who runs root modules after the migration, each once.
fn callers_of(roots: &[PathBuf], repo: &Repo) -> Vec<NewCaller> {
    let mut callers = Vec::new();
    for caller in roots.iter().flat_map(|root| repo.new_callers(root)) {
        if !callers.contains(&caller) {
            callers.push(caller);
        }
    }
    callers
}

impl Migration {
    /// Who runs the root modules after the migration.
    pub fn callers(&self, repo: &Repo) -> Vec<NewCaller> {
        callers_of(&self.roots, repo)
    }

    /// What depends on who runs Terraform, where these findings change that; `None` where they do not.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub(crate) fn of<'f>(
        source: &dyn Source,
        findings: &(impl Iterator<Item = &'f Finding> + Clone),
        repo: &Repo,
    ) -> Result<Option<Self>, PlanError> {
        let changing = ChangingRoots::by(findings, repo);
        if changing.is_empty() {
            return Ok(None);
        }
        let files = repo.index().caller_files.iter();
        let mut directories: BTreeSet<&Path> = files.filter_map(|path| path.parent()).collect();
        let makers = makers_of_keys(source, repo)?;
        let mut of_keys = around_calls(&makers, repo);
        of_keys.extend(makers.iter().map(PathBuf::as_path));
        directories.extend(&of_keys);
        let modules = directories
            .into_par_iter()
            .map_init(Vec::new, |buffer, directory| {
                let roots = changing.among(repo.roots(directory));
                if roots.is_empty() && !of_keys.contains(directory) {
                    return Ok(None);
                }
                let mut module = read_module(source, directory, buffer, repo)?;
                around::configuration(source, &mut module, buffer)?;
                Ok(Some(MigratingModule {
                    module,
                    moves_providers: roots.iter().any(|root| changing.moves_providers(root)),
                    roots,
                }))
            });
        let read: Vec<_> = modules
            .filter_map(Result::transpose)
            .collect::<Result<_, PlanError>>()?;
        let (modules, others): (Vec<_>, Vec<_>) =
            read.into_iter().partition(|it| !it.roots.is_empty());
        let files = beside_modules(source)?;
        Ok(Some(Self {
            roots: changing.all(),
            modules,
            key_modules: others.into_iter().map(|it| it.module).collect(),
            files,
        }))
    }
}

/// The directories of modules whose files make static keys.
fn makers_of_keys(source: &dyn Source, repo: &Repo) -> Result<BTreeSet<PathBuf>, PlanError> {
    let words = ["aws_iam_access_key", "modules/iam-user", "iam-system-user"];
    let words = words.map(memchr::memmem::Finder::new);
    let files = repo.index().caller_files.par_iter();
    let makers = files.map_init(Vec::new, |buffer, path| {
        around::load(source, path, buffer)?;
        let makes = words.iter().any(|word| word.find(buffer).is_some());
        let directory = path.parent().unwrap_or(Path::new(""));
        Ok(makes.then(|| directory.to_path_buf()))
    });
    makers.filter_map(Result::transpose).collect()
}

/// The directories that what these modules make may reach by outputs and inputs: of the modules that call
/// them, directly or not, and of those that these call.
fn around_calls<'r>(makers: &BTreeSet<PathBuf>, repo: &'r Repo) -> BTreeSet<&'r Path> {
    let modules = &repo.index().modules;
    let calls = modules.all().flat_map(|(number, files)| {
        let calls = files.values().flat_map(|facts| &facts.calls);
        calls.map(move |called| (number, modules.links.directory(called)))
    });
    let calls: Vec<_> = calls.collect();
    let mut callers: BTreeSet<usize> = BTreeSet::new();
    let mut reached: BTreeSet<&Path> = makers.iter().map(PathBuf::as_path).collect();
    loop {
        let new = calls
            .iter()
            .filter(|(number, called)| reached.contains(&**called) && !callers.contains(number));
        let new: BTreeSet<usize> = new.map(|(number, _)| *number).collect();
        if new.is_empty() {
            break;
        }
        reached = new.iter().map(|number| modules.path(*number)).collect();
        callers.extend(new);
    }
    let called = calls.iter().filter(|(caller, _)| callers.contains(caller));
    let called = called.filter_map(|(_, called)| modules.number(called));
    let numbers = callers.iter().copied().chain(called);
    numbers.map(|number| modules.path(number)).collect()
}

/// Endings of files beside modules that may hold policies, or say who may use a cluster.
const ENDINGS: [&str; 7] = [".json", ".yaml", ".yml", ".tpl", ".tftpl", ".j2", ".tfvars"];

/// The files beside modules that name IAM users.
fn beside_modules(source: &dyn Source) -> Result<Vec<(PathBuf, String)>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
    let paths = source.tree().map_err(unreadable)?;
    let may_name = |path: &PathBuf| {
        let name = path.to_string_lossy();
        let is_text = ENDINGS.iter().any(|ending| name.ends_with(ending));
        is_text && FileKind::of(path) != Some(FileKind::Configuration)
    };
    let user = memchr::memmem::Finder::new(b":user/");
    let read = paths.into_par_iter().filter(may_name);
    let read = read.map_init(Vec::new, |buffer, path| {
        around::load(source, &path, buffer)?;
        let is_kept = user.find(buffer).is_some();
        Ok(is_kept.then(|| (path, around::lossy(buffer))))
    });
    let mut kept: Vec<_> = read
        .filter_map(Result::transpose)
        .collect::<Result<_, PlanError>>()?;
    kept.sort();
    Ok(kept)
}
