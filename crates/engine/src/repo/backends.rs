//! Of a repository: its backends and their files of settings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::Repo;
use terraform::backend::{BackendKind, BackendPart};
use terraform::file_kind::is_example;

impl Repo {
    pub(super) fn own_backend_files(&self) -> HashMap<usize, Vec<PathBuf>> {
        let mut by_owner: HashMap<usize, Vec<PathBuf>> = HashMap::new();
        for (number, files) in self.files.iter().enumerate() {
            let settings = files
                .iter()
                .filter(|(_, facts)| facts.is_s3_settings.is_some());
            for (name, _) in settings {
                let path = self.directories.path(number).join(name);
                let owner = self
                    .backend_owner(&path)
                    .filter(|_| self.is_backend_file(&path));
                if let Some(owner) = owner.and_then(|owner| self.directories.number(owner)) {
                    by_owner.entry(owner).or_default().push(path);
                }
            }
        }
        for files in by_owner.values_mut() {
            files.sort();
        }
        by_owner
    }

    /// What the S3 backend's block or settings in the file at `path` says.
    pub fn backend_part(&self, path: &Path) -> Option<&BackendPart> {
        self.facts_of(path)?.backend_part.as_ref()
    }

    /// What every block of an S3 backend and every settings file in use says, by file.
    pub fn backend_parts(&self) -> impl Iterator<Item = (PathBuf, &BackendPart)> {
        let directories = self.directories().collect::<Vec<_>>().into_iter();
        let files = directories.flat_map(|directory| {
            let files = self.files(directory).into_iter().flatten();
            files.map(move |(name, facts)| (directory.join(name), facts))
        });
        files.filter_map(|(path, facts)| {
            let is_block = facts.backend.is_some_and(BackendKind::is_s3);
            let is_used = is_block || self.is_backend_file(&path);
            Some((path, facts.backend_part.as_ref().filter(|_| is_used)?))
        })
    }

    /// The files of a directory in which a backend block stands.
    pub fn backend_blocks(&self, directory: &Path) -> Vec<PathBuf> {
        let files = self.files(directory).into_iter().flatten();
        let blocks = files.filter(|(_, facts)| facts.backend.is_some());
        blocks.map(|(name, _)| directory.join(name)).collect()
    }

    /// The kind of the directory's backend.
    pub fn backend(&self, directory: &Path) -> Option<BackendKind> {
        self.facts(directory).find_map(|facts| facts.backend)
    }

    /// What the files of a directory say of Terraform's own version, as written.
    pub fn required_versions(&self, directory: &Path) -> impl Iterator<Item = &str> {
        let files = self.facts(directory);
        let versions = files.flat_map(|facts| &facts.required_versions);
        versions.map(String::as_str)
    }

    /// The `*.tfbackend` files with S3 settings that belong to the partial backend of
    /// `directory`: those in it and below it, down to the next backend.
    pub fn backend_files(&self, directory: &Path) -> &[PathBuf] {
        let number = self.directories.number(directory);
        let files = number.and_then(|number| self.decided.backend_files.get(&number));
        files.map_or(&[], Vec::as_slice)
    }

    /// Whether a Terragrunt file of the tree has S3 settings, which complete empty backends.
    pub fn has_remote_state(&self) -> bool {
        self.decided.has_remote_state
    }

    /// Whether the file holds S3 settings that are really used: not those of an example.
    pub fn is_backend_file(&self, path: &Path) -> bool {
        let is_s3 = self.facts_of(path).and_then(|facts| facts.is_s3_settings);
        !is_example(path) && is_s3 == Some(true)
    }

    /// The nearest directory, upwards from a `*.tfbackend` file, that has a backend.
    pub fn backend_owner<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let mut directories = path.ancestors().skip(1);
        directories.find(|directory| self.backend(directory).is_some())
    }
}
