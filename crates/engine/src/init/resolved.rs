//! The accounts of roles that are made of names.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::evidence::Evidence;
use super::labels::{LabelCandidate, LabelSource};
use super::mention::MentionKind;
use super::words::label_in;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use syntax::hcl::Document;
use syntax::location::Location;
use terraform::account::{Account, Situation};
use terraform::file_kind::FileKind;
use terraform::provider::configurations;
use terraform::terragrunt::generated::Generated;

/// Adds the accounts that provider configurations act in by names, at the location of the role.
pub(super) fn add_resolved(
    repo: &Repo,
    documents: &[Document],
    names: &[String],
    evidence: &mut Evidence,
) {
    let known = RoleLocations::of(documents, names);
    let mut written = files_of(evidence);
    for (directory, file) in repo.index().modules.provider_scopes() {
        let scope = match &file {
            None => ProviderScope::Module(&directory),
            Some(file) if FileKind::of(file) == Some(FileKind::Test) => continue,
            Some(file) => ProviderScope::File(file),
        };
        for provider in repo.providers(scope) {
            let alias = provider.alias.as_deref().and_then(label_in);
            let alias = alias.map(|alias| (LabelSource::Alias, alias));
            let mut found: Vec<(&str, Option<LabelCandidate>)> = match &provider.role {
                Some(Account::Id(account)) => vec![(&account.id, alias)],
                Some(Account::OneOf(accounts)) => accounts
                    .iter()
                    .map(|(situation, account)| (account.id.as_str(), of_situation(situation)))
                    .collect(),
                _ => continue,
            };
            let at = known.location(provider);
            // An id that is a literal in the role was found when its file was read.
            let is_written = |id: &str| {
                let files = written.get(id);
                files.is_some_and(|files| provider.files.iter().any(|file| files.contains(file)))
            };
            found.retain(|(id, _)| !is_written(id));
            for (id, candidates) in found {
                if let Some(at) = &at {
                    let files = written.entry(id.to_owned()).or_default();
                    files.insert(at.path.clone());
                    evidence.acts_in(id, at.clone(), candidates.into_iter().collect());
                }
            }
        }
    }
}

/// The files in which a provider configuration acts in each account.
fn files_of(evidence: &Evidence) -> HashMap<String, HashSet<PathBuf>> {
    let mut files: HashMap<String, HashSet<PathBuf>> = HashMap::new();
    for (id, mentions) in &evidence.accounts {
        let acting = mentions.iter().filter(|it| it.kind == MentionKind::Acts);
        let paths = acting.map(|it| it.at.path.clone());
        files.entry(id.clone()).or_default().extend(paths);
    }
    files
}

/// The name of an account that one workspace or one file of values selects.
fn of_situation(situation: &Situation) -> Option<LabelCandidate> {
    let last = situation.values().next_back()?;
    let name = last.trim_matches('"').rsplit('/').next()?;
    let name = name.split('.').next()?;
    Some((LabelSource::Key, label_in(name)?))
}

/// The locations of the roles of provider configurations.
struct RoleLocations<'d>(HashMap<(&'d Path, Option<String>), Location>);

impl<'d> RoleLocations<'d> {
    /// Those in some files.
    fn of(documents: &'d [Document], names: &[String]) -> Self {
        let mut all = HashMap::new();
        for document in documents {
            let generated = Generated::of(document);
            let own = [document].into_iter().chain(&generated.documents);
            for provider in configurations(own, names) {
                if let Some(role) = provider.roles().last() {
                    let key = (document.path(), provider.alias.map(str::to_owned));
                    all.entry(key).or_insert_with(|| role.block.location());
                }
            }
        }
        Self(all)
    }

    /// That of a provider configuration.
    fn location(&self, provider: &ProviderIdentity) -> Option<Location> {
        let file = provider.files.last()?;
        let key = (file.as_path(), provider.alias.clone());
        self.0.get(&key).cloned()
    }
}
