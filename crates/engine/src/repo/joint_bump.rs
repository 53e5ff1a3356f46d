//! What the upgrade of the provider does to modules, and what holds it back.

use std::path::{Path, PathBuf};

use super::Repo;
use terraform::constraint::Version;
use terraform::file_kind::FileKind;
use terraform::lock::Lock;
use upgrade::arguments::{MajorUpgrade, PassedObjects};
use upgrade::joint_bump::{Holds, Resolution};
use upgrade::registry::{self, Conflict, RegistryCall};

impl Repo {
    /// The majors that the directory goes through with the upgrade, as part of its root modules.
    pub fn major_upgrade(&self, directory: &Path) -> Option<MajorUpgrade> {
        let number = self.number(directory)?;
        self.decisions.major_upgrades.get(&number).copied()
    }

    /// What passes between the directory and the modules around it that the upgrade changes.
    pub fn passed_objects(&self, directory: &Path) -> PassedObjects {
        let number = self.number(directory);
        let passed = number.and_then(|number| self.index.passed_objects.get(&number));
        passed.cloned().unwrap_or_default()
    }

    /// A call in the directory, with what the tree tells of its arguments and outputs.
    pub fn resolved_call(&self, directory: &Path, call: RegistryCall) -> RegistryCall {
        match self.number(directory) {
            Some(number) => self.index.resolved(number, &call),
            None => call,
        }
    }

    /// Whether some output of a call in the directory is read that its bump makes null.
    pub fn reads_nullable_outputs(&self, directory: &Path) -> bool {
        let number = self.number(directory);
        let mut calls = self.index.output_uses.keys();
        number.is_some_and(|number| calls.any(|(of, _)| *of == number))
    }

    /// Whether the directory has code that the configured provider does not accept.
    pub fn has_breaks(&self, directory: &Path) -> bool {
        let number = self.number(directory);
        number.is_some_and(|number| self.index.breaks.contains_key(&number))
    }

    /// The version of the AWS provider in the directory's lock file.
    pub fn locked(&self, directory: &Path) -> Option<&Version> {
        self.lock(directory)?.aws.as_ref()
    }

    /// The AWS provider in the directory's lock file.
    pub fn lock(&self, directory: &Path) -> Option<&Lock> {
        self.index.modules.lock(self.number(directory)?)
    }

    /// The workflows that run `init -lockfile=readonly`, which fails where the lock file is
    /// incomplete.
    pub fn readonly_locks(&self) -> Vec<PathBuf> {
        let workflows = self.index.modules.files(Path::new(".github/workflows"));
        let workflows = workflows.into_iter().flatten();
        let readonly = workflows.filter(|(_, facts)| facts.is_readonly_lock);
        readonly
            .map(|(name, _)| Path::new(".github/workflows").join(name))
            .collect()
    }

    /// Whether the directory has Terraform configuration.
    pub fn has_configuration(&self, directory: &Path) -> bool {
        let mut files = self.index.modules.files(directory).into_iter().flatten();
        files.any(|(name, _)| FileKind::of(Path::new(name)) == Some(FileKind::Configuration))
    }

    /// Whether the tree calls the directory as a module.
    pub fn is_called(&self, directory: &Path) -> bool {
        self.index.modules.is_called(directory)
    }

    /// The constraints of the root module in the directory after the plan is applied; `None` where
    /// it has neither a lock file nor calls of registry modules.
    pub fn resolution(&self, directory: &Path) -> Option<&Resolution> {
        let number = self.number(directory)?;
        self.decisions.resolutions.get(&number)
    }

    /// Why a call in the directory conflicts with the provider version of a root module that it is
    /// part of, and whether it does so in all of them.
    pub fn conflict(&self, directory: &Path, call: &RegistryCall) -> Option<(Conflict, bool)> {
        let roots = self.roots(directory);
        let conflicts: Vec<_> = roots
            .map(|root| registry::conflict(call, self.resolution(root)?.planned.as_ref()?))
            .collect();
        let found = conflicts.iter().flatten().next()?.clone();
        let is_everywhere = conflicts.iter().all(|it| it.as_ref() == Some(&found));
        Some((found, is_everywhere))
    }

    /// Why the provider of the directory's root modules is not upgraded; `None` where it is in all.
    pub fn conflict_hold(&self, directory: &Path) -> Option<String> {
        let mut roots = self.roots(directory);
        let reaches_target =
            |root: &Path| self.resolution(root).is_some_and(|it| it.reaches_target);
        if roots.all(reaches_target) {
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

    /// Why they are held back even with `--review`, or what needs manual work first.
    pub fn holds_with_review(&self, directory: &Path) -> Holds {
        let number = self.number(directory);
        let holds = number.and_then(|number| self.decisions.holds_with_review.get(&number));
        holds.cloned().unwrap_or_default()
    }
}
