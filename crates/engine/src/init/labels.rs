//! The labels that are proposed for accounts: what the repository calls them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where a name for an account comes from, the best source first: an AWS profile is exactly what a
/// label is, and a path is only where the id happens to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LabelSource {
    /// An AWS profile beside the id.
    Profile,
    /// A name of the account beside the id.
    Name,
    /// The key of a map of accounts, or the name of a workspace.
    Key,
    /// The name of the variable that holds the id.
    Variable,
    /// The alias of the provider that acts there.
    Alias,
    /// The environment beside the id.
    Environment,
    /// A directory or file.
    Path,
}

/// A name for an account, with its source.
pub(super) type LabelCandidate = (LabelSource, String);

/// The labels of accounts, by id: of each its best name with its source, if no other account has the same name
/// from as good a source. The number is that of the places of an id.
pub(super) fn labels<'c>(
    accounts: impl IntoIterator<Item = (&'c str, usize, Vec<&'c LabelCandidate>)>,
) -> BTreeMap<&'c str, LabelCandidate> {
    let mut wishes: BTreeMap<&str, Vec<(LabelSource, String)>> = BTreeMap::new();
    for (id, places, candidates) in accounts {
        let mut counts: BTreeMap<&LabelCandidate, usize> = BTreeMap::new();
        for candidate in candidates {
            *counts.entry(candidate).or_default() += 1;
        }
        let mut wanted: Vec<_> = counts.into_iter().collect();
        wanted.sort_by_key(|((rank, name), count)| (*rank, usize::MAX - count, name.clone()));
        // An id in the files of several environments, or mostly outside of any, is of none of them.
        let paths = wanted
            .iter()
            .filter(|((rank, _), _)| *rank == LabelSource::Path);
        let is_everywhere = paths.count() > 1;
        wanted.retain(|((rank, _), count)| {
            *rank != LabelSource::Path || !is_everywhere && 2 * count > places
        });
        let wanted = wanted.into_iter().map(|(candidate, _)| candidate.clone());
        wishes.insert(id, wanted.collect());
    }
    let mut labels: BTreeMap<&str, LabelCandidate> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let ranks: BTreeSet<LabelSource> = wishes.values().flatten().map(|(rank, _)| *rank).collect();
    // Source by source, so that an account with a better name takes it before one with a worse.
    for rank in ranks {
        let open: Vec<(&str, String)> = wishes
            .iter()
            .filter(|(id, _)| !labels.contains_key(*id))
            .filter_map(|(id, wanted)| {
                let mut wanted = wanted.iter().filter(|(of, _)| *of == rank);
                let name = wanted.find(|(_, name)| !taken.contains(name))?;
                Some((*id, name.1.clone()))
            })
            .collect();
        let mut shares: HashMap<&str, usize> = HashMap::new();
        for (_, name) in &open {
            *shares.entry(name).or_default() += 1;
        }
        for (id, name) in &open {
            if shares[name.as_str()] == 1 {
                labels.insert(id, (rank, name.clone()));
            }
        }
        taken.extend(open.into_iter().map(|(_, name)| name));
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_accounts_never_get_one_label() {
        let name = |rank, name: &str| (rank, name.to_owned());
        let (alias, path) = (
            name(LabelSource::Alias, "dns"),
            name(LabelSource::Path, "dev"),
        );
        let lone = name(LabelSource::Path, "qa");
        let (other, key) = (
            name(LabelSource::Path, "prod"),
            name(LabelSource::Key, "prod"),
        );
        let made = labels([
            ("1", 1, vec![&alias, &path]),
            ("2", 1, vec![&alias]),
            ("3", 2, vec![&path, &other]),
            ("4", 1, vec![&key, &path]),
            ("5", 1, vec![&other]),
            ("6", 2, vec![&lone]),
        ]);
        let made: Vec<_> = made
            .iter()
            .map(|(id, (source, it))| (*id, *source, it.as_str()))
            .collect();
        assert_eq!(
            made,
            [
                ("1", LabelSource::Path, "dev"),
                ("4", LabelSource::Key, "prod")
            ]
        );
    }
}
