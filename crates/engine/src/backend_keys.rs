//! What becomes of the static keys of S3 backends: decided for a block together with the settings
//! files that complete it, and with the profile that takes the keys' place.

use std::path::{Path, PathBuf};

use crate::catalogue::Purpose;
use crate::repo::Repo;
use diagnostics::finding::Safety;
use terraform::backend::{BackendKind, BackendPart, ClaimKind};
use terraform::file_kind::{FileKind, is_example};

/// What becomes of the static keys of a backend's block or settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendKeys {
    /// It has none, or none that are decided here.
    None,
    /// They are the keys of a service that is not AWS.
    Foreign,
    /// They go, and a profile stands or comes in their place.
    Go(Safety),
    /// They stay.
    Stay(BackendKeysReason),
}

/// Why keys of a backend stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendKeysReason {
    /// A comment says so.
    Kept,
    /// No profile is known that could take their place.
    NoProfile,
    /// The profile would have to be added, and the transform that does does not run.
    NotAdded,
    /// A setting beside them decides, in this file.
    Setting(String, PathBuf),
    /// The profile that stands there already is not the wanted one.
    OtherProfile(PathBuf),
    /// A file that changes too must not be edited.
    Fixed(PathBuf),
}

/// A block or settings file, by its path.
struct BackendFile<'r> {
    path: PathBuf,
    is_block: bool,
    /// Whether it names a bucket beside a block that is complete: whose it is is not known.
    is_apart: bool,
    says: &'r BackendPart,
}

impl BackendFile<'_> {
    /// Its first setting of a kind, as what keeps keys.
    fn first(&self, wanted: ClaimKind) -> Option<BackendKeysReason> {
        let mut claims = self.says.claims.iter();
        let (_, name) = claims.find(|(kind, _)| *kind == wanted)?;
        Some(BackendKeysReason::Setting(name.clone(), self.path.clone()))
    }
}

impl Repo {
    /// What becomes of the static keys of the backend in the file at `path`: a block in a
    /// configuration file, or the settings of a `*.tfbackend` file.
    pub fn backend_keys(&self, path: &Path) -> BackendKeys {
        let Some(part) = self.backend_part(path) else {
            return BackendKeys::None;
        };
        // What weighs more in the same place is told of itself.
        let first = part.claims.first().map(|(kind, _)| *kind);
        if first != Some(ClaimKind::Keys) || !self.carries_out(Purpose::RemoveStaticKeys) {
            return BackendKeys::None;
        }
        let parts = self.parts_decided_with(path);
        match parts.iter().any(|part| part.path == path && !part.is_apart) {
            true => self.fate(&parts),
            false => BackendKeys::None,
        }
    }

    /// The setting of an S3 backend's block or settings file that decides as whom it acts, but for
    /// keys that do not count.
    pub fn backend_claim(&self, path: &Path) -> Option<&str> {
        let keys_count = !matches!(
            self.backend_keys(path),
            BackendKeys::Foreign
                | BackendKeys::Go(_)
                | BackendKeys::Stay(BackendKeysReason::NoProfile)
        );
        let mut claims = self.backend_part(path)?.claims.iter();
        let claim = claims.find(|(kind, _)| keys_count || *kind != ClaimKind::Keys);
        claim.map(|(_, name)| name.as_str())
    }

    /// Whether the backend block of a directory says as whom it acts.
    pub fn has_backend_claim(&self, directory: &Path) -> bool {
        let blocks = self.backend_blocks(directory);
        blocks
            .iter()
            .any(|block| self.backend_claim(block).is_some())
    }

    /// The block and files that are decided together with the part at `path`. A settings file that
    /// gets a profile of its own is decided without the other files.
    fn parts_decided_with(&self, path: &Path) -> Vec<BackendFile<'_>> {
        let is_block = FileKind::of(path) == Some(FileKind::Configuration);
        let owner = match is_block {
            true => path.parent(),
            false => self.backend_owner(path),
        };
        let Some(owner) = owner else {
            return Vec::new();
        };
        let is_partial = match self.backend(owner) {
            Some(BackendKind::S3) => false,
            Some(BackendKind::PartialS3 { .. }) => true,
            _ => return Vec::new(),
        };
        let part = |path: &Path, is_block: bool| {
            let says = self.backend_part(path)?;
            Some(BackendFile {
                path: path.to_path_buf(),
                is_block,
                is_apart: !is_block && !is_partial && says.has_bucket,
                says,
            })
        };
        let blocks = self.backend_blocks(owner);
        let mut parts: Vec<_> = blocks.iter().filter_map(|path| part(path, true)).collect();
        let files = self.backend_files(owner).iter();
        parts.extend(files.filter_map(|path| part(path, false)));
        if is_block {
            return parts;
        }
        if !parts.iter().any(|part| part.path == path) {
            // Keys and nothing else may stand in a file of their own.
            let is_theirs = !self.is_backend_file(path) && !is_example(path);
            parts.extend(part(path, false).filter(|_| is_theirs));
            return parts;
        }
        let mut blocks = parts.iter().filter(|part| part.is_block);
        if !blocks.any(|part| part.says.has_bucket || part.says.has(ClaimKind::Keys)) {
            parts.retain(|part| part.is_block || part.path == path);
        }
        parts
    }

    fn fate(&self, parts: &[BackendFile<'_>]) -> BackendKeys {
        let with = |wanted: ClaimKind| parts.iter().find_map(|part| part.first(wanted));
        if with(ClaimKind::Endpoint).is_some() {
            return BackendKeys::Foreign;
        }
        if parts.iter().any(|part| part.says.has_kept_keys) {
            return BackendKeys::Stay(BackendKeysReason::Kept);
        }
        let mut apart = parts.iter().filter(|part| part.is_apart);
        if let Some(other) = apart.find_map(|part| part.first(ClaimKind::Keys)) {
            return BackendKeys::Stay(other);
        }
        let kinds = [
            ClaimKind::FlatRole,
            ClaimKind::Role,
            ClaimKind::CredentialsFile,
        ];
        if let Some(why) = kinds.into_iter().find_map(with) {
            return BackendKeys::Stay(why);
        }
        match self.profiles(parts) {
            Err(why) => BackendKeys::Stay(why),
            Ok(safety) => {
                let mut keyed = parts.iter().filter(|part| part.says.has(ClaimKind::Keys));
                match keyed.find(|part| !self.is_editable(&part.path)) {
                    Some(part) => BackendKeys::Stay(BackendKeysReason::Fixed(part.path.clone())),
                    None => BackendKeys::Go(safety),
                }
            }
        }
    }

    /// Whether each part that should have the profile has it or gets it, and how safe that is.
    fn profiles(&self, parts: &[BackendFile<'_>]) -> Result<Safety, BackendKeysReason> {
        let mut safety = Safety::Safe;
        for part in self.recipients(parts) {
            let bucket = part.says.bucket.as_deref();
            let wanted = self.settings().profile_of_state(bucket);
            let wanted = wanted.ok_or(BackendKeysReason::NoProfile)?;
            // Blocks and files complete each other.
            let beside = parts
                .iter()
                .filter(|other| other.path == part.path || other.is_block != part.is_block);
            let (with, without): (Vec<_>, Vec<_>) =
                beside.partition(|other| other.says.has(ClaimKind::Profile));
            let mut others = with.iter();
            if let Some(other) = others.find(|other| other.says.profile.as_deref() != Some(wanted))
            {
                return Err(BackendKeysReason::OtherProfile(other.path.clone()));
            }
            let is_own = |other: &&BackendFile<'_>| other.is_block || other.path == part.path;
            if with.iter().any(is_own) {
                continue;
            }
            if let Some(other) = with.first() {
                let is_settings = |other: &&BackendFile<'_>| self.is_backend_file(&other.path);
                match without.iter().any(is_settings) {
                    // Some files have it, others would be left without.
                    true => {
                        return Err(BackendKeysReason::Setting(
                            "profile".to_owned(),
                            other.path.clone(),
                        ));
                    }
                    false => continue,
                }
            }
            if !self.carries_out(Purpose::AddBackendProfile) {
                return Err(BackendKeysReason::NotAdded);
            }
            if !self.is_editable(&part.path) {
                return Err(BackendKeysReason::Fixed(part.path.clone()));
            }
            if !self.settings().is_profile_certain(bucket) {
                safety = Safety::Review;
            }
        }
        Ok(safety)
    }

    /// The parts that should have the profile: the block where it names the bucket or no files
    /// complete it, else the files.
    fn recipients<'p>(
        &self,
        parts: &'p [BackendFile<'p>],
    ) -> impl Iterator<Item = &'p BackendFile<'p>> {
        let is_settings =
            |part: &&BackendFile<'_>| !part.is_block && self.is_backend_file(&part.path);
        let mut blocks = parts.iter().filter(|part| part.is_block);
        let in_block =
            blocks.any(|part| part.says.has_bucket) || !parts.iter().any(|part| is_settings(&part));
        parts.iter().filter(move |part| match in_block {
            true => part.is_block,
            false => is_settings(part),
        })
    }
}
