//! The accounts and profiles of Terragrunt units.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Repo;
use crate::index::units::of_profile;
use terraform::account::{Account, ModuleNames, is_account_id};
use terraform::backend::BackendPart;
use terraform::terragrunt::parent_file::{ParentLocal, PlainLocal};

/// The profiles of the units of a Terragrunt file, by the file above them that names their account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitProfiles {
    /// The name of the file that each unit reads, such as `account.hcl`.
    pub file: String,
    /// The local that holds the profile: none of that name is in the way.
    pub local: String,
    /// The accounts with their profiles, by file.
    pub files: BTreeMap<PathBuf, AccountProfile>,
}

/// An account and its profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountProfile {
    /// Twelve digits.
    pub id: String,
    /// The label of its `account` block.
    pub profile: String,
    /// Whether the file has the local already, with that profile.
    pub is_set: bool,
}

/// Why the units of a Terragrunt file get no profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitObstacle {
    /// The unit includes a file that is not known, or is not understood.
    UnknownInclude(PathBuf),
    /// No file of that name is above the unit.
    NoFile(PathBuf, String),
    /// The file above the unit does not say the account in plain text.
    NotPlain(PathBuf, PathBuf, String),
    /// No `account` block has the id that the file above the unit says.
    NoAccountBlock(PathBuf, PathBuf, String),
}

impl Repo {
    /// The settings of S3 with which units complete the backend of the module that they deploy: of each unit
    /// those of the nearest file that has any, with that file.
    pub fn states_of_units(&self, module: &Path) -> BTreeMap<PathBuf, &BackendPart> {
        let modules = &self.index.modules;
        let states = self.deploying_units(module).filter_map(|unit| {
            unit.ancestors().find_map(|directory| {
                let files = modules.files(directory).into_iter().flatten();
                let states = files.flat_map(|(name, facts)| {
                    let states = facts.terragrunt.iter().flat_map(|it| &it.states);
                    states.map(move |part| (directory.join(name), part))
                });
                let states: Vec<_> = states.collect();
                (!states.is_empty()).then_some(states)
            })
        });
        states.flatten().collect()
    }

    /// The profiles of the units of a Terragrunt file whose generated provider assumes a role in that
    /// account, or what is in their way; `None` where the account is not read from a file above each
    /// unit, or there are no units.
    pub fn unit_profiles(
        &self,
        file: &Path,
        account: &Account,
    ) -> Option<Result<UnitProfiles, UnitObstacle>> {
        let read = ParentLocal::of_account(account)?;
        let of = self.index.units.of.get(file)?;
        if let Some(unit) = &of.unclear {
            return Some(Err(UnitObstacle::UnknownInclude(unit.clone())));
        }
        if of.units.is_empty() {
            return None;
        }
        let is_arn = matches!(account, Account::Expression(_));
        let mut files = BTreeMap::new();
        for unit in &of.units {
            match self.unit_account(unit, &read, is_arn) {
                Ok((path, account)) => drop(files.insert(path, account)),
                Err(obstacle) => return Some(Err(obstacle)),
            }
        }
        let root = self.index.modules.facts_of(file)?.terragrunt.as_ref()?;
        let local = self.free_local(&read, &root.names, &files);
        for (path, account) in &mut files {
            let names = &self.index.units.parents[path].names;
            account.is_set = names.definition(&local).is_some();
        }
        Some(Ok(UnitProfiles {
            file: read.file,
            local,
            files,
        }))
    }

    fn unit_account(
        &self,
        unit: &Path,
        read: &ParentLocal,
        is_arn: bool,
    ) -> Result<(PathBuf, AccountProfile), UnitObstacle> {
        let at = || unit.parent().unwrap_or(unit).to_path_buf();
        let units = &self.index.units;
        let Some(path) = units.nearest(unit, &read.file) else {
            return Err(UnitObstacle::NoFile(at(), read.file.clone()));
        };
        let parent = &units.parents[path];
        let text = match parent.names.plain_local(&read.path) {
            PlainLocal::Text(text) => Some(text),
            PlainLocal::Computed | PlainLocal::Missing => None,
        };
        let id = text.and_then(|text| match is_arn {
            true => text.split(':').nth(4).map(str::to_owned),
            false => Some(text),
        });
        // What is more than locals is another transform's to edit.
        let is_plain = |_: &String| {
            self.index
                .modules
                .facts_of(path)
                .is_none_or(|it| !it.matters())
        };
        let id = id.filter(|id| is_account_id(id)).filter(is_plain);
        let Some(id) = id else {
            let local = read.path.join(".");
            return Err(UnitObstacle::NotPlain(at(), path.to_path_buf(), local));
        };
        let mut accounts = self.settings().accounts.iter();
        let Some(account) = accounts.find(|account| account.id == id) else {
            return Err(UnitObstacle::NoAccountBlock(at(), path.to_path_buf(), id));
        };
        let profile = AccountProfile {
            id,
            profile: account.label.clone(),
            is_set: false,
        };
        Ok((path.to_path_buf(), profile))
    }

    /// The first of `aws_profile`, `aws_profile_2`, ... that no file has for something else. Where the
    /// files name several accounts, all but the first are told apart by the local that names theirs.
    fn free_local(
        &self,
        account: &ParentLocal,
        root: &ModuleNames,
        files: &BTreeMap<PathBuf, AccountProfile>,
    ) -> String {
        let is_free = |local: &String| {
            let path = std::slice::from_ref(local);
            let own = format!("local.{local}");
            let is_read = || {
                let read = ParentLocal::resolved(&own, root);
                read.is_some_and(|read| read.file == account.file && read.path == path)
            };
            let mut files = files.iter();
            (root.definition(local).is_none() || is_read())
                && files.all(|(file, account)| {
                    match self.index.units.parents[file].names.plain_local(path) {
                        PlainLocal::Missing => true,
                        PlainLocal::Text(text) => text == account.profile,
                        PlainLocal::Computed => false,
                    }
                })
        };
        let mut accounts = self.index.units.accounts.iter();
        let first = accounts.find(|it| it.file == account.file);
        let name = match first.is_none_or(|first| first == account) {
            true => PROFILE.to_owned(),
            false => format!("{PROFILE}_{}", account.path.join("_")),
        };
        let others = (2..).map(|number| format!("{name}_{number}"));
        let mut names = std::iter::once(name.clone()).chain(others);
        names.find(is_free).unwrap_or(name)
    }

    /// The profile of each unit of a Terragrunt file whose provider has that `profile`, by the unit's
    /// file; `None` where it is not read from a file above each unit. A unit's profile is `None` where
    /// that file does not say it in plain text.
    pub fn profiles_by_unit(
        &self,
        file: &Path,
        profile: &str,
    ) -> Option<BTreeMap<PathBuf, Option<String>>> {
        let root = self.index.modules.facts_of(file)?.terragrunt.as_ref()?;
        let read = of_profile(profile, &root.names)?;
        let units = &self.index.units;
        let of = units.of.get(file)?;
        let profiles = of.units.iter().map(|unit| {
            let parent = units.nearest(unit, &read.file);
            let profile = parent.and_then(|parent| self.plain_local(parent, &read.path));
            (unit.clone(), profile)
        });
        Some(profiles.collect())
    }

    /// The text of a local of a file above units, as it is or as the plan makes it.
    pub(crate) fn plain_local(&self, parent: &Path, path: &[String]) -> Option<String> {
        let facts = self.index.modules.facts_of(parent);
        let edited = facts.and_then(|facts| facts.locals.as_deref());
        let read = self.index.units.parents.get(parent);
        match edited.or(read.map(|read| &read.names))?.plain_local(path) {
            PlainLocal::Text(text) => Some(text),
            PlainLocal::Computed | PlainLocal::Missing => None,
        }
    }
}

/// The local that holds a profile.
const PROFILE: &str = "aws_profile";
