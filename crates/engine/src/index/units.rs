//! The Terragrunt units of files that read the account of a provider from a file above each unit, such
//! as `account.hcl`. Read only where a provider depends on one.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::document::document;
use super::facts::Facts;
use super::modules::Modules;
use crate::error::PlanError;
use crate::source::Source;
use terraform::account::{Account, ModuleNames};
use terraform::file_kind::is_unit;
use terraform::provider::ProviderFacts;
use terraform::terragrunt::names;
use terraform::terragrunt::parent_file::{IncludedFile, ParentLocal, included_files};

/// The units, by the file that generates their provider, and the files above them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Units {
    /// The units of each file whose generated provider depends on a file above the unit.
    pub of: BTreeMap<PathBuf, UnitsOfFile>,
    /// The files of the names that are read, wherever they are in the tree.
    pub parents: BTreeMap<PathBuf, ParentFile>,
    /// The locals of those files that name accounts of roles: those of default provider configurations
    /// first.
    pub accounts: Vec<ParentLocal>,
}

/// The units that a Terragrunt file is part of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitsOfFile {
    /// Their files.
    pub units: BTreeSet<PathBuf>,
    /// The first unit that may be one, and includes a file that is not known.
    pub unclear: Option<PathBuf>,
}

/// A file that units read locals of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParentFile {
    /// Its text; `None` where it is not understood.
    pub text: Option<String>,
    /// What its locals mean.
    pub names: ModuleNames,
}

impl Units {
    /// The file of that name which `find_in_parent_folders` finds for a unit: the nearest one above the
    /// unit's own directory (Terragrunt docs, "Functions").
    pub fn nearest(&self, unit: &Path, name: &str) -> Option<&Path> {
        let above = unit.ancestors().skip(2);
        let mut files = above.filter_map(|it| self.parents.get_key_value(&it.join(name)));
        files.next().map(|(path, _)| path.as_path())
    }
}

/// Reads the units of all files whose providers depend on a file above the unit.
pub(super) fn learn(source: &dyn Source, modules: &Modules) -> Result<Units, PlanError> {
    let mut units = Units::default();
    let mut wanted = BTreeSet::new();
    let mut accounts = BTreeSet::new();
    for (number, files) in modules.all() {
        for (name, facts) in files {
            let read = files_read(facts);
            if !read.is_empty() {
                let path = modules.path(number).join(name);
                units.of.insert(path, UnitsOfFile::default());
                wanted.extend(read);
                accounts.extend(accounts_read(facts));
            }
        }
    }
    if units.of.is_empty() {
        return Ok(units);
    }
    for (_, local) in accounts {
        if !units.accounts.contains(&local) {
            units.accounts.push(local);
        }
    }
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |error| PlanError::Unreadable(path, error)
    };
    let tree = source.tree().map_err(unreadable(Path::new("")))?;
    let tree: BTreeSet<PathBuf> = tree.into_iter().collect();
    let mut buffer = Vec::new();
    for path in &tree {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let is_parent = wanted.contains(name);
        if !is_parent && !is_unit(path) {
            continue;
        }
        source.read(path, &mut buffer).map_err(unreadable(path))?;
        let text = std::str::from_utf8(&buffer).ok().map(str::to_owned);
        let read = text.and_then(|text| document(path.clone(), text).ok());
        if is_parent {
            let parent = read.as_ref().map(|read| ParentFile {
                text: Some(read.text().to_owned()),
                names: names(read),
            });
            units
                .parents
                .insert(path.clone(), parent.unwrap_or_default());
        }
        if !is_unit(path) {
            continue;
        }
        let included = match &read {
            Some(read) => included_files(read),
            None => vec![IncludedFile::Unknown],
        };
        for (file, of) in &mut units.of {
            for included in &included {
                match includes(path, included, file, &tree) {
                    Some(true) => drop(of.units.insert(path.clone())),
                    Some(false) => {}
                    None => of.unclear = of.unclear.take().or_else(|| Some(path.clone())),
                }
            }
        }
    }
    // A unit that generates its own provider; a file that units include is none itself.
    for (file, of) in &mut units.of {
        if of.units.is_empty() && is_unit(file) {
            of.units.insert(file.clone());
        }
    }
    Ok(units)
}

/// Whether an `include` of a unit is that of a file; `None` where it is not known.
fn includes(
    unit: &Path,
    included: &IncludedFile,
    file: &Path,
    tree: &BTreeSet<PathBuf>,
) -> Option<bool> {
    match included {
        IncludedFile::Nearest(name) => {
            let mut above = unit.ancestors().skip(2).map(|above| above.join(name));
            Some(above.find(|it| tree.contains(it)).as_deref() == Some(file))
        }
        IncludedFile::Named(name) => Some(file.file_name() == Some(OsStr::new(name))),
        IncludedFile::Unknown => None,
    }
}

/// The names of the files that the accounts of a Terragrunt file's providers are read from.
fn files_read(facts: &Facts) -> BTreeSet<String> {
    let Some(terragrunt) = &facts.terragrunt else {
        return BTreeSet::new();
    };
    let providers = facts.providers.iter();
    let read = providers.filter_map(|provider| parent_local(provider, &terragrunt.names));
    // Terragrunt itself assumes a role for each unit, too.
    let role = terragrunt.iam_role.as_ref();
    let role = role.map(|(role, _)| Account::of(role, &terragrunt.names));
    let own = role.and_then(|account| ParentLocal::of_account(&account));
    read.chain(own).map(|read| read.file).collect()
}

/// The locals that the accounts of roles are read from, those of default provider configurations first.
fn accounts_read(facts: &Facts) -> BTreeSet<(bool, ParentLocal)> {
    let Some(terragrunt) = &facts.terragrunt else {
        return BTreeSet::new();
    };
    let providers = facts.providers.iter();
    let read = providers.filter_map(|provider| {
        let local = of_role(provider, &terragrunt.names)?;
        Some((provider.alias.is_some(), local))
    });
    read.collect()
}

fn of_role(provider: &ProviderFacts, names: &ModuleNames) -> Option<ParentLocal> {
    ParentLocal::of_account(&Account::of(provider.role.as_ref()?, names))
}

/// The local that a provider's account, or its profile, is read from.
fn parent_local(provider: &ProviderFacts, names: &ModuleNames) -> Option<ParentLocal> {
    of_role(provider, names).or_else(|| {
        let profile = provider.identity.as_ref()?;
        let profile = Some(profile).filter(|it| it.setting == "profile")?;
        of_profile(&profile.value, names)
    })
}

/// The local that a `profile` such as `"${local.aws_profile}"` is read from.
pub(crate) fn of_profile(value: &str, names: &ModuleNames) -> Option<ParentLocal> {
    let value = value.trim_matches('"');
    let inner = value.strip_prefix("${")?.strip_suffix('}')?;
    ParentLocal::resolved(inner, names)
}
