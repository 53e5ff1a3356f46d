//! Which modules have to be upgraded together, and the decision for each such group.
//!
//! One requirement that excludes the target fails the `terraform init` of every root module around
//! it. Releases of the VPC module before 4.0.0 fail with provider 5, later ones need it. So modules
//! that share something that changes are upgraded together or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use super::connected_modules::ConnectedModules;
use super::module_constraints::{Holds, ModuleConstraints};
use super::policy::UpgradePolicy;
use super::root_tree::RootTree;
use crate::arguments::MajorUpgrade;
use terraform::module_graph::{CallGraph, Directories};

/// The holds of every directory that has any, by number. `modules` has one entry for each directory;
/// `linked` are those that have files of another one, which hold what the upgrade changes: all that share
/// files with each other name the same.
pub fn holds(
    modules: &[ModuleConstraints],
    directories: &Directories,
    graph: &CallGraph,
    linked: &BTreeMap<usize, Vec<usize>>,
    policy: &UpgradePolicy<'_>,
) -> HashMap<usize, Holds> {
    let mut holds = HashMap::new();
    for members in groups(modules, graph, linked, policy) {
        let group = ConnectedModules {
            members: members
                .iter()
                .map(|it| (directories.path(*it), &modules[*it]))
                .collect(),
            trees: members
                .iter()
                .filter(|it| !graph.is_called(**it))
                .map(|root| tree(*root, Holds::default(), modules, directories, graph, policy))
                .collect(),
            policy,
        };
        let held = group.holds();
        if held != Holds::default() {
            holds.extend(members.into_iter().map(|member| (member, held.clone())));
        }
    }
    holds
}

/// The upgrade of every directory that has one, by number: that of the root modules around it, from
/// the lowest of their majors. A root module without requirements takes the provider that its child
/// modules require, and so their upgrade.
pub fn major_upgrades(
    modules: &[ModuleConstraints],
    graph: &CallGraph,
    policy: &UpgradePolicy<'_>,
) -> HashMap<usize, MajorUpgrade> {
    let mut upgrades: HashMap<usize, MajorUpgrade> = HashMap::new();
    let mut beyond: Vec<(usize, u64)> = Vec::new();
    for root in (0..modules.len()).filter(|directory| !graph.is_called(*directory)) {
        let tree = graph.tree(root);
        if let Some(newest) = modules[root].newest_major(policy) {
            beyond.extend(tree.iter().map(|member| (*member, newest)));
        }
        let own = modules[root].major_upgrade(policy);
        let others = || {
            tree.iter()
                .filter_map(|it| modules[*it].major_upgrade(policy))
        };
        let Some(upgrade) = own.or_else(|| others().min_by_key(|it| it.from)) else {
            continue;
        };
        for member in tree {
            let known = upgrades.entry(member).or_insert(upgrade);
            known.from = known.from.min(upgrade.from);
        }
    }
    for (member, newest) in beyond {
        if let Some(known) = upgrades.get_mut(&member) {
            known.newest = known.newest.max(newest);
        }
    }
    upgrades
}

/// The tree of a root module.
pub fn tree<'t>(
    root: usize,
    holds: Holds,
    modules: &'t [ModuleConstraints],
    directories: &'t Directories,
    graph: &CallGraph,
    policy: &'t UpgradePolicy<'t>,
) -> RootTree<'t> {
    let numbers = graph.tree(root).into_iter();
    let members = numbers.map(|it| (directories.path(it), &modules[it]));
    RootTree {
        root: &modules[root],
        members: members.collect(),
        holds,
        policy,
    }
}

/// The sets of directories that are upgraded together: the trees of root modules that share a module
/// which the upgrade changes, or a file of one. Root modules that share only unchanged modules are
/// independent.
fn groups(
    modules: &[ModuleConstraints],
    graph: &CallGraph,
    linked: &BTreeMap<usize, Vec<usize>>,
    policy: &UpgradePolicy<'_>,
) -> Vec<BTreeSet<usize>> {
    let changing: Vec<bool> = modules
        .par_iter()
        .map(|module| module.changes(policy))
        .collect();
    let mut groups: Vec<BTreeSet<usize>> = Vec::new();
    let mut group_of: HashMap<usize, usize> = HashMap::new();
    for root in (0..modules.len()).filter(|directory| !graph.is_called(*directory)) {
        let tree = graph.tree(root);
        let mut shared: Vec<usize> = tree.iter().copied().filter(|it| changing[*it]).collect();
        if shared.is_empty() {
            continue;
        }
        shared.extend(tree.iter().filter_map(|it| linked.get(it)).flatten());
        let joined = shared.iter().filter_map(|it| group_of.get(it).copied());
        let joined: BTreeSet<usize> = joined.collect();
        let group = joined.first().copied().unwrap_or(groups.len());
        if group == groups.len() {
            groups.push(BTreeSet::new());
        }
        groups[group].extend(tree);
        for other in joined.into_iter().skip(1) {
            let theirs = std::mem::take(&mut groups[other]);
            groups[group].extend(theirs);
            for joined in group_of.values_mut().filter(|joined| **joined == other) {
                *joined = group;
            }
        }
        group_of.extend(shared.into_iter().map(|directory| (directory, group)));
    }
    groups
}
