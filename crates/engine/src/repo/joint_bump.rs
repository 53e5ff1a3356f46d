//! Of a repository: what the upgrade does to its modules, and what holds it back.

use std::path::{Path, PathBuf};

use super::Repo;
use terraform::constraint::Version;
use terraform::file_kind::FileKind;
use terraform::lock::Lock;
use upgrade::arguments::Crossing;
use upgrade::moves::Holds;
use upgrade::registry::{self, Conflict, RegistryCall};
use upgrade::together::Outlook;

impl Repo {
    /// Which majors of the provider the directory passes with the upgrade, as part of its roots.
    pub fn crossing(&self, directory: &Path) -> Option<Crossing> {
        let number = self.number(directory)?;
        self.decisions.crossings.get(&number).copied()
    }

    /// Whether something of the directory stands between it and the configured provider.
    pub fn has_breaks(&self, directory: &Path) -> bool {
        let number = self.number(directory);
        number.is_some_and(|number| self.index.breaks.contains_key(&number))
    }

    /// The version of the AWS provider that the directory's lock file holds.
    pub fn locked(&self, directory: &Path) -> Option<&Version> {
        self.lock(directory)?.aws.as_ref()
    }

    /// What the directory's lock file says of the AWS provider.
    pub fn lock(&self, directory: &Path) -> Option<&Lock> {
        self.index.modules.lock(self.number(directory)?)
    }

    /// The workflows whose `init` fails where the lock file lacks something.
    pub fn readonly_locks(&self) -> Vec<PathBuf> {
        let workflows = self.index.modules.files(Path::new(".github/workflows"));
        let workflows = workflows.into_iter().flatten();
        let readonly = workflows.filter(|(_, facts)| facts.is_readonly_lock);
        readonly
            .map(|(name, _)| Path::new(".github/workflows").join(name))
            .collect()
    }

    /// Whether configuration of Terraform that could matter is in the directory.
    pub fn has_configuration(&self, directory: &Path) -> bool {
        let mut files = self.index.modules.files(directory).into_iter().flatten();
        files.any(|(name, _)| FileKind::of(Path::new(name)) == Some(FileKind::Configuration))
    }

    /// Whether the tree calls the directory as a module.
    pub fn is_called(&self, directory: &Path) -> bool {
        self.index.modules.is_called(directory)
    }

    /// What the root module in the directory comes to, where registry modules or a lock file are
    /// to be looked at.
    pub fn outlook(&self, directory: &Path) -> Option<&Outlook> {
        let number = self.number(directory)?;
        self.decisions.outlooks.get(&number)
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

    /// Why the directory's provider requirements or VPC calls are held back.
    pub fn holds(&self, directory: &Path) -> Holds {
        let number = self.number(directory);
        let holds = number.and_then(|number| self.decisions.holds.get(&number));
        holds.cloned().unwrap_or_default()
    }
}
