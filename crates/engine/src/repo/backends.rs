//! Backends and the settings files that complete them.

use std::path::{Path, PathBuf};

use super::Repo;
use crate::backend_keys::BackendKeyChange;
use crate::index::named_settings::{GivenSetting, NamedSettings, UnreadSettings};
use crate::path_cache::PathCache;
use terraform::backend::{BackendKind, BackendPart, ClaimKind};
use terraform::file_kind::FileKind;

/// The bucket, the profile and the claims of settings.
type Decisive = (Option<String>, Option<String>, Vec<ClaimKind>);

/// What decides about the settings files of a root module.
#[derive(PartialEq, Eq)]
struct OwnerDecisions<'r> {
    kind: Option<BackendKind>,
    blocks: Vec<Decisive>,
    files: Vec<Decisive>,
    named: Vec<Result<Decisive, &'r UnreadSettings>>,
    is_given: bool,
}

/// What was found out about settings files of backends: each may complete those of many root modules,
/// and each of these asks about it.
#[derive(Debug, Default, Clone)]
pub(crate) struct SettingsFileCache {
    pub(crate) key_changes: PathCache<BackendKeyChange>,
    are_owners_alike: PathCache<bool>,
    is_profile_elsewhere: PathCache<bool>,
}

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

    /// The settings files that complete the backend of `directory`: those that commands name for it,
    /// and `*.tfbackend` files with S3 settings in it and below it, down to the next backend.
    pub fn backend_files(&self, directory: &Path) -> &[PathBuf] {
        let number = self.number(directory);
        let files = number.and_then(|number| self.decisions.backend_files.get(&number));
        files.map_or(&[], Vec::as_slice)
    }

    /// The files that commands name by `-backend-config` for the root module of `directory` and that
    /// are not edited.
    pub fn named_settings(&self, directory: &Path) -> &[NamedSettings] {
        let named = self.index.named_settings.get(directory);
        named.map_or(&[], Vec::as_slice)
    }

    /// The settings that commands give the backend of `directory` by `-backend-config=NAME=VALUE` and
    /// that decide its identity.
    pub fn given_settings(&self, directory: &Path) -> &[GivenSetting] {
        let given = self.index.given_settings.get(directory);
        given.map_or(&[], Vec::as_slice)
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

    /// What a file is to Terraform: by the command that names it, else by its name.
    pub fn kind_of(&self, path: &Path) -> Option<FileKind> {
        self.index.modules.kind_of(path)
    }

    /// The root modules whose backends a settings file completes: those for which commands name it,
    /// else the nearest directory, upwards from a `*.tfbackend` file, that has a backend.
    pub fn backend_owners<'p>(&'p self, path: &'p Path) -> Vec<&'p Path> {
        self.index.modules.backend_owners(path)
    }

    /// The first of them: decisions are made there where all are alike.
    pub fn backend_owner<'p>(&'p self, path: &'p Path) -> Option<&'p Path> {
        self.backend_owners(path).first().copied()
    }

    /// Whether the backends that a settings file completes differ in nothing that decides
    /// about it.
    pub fn are_owners_alike(&self, path: &Path) -> bool {
        self.settings_files.are_owners_alike.get(path, || {
            let owners = self.backend_owners(path);
            // One is alike, and has as many files as it likes.
            if owners.len() < 2 {
                return true;
            }
            let mut known = owners.iter().map(|owner| self.decides_there(owner));
            let first = known.next();
            known.all(|other| Some(other) == first)
        })
    }

    /// What decides about the settings files of a root module: its block, the other files, and what
    /// commands give it.
    fn decides_there(&self, owner: &Path) -> OwnerDecisions<'_> {
        let decisive = |part: &'_ BackendPart| {
            let kinds = part.claims.iter().map(|(kind, _)| *kind);
            let (bucket, profile) = (part.bucket.clone(), part.profile.clone());
            (bucket, profile, kinds.collect::<Vec<_>>())
        };
        let of_files = |paths: &[PathBuf]| {
            let parts = paths.iter().filter_map(|path| self.backend_part(path));
            parts.map(decisive).collect::<Vec<_>>()
        };
        let named = self.named_settings(owner).iter();
        let named = named.map(|named| named.settings.as_ref().map(decisive));
        let mut files = of_files(self.backend_files(owner));
        files.retain(|(bucket, _, kinds)| bucket.is_some() || !kinds.is_empty());
        OwnerDecisions {
            kind: self.backend(owner),
            blocks: of_files(&self.backend_blocks(owner)),
            files,
            named: named.collect(),
            is_given: !self.given_settings(owner).is_empty(),
        }
    }

    /// Whether a settings file gets no profile because another file of the same command has the bucket or
    /// an identity, or a command gives its backend one.
    pub fn is_profile_elsewhere(&self, path: &Path) -> bool {
        let cache = &self.settings_files.is_profile_elsewhere;
        cache.get(path, || self.has_profile_elsewhere(path))
    }

    fn has_profile_elsewhere(&self, path: &Path) -> bool {
        let has_bucket = self.backend_part(path).is_some_and(|part| part.has_bucket);
        let owners = self.backend_owners(path);
        // Of two files that a command names together, one may be found by its own name alone.
        let modules = &self.index.modules;
        let own = modules.named_file(path).into_iter();
        let others = modules
            .named_files()
            .filter(|(_, it)| it.near.contains(path));
        let mut near = own
            .flat_map(|named| &named.near)
            .chain(others.map(|(other, _)| other));
        let is_of_owner = |other: &PathBuf| {
            let of_other = self.backend_owners(other);
            of_other.iter().any(|owner| owners.contains(owner))
        };
        if near.any(|other| is_of_owner(other) && self.backend_claim(other).is_some()) {
            return true;
        }
        !has_bucket && self.is_bucket_beside(path)
            || owners.iter().any(|owner| self.is_identity_given(owner))
    }

    /// Whether a command gives the backend of `directory` an identity, by a setting or by a file that is
    /// not edited, or names a file that is not known.
    fn is_identity_given(&self, directory: &Path) -> bool {
        let mut named = self.named_settings(directory).iter();
        !self.given_settings(directory).is_empty()
            || named.any(|named| match &named.settings {
                Ok(part) => !part.claims.is_empty() && !self.has_profile_of_state(part, directory),
                Err(_) => true,
            })
    }

    /// Whether the block of a backend gets no profile because what commands name or give decides: a run
    /// of another command would then have none.
    pub fn is_backend_left(&self, directory: &Path) -> bool {
        let is_complete = matches!(
            self.backend(directory),
            Some(BackendKind::S3 | BackendKind::PartialS3 { has_bucket: true })
        );
        let files = self.backend_files(directory).iter();
        let mut named = files.filter(|path| is_complete && self.is_named_file(path));
        let has_other = |path: &PathBuf| {
            let part = self.backend_part(path);
            self.backend_claim(path).is_some()
                && !part.is_some_and(|part| self.has_profile_of_state(part, directory))
        };
        self.is_identity_given(directory) || named.any(has_other)
    }

    /// Whether settings have the profile that the backend of `directory` would get, and nothing else that
    /// decides.
    fn has_profile_of_state(&self, part: &BackendPart, directory: &Path) -> bool {
        let blocks = self.backend_blocks(directory);
        let mut blocks = blocks.iter().filter_map(|path| self.backend_part(path));
        let of_block = blocks.find_map(|block| block.bucket.as_deref());
        let wanted = self
            .settings()
            .profile_of_state(part.bucket.as_deref().or(of_block));
        let is_alone = part
            .claims
            .iter()
            .all(|(kind, _)| *kind == ClaimKind::Profile);
        is_alone && wanted.is_some() && part.profile.as_deref() == wanted
    }

    /// Whether every command that names a settings file names another with an identity, too.
    pub fn is_identity_beside(&self, path: &Path) -> bool {
        let named = self.index.modules.named_file(path);
        named.is_some_and(|named| {
            let mut beside = named.beside.iter();
            beside.any(|other| self.backend_claim(other).is_some())
        })
    }

    /// Whether commands name the file as settings of a backend.
    pub fn is_named_file(&self, path: &Path) -> bool {
        self.index.modules.named_file(path).is_some()
    }

    /// Whether a command names two settings files together.
    pub fn is_near(&self, path: &Path, other: &Path) -> bool {
        let named = self.index.modules.named_file(path);
        named.is_some_and(|named| named.near.contains(other))
    }

    /// Whether every command that names a settings file without a bucket names one with it, too: the
    /// two are one set of settings.
    pub fn is_bucket_beside(&self, path: &Path) -> bool {
        let named = self.index.modules.named_file(path);
        named.is_some_and(|named| {
            let mut beside = named.beside.iter();
            beside.any(|it| self.backend_part(it).is_some_and(|part| part.has_bucket))
        })
    }
}
