//! What has to be the same for several transforms, decided once from the index: the accounts of
//! provider configurations, the files of backends, and the joint upgrade.

pub mod jobs;
pub mod passed_keys;
pub mod providers;
pub mod role_hold;
mod twin_files;

use std::collections::HashMap;
use std::path::PathBuf;

use rayon::prelude::*;
use upgrade::arguments::MajorUpgrade;
use upgrade::joint_bump::{
    Holds, ModuleConstraints, Resolution, UpgradePolicy, holds, major_upgrades, tree,
};

use crate::index::Index;
use crate::index::module_constraints::{
    linked_modules, module_constraints, reviewed_upgrade_policy, upgrade_policy,
};
use crate::index::scopes::ProviderScope;
use crate::request::Request;
use crate::unmade_edits::UnmadeEdits;
use jobs::JobDecisions;
use providers::ProviderIdentity;

/// The decisions that need the whole index.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    /// The AWS provider configurations of each scope, by directory and file: default ones first,
    /// then by alias.
    pub providers: HashMap<(PathBuf, Option<PathBuf>), Vec<ProviderIdentity>>,
    /// The settings files of each directory with a partial backend, by number.
    pub backend_files: HashMap<usize, Vec<PathBuf>>,
    /// Why directories keep their provider requirements or VPC module calls, by number.
    pub holds: HashMap<usize, Holds>,
    /// Why they keep them even with `--review`, or what needs manual work first, by number.
    pub holds_with_review: HashMap<usize, Holds>,
    /// The majors of the provider that directories cross with the upgrade, by number.
    pub major_upgrades: HashMap<usize, MajorUpgrade>,
    /// The outcome of the upgrade for each root module with registry modules or a lock file, by
    /// number.
    pub resolutions: HashMap<usize, Resolution>,
    /// Where jobs sign in, and which roles stay because of it; decided last, from all others.
    pub jobs: JobDecisions,
}

impl Decisions {
    /// Decides on an index.
    pub(crate) fn new(index: &Index, request: &Request, unmade: &UnmadeEdits) -> Self {
        let modules = &index.modules;
        let scopes = modules.provider_scopes().into_par_iter();
        let providers = scopes.map(|(directory, file)| {
            let scope = match &file {
                None => ProviderScope::Module(&directory),
                Some(file) => ProviderScope::File(file),
            };
            let providers = providers::resolve(scope, index, request);
            ((directory, file), providers)
        });
        let policy = upgrade_policy(request);
        let constraints = module_constraints(index, &index.breaks, request, unmade);
        let (directories, graph) = (modules.directories(), modules.graph());
        let linked = linked_modules(modules);
        let held =
            |policy: &UpgradePolicy<'_>| holds(&constraints, directories, graph, &linked, policy);
        let holds = held(&policy);
        let holds_with_review = match policy.review || holds.is_empty() {
            true => holds.clone(),
            false => held(&reviewed_upgrade_policy(request)),
        };
        Self {
            providers: providers.collect(),
            backend_files: backend_files(index),
            major_upgrades: major_upgrades(&constraints, graph, &policy),
            resolutions: resolutions(index, &constraints, &holds, &policy),
            holds,
            holds_with_review,
            jobs: JobDecisions::default(),
        }
    }
}

/// The files with S3 settings, by the directory whose backend they complete.
fn backend_files(index: &Index) -> HashMap<usize, Vec<PathBuf>> {
    let modules = &index.modules;
    let mut by_owner: HashMap<usize, Vec<PathBuf>> = HashMap::new();
    for (number, files) in modules.all() {
        let settings = files
            .iter()
            .filter(|(_, facts)| facts.is_s3_settings.is_some());
        for (name, _) in settings {
            let path = modules.path(number).join(name);
            if !modules.is_backend_file(&path) {
                continue;
            }
            let owners = modules.backend_owners(&path).into_iter();
            for owner in owners.filter_map(|owner| modules.number(owner)) {
                by_owner.entry(owner).or_default().push(path.clone());
            }
        }
    }
    for files in by_owner.values_mut() {
        files.sort();
    }
    by_owner
}

/// The outcome of the upgrade for each root module with registry modules or a lock file.
fn resolutions(
    index: &Index,
    constraints: &[ModuleConstraints],
    holds: &HashMap<usize, Holds>,
    policy: &UpgradePolicy<'_>,
) -> HashMap<usize, Resolution> {
    let modules = &index.modules;
    let (directories, graph) = (modules.directories(), modules.graph());
    let numbers = (0..modules.count()).into_par_iter();
    let resolutions = numbers.filter_map(|number| {
        let has_lock = modules.lock(number).is_some();
        // A called module has no lock file of its own: its root modules tell.
        if !has_lock && graph.is_called(number) {
            return None;
        }
        // With what holds modules back and without it, to tell what the holds cost.
        let tree = |holds| tree(number, holds, constraints, directories, graph, policy);
        let free = tree(Holds::default());
        let mut members = free.members.iter();
        if !has_lock && members.all(|(_, module)| module.registry_calls.is_empty()) {
            return None;
        }
        // All of a tree has the holds of its root module.
        let held = tree(holds.get(&number).cloned().unwrap_or_default());
        Some((number, held.resolve(&free)))
    });
    resolutions.collect()
}
