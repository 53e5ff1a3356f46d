//! Backends and the settings files that complete them.

use std::path::{Path, PathBuf};

use super::Repo;
use crate::index::named_settings::NamedSettings;
use terraform::backend::{BackendKind, BackendPart};

impl Repo {
    /// The settings of the S3 backend's block or settings file at `path`.
    pub fn backend_part(&self, path: &Path) -> Option<&BackendPart> {
        self.index.modules.facts_of(path)?.backend_part.as_deref()
    }

    /// The settings of every S3 backend block and every settings file in use, by file.
    pub fn backend_parts(&self) -> impl Iterator<Item = (PathBuf, &BackendPart)> {
        let directories = self.directories().collect::<Vec<_>>().into_iter();
        let files = directories.flat_map(|directory| {
            let files = self.index.modules.files(directory).into_iter().flatten();
            files.map(move |(name, facts)| (directory.join(name), facts))
        });
        files.filter_map(|(path, facts)| {
            let is_block = facts.backend.is_some_and(BackendKind::is_s3);
            let is_used = is_block || self.is_backend_file(&path);
            Some((path, facts.backend_part.as_deref().filter(|_| is_used)?))
        })
    }

    /// The files of a directory with a backend block.
    pub fn backend_blocks(&self, directory: &Path) -> Vec<PathBuf> {
        let files = self.index.modules.files(directory).into_iter().flatten();
        let blocks = files.filter(|(_, facts)| facts.backend.is_some());
        blocks.map(|(name, _)| directory.join(name)).collect()
    }

    /// The kind of the directory's backend.
    pub fn backend(&self, directory: &Path) -> Option<BackendKind> {
        self.index.modules.backend(directory)
    }

    /// The `*.tfbackend` files with S3 settings that belong to the partial backend of
    /// `directory`: those in it and below it, down to the next backend.
    pub fn backend_files(&self, directory: &Path) -> &[PathBuf] {
        let number = self.number(directory);
        let files = number.and_then(|number| self.decisions.backend_files.get(&number));
        files.map_or(&[], Vec::as_slice)
    }

    /// The other files that commands name by `-backend-config` for the root module of `directory`.
    pub fn named_settings(&self, directory: &Path) -> &[NamedSettings] {
        let named = self.index.named_settings.get(directory);
        named.map_or(&[], Vec::as_slice)
    }

    /// Whether a backend anywhere in the tree has a profile, by itself or from Terragrunt.
    pub fn has_backend_profile(&self) -> bool {
        self.index.modules.has_backend_profile
    }

    /// Whether a Terragrunt file of the tree has S3 settings: Terragrunt completes empty backends
    /// with them.
    pub fn has_remote_state(&self) -> bool {
        self.index.modules.has_remote_state
    }

    /// Whether the file has S3 settings that are in use: not those of an example.
    pub fn is_backend_file(&self, path: &Path) -> bool {
        self.index.modules.is_backend_file(path)
    }

    /// The nearest directory, upwards from a `*.tfbackend` file, that has a backend.
    pub fn backend_owner<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        self.index.modules.backend_owner(path)
    }
}
