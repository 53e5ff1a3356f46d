//! Of a repository: what the upgrade does to its modules, and what holds it back.

use std::path::{Path, PathBuf};

use super::Repo;
use terraform::constraint::Version;
use terraform::file_kind::FileKind;
use terraform::lock::Lock;
use upgrade::arguments::{Breaks, Crossing};
use upgrade::module::RegistryCall;
use upgrade::moves::{Holds, Movable, Mover};
use upgrade::provider::Requirer;
use upgrade::registry::{self, Conflict};
use upgrade::together::Outlook;

impl Repo {
    pub(super) fn mover(&self, number: usize) -> Mover {
        let directory = self.directories.path(number);
        let mut mover = Mover {
            requirer: self.requirer(directory),
            requirements: Vec::new(),
            registry_calls: Vec::new(),
            required_versions: Vec::new(),
            breaks: self.breaks.get(&number).cloned().unwrap_or_default(),
            is_unread: false,
        };
        for (name, facts) in &self.files[number] {
            let obstacle = match self.selection.contains(&directory.join(name)) {
                true => facts.obstacle.clone(),
                false => Some("is not among the paths named".to_owned()),
            };
            let requirements = facts.requirements.iter();
            mover
                .requirements
                .extend(requirements.map(|written| Movable {
                    what: written.clone(),
                    obstacle: obstacle.clone(),
                }));
            let calls = facts.registry_calls.iter();
            mover.registry_calls.extend(calls.map(|call| Movable {
                what: call.clone(),
                obstacle: obstacle.clone(),
            }));
            let versions = facts.required_versions.iter().cloned();
            mover.required_versions.extend(versions);
            mover.is_unread |= facts.is_unread;
        }
        mover
    }

    /// Which majors of the provider the directory passes with the upgrade, as part of its roots.
    pub fn crossing(&self, directory: &Path) -> Option<Crossing> {
        let number = self.directories.number(directory)?;
        self.decided.crossings.get(&number).copied()
    }

    /// The directories that pass majors or are at the target.
    pub fn crossing_directories(&self) -> Vec<PathBuf> {
        let numbers = self.decided.crossings.keys();
        let mut paths: Vec<_> = numbers
            .map(|it| self.directories.path(*it).to_path_buf())
            .collect();
        paths.sort();
        paths
    }

    /// Whether something of the directory stands between it and the configured provider.
    pub fn has_breaks(&self, directory: &Path) -> bool {
        let number = self.directories.number(directory);
        number.is_some_and(|number| self.breaks.contains_key(&number))
    }

    /// Takes what stands between modules and the configured provider, and decides again.
    pub fn learn_breaks(&mut self, breaks: impl IntoIterator<Item = (PathBuf, Breaks)>) {
        let breaks = breaks.into_iter();
        let breaks =
            breaks.filter_map(|(path, breaks)| Some((self.directories.number(&path)?, breaks)));
        self.breaks = breaks.collect();
        if !self.breaks.is_empty() {
            self.decide();
        }
    }

    /// The version of the AWS provider that the directory's lock file holds.
    pub fn locked(&self, directory: &Path) -> Option<&Version> {
        self.lock(directory)?.aws.as_ref()
    }

    /// What the directory's lock file says of the AWS provider.
    pub fn lock(&self, directory: &Path) -> Option<&Lock> {
        self.lock_of(self.directories.number(directory)?)
    }

    pub(super) fn lock_of(&self, number: usize) -> Option<&Lock> {
        let locks = self.files[number]
            .values()
            .filter_map(|facts| facts.lock.as_ref());
        locks.into_iter().find(|lock| lock.has_aws)
    }

    /// The workflows whose `init` fails where the lock file lacks something.
    pub fn readonly_locks(&self) -> Vec<PathBuf> {
        let workflows = self.files(Path::new(".github/workflows"));
        let workflows = workflows.into_iter().flatten();
        let readonly = workflows.filter(|(_, facts)| facts.is_readonly_lock);
        readonly
            .map(|(name, _)| Path::new(".github/workflows").join(name))
            .collect()
    }

    /// Whether configuration of Terraform that could matter is in the directory.
    pub fn has_configuration(&self, directory: &Path) -> bool {
        let mut files = self.files(directory).into_iter().flatten();
        files.any(|(name, _)| FileKind::of(Path::new(name)) == Some(FileKind::Configuration))
    }

    /// Whether the tree calls the directory as a module.
    pub fn is_called(&self, directory: &Path) -> bool {
        let number = self.directories.number(directory);
        number.is_some_and(|number| self.decided.graph.is_called(number))
    }

    /// What the root module in the directory comes to, where registry modules or a lock file are
    /// to be looked at.
    pub fn outlook(&self, directory: &Path) -> Option<&Outlook> {
        let number = self.directories.number(directory)?;
        self.decided.outlooks.get(&number)
    }

    /// Why a call in the directory cannot live with the provider that some root module around it
    /// moves to or has, and whether that is so in all of them.
    pub fn conflict(&self, directory: &Path, call: &RegistryCall) -> Option<(Conflict, bool)> {
        let roots = self.roots(directory);
        let conflicts: Vec<_> = roots
            .map(|root| registry::conflict(call, self.outlook(root)?.planned.as_ref()?))
            .collect();
        let found = conflicts.iter().flatten().next()?.clone();
        let is_everywhere = conflicts.iter().all(|it| it.as_ref() == Some(&found));
        Some((found, is_everywhere))
    }

    /// Why the provider around the directory does not come to what it would.
    pub fn conflict_hold(&self, directory: &Path) -> Option<String> {
        let mut roots = self.roots(directory);
        let comes = |root: &Path| self.outlook(root).is_some_and(|outlook| outlook.comes);
        if roots.all(comes) {
            return None;
        }
        self.holds(directory).provider
    }

    /// Who asks for the provider in this directory.
    pub fn requirer(&self, directory: &Path) -> Requirer {
        if self.is_child(directory) {
            let mut roots = self.roots(directory);
            let has_requirement = |root: &Path| {
                let mut facts = self.facts(root);
                root == directory || facts.any(|facts| !facts.requirements.is_empty())
            };
            Requirer::Child {
                is_bounded: roots.all(has_requirement),
            }
        } else if self.decided.has_roots && !self.is_own_root(directory) {
            Requirer::Library
        } else {
            Requirer::Root {
                locked: self.locked(directory).cloned(),
            }
        }
    }

    /// Why the directory's provider requirements or VPC calls are held back.
    pub fn holds(&self, directory: &Path) -> Holds {
        let number = self.directories.number(directory);
        let holds = number.and_then(|number| self.decided.holds.get(&number));
        holds.cloned().unwrap_or_default()
    }
}
