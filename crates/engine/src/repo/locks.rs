//! Lock files that the constraints beside them do not admit.

use std::path::{Path, PathBuf};

use terraform::constraint::{Constraint, Dialect, Version};
use terraform::file_kind::FileKind;

use super::Repo;

/// A lock file with which `terraform init` fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetLock {
    /// The lock file, relative to the root.
    pub path: PathBuf,
    /// The version of the AWS provider in it.
    pub version: Version,
    /// A constraint of the root module, or of a module that it calls, that does not admit it.
    pub constraint: String,
}

impl Repo {
    /// The lock files of root modules with a version that the constraints do not admit.
    pub fn unmet_locks(&self) -> Vec<UnmetLock> {
        let directories = self.directories();
        let unmet = directories.filter_map(|directory| self.unmet_lock(directory));
        unmet.collect()
    }

    fn unmet_lock(&self, directory: &Path) -> Option<UnmetLock> {
        let modules = &self.index.modules;
        let number = modules.number(directory)?;
        let version = self.locked(directory)?;
        // Terraform reads the lock file of the root module alone (Terraform docs, "Dependency Lock
        // File").
        if modules.graph().is_called(number) {
            return None;
        }
        let tree = modules.graph().tree(number).into_iter();
        let mut requirements = tree
            .flat_map(|number| modules.numbered(number).values())
            .flat_map(|facts| facts.requirements.iter().flatten());
        let constraint = requirements.find(|text| {
            let constraint = Constraint::parse(text, Dialect::Provider);
            constraint.is_ok_and(|constraint| !constraint.admits(version))
        })?;
        let mut files = modules.files(directory).into_iter().flatten();
        let (name, _) =
            files.find(|(name, _)| FileKind::of(Path::new(name)) == Some(FileKind::Lock))?;
        Some(UnmetLock {
            path: directory.join(name),
            version: version.clone(),
            constraint: constraint.clone(),
        })
    }
}
