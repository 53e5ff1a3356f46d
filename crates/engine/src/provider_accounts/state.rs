//! Root modules whose role would go while their state stays behind: init and plan would then look
//! for state and lock in the account of the role.

use std::path::{Path, PathBuf};

use super::ReviewReason;
use super::decider::Decider;
use crate::backend_keys::BackendKeyChange;
use crate::catalogue::Purpose;
use crate::index::facts::Facts;
use crate::index::scopes::ProviderScope;
use crate::other_runners;
use crate::repo::Repo;
use terraform::account::Account;
use terraform::backend::BackendKind;
use terraform::file_kind::FileKind;

impl Decider<'_> {
    /// Why the removal of the default provider configuration's role needs review for the state's sake;
    /// `None` where the state does not lie in S3, its backend has or gets an identity of its own, or
    /// it is in the account of the role.
    pub(super) fn state_review(&self, account: &Account) -> Option<ReviewReason> {
        let holder = self.holder.and_then(|holder| holder.id);
        if account.id().is_some() && account.id() == holder {
            return None;
        }
        match self.scope {
            ProviderScope::Module(directory) => self.repo.state_that_stays(directory),
            // Tests keep their state in memory (Terraform docs, "Tests").
            ProviderScope::File(file) if FileKind::of(file) == Some(FileKind::Test) => None,
            ProviderScope::File(file) => {
                let stays = self.repo.has_remote_state() && !self.repo.has_backend_profile();
                let facts = self.repo.index().modules.facts_of(file);
                let bucket = facts.and_then(|facts| facts.bucket());
                let reason = self.repo.profile_review(bucket.map(String::as_str));
                let waits = || self.repo.remote_state_waits();
                reason.filter(|_| stays).or_else(waits)
            }
        }
    }
}

impl Repo {
    /// Why the S3 backend of a directory does not get the profile of the state's account, be it by
    /// its block or by a settings file; `None` where it does, or acts by an identity of its own.
    fn state_that_stays(&self, directory: &Path) -> Option<ReviewReason> {
        let kind = self.backend(directory).filter(|kind| kind.is_s3())?;
        let blocks = self.backend_blocks(directory);
        let files = self.backend_files(directory);
        let has_identity = |path: &PathBuf| {
            let keeps_keys = matches!(self.backend_key_change(path), BackendKeyChange::Keep(_));
            keeps_keys || self.backend_claim(path).is_some()
        };
        // A file that a command names counts for runs of that command alone.
        let mut by_name = files.iter().filter(|path| !self.is_named_file(path));
        if blocks.iter().any(has_identity) || by_name.any(has_identity) {
            return None;
        }
        if self.is_backend_left(directory) {
            return Some(ReviewReason::BackendWaits);
        }
        // The files name the bucket where the block does not.
        let is_completed = kind == BackendKind::PartialS3 { has_bucket: false };
        if is_completed && files.is_empty() && self.has_remote_state() {
            // Terragrunt completes it, with the profile that its `remote_state` has or gets.
            let unknown = self.settings().profile_of_state(None).is_none();
            let stays = unknown && self.settings().state_buckets.is_empty()
                || !self.carries_out(Purpose::AddBackendProfile);
            return (stays && !self.has_backend_profile()).then_some(ReviewReason::Backend);
        }
        let parts = match is_completed && !files.is_empty() {
            true => files,
            false => &blocks,
        };
        let acts_itself = |path: &PathBuf| has_identity(path) || self.is_identity_beside(path);
        let mut parts = parts.iter().filter(|path| !acts_itself(path));
        parts.find_map(|path| {
            let part = self.backend_part(path)?;
            let bucket = part.bucket.as_deref();
            let id = self.catalogue().id_of(Purpose::AddBackendProfile);
            // The profile waits itself where a runner may lack it.
            let waits = !self.is_backend_editable(path, id)
                || part.has_bucket && self.is_profile_elsewhere(path)
                || other_runners::hold_profile(directory, self)
                || self.is_run_by_staying(directory);
            let waits = waits.then_some(ReviewReason::BackendWaits);
            self.profile_review(bucket).or(waits)
        })
    }

    /// Why the S3 settings of a Terragrunt file do not get the profile of the state's account unasked; `None` where all do,
    /// or act by an identity of their own.
    fn remote_state_waits(&self) -> Option<ReviewReason> {
        let id = self.catalogue().id_of(Purpose::AddBackendProfile);
        let modules = &self.index().modules;
        let is_state = |facts: &Facts| {
            let terragrunt = facts.terragrunt.as_ref();
            terragrunt.is_some_and(|it| it.has_s3_state && !it.has_profile)
        };
        let waits = modules.all().any(|(number, files)| {
            let directory = modules.path(number);
            let states = files.iter().filter(|(_, facts)| is_state(facts));
            let mut states = states.map(|(name, _)| directory.join(name));
            states.any(|path| {
                let stays = || {
                    !self.is_backend_editable(&path, id)
                        || other_runners::hold_profile(directory, self)
                        || self.is_run_by_staying(directory)
                };
                self.backend_claim(&path).is_none() && stays()
            })
        });
        waits.then_some(ReviewReason::BackendWaits)
    }

    /// Why a backend with this bucket does not get a profile unasked.
    fn profile_review(&self, bucket: Option<&str>) -> Option<ReviewReason> {
        match self.settings().profile_of_state(bucket) {
            None => Some(ReviewReason::Backend),
            Some(_) if !self.carries_out(Purpose::AddBackendProfile) => {
                Some(ReviewReason::BackendOff)
            }
            Some(_) if self.settings().is_profile_certain(bucket) => None,
            Some(_) => Some(ReviewReason::BackendWaits),
        }
    }
}
