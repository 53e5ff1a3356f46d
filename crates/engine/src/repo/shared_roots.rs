//! Which root modules the calls run that serve several with one environment, found once: as many calls may run as many
//! directories.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use ci::systems::SharedEnvironment;
use ci::terraform_run::TerraformRun;
use terraform::account::Account;

use super::Repo;
use crate::index::modules::Modules;

/// What is found of a repository, from the first question on.
#[derive(Debug, Default, Clone)]
pub(crate) struct SharedRoots(Arc<OnceLock<Found>>);

#[derive(Debug, Default)]
struct Found {
    /// By the number of a directory: the calls that may run it, each with its first command there, all by number.
    calls: HashMap<usize, Vec<(usize, usize)>>,
    /// Of each call the accounts of its root modules that act by the ambient credentials.
    accounts: Vec<Vec<ServedAccount>>,
}

/// Root modules of one account. Two are enough to know one beside any.
#[derive(Debug)]
struct ServedAccount {
    /// `None` for one whose account is not known, which is like no other's.
    id: Option<String>,
    modules: Vec<usize>,
}

impl SharedRoots {
    /// The calls that may run a directory or a root module that it is part of, each with its first command there.
    pub fn calls(&self, directory: &Path, repo: &Repo) -> BTreeMap<usize, usize> {
        let found = self.found(repo);
        let mut calls = BTreeMap::new();
        for root in std::iter::once(directory).chain(repo.roots(directory)) {
            let number = repo.index().modules.number(root);
            let own = number.and_then(|number| found.calls.get(&number));
            for (call, run) in own.into_iter().flatten() {
                calls.entry(*call).or_insert(*run);
            }
        }
        calls
    }

    /// The first root module of a call that is not known to be in the account of the one in `directory`, with its own.
    pub fn other<'r>(
        &'r self,
        call: usize,
        (directory, own): (&Path, &Account),
        repo: &'r Repo,
    ) -> Option<(&'r Path, Option<&'r str>)> {
        let modules = &repo.index().modules;
        let itself = modules.number(directory);
        let accounts = self.found(repo).accounts[call].iter();
        let others = accounts.filter(|it| it.id.is_none() || it.id.as_deref() != own.id());
        let others = others.filter_map(|it| {
            let mut modules = it.modules.iter();
            let other = modules.find(|number| Some(**number) != itself)?;
            Some((*other, it.id.as_deref()))
        });
        let (number, id) = others.min_by_key(|(number, _)| *number)?;
        Some((modules.path(number), id))
    }

    fn found(&self, repo: &Repo) -> &Found {
        self.0.get_or_init(|| Found::of(repo))
    }
}

impl Found {
    fn of(repo: &Repo) -> Self {
        let modules = &repo.index().modules;
        let by_name = by_name(modules);
        let mut found = Self::default();
        for (call, shared) in repo.index().shared_environments.iter().enumerate() {
            let mut first: BTreeMap<usize, usize> = BTreeMap::new();
            for (at, located) in shared.runs.iter().enumerate() {
                for number in directories(&located.run, shared, modules, &by_name) {
                    first.entry(number).or_insert(at);
                }
            }
            found.accounts.push(accounts(first.keys().copied(), repo));
            for (number, at) in first {
                found.calls.entry(number).or_default().push((call, at));
            }
        }
        found
    }
}

type ByName<'m> = HashMap<&'m OsStr, Vec<usize>>;

fn by_name(modules: &Modules) -> ByName<'_> {
    let mut by_name = ByName::new();
    for number in 0..modules.count() {
        if let Some(name) = modules.path(number).file_name() {
            by_name.entry(name).or_default().push(number);
        }
    }
    by_name
}

/// The directories that one command may run in. Where the ends of paths tell, only those of its name can be.
fn directories(
    run: &TerraformRun,
    shared: &SharedEnvironment,
    modules: &Modules,
    by_name: &ByName<'_>,
) -> Vec<usize> {
    let name = run.directory.as_deref().and_then(Path::file_name);
    match (name, &run.directory) {
        (Some(name), _) if !run.is_tree && shared.is_called_anywhere => {
            let named = by_name.get(name).into_iter().flatten().copied();
            named
                .filter(|number| shared.may_run(run, modules.path(*number)))
                .collect()
        }
        (_, Some(own)) if !run.is_tree && !shared.is_called_anywhere => {
            let both = [Some(own), run.named.as_ref()].into_iter().flatten();
            both.filter_map(|it| modules.number(it)).collect()
        }
        _ => (0..modules.count())
            .filter(|number| shared.may_run(run, modules.path(*number)))
            .collect(),
    }
}

/// The accounts of these that are root modules and act by the ambient credentials.
fn accounts(numbers: impl Iterator<Item = usize>, repo: &Repo) -> Vec<ServedAccount> {
    let modules = &repo.index().modules;
    let mut accounts: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for number in numbers {
        let directory = modules.path(number);
        if modules.is_child(directory) {
            continue;
        }
        let account = own_account(directory, repo);
        if account.is_none() && !repo.is_ambient_root(directory) {
            continue;
        }
        let id = match &account {
            Some(account) => account.id().map(str::to_owned),
            // Without a role and a guard it acts in the account of the keys.
            None => repo
                .key_holder(directory)
                .and_then(|it| it.id.map(str::to_owned)),
        };
        let same = accounts.entry(id).or_default();
        if same.len() < 2 {
            same.push(number);
        }
    }
    accounts
        .into_iter()
        .map(|(id, modules)| ServedAccount { id, modules })
        .collect()
}

/// The account that the default provider configuration of a directory reaches by the ambient credentials; `None` where
/// it has none, or others.
pub(crate) fn own_account(directory: &Path, repo: &Repo) -> Option<Account> {
    let account = repo.deploys_to(directory);
    account.or_else(|| repo.generates_for(directory))
}
