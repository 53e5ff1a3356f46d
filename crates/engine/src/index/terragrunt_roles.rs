//! The roles that Terragrunt assumes before it runs Terraform (`iam_role`): whoever runs a unit, its providers,
//! its backend and its commands get credentials of that role ("Attributes", Terragrunt docs).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ci::systems::SystemRunner;
use syntax::location::Location;
use terraform::account::Account;
use terraform::file_kind::is_unit;

use super::deployments::Deployments;
use super::modules::Modules;

/// Terragrunt, as the runner of what each file with such a role is part of.
pub(super) fn runners(modules: &Modules, deployments: &Deployments) -> Vec<SystemRunner> {
    let files = modules.all_files();
    let found = files.filter_map(|(path, facts)| {
        let terragrunt = facts.terragrunt.as_ref()?;
        let (role, line) = terragrunt.assumed_role.as_ref()?;
        let account = Account::of(role, &terragrunt.names);
        let directories = directories(&path, modules, deployments);
        let at = Location {
            path,
            line: *line,
            column: 1,
        };
        let id = account.id();
        Some(SystemRunner::of_assumed_role(
            "Terragrunt",
            at,
            directories,
            id,
        ))
    });
    found.collect()
}

/// The directories whose configuration Terragrunt runs with the role of a file: its own, those of the units
/// that may include it and name no role themselves, the modules that any of these deploy, and what files above
/// them generate.
fn directories(file: &Path, modules: &Modules, deployments: &Deployments) -> BTreeSet<PathBuf> {
    let own = file.parent().unwrap_or(Path::new(""));
    let mut found = units(modules, deployments);
    // What is not above units may be included by its path from any of them.
    if is_unit(file) || found.iter().any(|it| it != own && it.starts_with(own)) {
        found.retain(|it| it.starts_with(own));
    }
    found.insert(own.to_path_buf());
    let deployed = found.iter().filter_map(|it| deployments.modules.get(it));
    let deployed: Vec<PathBuf> = deployed.flatten().cloned().collect();
    let above = generating(modules, &found);
    found.extend(deployed);
    found.extend(above);
    found
}

/// The directories of files that generate configuration for one of these units: those above it, and those above no
/// unit, which may be included by their path from any.
fn generating(modules: &Modules, found: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let files = modules.all_files().filter(|(path, facts)| {
        let terragrunt = facts.terragrunt.as_ref();
        let generates = !facts.providers.is_empty();
        !is_unit(path) && terragrunt.is_some_and(|it| generates || !it.states.is_empty())
    });
    let directories = files.filter_map(|(path, _)| Some(path.parent()?.to_path_buf()));
    let is_above = |it: &PathBuf| found.iter().any(|unit| unit.starts_with(it));
    let units: Vec<PathBuf> = modules
        .all_files()
        .filter(|(path, _)| is_unit(path))
        .filter_map(|(path, _)| Some(path.parent()?.to_path_buf()))
        .collect();
    let is_aside = |it: &PathBuf| !units.iter().any(|unit| unit.starts_with(it));
    directories
        .filter(|it| is_above(it) || is_aside(it))
        .collect()
}

/// The directories of all units whose own file names no role.
fn units(modules: &Modules, deployments: &Deployments) -> BTreeSet<PathBuf> {
    let deploying = deployments.modules.keys().chain(&deployments.remote_units);
    let mut found: BTreeSet<PathBuf> = deploying.cloned().collect();
    for (path, facts) in modules.all_files() {
        let (Some(terragrunt), Some(directory)) = (&facts.terragrunt, path.parent()) else {
            continue;
        };
        if terragrunt.assumed_role.is_some() && is_unit(&path) {
            found.remove(directory);
        } else if is_unit(&path) {
            found.insert(directory.to_path_buf());
        }
    }
    found
}
