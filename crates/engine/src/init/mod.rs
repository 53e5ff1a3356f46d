//! What `tfkeyless.hcl` could say of a repository: read from its files, with places, and what only
//! the user knows as commented lines.

mod evidence;
mod foreign;
mod jobs;
mod labels;
mod mention;
mod names;
mod page;
mod state;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::decisions::providers::ProviderIdentity;
use crate::error::PlanError;
use crate::index::Index;
use crate::index::document::document;
use crate::index::scopes::ProviderScope;
use crate::index::survey;
use crate::index::survey::Survey;
use crate::repo::Repo;
use crate::request::Request;
use crate::settings::Settings;
use crate::source::Source;
use evidence::Evidence;
use jobs::Jobs;
use labels::{Candidate, Rank, telling};
use mention::{Mention, MentionKind};
use syntax::hcl::Document;
use syntax::location::Location;
use terraform::account::Account;
use terraform::file_kind::FileKind;
use terraform::provider::configurations;
use terraform::requirement::AwsNames;
use terraform::terragrunt::generated::Generated;

/// A configuration for one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The text of `tfkeyless.hcl`, which [`Settings::parse`] reads.
    pub text: String,
    /// What was found, in a few words each.
    pub found: Vec<String>,
    /// What is left to fill in, with its line.
    pub open: Vec<(usize, String)>,
}

/// An account that is proposed.
struct Proposed {
    id: String,
    label: Option<String>,
    places: Vec<Location>,
    /// The names of what holds it, where nothing is seen to act in it.
    held_by: Option<BTreeSet<String>>,
}

/// Proposes a configuration for a repository, whose files a [`Surveyor`](crate::index::survey::Surveyor) of
/// `source` has been over. Nothing is read below the directories `closed`.
///
/// # Errors
/// Files that are broken or cannot be read.
pub fn propose(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    closed: &[PathBuf],
    request: Request,
) -> Result<Proposal, PlanError> {
    let index = Index::with_names(source, surveys, &request)?;
    let repo = Repo::new(request, index);
    let documents = documents(source, closed)?;
    let aws = AwsNames::of_all(documents.iter().map(AwsNames::of)).known();
    let mut evidence = Evidence::default();
    for document in &documents {
        evidence.add(document, &aws);
    }
    for (name, at) in evidence.names.profiles() {
        evidence.profile(&name, at);
    }
    // A block that files complete says nothing for itself.
    evidence.backends.retain(|backend| {
        let directory = backend.at.path.parent().unwrap_or(Path::new(""));
        let is_block = FileKind::of(&backend.at.path) == Some(FileKind::Configuration);
        let is_completed = repo.has_remote_state() || !repo.backend_files(directory).is_empty();
        !(is_block && backend.bucket.is_none() && backend.waits() && is_completed)
    });
    resolve(&repo, &documents, &aws, &mut evidence);
    let index = repo.index();
    let jobs = Jobs::of(
        &index.workflows,
        index.keys_in_scripts.clone(),
        &mut evidence,
    );
    let accounts = accounts(&evidence);
    evidence.has_roles = repo.has_roles();
    let proposal = text::write(&evidence, &accounts, &jobs);
    match Settings::parse(&proposal.text, repo.catalogue()) {
        Ok(_) => Ok(proposal),
        Err(error) => Err(PlanError::Unsound(format!("tfkeyless.hcl:{error}"))),
    }
}

/// Bytes of which a file that tells something contains one.
const WORDS: [&[u8]; 9] = [
    b"account",
    b"amazonaws.com",
    b"arn:aws",
    b"backend",
    b"profile",
    b"provider",
    b"remote_state",
    b"s3:",
    b"terraform-aws-modules/vpc",
];

/// The files that may tell something. What cannot be read as HCL tells nothing.
fn documents(source: &dyn Source, closed: &[PathBuf]) -> Result<Vec<Document>, PlanError> {
    let tree = source.tree();
    let tree = tree.map_err(|error| PlanError::Unreadable(PathBuf::new(), error))?;
    let mut buffer = Vec::new();
    let mut documents = Vec::new();
    for path in tree {
        let is_hidden = path
            .iter()
            .any(|part| part.as_encoded_bytes().starts_with(b"."));
        let is_closed = closed.iter().any(|closed| path.starts_with(closed));
        let kinds = [
            FileKind::Configuration,
            FileKind::BackendSettings,
            FileKind::Values,
            FileKind::Terragrunt,
        ];
        let is_read = FileKind::of(&path).is_some_and(|kind| kinds.contains(&kind));
        if is_hidden || is_closed || !is_read {
            continue;
        }
        let read = source.read(&path, &mut buffer);
        read.map_err(|error| PlanError::Unreadable(path.clone(), error))?;
        let speaks = |word: &&[u8]| memchr::memmem::find(&buffer, word).is_some();
        let is_settings = matches!(
            FileKind::of(&path),
            Some(FileKind::Values | FileKind::BackendSettings)
        );
        if !is_settings && !WORDS.iter().any(speaks) {
            continue;
        }
        let text = survey::utf8(&path, &buffer).ok();
        let document = text.and_then(|text| document(path.clone(), text.to_owned()).ok());
        documents.extend(document);
    }
    documents.sort_by(|one, other| one.path().cmp(other.path()));
    Ok(documents)
}

/// Notes the accounts that providers act in by names, at the place of the role.
fn resolve(repo: &Repo, documents: &[Document], names: &[String], evidence: &mut Evidence) {
    for (directory, file) in repo.index().modules.provider_scopes() {
        let scope = match &file {
            None => ProviderScope::Module(&directory),
            Some(file) if FileKind::of(file) == Some(FileKind::Test) => continue,
            Some(file) => ProviderScope::File(file),
        };
        for provider in repo.providers(scope) {
            let alias = provider.alias.as_deref().and_then(telling);
            let alias = alias.map(|alias| (Rank::Alias, alias));
            let found: Vec<(&str, Option<Candidate>)> = match &provider.role {
                Some(Account::Id(account)) => vec![(&account.id, alias)],
                Some(Account::OneOf(accounts)) => accounts
                    .iter()
                    .map(|(situation, account)| (account.id.as_str(), of_situation(situation)))
                    .collect(),
                _ => continue,
            };
            let at = place(&provider, documents, names);
            let is_written = |id: &str| {
                let mut mentions = evidence.accounts.get(id).into_iter().flatten();
                mentions
                    .any(|it| it.kind == MentionKind::Acts && provider.files.contains(&it.at.path))
            };
            let found: Vec<_> = found.into_iter().map(|it| (is_written(it.0), it)).collect();
            for (is_written, (id, called)) in found {
                if let Some(at) = at.as_ref().filter(|_| !is_written) {
                    evidence.acts(id, at.clone(), called.into_iter().collect());
                }
            }
        }
    }
}

/// The name of an account that is one workspace's, or one file's of values.
fn of_situation(situation: &str) -> Option<Candidate> {
    let (_, last) = situation.rsplit_once(' ')?;
    let name = last.trim_matches('"').rsplit('/').next()?;
    let name = name.split('.').next()?;
    Some((Rank::Key, telling(name)?))
}

/// Where the role of a provider stands.
fn place(
    provider: &ProviderIdentity,
    documents: &[Document],
    names: &[String],
) -> Option<Location> {
    let file = provider.files.last()?;
    let document = documents.iter().find(|it| it.path() == file)?;
    let generated = Generated::of(document);
    let all = [document].into_iter().chain(&generated.documents);
    let all = configurations(all, names);
    let mut all = all
        .into_iter()
        .filter(|it| it.alias == provider.alias.as_deref());
    all.find_map(|provider| {
        let roles = provider.roles();
        roles.last().map(|role| role.block.location())
    })
}

/// The places of an account, those first at which somebody acts there.
fn places(mentions: &[Mention]) -> Vec<Location> {
    let mut places: Vec<_> = mentions
        .iter()
        .map(|it| (it.kind != MentionKind::Acts, it.at.clone()))
        .collect();
    places.sort();
    places.into_iter().map(|(_, at)| at).collect()
}

/// The accounts to propose: those somebody acts in, with the others that a name holds.
fn accounts(evidence: &Evidence) -> Vec<Proposed> {
    let certain = evidence.certain();
    let possible = evidence.possible();
    let is_told = |id: &&String| {
        !foreign::is_foreign(id) && (certain.contains(*id) || possible.contains(*id))
    };
    let ids: Vec<&String> = evidence.accounts.keys().filter(is_told).collect();
    let candidates = ids.iter().map(|id| {
        let mentions = &evidence.accounts[*id];
        let called = mentions.iter().flat_map(|mention| &mention.called);
        (id.as_str(), mentions.len(), called.collect())
    });
    let mut labels: BTreeMap<&str, String> = labels::labels(candidates);
    let proposed = ids.iter().map(|id| {
        let mentions = &evidence.accounts[*id];
        let is_certain = certain.contains(*id) && !foreign::is_example(id);
        let held_by = mentions.iter().filter_map(|mention| match &mention.kind {
            MentionKind::Held { path, .. } => path.first().cloned(),
            MentionKind::Acts => None,
        });
        Proposed {
            id: (*id).clone(),
            label: labels.remove(id.as_str()),
            places: places(mentions),
            held_by: (!is_certain).then(|| held_by.collect()),
        }
    });
    let mut proposed: Vec<_> = proposed.collect();
    // What nobody acts in and nothing names would only be a riddle.
    proposed.retain(|it| it.held_by.is_none() || it.label.is_some());
    proposed.sort_by_key(|it| (it.held_by.is_some(), it.label.is_none(), it.label.clone()));
    proposed
}
