//! What several transforms share and has to be the same for all of them, decided once from the
//! index: the accounts of providers, the files of backends, and what moves together.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use rayon::prelude::*;
use terraform::account::{Account, ModuleNames};
use terraform::provider::Identity;
use upgrade::arguments::MajorUpgrade;
use upgrade::joint_bump::{
    Holds, ModuleConstraints, Resolution, UpgradePolicy, holds, major_upgrades, tree,
};

use crate::index::Index;
use crate::index::module_constraints::{module_constraints, upgrade_policy};
use crate::provider_accounts::{ProviderScope, Standing};
use crate::request::Request;
use crate::transform::Purpose;

/// What is decided from the whole index.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    /// The AWS provider configurations of each scope, by directory and file: default ones first,
    /// then by alias.
    pub providers: HashMap<(PathBuf, Option<PathBuf>), Vec<Standing>>,
    /// The `*.tfbackend` files of each directory with a partial backend, by number.
    pub backend_files: HashMap<usize, Vec<PathBuf>>,
    /// Why directories keep their provider requirements or VPC calls, by number.
    pub holds: HashMap<usize, Holds>,
    /// The majors of the provider that directories pass, by number.
    pub major_upgrades: HashMap<usize, MajorUpgrade>,
    /// What each root module with registry modules or a lock file comes to, by number.
    pub resolutions: HashMap<usize, Resolution>,
}

impl Decisions {
    /// Decides.
    pub fn new(index: &Index, request: &Request) -> Self {
        let modules = &index.modules;
        let scopes = modules.provider_scopes().into_par_iter();
        let providers = scopes.map(|(directory, file)| {
            let scope = match &file {
                None => ProviderScope::Module(&directory),
                Some(file) => ProviderScope::File(file),
            };
            let providers = resolve(scope, index, request);
            ((directory, file), providers)
        });
        let policy = upgrade_policy(request);
        let constraints = module_constraints(modules, &index.breaks, request);
        let (directories, graph) = (modules.directories(), modules.graph());
        let holds = holds(&constraints, directories, graph, &policy);
        Self {
            providers: providers.collect(),
            backend_files: backend_files(index),
            major_upgrades: major_upgrades(&constraints, graph, &policy),
            resolutions: resolutions(index, &constraints, &holds, &policy),
            holds,
        }
    }
}

/// The provider configurations of a scope and the accounts of their roles.
fn resolve(scope: ProviderScope<'_>, index: &Index, request: &Request) -> Vec<Standing> {
    let modules = &index.modules;
    let directory = scope.directory();
    let none = ModuleNames::default();
    let number = modules.number(directory);
    let names = number.and_then(|number| index.names.get(&number));
    let aws = modules.aws_names(directory);
    let mut providers: BTreeMap<(Option<&str>, &str), Standing> = BTreeMap::new();
    for (path, facts) in modules.facts_in(scope) {
        for found in facts.providers.iter().filter(|it| aws.contains(&it.name)) {
            let key = (found.alias.as_deref(), found.name.as_str());
            let standing = providers.entry(key).or_insert_with(|| Standing {
                name: found.name.clone(),
                alias: found.alias.clone(),
                role: None,
                by_workspace: false,
                is_conditional: false,
                identity: None,
                files: Vec::new(),
            });
            if let Some(role) = &found.role {
                let own = facts.terragrunt.as_ref().map(|it| &it.names);
                let names = own.or(names).unwrap_or(&none);
                let account = Account::of(role, names);
                standing.by_workspace = account.is_by_workspace(role, names);
                standing.is_conditional = role.is_conditional();
                standing.role = Some(account);
            }
            let (own, other) = (standing.identity.take(), found.identity.clone());
            let is_key = own.as_ref().is_none_or(Identity::is_key);
            standing.identity = if is_key { other.or(own) } else { own };
            standing.files.push(path.clone());
        }
    }
    if request.carries_out(Purpose::RemoveStaticKeys) {
        // Keys beside a role only assume it, and are removed together with it.
        for standing in providers.values_mut().filter(|it| it.role.is_some()) {
            standing.identity = standing.identity.take().filter(|it| !it.is_key());
        }
    }
    providers.into_values().collect()
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

/// What root modules come to, where registry modules or a lock file are to be looked at.
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
        if !has_lock && graph.is_called(number) {
            return None;
        }
        let free = tree(number, constraints, directories, graph, policy);
        let mut members = free.members.iter();
        if !has_lock && members.all(|(_, module, _)| module.registry_calls.is_empty()) {
            return None;
        }
        let mut held = tree(number, constraints, directories, graph, policy);
        for (directory, _, held) in &mut held.members {
            let number = modules.number(directory);
            *held = number.and_then(|number| holds.get(&number));
        }
        Some((number, held.resolve(&free)))
    });
    resolutions.collect()
}
