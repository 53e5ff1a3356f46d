//! Modules that use a default provider configuration without a block: it acts by the ambient credentials.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use syntax::location::Location;
use terraform::file_kind::FileKind;
use terraform::module_call::ModuleAddress;
use upgrade::output_uses::calls;

use super::document::document;
use super::modules::Modules;
use crate::error::PlanError;
use crate::source::Source;

/// The first use in each of these modules, by number.
pub(super) fn learn(
    source: &dyn Source,
    modules: &Modules,
) -> Result<HashMap<usize, Location>, PlanError> {
    let asked = modules.without_default_provider();
    let read = read_all(source, modules, &asked)?;
    let users = users(&read);
    let found = asked.into_iter().filter_map(|directory| {
        let of_module = read.get(&directory)?;
        let mut calls = of_module.calls.iter();
        let mut by_call = || calls.find(|(_, called)| called.is_use(&users));
        let own = of_module.own.clone();
        let place = own.or_else(|| by_call().map(|(place, _)| place.clone()))?;
        Some((modules.number(&directory)?, place))
    });
    Ok(found.collect())
}

/// What a module's own files tell.
#[derive(Default)]
struct ModuleUses {
    /// The first resource or data source without a `provider` argument (Terraform docs, "The provider
    /// Meta-Argument").
    own: Option<Location>,
    /// The calls without `providers` ("The providers Meta-Argument in Modules"); empty where `own` decides.
    calls: Vec<(Location, Called)>,
}

/// What a call without `providers` calls.
enum Called {
    /// A module of the tree.
    Local(PathBuf),
    /// Another one, and whether it counts as a use.
    Elsewhere { is_use: bool },
}

impl Called {
    fn is_use(&self, users: &HashSet<&Path>) -> bool {
        match self {
            Self::Local(path) => users.contains(path.as_path()),
            Self::Elsewhere { is_use } => *is_use,
        }
    }
}

/// What is in these modules and in all that they call, each read once.
fn read_all(
    source: &dyn Source,
    modules: &Modules,
    asked: &[PathBuf],
) -> Result<HashMap<PathBuf, ModuleUses>, PlanError> {
    let mut read: HashMap<PathBuf, ModuleUses> = HashMap::new();
    let mut next = asked.to_vec();
    while !next.is_empty() {
        let found = next
            .into_par_iter()
            .map_init(Vec::new, |buffer, directory| {
                let uses = uses_of(source, modules, &directory, buffer)?;
                Ok((directory, uses))
            });
        let found: Vec<_> = found.collect::<Result<_, PlanError>>()?;
        let called = found.iter().flat_map(|(_, uses)| &uses.calls);
        let called = called.filter_map(|(_, called)| match called {
            Called::Local(path) => Some(path.clone()),
            Called::Elsewhere { .. } => None,
        });
        let called: HashSet<PathBuf> = called.collect();
        read.extend(found);
        next = called
            .into_iter()
            .filter(|it| !read.contains_key(it))
            .collect();
    }
    Ok(read)
}

/// The modules that use a default provider, by themselves or by what they call.
fn users(read: &HashMap<PathBuf, ModuleUses>) -> HashSet<&Path> {
    let mut callers: HashMap<&Path, Vec<&Path>> = HashMap::new();
    let mut next = Vec::new();
    for (directory, uses) in read {
        let mut is_user = uses.own.is_some();
        for (_, called) in &uses.calls {
            match called {
                Called::Local(path) => callers.entry(path).or_default().push(directory),
                Called::Elsewhere { is_use } => is_user |= is_use,
            }
        }
        next.extend(is_user.then_some(directory.as_path()));
    }
    let mut users = HashSet::new();
    while let Some(directory) = next.pop() {
        if users.insert(directory) {
            next.extend(callers.get(directory).into_iter().flatten());
        }
    }
    users
}

/// What is in one module.
fn uses_of(
    source: &dyn Source,
    modules: &Modules,
    directory: &Path,
    buffer: &mut Vec<u8>,
) -> Result<ModuleUses, PlanError> {
    let mut uses = ModuleUses::default();
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |error| PlanError::Unreadable(path, error)
    };
    for path in source.files(directory).map_err(unreadable(directory))? {
        if FileKind::of(&path) != Some(FileKind::Configuration) {
            continue;
        }
        source.read(&path, buffer).map_err(unreadable(&path))?;
        let Ok(text) = std::str::from_utf8(buffer) else {
            continue;
        };
        let Ok(document) = document(path, text.to_owned()) else {
            continue;
        };
        let kinds = ["resource", "data"].into_iter();
        let mut blocks = kinds.flat_map(|kind| document.blocks(kind));
        let first = blocks.find(|block| {
            let kind = block.label(0).unwrap_or_default();
            // A policy document is computed locally, without a request to AWS.
            kind.starts_with("aws_")
                && kind != "aws_iam_policy_document"
                && block.attribute("provider").is_none()
        });
        if let Some(block) = first {
            uses.own = Some(block.location());
            uses.calls.clear();
            break;
        }
        let own = calls(&document);
        let own = own.filter(|call| call.block.attribute("providers").is_none());
        uses.calls.extend(own.map(|call| {
            let called = called(call.address(), directory, modules);
            (call.block.location(), called)
        }));
    }
    Ok(uses)
}

fn called(address: ModuleAddress, directory: &Path, modules: &Modules) -> Called {
    let is_use = match address {
        ModuleAddress::Local(path) => {
            return Called::Local(modules.links.directory(&path).into_owned());
        }
        ModuleAddress::Registry { module, .. } => module.ends_with("/aws"),
        // What it has is not known: it counts where its caller requires the AWS provider.
        ModuleAddress::Other => {
            let mut facts = modules.facts(directory);
            facts.any(|facts| !facts.requirements.is_empty())
        }
    };
    Called::Elsewhere { is_use }
}
