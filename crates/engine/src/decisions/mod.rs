//! What has to be the same for several transforms, decided once from the index: the accounts of
//! provider configurations, the files of backends, and the joint upgrade.

pub mod providers;

use std::collections::HashMap;
use std::path::PathBuf;

use rayon::prelude::*;
use upgrade::arguments::Crossing;
use upgrade::moves::{self, Aims, Holds, Mover};
use upgrade::together::Outlook;

use crate::index::scopes::ProviderScope;
use crate::index::{Index, movers};
use crate::request::Request;
use providers::ProviderIdentity;

/// The decisions that need the whole index.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    /// The AWS provider configurations of each scope, by directory and file: default ones first,
    /// then by alias.
    pub providers: HashMap<(PathBuf, Option<PathBuf>), Vec<ProviderIdentity>>,
    /// The `*.tfbackend` files of each directory with a partial backend, by number.
    pub backend_files: HashMap<usize, Vec<PathBuf>>,
    /// Why directories keep their provider requirements or VPC module calls, by number.
    pub holds: HashMap<usize, Holds>,
    /// The majors of the provider that directories cross with the upgrade, by number.
    pub crossings: HashMap<usize, Crossing>,
    /// The outcome of the upgrade for each root module with registry modules or a lock file, by
    /// number.
    pub outlooks: HashMap<usize, Outlook>,
}

impl Decisions {
    /// Decides on an index.
    pub fn new(index: &Index, request: &Request) -> Self {
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
        let aims = movers::aims(request);
        let movers = movers::movers(modules, &index.breaks, request);
        let (directories, graph) = (modules.directories(), modules.graph());
        let holds = moves::decide(&movers, directories, graph, &aims);
        Self {
            providers: providers.collect(),
            backend_files: backend_files(index),
            crossings: moves::crossings(&movers, graph, &aims),
            outlooks: outlooks(index, &movers, &holds, &aims),
            holds,
        }
    }
}

/// The `*.tfbackend` files with S3 settings, by the directory whose backend they complete.
fn backend_files(index: &Index) -> HashMap<usize, Vec<PathBuf>> {
    let modules = &index.modules;
    let mut by_owner: HashMap<usize, Vec<PathBuf>> = HashMap::new();
    for (number, files) in modules.all() {
        let settings = files
            .iter()
            .filter(|(_, facts)| facts.is_s3_settings.is_some());
        for (name, _) in settings {
            let path = modules.path(number).join(name);
            let owner = modules.backend_owner(&path);
            let owner = owner.filter(|_| modules.is_backend_file(&path));
            if let Some(owner) = owner.and_then(|owner| modules.number(owner)) {
                by_owner.entry(owner).or_default().push(path);
            }
        }
    }
    for files in by_owner.values_mut() {
        files.sort();
    }
    by_owner
}

/// The outcome of the upgrade for each root module with registry modules or a lock file.
fn outlooks(
    index: &Index,
    movers: &[Mover],
    holds: &HashMap<usize, Holds>,
    aims: &Aims<'_>,
) -> HashMap<usize, Outlook> {
    let modules = &index.modules;
    let (directories, graph) = (modules.directories(), modules.graph());
    let numbers = (0..modules.count()).into_par_iter();
    let outlooks = numbers.filter_map(|number| {
        let has_lock = modules.lock(number).is_some();
        // A called module has no lock file of its own: its root modules tell.
        if !has_lock && graph.is_called(number) {
            return None;
        }
        // With what holds modules back and without it, to tell what the holds cost.
        let free = moves::tree(number, movers, directories, graph, aims);
        let mut members = free.members.iter();
        if !has_lock && members.all(|(_, mover, _)| mover.registry_calls.is_empty()) {
            return None;
        }
        let mut held = moves::tree(number, movers, directories, graph, aims);
        for (directory, _, held) in &mut held.members {
            let number = modules.number(directory);
            *held = number.and_then(|number| holds.get(&number));
        }
        Some((number, held.outlook(&free)))
    });
    outlooks.collect()
}
