//! The accounts that are proposed.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use super::labels::LabelSource;
use super::mention::{AccountMention, MentionKind, names_accounts, names_own_account};
use super::{foreign, labels};
use syntax::location::Location;

/// A proposed `account` block.
pub(super) struct ProposedAccount {
    pub id: String,
    pub label: Option<String>,
    /// The alias of the provider that acts in it, where that is all that may be the name of its profile.
    pub alias: Option<String>,
    pub places: Vec<Location>,
    /// The names of the values that hold it, where nothing in the repository acts in it.
    pub held_by: Option<BTreeSet<String>>,
}

impl ProposedAccount {
    /// What the repository calls it.
    pub fn name(&self) -> Option<&str> {
        self.label.as_deref().or(self.alias.as_deref())
    }
}

/// The places of an account, first those where something acts in it.
fn places(mentions: &[AccountMention]) -> Vec<Location> {
    let mut places: Vec<_> = mentions
        .iter()
        .map(|it| (it.kind != MentionKind::Acts, it.at.clone()))
        .collect();
    places.sort();
    places.into_iter().map(|(_, at)| at).collect()
}

/// The accounts to propose: those that something acts in, then the others that a name holds.
pub(super) fn accounts(evidence: &Evidence) -> Vec<ProposedAccount> {
    let certain = evidence.certain();
    let possible = evidence.possible();
    // Accounts of AWS and of vendors are in policies and filters: nothing of the user acts in them.
    let is_proposed = |id: &&String| {
        !foreign::is_foreign(id) && (certain.contains(*id) || possible.contains(*id))
    };
    let ids: Vec<&String> = evidence.accounts.keys().filter(is_proposed).collect();
    let candidates = ids.iter().map(|id| {
        let mentions = &evidence.accounts[*id];
        let candidates = mentions.iter().flat_map(|mention| &mention.candidates);
        (id.as_str(), mentions.len(), candidates.collect())
    });
    let mut labels = labels::labels(candidates);
    let proposed = ids.iter().map(|id| {
        let mentions = &evidence.accounts[*id];
        let is_certain = certain.contains(*id) && !foreign::is_example(id);
        let held_by = mentions.iter().filter_map(|mention| match &mention.kind {
            MentionKind::Held { path, .. } => path.first().cloned(),
            MentionKind::Acts => None,
        });
        let (alias, label) = match labels.remove(id.as_str()) {
            Some((LabelSource::Alias, alias)) => (Some(alias), None),
            label => (None, label.map(|(_, label)| label)),
        };
        ProposedAccount {
            id: (*id).clone(),
            label,
            alias,
            places: places(mentions),
            held_by: (!is_certain).then(|| held_by.collect()),
        }
    });
    let mut proposed: Vec<_> = proposed.collect();
    // An id without a label that nothing acts in would not help anybody to fill in the block.
    proposed.retain(|it| it.held_by.is_none() || it.name().is_some());
    proposed.sort_by_key(|it| {
        let name = it.name().map(str::to_owned);
        (
            it.held_by.is_some(),
            it.label.is_none(),
            name.is_none(),
            name,
        )
    });
    proposed
}

impl Evidence {
    /// The accounts that a provider configuration, a backend or a job acts in.
    fn certain(&self) -> BTreeSet<String> {
        let read = self.names.of_roles();
        let is_certain = |mention: &AccountMention| match &mention.kind {
            MentionKind::Acts => true,
            MentionKind::Held { path, is_role } => {
                let is_read = path.iter().any(|name| read.contains(name.as_str()));
                is_read && (*is_role || path.len() == 1 || names_accounts(path))
            }
        };
        let certain = self
            .accounts
            .iter()
            .filter(|(_, mentions)| mentions.iter().any(is_certain));
        certain.map(|(id, _)| id.clone()).collect()
    }

    /// The accounts that something named after accounts holds, and that no provider configuration,
    /// backend or job reads.
    fn possible(&self) -> BTreeSet<String> {
        let is_one = |mention: &AccountMention| match &mention.kind {
            MentionKind::Acts => false,
            MentionKind::Held { path, is_role } => !is_role && names_own_account(path),
        };
        let found = self.accounts.iter();
        let found = found.filter(|(_, mentions)| mentions.iter().any(is_one));
        found.map(|(id, _)| id.clone()).collect()
    }
}
