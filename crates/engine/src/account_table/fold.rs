//! Rows with equal cells as one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::AccountRow;
use super::cell::{AccountCell, RunnerCell};
use super::runners::RootRunners;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use terraform::account::Account;

/// The row of one identity of one module.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct IdentityRow {
    /// The directory, or the Terragrunt file.
    pub module: PathBuf,
    pub identity: String,
    pub variant: Option<String>,
    /// The accounts from which the variant chooses.
    pub choice: Option<Account>,
    pub before: AccountCell,
    pub laptop: AccountCell,
    pub acts_by: ActsBy,
    /// Whether its role is removed.
    pub loses_role: bool,
    pub changes: bool,
    pub waits: bool,
}

/// By what an identity acts after the plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum ActsBy {
    /// The runner's credentials.
    Ambient,
    /// A role, which the runner's credentials assume.
    Role,
    /// This profile.
    Profile(String),
    /// Another setting of its own, the same for every runner.
    Setting,
}

impl IdentityRow {
    /// The row of an identity without a setting of its own.
    pub fn new(module: &Path, identity: &str, before: AccountCell, laptop: AccountCell) -> Self {
        Self {
            module: module.to_path_buf(),
            identity: identity.to_owned(),
            variant: None,
            choice: None,
            before,
            laptop,
            acts_by: ActsBy::Ambient,
            loses_role: false,
            changes: false,
            waits: false,
        }
    }

    /// Whether it acts by the ambient credentials, before the plan and after it.
    pub fn is_ambient(&self) -> bool {
        self.acts_by == ActsBy::Ambient && !self.changes
    }
}

/// Identities of one module with equal cells.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Folded {
    identities: Vec<String>,
    /// Its module and identity are those of the first.
    row: IdentityRow,
    runners: BTreeSet<usize>,
}

/// The rows of all modules: identities of a module with equal cells are one row, and so are those of
/// several modules.
pub(super) fn folded(
    rows: Vec<IdentityRow>,
    runners: &RootRunners<'_>,
    repo: &Repo,
) -> Vec<AccountRow> {
    let mut by_module: BTreeMap<PathBuf, Vec<IdentityRow>> = BTreeMap::new();
    for row in rows {
        by_module.entry(row.module.clone()).or_default().push(row);
    }
    let mut modules: Vec<Vec<PathBuf>> = Vec::new();
    let mut places: HashMap<Folded, usize> = HashMap::new();
    for (module, rows) in by_module {
        let own = runners_of(&module, runners, repo);
        let rows = rows.into_iter().map(|row| {
            let concerned = own
                .iter()
                .filter(|index| runners.concerns(**index, &row, repo));
            let concerned = concerned.copied().collect();
            Folded {
                identities: vec![row.identity.clone()],
                row,
                runners: concerned,
            }
        });
        for mut folded in of_module(&rows.collect::<Vec<_>>()) {
            folded.row.module = PathBuf::new();
            folded.row.identity = String::new();
            let place = places.len();
            let place = *places.entry(folded).or_insert(place);
            match modules.get_mut(place) {
                Some(modules) => modules.push(module.clone()),
                None => modules.push(vec![module.clone()]),
            }
        }
    }
    let mut folded: Vec<(Folded, usize)> = places.into_iter().collect();
    folded.sort_by_key(|(_, place)| *place);
    let rows = folded.into_iter().zip(modules);
    rows.map(|((folded, _), modules)| folded.row(modules, runners, repo))
        .collect()
}

/// The rows of one module, identities with equal cells as one.
fn of_module(rows: &[Folded]) -> Vec<Folded> {
    let mut of_identity: HashMap<&str, Vec<&Folded>> = HashMap::new();
    for folded in rows {
        let own = of_identity.entry(&folded.row.identity).or_default();
        own.push(folded);
    }
    let are_alike: HashMap<&str, bool> = of_identity
        .into_iter()
        .map(|(identity, own)| (identity, own.iter().all(|it| it.cells() == own[0].cells())))
        .collect();
    let mut found: Vec<Folded> = Vec::new();
    // By the variant and the cells, where it is, and the identities that it has.
    let mut places: HashMap<_, (usize, BTreeSet<&str>)> = HashMap::new();
    for folded in rows {
        let identity = folded.row.identity.as_str();
        let variant = folded.row.variant.clone().filter(|_| !are_alike[identity]);
        let place = places.entry((variant.clone(), folded.cells()));
        let (at, identities) = place.or_insert_with(|| {
            let mut first = folded.clone();
            first.row.variant = variant;
            first.identities.clear();
            found.push(first);
            (found.len() - 1, BTreeSet::new())
        });
        if identities.insert(identity) {
            found[*at]
                .identities
                .extend(folded.identities.iter().cloned());
        }
    }
    found
}

/// The runners of a module: of a child module, those of its root modules.
pub(super) fn runners_of(module: &Path, runners: &RootRunners<'_>, repo: &Repo) -> BTreeSet<usize> {
    let modules = &repo.index().modules;
    let directory = match modules.facts_of(module) {
        Some(_) => modules.module_of(ProviderScope::File(module)),
        None => module,
    };
    match modules.is_called(directory) {
        true => modules
            .roots(directory)
            .flat_map(|root| runners.of(root))
            .collect(),
        false => runners.of(directory),
    }
}

impl Folded {
    /// All but its identities and variant.
    fn cells(&self) -> (IdentityRow, &BTreeSet<usize>) {
        let unnamed = IdentityRow {
            identity: String::new(),
            variant: None,
            ..self.row.clone()
        };
        (unnamed, &self.runners)
    }

    fn row(self, modules: Vec<PathBuf>, runners: &RootRunners<'_>, repo: &Repo) -> AccountRow {
        let row = &self.row;
        let mut cells: Vec<RunnerCell> = Vec::new();
        for index in &self.runners {
            let cell = runners.cell(*index, row, repo.settings());
            let name = runners.name(*index).clone();
            match cells.iter_mut().find(|known| known.cell == cell) {
                Some(known) if known.runners.contains(&name) => {}
                Some(known) => known.runners.push(name),
                None => cells.push(RunnerCell {
                    cell,
                    runners: vec![name],
                }),
            }
        }
        let mut own = self.runners.iter();
        let is_converted = own.any(|index| runners.is_converted(*index));
        let by_runner = matches!(row.acts_by, ActsBy::Ambient | ActsBy::Role);
        // Who runs Terraform is another one: its account tells, where both are known.
        let accounts = [&row.before, &row.laptop].map(|cell| cell.account.as_ref());
        let moves = row.acts_by == ActsBy::Ambient
            && accounts.iter().all(Option::is_some)
            && accounts[0] != accounts[1];
        AccountRow {
            modules,
            identities: self.identities,
            changes: row.changes || moves || is_converted && by_runner,
            waits: row.waits,
            variant: self.row.variant,
            before: self.row.before,
            laptop: self.row.laptop,
            runners: cells,
        }
    }
}
