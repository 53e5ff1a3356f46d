//! How the static keys of S3 backends change: decided for a block together with the settings files
//! that complete it, and with the profile that replaces the keys.

use std::path::{Path, PathBuf};

use crate::catalogue::Purpose;
use crate::repo::Repo;
use diagnostics::finding::Safety;
use syntax::location::Location;
use terraform::backend::{BackendKind, BackendPart, ClaimKind};
use terraform::file_kind::{FileKind, is_example};

/// How the static keys of a backend's block or settings file change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendKeyChange {
    /// It has none, or none that are decided here.
    None,
    /// They are the keys of a service that is not AWS.
    Foreign,
    /// They are removed: a profile is there or is added.
    Remove(Safety),
    /// They are kept.
    Keep(BackendKeepReason),
}

/// Why static keys of a backend are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendKeepReason {
    /// An ignore comment covers them, or their removal is declined.
    Declined,
    /// No profile is known that could replace them.
    UnknownProfile,
    /// The profile would have to be added, and the transform that adds it does not run.
    ProfileNotAdded,
    /// This setting beside them, in this file, decides the identity.
    OtherSetting(String, PathBuf),
    /// This file has a profile that is not the wanted one.
    OtherProfile(PathBuf),
    /// This file would change too, and is not edited, with the reason as a phrase that follows the file.
    NotEdited(PathBuf, String),
    /// A command at this place sets this setting, which overrides those of the files.
    Given(String, Location),
    /// This file completes the backends of several root modules, which are not alike.
    NotAlike(PathBuf),
}

impl BackendKeyChange {
    /// The change of the keys of the file at `path` in two root modules whose backends it completes.
    fn and(self, other: Self, path: &Path) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Remove(_), Self::Remove(_)) => Self::Remove(Safety::Review),
            (Self::Keep(why), _) | (_, Self::Keep(why)) => Self::Keep(why),
            _ => Self::Keep(BackendKeepReason::NotAlike(path.to_path_buf())),
        }
    }
}

/// A block or settings file of a backend.
struct BackendFile<'r> {
    path: PathBuf,
    is_block: bool,
    /// Whether it names a bucket beside a block that is complete: which backend it is for is not
    /// known.
    is_apart: bool,
    settings: &'r BackendPart,
}

impl BackendFile<'_> {
    /// Its first setting of a kind, as the reason to keep keys.
    fn first(&self, wanted: ClaimKind) -> Option<BackendKeepReason> {
        let mut claims = self.settings.claims.iter();
        let (_, name) = claims.find(|(kind, _)| *kind == wanted)?;
        Some(BackendKeepReason::OtherSetting(
            name.clone(),
            self.path.clone(),
        ))
    }
}

impl Repo {
    /// How the static keys of the backend in the file at `path` change: a block in a configuration
    /// file, or the settings of a `*.tfbackend` file.
    pub fn backend_key_change(&self, path: &Path) -> BackendKeyChange {
        let Some(part) = self.backend_part(path) else {
            return BackendKeyChange::None;
        };
        // Settings come in the order of precedence: one before the keys is a finding of its own.
        let first = part.claims.first().map(|(kind, _)| *kind);
        if first != Some(ClaimKind::Keys) || !self.carries_out(Purpose::RemoveStaticKeys) {
            return BackendKeyChange::None;
        }
        let cache = &self.settings_files.key_changes;
        cache.get(path, || self.key_change_of_owners(path))
    }

    fn key_change_of_owners(&self, path: &Path) -> BackendKeyChange {
        let owners = match self.kind_of(path) {
            Some(FileKind::BackendSettings) => self.backend_owners(path),
            _ => path.parent().into_iter().collect(),
        };
        let changes = owners.into_iter().map(|owner| {
            let parts = self.parts_decided_with(path, owner);
            match parts.iter().any(|part| part.path == path && !part.is_apart) {
                true => self.key_change(&parts),
                false => BackendKeyChange::None,
            }
        });
        let together = changes.reduce(|one, other| one.and(other, path));
        together.unwrap_or(BackendKeyChange::None)
    }

    /// The setting that decides the identity of an S3 backend's block or settings file. Keys that
    /// are removed, or that only wait for a profile, do not count.
    pub fn backend_claim(&self, path: &Path) -> Option<&str> {
        let keys_count = !matches!(
            self.backend_key_change(path),
            BackendKeyChange::Foreign
                | BackendKeyChange::Remove(_)
                | BackendKeyChange::Keep(BackendKeepReason::UnknownProfile)
        );
        let mut claims = self.backend_part(path)?.claims.iter();
        let claim = claims.find(|(kind, _)| keys_count || *kind != ClaimKind::Keys);
        claim.map(|(_, name)| name.as_str())
    }

    /// Whether the backend block of a directory has an identity of its own.
    pub fn has_backend_claim(&self, directory: &Path) -> bool {
        let blocks = self.backend_blocks(directory);
        blocks
            .iter()
            .any(|block| self.backend_claim(block).is_some())
    }

    /// The block and files of a root module that are decided together with the part at `path`. A
    /// settings file that gets a profile of its own is decided without the other files.
    fn parts_decided_with(&self, path: &Path, owner: &Path) -> Vec<BackendFile<'_>> {
        let is_block = FileKind::of(path) == Some(FileKind::Configuration);
        let is_partial = match self.backend(owner) {
            Some(BackendKind::S3) => false,
            Some(BackendKind::PartialS3 { .. }) => true,
            _ => return Vec::new(),
        };
        let part = |path: &Path, is_block: bool| {
            let settings = self.backend_part(path)?;
            let is_named = self.index().modules.named_file(path).is_some();
            Some(BackendFile {
                path: path.to_path_buf(),
                is_block,
                is_apart: !is_block && !is_partial && settings.has_bucket && !is_named,
                settings,
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
            // A file may hold the keys alone.
            let is_theirs = !self.is_backend_file(path) && !is_example(path);
            parts.extend(part(path, false).filter(|_| is_theirs));
            return parts;
        }
        let mut blocks = parts.iter().filter(|part| part.is_block);
        // Without a bucket or keys in the block nothing ties the files to each other, but a command that
        // names them together.
        if !blocks.any(|part| part.settings.has_bucket || part.settings.has(ClaimKind::Keys)) {
            parts.retain(|part| {
                part.is_block || part.path == path || self.is_near(path, &part.path)
            });
        }
        parts
    }

    /// The same, for the block and files that are decided together.
    fn key_change(&self, parts: &[BackendFile<'_>]) -> BackendKeyChange {
        let with = |wanted: ClaimKind| parts.iter().find_map(|part| part.first(wanted));
        if with(ClaimKind::Endpoint).is_some() {
            return BackendKeyChange::Foreign;
        }
        if parts.iter().any(|part| part.settings.has_kept_keys) {
            return BackendKeyChange::Keep(BackendKeepReason::Declined);
        }
        let mut apart = parts.iter().filter(|part| part.is_apart);
        if let Some(other) = apart.find_map(|part| part.first(ClaimKind::Keys)) {
            return BackendKeyChange::Keep(other);
        }
        let kinds = [
            ClaimKind::FlatRole,
            ClaimKind::Role,
            ClaimKind::CredentialsFile,
        ];
        if let Some(why) = kinds.into_iter().find_map(with) {
            return BackendKeyChange::Keep(why);
        }
        let owners = parts.iter().filter(|part| part.is_block);
        let mut owners = owners.filter_map(|part| part.path.parent());
        if let Some(why) = owners.find_map(|owner| self.kept_by_named(owner)) {
            return BackendKeyChange::Keep(why);
        }
        match self.profiles(parts) {
            Err(why) => BackendKeyChange::Keep(why),
            Ok(safety) => {
                let mut keyed = parts
                    .iter()
                    .filter(|part| part.settings.has(ClaimKind::Keys));
                let reason =
                    keyed.find_map(|part| self.not_edited(&part.path, Purpose::RemoveStaticKeys));
                reason.map_or(BackendKeyChange::Remove(safety), BackendKeyChange::Keep)
            }
        }
    }

    /// Why what a command gives the backend of a directory keeps its keys: such settings override those
    /// of the block.
    fn kept_by_named(&self, owner: &Path) -> Option<BackendKeepReason> {
        if let Some(given) = self.given_settings(owner).first() {
            let (name, at) = (given.name.clone(), given.at.clone());
            return Some(BackendKeepReason::Given(name, at));
        }
        self.named_settings(owner).iter().find_map(|named| {
            let path = named.path.clone();
            match &named.settings {
                Err(why) => Some(BackendKeepReason::NotEdited(path, why.to_string())),
                Ok(part) => {
                    let (kind, setting) = part.claims.first()?;
                    let bucket = part.bucket.as_deref();
                    let wanted = self.settings().profile_of_state(bucket);
                    let is_wanted =
                        *kind == ClaimKind::Profile && part.profile.as_deref() == wanted;
                    let why = BackendKeepReason::OtherSetting(setting.clone(), path);
                    (!is_wanted).then_some(why)
                }
            }
        })
    }

    /// Whether each part that should have the profile has it or gets it, and how safe that is.
    fn profiles(&self, parts: &[BackendFile<'_>]) -> Result<Safety, BackendKeepReason> {
        let mut safety = Safety::Safe;
        for part in self.recipients(parts) {
            let bucket = part.settings.bucket.as_deref();
            if self.gets_profile(part, parts)? && !self.settings().is_profile_certain(bucket) {
                safety = Safety::Review;
            }
        }
        Ok(safety)
    }

    /// Whether a part that should have the profile gets it; not where it, or what completes it, has
    /// it already.
    fn gets_profile(
        &self,
        part: &BackendFile<'_>,
        parts: &[BackendFile<'_>],
    ) -> Result<bool, BackendKeepReason> {
        let wanted = self
            .settings()
            .profile_of_state(part.settings.bucket.as_deref());
        let wanted = wanted.ok_or(BackendKeepReason::UnknownProfile)?;
        // Settings of a file are merged into those of the block (Terraform docs, "Backend
        // Configuration": Partial Configuration); two files are alternatives, unless a command names both.
        let beside = parts.iter().filter(|other| {
            other.path == part.path
                || other.is_block != part.is_block
                || self.is_near(&part.path, &other.path)
        });
        let (with, without): (Vec<_>, Vec<_>) =
            beside.partition(|other| other.settings.has(ClaimKind::Profile));
        let mut others = with.iter();
        let is_other = |it: &&&BackendFile<'_>| it.settings.profile.as_deref() != Some(wanted);
        if let Some(other) = others.find(is_other) {
            return Err(BackendKeepReason::OtherProfile(other.path.clone()));
        }
        let is_own = |other: &&BackendFile<'_>| other.is_block || other.path == part.path;
        if with.iter().any(is_own) {
            return Ok(false);
        }
        // A block that loses its keys gets the profile beside a file that has it: an init may go without
        // that file.
        let loses_keys = part.is_block && part.settings.has(ClaimKind::Keys);
        if let Some(other) = with.first().filter(|_| !loses_keys) {
            let is_settings = |other: &&BackendFile<'_>| self.is_backend_file(&other.path);
            if without.iter().any(is_settings) {
                // Some files have it: the others would lose their keys and get nothing.
                let profile = "profile".to_owned();
                return Err(BackendKeepReason::OtherSetting(profile, other.path.clone()));
            }
            return Ok(false);
        }
        if !self.carries_out(Purpose::AddBackendProfile) {
            return Err(BackendKeepReason::ProfileNotAdded);
        }
        match self.not_edited(&part.path, Purpose::AddBackendProfile) {
            None => Ok(true),
            Some(why) => Err(why),
        }
    }

    /// Why the transform of that purpose does not edit the backend in the file at `path`; `None` where it
    /// does.
    fn not_edited(&self, path: &Path, purpose: Purpose) -> Option<BackendKeepReason> {
        let id = self.catalogue().id_of(purpose);
        if self.is_backend_editable(path, id) {
            return None;
        }
        let own = path.to_path_buf();
        if !self.are_owners_alike(path) {
            return Some(BackendKeepReason::NotAlike(own));
        }
        let why = if !self.is_in_scope(path) {
            "is not among the paths named".to_owned()
        } else if let Some(obstacle) = self.obstacle(path) {
            obstacle.to_owned()
        } else if self.disagreement(path, id).is_some() {
            "would not get the same edits in each module that has it".to_owned()
        } else {
            format!("declines {id}")
        };
        Some(BackendKeepReason::NotEdited(own, why))
    }

    /// The parts that should have the profile: the block where it names the bucket or no files
    /// complete it, else the files, since each may name a bucket of another account. Of files that are
    /// named together, the one with the bucket.
    fn recipients<'p>(
        &self,
        parts: &'p [BackendFile<'p>],
    ) -> impl Iterator<Item = &'p BackendFile<'p>> {
        let is_settings =
            |part: &&BackendFile<'_>| !part.is_block && self.is_backend_file(&part.path);
        let mut blocks = parts.iter().filter(|part| part.is_block);
        let in_block = blocks.any(|part| part.settings.has_bucket)
            || !parts.iter().any(|part| is_settings(&part));
        parts.iter().filter(move |part| match in_block {
            true => part.is_block,
            // The file beside it has the bucket, and gets the profile.
            false => {
                is_settings(part)
                    && (part.settings.has_bucket || !self.is_bucket_beside(&part.path))
            }
        })
    }
}
