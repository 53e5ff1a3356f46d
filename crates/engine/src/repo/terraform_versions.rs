//! Which releases of Terraform run in a root module.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use terraform::backend::BackendKind;
use terraform::constraint::{Bounds, Constraint, Dialect, Version};

use super::Repo;
use crate::index::terraform_pins::TerraformPin;
use syntax::code::{self, sentence};

/// A `required_version`.
#[derive(Debug)]
pub(super) struct RequiredVersion {
    path: PathBuf,
    line: usize,
    written: String,
    bounds: Bounds,
}

impl Repo {
    /// The Terraform that runs in a directory, where a file of a version manager or `required_version`
    /// pins it below `first`, as words with their place. A constraint that only admits older releases
    /// beside others does not mean that one is used.
    pub fn terraform_before(&self, directory: &Path, first: &Version) -> Option<String> {
        if let Some(pin) = self.terraform_pin(directory)
            && pin.version < *first
        {
            let at = &pin.at;
            return Some(format!(
                "Terraform {} ({}:{})",
                pin.written,
                at.path.display(),
                at.line
            ));
        }
        self.required_before(directory, first)
    }

    /// The same by `required_version` alone: a version manager does not choose for every runner.
    pub fn required_before(&self, directory: &Path, first: &Version) -> Option<String> {
        let required = self.required_versions(directory);
        let mut required = required.iter();
        let required = required.find(|required| required.bounds.is_below(first))?;
        let path = self.file(&required.path).display();
        let (written, line) = (&required.written, required.line);
        Some(sentence!("Terraform `{written}` ({path}:{line})"))
    }

    /// The constraints of a directory's files that have bounds.
    fn required_versions(&self, directory: &Path) -> Arc<[RequiredVersion]> {
        self.required_versions.get(directory, || {
            let files = self.index.modules.files(directory).into_iter().flatten();
            let required = files.flat_map(|(name, facts)| {
                let versions = facts.required_versions.iter();
                versions.filter_map(move |(written, line)| {
                    let constraint = Constraint::parse(written, Dialect::Module).ok();
                    Some(RequiredVersion {
                        path: directory.join(name),
                        line: *line,
                        written: written.clone(),
                        bounds: constraint?.bounds()?,
                    })
                })
            });
            required.collect()
        })
    }

    /// The pin of the nearest directory, upwards.
    fn terraform_pin(&self, directory: &Path) -> Option<&TerraformPin> {
        let mut directories = directory.ancestors();
        directories.find_map(|directory| self.index.terraform_pins.get(directory))
    }

    /// Why Terraform before `first` (as `1.10`) may run in a directory, as a clause that follows
    /// "and"; `None` where no admitted version is older.
    pub fn admits_terraform_before(&self, directory: &Path, first: &Version) -> Option<String> {
        let mut written = Vec::new();
        // All constraints of a module hold together; one that cannot be read admits every version.
        let mut admitted = Some(Bounds::ALL);
        let facts = self.index.modules.facts(directory);
        for (version, _) in facts.flat_map(|facts| &facts.required_versions) {
            let constraint = Constraint::parse(version, Dialect::Module);
            let bounds = constraint.map_or(Some(Bounds::ALL), |constraint| constraint.bounds());
            admitted = admitted.and_then(|all| all.intersection(&bounds?));
            written.push(code::quoted(version));
        }
        if admitted.is_none_or(|bounds| bounds.starts_at_or_above(first)) {
            return None;
        }
        let Version { major, minor, .. } = first;
        Some(match written.is_empty() {
            true => {
                format!("no `required_version` says that Terraform is {major}.{minor} or later")
            }
            false => format!(
                "`required_version` {} admits Terraform before {major}.{minor}",
                written.join(" and ")
            ),
        })
    }

    /// Whether every root module with an S3 backend admits only releases of Terraform that lock a
    /// state in its bucket, and there is one.
    pub fn locks_in_buckets_everywhere(&self) -> bool {
        let modules = &self.index.modules;
        let mut roots = modules.all().map(|(number, _)| modules.path(number));
        let is_s3 = |root: &&Path| modules.backend(root).is_some_and(BackendKind::is_s3);
        let admits = |root: &Path| self.admits_terraform_before(root, &NATIVE_LOCK).is_none();
        modules
            .all()
            .any(|(number, _)| is_s3(&modules.path(number)))
            && roots.all(|root| !is_s3(&root) || admits(root))
    }
}

/// The first Terraform with `use_lockfile`; before, it is an `Unsupported argument` (measured).
pub const NATIVE_LOCK: Version = Version::new(1, 10, 0);
