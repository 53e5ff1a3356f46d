//! Whose the static keys are that a module is used with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::Repo;
use crate::index::facts::Facts;
use crate::jobs::root_runs;

/// The account of the static keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHolder<'s> {
    /// Its profile.
    pub profile: &'s str,
    /// Its twelve digits, where an `account` block has them.
    pub id: Option<&'s str>,
}

/// The accounts of the keys with which jobs run Terraform, each `None` where nothing tells, by directory: read from
/// the files as they were, once.
#[derive(Debug, Default, Clone)]
pub(super) struct KeyedRoots(Arc<OnceLock<BTreeMap<PathBuf, BTreeSet<Option<String>>>>>);

impl Repo {
    /// The account whose keys a module is used with: the one that holds its state, where the deployment user is.
    /// `None` where the configuration does not tell it, and where it answers of the keys of the module's jobs that
    /// they are another account's: whose a laptop's are is not known then.
    pub fn key_holder(&self, directory: &Path) -> Option<KeyHolder<'_>> {
        // Where the configuration does not say whose account the state is in, nothing tells of a laptop's keys.
        let of_state = Some(self.state_holder(directory)?);
        let settings = self.settings();
        if settings.keys.is_empty() && settings.environments.is_empty() {
            return of_state;
        }
        let keyed = self.keyed_roots.0.get_or_init(|| self.key_accounts());
        let roots = std::iter::once(directory).chain(self.roots(directory));
        let own = roots.filter_map(|root| keyed.get(root)).flatten();
        let own: BTreeSet<Option<&str>> = own.map(Option::as_deref).collect();
        let id_of_state = of_state.and_then(|it| it.id);
        let agrees = match own.into_iter().collect::<Vec<_>>().as_slice() {
            // No job runs it with keys: a laptop's may be any that are answered.
            [] => {
                let answered = self.answered_accounts();
                answered.is_empty() || id_of_state.is_some_and(|id| answered.contains(id))
            }
            [None] => true,
            // Of keys that nothing is answered of, the state tells; never another account than an answer.
            [Some(only)] | [None, Some(only)] => id_of_state == Some(*only),
            _ => false,
        };
        of_state.filter(|_| agrees)
    }

    /// The account that holds a module's state.
    pub fn state_holder(&self, directory: &Path) -> Option<KeyHolder<'_>> {
        let buckets = &self.settings().state_buckets;
        let bucket = self.decided.bucket(directory, || {
            let mut named = self
                .index
                .modules
                .facts(directory)
                .filter_map(Facts::bucket);
            named.find(|bucket| buckets.contains_key(*bucket)).cloned()
        });
        // The bucket tells whose account it is in; else all states are in one account.
        let own = bucket.and_then(|bucket| Some(&buckets.get(&bucket)?.profile));
        let profile = own.or(self.settings().state_profile.as_ref())?;
        Some(KeyHolder {
            profile,
            id: self.settings().account_of(profile),
        })
    }

    /// The accounts that the configuration answers of keys.
    fn answered_accounts(&self) -> BTreeSet<&str> {
        let settings = self.settings();
        let answers = settings.keys.iter();
        let ids = answers.filter_map(|answer| settings.account_of(&answer.account));
        ids.collect()
    }

    /// The accounts of the keys of jobs, by the directories in which these may run Terraform.
    fn key_accounts(&self) -> BTreeMap<PathBuf, BTreeSet<Option<String>>> {
        let runs = root_runs(self);
        let answered = self.answered_accounts();
        let modules = &self.index.modules;
        let mut accounts: BTreeMap<PathBuf, BTreeSet<Option<String>>> = BTreeMap::new();
        for run in &runs {
            // A role of another account follows a root module, not the keys.
            let own = run.own_accounts.iter();
            let own = own.filter(|id| answered.contains(id.as_str()));
            let own = own.cloned().map(Some);
            let keyed: BTreeSet<_> = own.chain(run.key_accounts.iter().cloned()).collect();
            if keyed.is_empty() {
                continue;
            }
            let directories = (0..modules.count()).map(|number| modules.path(number));
            for directory in directories.filter(|directory| run.may_run(directory)) {
                let own = accounts.entry(directory.to_path_buf()).or_default();
                own.extend(keyed.iter().cloned());
            }
        }
        accounts
    }
}
