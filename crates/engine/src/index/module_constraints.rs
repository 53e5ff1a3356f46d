//! What each directory contributes to the joint upgrade of the provider and of registry modules.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use syntax::text::shown;
use terraform::constraint::{Constraint, Dialect};
use upgrade::joint_bump::{Breaks, Editable, ModuleConstraints, UpgradePolicy};
use upgrade::provider::{InUse, Requirer};
use upgrade::registry::required_provider;

use super::Index;
use super::modules::Modules;
use crate::catalogue::Purpose;
use crate::request::Request;
use crate::unmade_edits::UnmadeEdits;

/// The targets of the upgrade, and what the request allows to change.
pub(crate) fn upgrade_policy(request: &Request) -> UpgradePolicy<'_> {
    policy(request, request.selection.review)
}

/// The same with `--review`, where nothing moves before the code that needs manual work is changed.
pub(crate) fn reviewed_upgrade_policy(request: &Request) -> UpgradePolicy<'_> {
    UpgradePolicy {
        waits_for_manual: true,
        ..policy(request, true)
    }
}

fn policy(request: &Request, review: bool) -> UpgradePolicy<'_> {
    let upgrade = &request.settings.upgrade;
    UpgradePolicy {
        provider: &upgrade.aws_provider,
        bumps_provider: request.carries_out(Purpose::UpgradeProvider),
        upgrades_arguments: request.carries_out(Purpose::RewriteArguments),
        modules: &upgrade.modules,
        bumps_modules: request.carries_out(Purpose::UpgradeModules),
        constrains_modules: request.carries_out(Purpose::BoundModules) && review,
        relocks: request.carries_out(Purpose::Relock),
        review,
        waits_for_manual: false,
    }
}

/// The constraints of each directory, by its number. `breaks` are known of some.
pub(crate) fn module_constraints(
    index: &Index,
    breaks: &HashMap<usize, Breaks>,
    request: &Request,
    unmade: &UnmadeEdits,
) -> Vec<ModuleConstraints> {
    let numbers = (0..index.modules.count()).into_par_iter();
    numbers
        .map(|number| of_directory(number, index, breaks, request, unmade))
        .collect()
}

fn of_directory(
    number: usize,
    index: &Index,
    breaks: &HashMap<usize, Breaks>,
    request: &Request,
    unmade: &UnmadeEdits,
) -> ModuleConstraints {
    let modules = &index.modules;
    let UnmadeEdits {
        disagreements,
        declined,
        left_out,
    } = unmade;
    let directory = modules.path(number);
    let links = &modules.links;
    let id = |purpose| request.catalogue.id_of(purpose);
    let mut constraints = ModuleConstraints {
        requirer: requirer(directory, modules),
        requirements: Vec::new(),
        registry_calls: Vec::new(),
        required_versions: Vec::new(),
        breaks: breaks.get(&number).cloned().unwrap_or_default(),
        is_unread: false,
        lock_obstacle: None,
    };
    for (name, facts) in modules.numbered(number) {
        // A file that is not edited holds its module back, whether it cannot be edited or was not
        // asked for.
        let path = directory.join(name);
        let target = links.target(&path);
        let is_declined = |purpose| declined.has_in(id(purpose), &[&path, target]);
        let declined_as = |purpose| is_declined(purpose).then(|| DECLINED.to_owned());
        let obstacle = |purpose| {
            let disagreement = || Some(disagreements.of(&path, id(purpose))?.why.clone());
            let conflict = || Some(in_conflict(left_out.why(id(purpose), &path)?));
            match request.out_of_scope(target) {
                None => {
                    let obstacle = facts.obstacle.clone().or_else(disagreement);
                    obstacle.or_else(conflict)
                }
                Some(why) => Some(why.to_owned()),
            }
        };
        let of_requirements =
            obstacle(Purpose::UpgradeProvider).or_else(|| declined_as(Purpose::UpgradeProvider));
        let bounds_conflict = || left_out.why(id(Purpose::BoundModules), &path);
        let of_calls =
            obstacle(Purpose::UpgradeModules).or_else(|| bounds_conflict().map(in_conflict));
        let of_call = |call: &upgrade::registry::RegistryCall| {
            let mut moves = [Purpose::UpgradeModules, Purpose::BoundModules].into_iter();
            let is_declined =
                moves.any(|it| declined.has(id(it), &[&path, target], &call.subject()));
            let reason = || is_declined.then(|| DECLINED.to_owned());
            of_calls.clone().or_else(reason)
        };
        let requirements = facts.requirements.iter();
        constraints
            .requirements
            .extend(requirements.map(|written| Editable {
                value: written.clone(),
                obstacle: of_requirements.clone(),
            }));
        let calls = facts.registry_calls.iter();
        constraints
            .registry_calls
            .extend(calls.map(|call| Editable {
                obstacle: of_call(call),
                value: index.resolved(number, call),
            }));
        let versions = facts.required_versions.iter();
        let versions = versions.map(|(written, _)| written.clone());
        constraints.required_versions.extend(versions);
        constraints.is_unread |= facts.is_unread;
        // One that git ignores is in this checkout alone, and the next steps say `init -upgrade`.
        if facts.lock.is_some() && !facts.is_ignored {
            constraints.lock_obstacle =
                obstacle(Purpose::Relock).or_else(|| declined_as(Purpose::Relock));
        }
    }
    let rewriting = id(Purpose::RewriteArguments);
    if let Some((path, found)) = disagreements.in_directory(directory, rewriting) {
        let file = links.target(path).display();
        constraints.breaks.block(format!("{file} {}", found.why));
    }
    if let Some(path) = declined.in_directory(rewriting, directory) {
        constraints
            .breaks
            .block(format!("{} {DECLINED}", path.display()));
    }
    // The tests of a module are in a directory of their own, and what they read changes with it.
    let tests = directory.join("tests");
    let mut own = [directory, &tests].into_iter();
    if let Some(why) = own.find_map(|it| left_out.in_directory(rewriting, it)) {
        let code = shown(directory);
        constraints
            .breaks
            .block(format!("the code in {code} {}", in_conflict(why)));
    }
    constraints
}

/// Why the edits of a file are not made, as a phrase that follows it.
const DECLINED: &str = "has a change that is declined";

/// The same where they conflict with others, for this reason.
fn in_conflict(why: &str) -> String {
    format!("is not changed ({why})")
}

/// A module for each that shares files with others by way of symbolic links, by number, the same for all
/// of these: what is required there is upgraded together.
pub(crate) fn linked_modules(modules: &Modules) -> BTreeMap<usize, Vec<usize>> {
    let mut linked: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for paths in modules.links.shared() {
        let is_upgraded = |path: &&PathBuf| {
            let mut facts = modules.facts_of(path).into_iter();
            facts.any(|it| !it.requirements.is_empty() || !it.registry_calls.is_empty())
        };
        let paths = paths.iter().filter(is_upgraded);
        let numbers = paths.filter_map(|path| modules.number(path.parent()?));
        let numbers: Vec<usize> = numbers.collect();
        // Each with one: as many may share a file as there are modules.
        for number in &numbers {
            linked.entry(*number).or_default().push(numbers[0]);
        }
    }
    linked
}

/// What kind of module requires the provider in a directory.
pub(crate) fn requirer(directory: &Path, modules: &Modules) -> Requirer {
    if modules.is_child(directory) {
        let mut roots = modules.roots(directory);
        // Terraform selects one version that all modules of a tree accept (Terraform docs,
        // "Provider Requirements"): a child module's constraint may stay open if every root module
        // has one.
        let has_requirement = |root: &Path| {
            let mut facts = modules.facts(root);
            root == directory || facts.any(|facts| !facts.requirements.is_empty())
        };
        Requirer::Child {
            is_bounded: roots.all(has_requirement),
        }
    } else if modules.has_roots && !modules.is_own_root(directory) {
        // Beside root modules, a directory without provider configuration, backend and lock file is
        // a module for other repositories.
        Requirer::Library
    } else {
        let number = modules.number(directory);
        Requirer::Root(number.map_or_else(InUse::default, |number| in_use(number, modules)))
    }
}

/// What a root module and all that it calls tell of the provider in use.
fn in_use(root: usize, modules: &Modules) -> InUse {
    let lock = modules.lock(root);
    let mut in_use = InUse {
        locked: lock.and_then(|lock| lock.aws.clone()),
        ..InUse::default()
    };
    let mut together: Option<Constraint> = None;
    for number in modules.graph().tree(root) {
        for facts in modules.numbered(number).values() {
            let written = facts.requirements.iter().flatten().cloned();
            let required = facts.registry_calls.iter().filter_map(required_provider);
            let required = required.map(|provider| provider.to_string());
            let constraints = written.chain(required);
            let constraints =
                constraints.filter_map(|it| Constraint::parse(&it, Dialect::Provider).ok());
            for one in constraints {
                together = Some(match together {
                    Some(all) => all.and(one),
                    None => one,
                });
            }
            in_use.written_for = match (in_use.written_for, facts.written_for.clone()) {
                (Some(known), found) => Some(known.or(found)),
                (None, found) => found,
            };
            let unknown = || facts.unknown_module.clone();
            in_use.unknown_module = in_use.unknown_module.or_else(unknown);
        }
    }
    in_use.requirements = together;
    in_use
}
