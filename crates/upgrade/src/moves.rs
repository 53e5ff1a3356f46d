//! What has to move together, decided once for every part of the tree that has to agree.
//!
//! One requirement that excludes the target fails the init of every root module around it.
//! Releases of the VPC module before 4.0.0 fail with provider 5, later ones need it. So modules
//! that share something that changes move together or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use rayon::prelude::*;

use crate::arguments::{Breaks, Crossing};
use crate::provider::{self, Requirer};
use crate::registry::RegistryCall;
use crate::together::RootTree;
use crate::vpc::VPC;
use crate::{Verdict, vpc};
use syntax::text::shown;
use terraform::constraint::{Bounds, Constraint, Dialect, Version};
use terraform::module_graph::{CallGraph, Directories};

/// The major that everything older is taken for: what leads up to it is not known.
const OLDEST: u64 = 4;

/// What one module (directory) contributes to the decision.
#[derive(Debug)]
pub struct Mover {
    /// Whose requirements these are.
    pub requirer: Requirer,
    /// Its requirements of the AWS provider, as written.
    pub requirements: Vec<Movable<Option<String>>>,
    /// Its calls of upgraded registry modules.
    pub registry_calls: Vec<Movable<RegistryCall>>,
    /// Its constraints on Terraform itself.
    pub required_versions: Vec<String>,
    /// What stands in it between it and the target.
    pub breaks: Breaks,
    /// Whether something in it speaks of providers and is not read.
    pub is_unread: bool,
}

/// Something that could be rewritten.
#[derive(Debug, Clone)]
pub struct Movable<T> {
    /// What it is.
    pub what: T,
    /// Why its file must not be edited, as a phrase that follows the file; `None` where it may.
    pub obstacle: Option<String>,
}

/// What the user lets move.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that have nothing to do with each other"
)]
pub struct Aims<'s> {
    /// Configured constraint of the provider.
    pub provider: &'s str,
    /// Whether requirements are rewritten at all.
    pub provider_moves: bool,
    /// Whether arguments are rewritten at all.
    pub arguments_move: bool,
    /// Configured release of the VPC module.
    pub vpc: Version,
    /// Configured releases of registry modules, by source.
    pub modules: &'s BTreeMap<String, String>,
    /// Whether module calls are rewritten at all.
    pub modules_move: bool,
    /// Whether module calls get the upper bound that they lack.
    pub bounds_are_made: bool,
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

/// The holds of every directory that has any, by number. `movers` has one for each directory.
pub fn decide(
    movers: &[Mover],
    directories: &Directories,
    graph: &CallGraph,
    aims: &Aims<'_>,
) -> HashMap<usize, Holds> {
    let mut holds = HashMap::new();
    for members in groups(movers, graph, aims) {
        let group = ConnectedModules {
            members: members
                .iter()
                .map(|it| (directories.path(*it), &movers[*it]))
                .collect(),
            trees: members
                .iter()
                .filter(|it| !graph.is_called(**it))
                .map(|root| tree(*root, movers, directories, graph, aims))
                .collect(),
            aims,
        };
        let held = group.holds();
        if held != Holds::default() {
            holds.extend(members.into_iter().map(|member| (member, held.clone())));
        }
    }
    holds
}

/// The crossing of every directory that has one, by number: its own, or that of the roots that it is
/// part of, from the lowest major.
pub fn crossings(movers: &[Mover], graph: &CallGraph, aims: &Aims<'_>) -> HashMap<usize, Crossing> {
    let mut crossings: HashMap<usize, Crossing> = HashMap::new();
    for root in (0..movers.len()).filter(|directory| !graph.is_called(*directory)) {
        let tree = graph.tree(root);
        let own = movers[root].crossing(aims);
        let others = || tree.iter().filter_map(|it| movers[*it].crossing(aims));
        let Some(crossing) = own.or_else(|| others().min_by_key(|it| it.from)) else {
            continue;
        };
        for member in tree {
            let known = crossings.entry(member).or_insert(crossing);
            known.from = known.from.min(crossing.from);
        }
    }
    crossings
}

/// The tree of a root module with nothing held back.
pub fn tree<'t>(
    root: usize,
    movers: &'t [Mover],
    directories: &'t Directories,
    graph: &CallGraph,
    aims: &'t Aims<'t>,
) -> RootTree<'t> {
    let numbers = graph.tree(root).into_iter();
    let members = numbers.map(|it| (directories.path(it), &movers[it], None));
    RootTree {
        members: members.collect(),
        aims,
    }
}

/// Sets of directories that have to agree: the trees of roots that share a changing module.
fn groups(movers: &[Mover], graph: &CallGraph, aims: &Aims<'_>) -> Vec<BTreeSet<usize>> {
    let changing: Vec<bool> = movers.par_iter().map(|mover| mover.changes(aims)).collect();
    let mut groups: Vec<BTreeSet<usize>> = Vec::new();
    let mut group_of: HashMap<usize, usize> = HashMap::new();
    for root in (0..movers.len()).filter(|directory| !graph.is_called(*directory)) {
        let tree = graph.tree(root);
        let shared: Vec<usize> = tree.iter().copied().filter(|it| changing[*it]).collect();
        if shared.is_empty() {
            continue;
        }
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

impl Mover {
    /// Whether anything of it would change if all were let.
    fn changes(&self, aims: &Aims<'_>) -> bool {
        let requirement = |requirement: &Movable<Option<String>>| {
            let written = requirement.what.as_deref();
            let verdict = provider::verdict(written, &self.requirer, aims.provider);
            matches!(verdict, Verdict::Change { .. })
        };
        let vpc = |call: &Movable<RegistryCall>| {
            let verdict = call.what.verdict(&aims.vpc);
            call.what.module == VPC && matches!(verdict, Verdict::Change { .. })
        };
        self.requirements.iter().any(requirement)
            || self.registry_calls.iter().any(vpc)
            || self.breaks.is_known
    }

    /// The major that it is on today and the target's, as far as its own requirements tell: from
    /// the lowest that they admit.
    fn crossing(&self, aims: &Aims<'_>) -> Option<Crossing> {
        let to = provider::bounds(aims.provider)?.lower.major;
        let locked = match &self.requirer {
            Requirer::Root { locked } => locked.as_ref().map(|locked| locked.major),
            _ => None,
        };
        let crossings = self.requirements.iter().filter_map(|requirement| {
            let written = requirement.what.as_deref();
            let admitted = written.map_or(Some(Bounds::ALL), provider::bounds)?;
            let major = admitted.lower.major;
            match provider::verdict(written, &self.requirer, aims.provider) {
                Verdict::Change { .. } => Some(locked.unwrap_or(major).clamp(OLDEST, to)),
                Verdict::Keep if major == to => Some(locked.unwrap_or(major).clamp(OLDEST, to)),
                _ => None,
            }
        });
        let from = crossings.min()?;
        Some(Crossing { from, to })
    }

    /// A requirement as it stands once the plan is written.
    pub(super) fn after(
        &self,
        requirement: &Movable<Option<String>>,
        aims: &Aims<'_>,
    ) -> Option<String> {
        let written = requirement.what.as_deref();
        let verdict = provider::verdict(written, &self.requirer, aims.provider);
        let is_free = aims.provider_moves && requirement.obstacle.is_none();
        match verdict {
            Verdict::Change { ref to, .. } if is_free && verdict.is_made(aims.review) => {
                Some(to.clone())
            }
            _ => requirement.what.clone(),
        }
    }
}

/// Modules that have to agree.
struct ConnectedModules<'g> {
    members: Vec<(&'g Path, &'g Mover)>,
    /// Those of its root modules.
    trees: Vec<RootTree<'g>>,
    aims: &'g Aims<'g>,
}

impl ConnectedModules<'_> {
    fn holds(&self) -> Holds {
        let old_terraform = self.old_terraform();
        if let Some(unread) = self.unread() {
            return Holds {
                provider: Some(unread.clone()),
                vpc: Some(unread),
            };
        }
        let provider = self
            .excluded()
            .or_else(|| self.stuck(old_terraform.as_deref()))
            .or_else(|| self.breaking())
            .or_else(|| self.trees.iter().find_map(RootTree::unsatisfied))
            .filter(|_| self.aims.provider_moves);
        let vpc = self.short(provider.is_some()).or(old_terraform);
        Holds { provider, vpc }
    }

    /// A module with requirements that are not known.
    fn unread(&self) -> Option<String> {
        let (dir, _) = self.members.iter().find(|(_, mover)| mover.is_unread)?;
        let dir = shown(dir);
        Some(format!(
            "JSON in {dir} speaks of providers and is not read: move it by hand first"
        ))
    }

    /// A requirement that does not admit the target even then: init would fail.
    fn excluded(&self) -> Option<String> {
        let aim = provider::bounds(self.aims.provider)?;
        let (dir, mover, requirement) = self.requirements().find(|(_, mover, requirement)| {
            let after = mover.after(requirement, self.aims);
            let bounds = after.and_then(|after| provider::bounds(&after));
            bounds.is_some_and(|bounds| !bounds.intersects(&aim))
        })?;
        let written = requirement.what.as_deref();
        let verdict = provider::verdict(written, &mover.requirer, self.aims.provider);
        let cause = match (&requirement.obstacle, verdict) {
            (Some(obstacle), _) => format!(" (the file {obstacle})"),
            (None, Verdict::Change { .. }) => " (moving it needs --review)".to_owned(),
            _ => String::new(),
        };
        let (dir, target) = (shown(dir), self.aims.provider);
        let written = written.unwrap_or_default();
        Some(format!(
            "`{written}` in {dir} stays{cause} and does not admit `{target}`: init would fail"
        ))
    }

    /// A VPC call that fails with provider 5 and does not move.
    fn stuck(&self, old_terraform: Option<&str>) -> Option<String> {
        let (dir, call) = self.vpc_calls().find(|(_, call)| {
            let admitted = call.what.admitted();
            let breaks = admitted.is_some_and(|admitted| vpc::breaks_on_provider_5(&admitted));
            let moves = self.aims.modules_move
                && call.obstacle.is_none()
                && old_terraform.is_none()
                && call.what.verdict(&self.aims.vpc).is_made(self.aims.review);
            call.what.is_vpc() && breaks && !moves
        })?;
        let version = call.what.version.as_deref().unwrap_or("any version");
        let cause = match (call.what.verdict(&self.aims.vpc), &call.obstacle) {
            _ if !self.aims.modules_move => "bump_module is switched off".to_owned(),
            (_, Some(obstacle)) => format!("its file {obstacle}"),
            (Verdict::Leave(why), None) => why,
            _ => old_terraform
                .unwrap_or("moving it needs --review")
                .to_owned(),
        };
        let dir = shown(dir);
        Some(format!(
            "the VPC module `{version}` in {dir} fails with provider 5 and does not move: {cause}"
        ))
    }

    /// Code that has to change with the provider and does not.
    fn breaking(&self) -> Option<String> {
        let mut members = self.members.iter();
        members.find_map(|(_, mover)| mover.breaks.hold(self.aims))
    }

    /// A requirement that does not admit what the VPC module needs.
    fn short(&self, provider_is_held: bool) -> Option<String> {
        self.vpc_calls().next()?;
        let floor = vpc::provider_floor(&self.aims.vpc);
        let (dir, written) = self.requirements().find_map(|(dir, mover, requirement)| {
            let after = match provider_is_held {
                true => requirement.what.clone(),
                false => mover.after(requirement, self.aims),
            };
            let bounds = provider::bounds(&after?)?;
            bounds
                .is_below(&floor)
                .then_some((dir, requirement.what.as_deref().unwrap_or_default()))
        })?;
        let cause = if provider_is_held {
            "does not move"
        } else if self.aims.provider_moves {
            "does not admit it"
        } else {
            "does not move: bump_provider is switched off"
        };
        let (dir, target) = (shown(dir), &self.aims.vpc);
        Some(format!(
            "VPC module {target} needs provider {floor} or later, and the requirement \
             `{written}` in {dir} {cause}"
        ))
    }

    /// A constraint that keeps Terraform below what the VPC module needs.
    fn old_terraform(&self) -> Option<String> {
        self.vpc_calls().next()?;
        let versions = self.members.iter().flat_map(|(dir, mover)| {
            let versions = mover.required_versions.iter();
            versions.map(move |version| (*dir, version))
        });
        let mut old = versions.filter(|(_, version)| {
            let constraint = Constraint::parse(version, Dialect::Module).ok();
            let bounds = constraint.and_then(|constraint| constraint.bounds());
            bounds.is_some_and(|bounds| bounds.is_below(&vpc::TERRAFORM_FLOOR))
        });
        let (dir, version) = old.next()?;
        let (dir, target, floor) = (shown(dir), &self.aims.vpc, vpc::TERRAFORM_FLOOR);
        Some(format!(
            "VPC module {target} needs Terraform {floor} or later, and {dir} has \
             `required_version = \"{version}\"`"
        ))
    }

    fn requirements(&self) -> impl Iterator<Item = (&Path, &Mover, &Movable<Option<String>>)> {
        self.members.iter().flat_map(|(dir, mover)| {
            let requirements = mover.requirements.iter();
            requirements.map(|requirement| (*dir, *mover, requirement))
        })
    }

    fn vpc_calls(&self) -> impl Iterator<Item = (&Path, &Movable<RegistryCall>)> {
        self.members.iter().flat_map(|(dir, mover)| {
            let calls = mover.registry_calls.iter();
            let vpc = calls.filter(|call| call.what.module == VPC);
            vpc.map(|call| (*dir, call))
        })
    }
}
