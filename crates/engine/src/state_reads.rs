//! The states that are reached after the plan with credentials of an account that did not reach them
//! before: the policies of their buckets have to allow it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::account_table::{AccountRow, STATE};
use crate::repo::Repo;
use syntax::visible;

/// Who reaches the states in a bucket of another account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRead {
    /// The bucket; `None` where no literal names it.
    pub bucket: Option<String>,
    /// What reaches them: `data.terraform_remote_state.net in envs/live`.
    pub readers: BTreeSet<String>,
    /// The accounts that the credentials are of.
    pub accounts: BTreeSet<String>,
    /// Whether states are written, too.
    pub writes: bool,
}

/// Those of a plan with this account table, by bucket.
pub(crate) fn state_reads(rows: &[AccountRow], repo: &Repo) -> Vec<StateRead> {
    let mut found: BTreeMap<Option<String>, StateRead> = BTreeMap::new();
    // A backend whose profile needs review gets it, and keeps its account.
    for row in rows.iter().filter(|row| row.changes && !row.waits) {
        let cells = row.runners.iter().map(|it| &it.cell).chain([&row.laptop]);
        let accounts: BTreeSet<&String> = cells.filter_map(|it| it.account.as_ref()).collect();
        for (identity, module) in pairs(row) {
            let Some(State { bucket }) = State::of(identity, module, repo) else {
                continue;
            };
            let owner = repo.settings().profile_of_state(bucket.as_deref());
            let owner = owner.and_then(|it| repo.settings().account_of(it));
            // What is of no known account may be of the same.
            if owner.is_none() && row.before.account.is_none() {
                continue;
            }
            let is_new = |id: &&&String| {
                Some(id.as_str()) != owner && Some(**id) != row.before.account.as_ref()
            };
            let accounts: BTreeSet<String> = accounts
                .iter()
                .filter(is_new)
                .map(|it| (*it).clone())
                .collect();
            if accounts.is_empty() {
                continue;
            }
            let known = found.entry(bucket.clone()).or_insert_with(|| StateRead {
                bucket,
                readers: BTreeSet::new(),
                accounts: BTreeSet::new(),
                writes: false,
            });
            known.writes |= identity == STATE;
            known.accounts.extend(accounts);
            let place = match module.as_os_str().is_empty() {
                true => "the root directory".to_owned(),
                false => visible::path(module),
            };
            known.readers.insert(format!("{identity} in {place}"));
        }
    }
    found.into_values().collect()
}

fn pairs(row: &AccountRow) -> impl Iterator<Item = (&str, &Path)> {
    let identities = row.identities.iter().map(String::as_str);
    identities.flat_map(|identity| row.modules.iter().map(move |it| (identity, it.as_path())))
}

/// A state that an identity of a module reaches.
struct State {
    /// The bucket, where a literal names it.
    bucket: Option<String>,
}

impl State {
    /// `None` for an identity that is none of a state, or one with a profile or a role of its own.
    fn of(identity: &str, module: &Path, repo: &Repo) -> Option<Self> {
        let mut facts = repo.index().modules.facts(module);
        if identity == STATE {
            let of_units = || {
                let states = repo.states_of_units(module);
                states.into_values().find_map(|part| part.bucket.clone())
            };
            let bucket = facts.find_map(|it| it.bucket().cloned()).or_else(of_units);
            return Some(Self { bucket });
        }
        let mut states = facts.flat_map(|it| &it.remote_states);
        let state = states.find(|it| it.reference == identity)?;
        let bucket = state.bucket.clone();
        state.is_ambient().then_some(Self { bucket })
    }
}
