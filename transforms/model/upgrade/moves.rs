//! Whether provider and VPC module move, decided once for every part of the tree that has to move
//! as one.
//!
//! Releases of the VPC module before 4.0.0 fail with provider 5, later ones need it: bumping one
//! without the other breaks a working configuration. Modules that share something that changes
//! move together or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::module::RegistryCall;
use super::provider::{self, Requirer};
use super::{Verdict, vpc};
use crate::model::constraint::Version;
use crate::model::settings::VPC;

/// What one module (directory) contributes to the decision.
#[derive(Debug, Clone)]
pub struct Mover {
    /// Whose requirements these are.
    pub requirer: Requirer,
    /// Directories that it calls.
    pub calls: Vec<PathBuf>,
    /// Its requirements of the AWS provider, as written, each with whether its file may be edited.
    pub requirements: Vec<(Option<String>, bool)>,
    /// Its calls of upgraded registry modules, each with whether its file may be edited.
    pub registry_calls: Vec<(RegistryCall, bool)>,
}

/// What the user lets move.
#[derive(Debug, Clone)]
pub struct Aims<'s> {
    /// Configured constraint of the provider.
    pub provider: &'s str,
    /// Whether requirements are rewritten at all.
    pub provider_moves: bool,
    /// Configured release of the VPC module.
    pub vpc: Option<Version>,
    /// Whether module calls are rewritten at all.
    pub modules_move: bool,
    /// Whether changes classed Review are made.
    pub review: bool,
}

/// Why a module's requirements or its VPC calls are held back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holds {
    /// Keeps its provider requirements.
    pub provider: Option<String>,
    /// Keeps its VPC calls.
    pub vpc: Option<String>,
}

/// The holds of every module of the tree that has any.
pub fn decide(modules: &BTreeMap<PathBuf, Mover>, aims: &Aims<'_>) -> BTreeMap<PathBuf, Holds> {
    let mut holds = BTreeMap::new();
    if !modules.values().any(|mover| {
        mover
            .registry_calls
            .iter()
            .any(|(call, _)| call.module == VPC)
    }) {
        return holds;
    }
    for group in groups(modules, aims) {
        let held = hold(modules, &group, aims);
        if held != Holds::default() {
            let members = group.into_iter().map(|dir| (dir, held.clone()));
            holds.extend(members);
        }
    }
    holds
}

/// The directories that a root reaches by calls, itself included.
fn reach<'m>(modules: &'m BTreeMap<PathBuf, Mover>, root: &'m Path) -> BTreeSet<&'m Path> {
    let mut reached = BTreeSet::from([root]);
    let mut next = vec![root];
    while let Some(dir) = next.pop() {
        let calls = modules.get(dir).map_or(&[][..], |mover| &mover.calls);
        next.extend(
            calls
                .iter()
                .map(PathBuf::as_path)
                .filter(|call| reached.insert(call)),
        );
    }
    reached
}

/// Sets of directories that have to agree: the trees of roots that share a changing module.
fn groups(modules: &BTreeMap<PathBuf, Mover>, aims: &Aims<'_>) -> Vec<BTreeSet<PathBuf>> {
    let called: BTreeSet<&Path> = modules
        .values()
        .flat_map(|mover| mover.calls.iter().map(PathBuf::as_path))
        .collect();
    let roots = modules.keys().filter(|dir| !called.contains(dir.as_path()));
    let mut groups: Vec<BTreeSet<&Path>> = Vec::new();
    let mut group_of: BTreeMap<&Path, usize> = BTreeMap::new();
    for root in roots {
        let tree = reach(modules, root);
        let mut changing: Vec<&Path> = tree.iter().copied().collect();
        changing.retain(|dir| changes(modules, dir, aims));
        let joined: BTreeSet<usize> = changing
            .iter()
            .filter_map(|dir| group_of.get(dir).copied())
            .collect();
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
        group_of.extend(changing.into_iter().map(|dir| (dir, group)));
    }
    let owned = |tree: BTreeSet<&Path>| tree.into_iter().map(Path::to_path_buf).collect();
    groups.into_iter().map(owned).collect()
}

fn changes(modules: &BTreeMap<PathBuf, Mover>, dir: &Path, aims: &Aims<'_>) -> bool {
    modules.get(dir).is_some_and(|mover| {
        let requirement = |(written, _): &(Option<String>, bool)| {
            let verdict = provider::verdict(written.as_deref(), &mover.requirer, aims.provider);
            matches!(verdict, Verdict::Change { .. })
        };
        let vpc = |(call, _): &(RegistryCall, bool)| {
            let target = aims.vpc.as_ref().filter(|_| call.module == VPC);
            target.is_some_and(|target| matches!(call.verdict(target), Verdict::Change { .. }))
        };
        mover.requirements.iter().any(requirement) || mover.registry_calls.iter().any(vpc)
    })
}

/// What holds a group back.
fn hold(modules: &BTreeMap<PathBuf, Mover>, group: &BTreeSet<PathBuf>, aims: &Aims<'_>) -> Holds {
    let members = || {
        group
            .iter()
            .filter_map(|dir| Some((dir, modules.get(dir)?)))
    };
    let vpc_calls = || {
        members().flat_map(|(dir, mover)| {
            let vpc = mover
                .registry_calls
                .iter()
                .filter(|(call, _)| call.module == VPC);
            vpc.map(move |(call, editable)| (dir, call, *editable))
        })
    };
    let moves = |call: &RegistryCall, editable: bool| {
        let target = aims.vpc.as_ref().filter(|_| aims.modules_move && editable);
        target.is_some_and(|target| call.verdict(target).is_made(aims.review))
    };
    // The provider moves only if no call is left on a release that fails with it.
    let stuck = vpc_calls().find(|(_, call, editable)| {
        let broken = call.is_vpc()
            && call
                .admitted()
                .is_some_and(|admitted| vpc::breaks_on_provider_5(&admitted));
        broken && !moves(call, *editable)
    });
    let provider = stuck.map(|(dir, call, editable)| {
        let version = call.version.as_deref().unwrap_or("any version");
        let cause = match call.verdict(aims.vpc.as_ref().unwrap_or(&Version::new(5, 16, 0))) {
            _ if !aims.modules_move => "bump_module is switched off".to_owned(),
            _ if !editable => "its file is not to be edited".to_owned(),
            Verdict::Leave(why) => why,
            _ => "moving it needs --review".to_owned(),
        };
        let dir = directory(dir);
        format!(
            "the VPC module `{version}` in {dir} fails with provider 5 and does not move: {cause}"
        )
    });
    // The module moves only if every requirement around it then admits what it needs.
    let target = aims.vpc.clone().unwrap_or(Version::new(5, 16, 0));
    let floor = vpc::provider_floor(&target);
    let short = members().find_map(|(dir, mover)| {
        let mut requirements = mover.requirements.iter();
        let (written, _) = requirements.find(|(written, editable)| {
            let verdict = provider::verdict(written.as_deref(), &mover.requirer, aims.provider);
            let made = aims.provider_moves
                && *editable
                && provider.is_none()
                && verdict.is_made(aims.review);
            let text = match &verdict {
                Verdict::Change { to, .. } if made => Some(to.as_str()),
                _ => written.as_deref(),
            };
            let bounds = text.and_then(provider::bounds);
            bounds.is_some_and(|bounds| bounds.is_below(&floor))
        })?;
        Some((dir, written.clone().unwrap_or_default()))
    });
    let vpc = short.map(|(dir, written)| {
        let dir = directory(dir);
        let cause = match &provider {
            Some(_) => "does not move",
            None if !aims.provider_moves => "does not move: bump_provider is switched off",
            None => "does not admit it",
        };
        format!("VPC module {target} needs provider {floor} or later, and the requirement `{written}` in {dir} {cause}")
    });
    Holds { provider, vpc }
}

/// A directory as a person reads it.
fn directory(dir: &Path) -> String {
    match dir.as_os_str().is_empty() {
        true => "the root directory".to_owned(),
        false => dir.display().to_string(),
    }
}
