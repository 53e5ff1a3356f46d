//! The proof for the units of Terragrunt, each by the file above it: from the text of the role's ARN
//! before, from the text of the profile after.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::decisions::providers::ProviderIdentity;
use crate::repo::Repo;
use terraform::account::is_account_id;
use terraform::terragrunt::parent_file::ParentLocal;

/// The account of each unit of a Terragrunt file by a provider's role; `None` where that does not name
/// it by a local of a file above each unit.
pub(super) fn accounts(
    file: &Path,
    provider: &ProviderIdentity,
    repo: &Repo,
) -> Option<BTreeMap<PathBuf, Option<String>>> {
    let arn = provider.role_arn.as_ref()?.trim_matches('"');
    // `arn:aws:iam::${local.account_id}:role/x`, or the local that is all of it.
    let account = arn
        .split_once("::${")
        .and_then(|(_, it)| it.split_once("}:"));
    let whole = || arn.strip_prefix("${")?.strip_suffix('}');
    let reference = account
        .map(|(account, _)| account)
        .or_else(whole)
        .unwrap_or(arn);
    let root = repo.index().modules.facts_of(file)?.terragrunt.as_ref()?;
    let read = ParentLocal::resolved(reference, &root.names)?;
    let units = &repo.index().units;
    let accounts = units.of.get(file)?.units.iter().map(|unit| {
        let mut above = unit.ancestors().skip(2).map(|it| it.join(&read.file));
        let parent = above.find(|it| units.parents.contains_key(it));
        let text = parent.and_then(|parent| repo.plain_local(&parent, &read.path));
        let id = text.and_then(|text| {
            let mut parts = text.rsplit(':');
            parts.find(|it| is_account_id(it)).map(str::to_owned)
        });
        (unit.clone(), id)
    });
    Some(accounts.collect())
}

/// Whether each unit acts by the profile of the account that it had before.
pub(super) fn are_same(
    before: &BTreeMap<PathBuf, Option<String>>,
    file: &Path,
    profile: &str,
    after: &Repo,
) -> bool {
    let Some(now) = after.profiles_by_unit(file, profile) else {
        return false;
    };
    let is_same = |(unit, account): (&PathBuf, &Option<String>)| {
        let profile = now.get(unit).and_then(Option::as_deref);
        let of_profile = profile.and_then(|profile| after.settings().account_of(profile));
        account.is_some() && of_profile == account.as_deref()
    };
    !before.is_empty() && before.len() == now.len() && before.iter().all(is_same)
}
