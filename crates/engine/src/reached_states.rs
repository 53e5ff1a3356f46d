//! The states that jobs reach by the profiles of their backends, and the roles behind these profiles.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::catalogue::Purpose;
use crate::plan::Plan;
use crate::repo::Repo;
use crate::repo::runners::is_plain;
use crate::role_callers::RoleCallers;
use crate::staying_roles::RoleCaller;
use terraform::file_kind::FileKind;

/// What jobs reach by a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachedState {
    /// The account of the profile.
    pub account: String,
    /// The bucket of the state, where a literal names it; `None` for a provider with that profile, too.
    pub bucket: Option<String>,
    /// Whether a provider has the profile.
    pub is_provider: bool,
    /// The jobs, by their roles.
    pub callers: BTreeSet<RoleCaller>,
}

/// Those of the jobs after a plan. `repo` is the repository before it.
pub(crate) fn reached_states(plan: &Plan, repo: &Repo, who: &RoleCallers<'_>) -> Vec<ReachedState> {
    let mut found = Vec::new();
    let mut add = |profile: Option<&str>,
                   bucket: Option<&String>,
                   is_provider: bool,
                   callers: BTreeSet<RoleCaller>| {
        let account = profile.and_then(|it| repo.settings().account_of(it));
        let mut callers = callers;
        callers.retain(|it| matches!(it, RoleCaller::Job(_)));
        if let (Some(account), false) = (account, callers.is_empty()) {
            found.push(ReachedState {
                account: account.to_owned(),
                bucket: bucket.cloned(),
                is_provider,
                callers,
            });
        }
    };
    let of_state =
        |bucket: Option<&String>| repo.settings().profile_of_state(bucket.map(String::as_str));
    let modules = &repo.index().modules;
    for (path, part) in repo.backend_parts() {
        if part.role.is_some() {
            continue;
        }
        let is_block = FileKind::of(&path) == Some(FileKind::Configuration);
        let owners: Vec<PathBuf> = match is_block {
            true => path.parent().map(Path::to_path_buf).into_iter().collect(),
            false => repo
                .backend_owners(&path)
                .into_iter()
                .map(Path::to_path_buf)
                .collect(),
        };
        for owner in owners {
            let of_block = || modules.facts(&owner).find_map(|facts| facts.bucket());
            let bucket = part.bucket.as_ref().or_else(of_block);
            let profile = part.profile.as_deref().or_else(|| of_state(bucket));
            add(profile, bucket, false, who.callers(&owner));
        }
    }
    for (path, facts) in modules.all_files() {
        let directory = path.parent().unwrap_or(Path::new(""));
        for state in facts.terragrunt.iter().flat_map(|it| &it.states) {
            if state.role.is_none() {
                let profile = state
                    .profile
                    .as_deref()
                    .or_else(|| of_state(state.bucket.as_ref()));
                add(
                    profile,
                    state.bucket.as_ref(),
                    false,
                    who.callers_below(directory),
                );
            }
        }
        let identities = facts.providers.iter().filter_map(|it| it.identity.as_ref());
        for identity in identities.filter(|it| it.setting == "profile" && is_plain(&it.value)) {
            add(Some(&identity.value), None, true, who.callers(directory));
        }
    }
    let remover = repo.catalogue().id_of(Purpose::RemoveRoles);
    for finding in plan.applied().filter(|it| it.transform == remover) {
        let directory = finding.at.path.parent().unwrap_or(Path::new(""));
        for profile in &finding.profiles {
            add(Some(profile), None, true, who.callers(directory));
        }
    }
    found
}
