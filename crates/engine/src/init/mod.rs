//! A configuration proposed for a repository: what its files tell, with locations, and what only
//! the user knows as commented lines.

mod accounts;
mod answers;
mod evidence;
mod foreign;
mod identities;
mod jobs;
mod labels;
mod mention;
mod names;
mod page;
mod questions;
mod region;
mod resolved;
mod state;
mod text;
mod values;
mod words;

use std::path::{Path, PathBuf};

use crate::catalogue::Purpose;
use crate::error::PlanError;
use crate::index::Index;
use crate::index::document;
use crate::index::document::document;
use crate::index::survey::Survey;
use crate::repo::Repo;
use crate::request::Request;
use crate::settings::Settings;
use crate::source::Source;
use accounts::accounts;
use evidence::Evidence;
use jobs::Jobs;
use questions::Questions;
use syntax::hcl::Document;
use terraform::file_kind::FileKind;
use terraform::requirement::AwsNames;

/// A configuration for one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The text of `tfkeyless.hcl`, which [`Settings::parse`] reads.
    pub text: String,
    /// What was found, in a few words each.
    pub found: Vec<String>,
    /// What the user has to fill in, with its line.
    pub open: Vec<(usize, String)>,
}

/// Proposes a configuration for a repository, whose files a
/// [`Surveyor`](crate::index::survey::Surveyor) of `source` has surveyed. Nothing is read below the
/// directories `closed`.
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
    let documents = documents(source, closed, &repo)?;
    let aws = AwsNames::of_all(documents.iter().map(AwsNames::of)).known();
    let mut evidence = Evidence::default();
    for document in &documents {
        evidence.add(document, repo.kind_of(document.path()), &aws);
    }
    for (name, at) in evidence.names.profiles() {
        evidence.profile(&name, at);
    }
    // A block that files complete has its settings in the files.
    evidence.backends.retain(|backend| {
        let directory = backend.at.path.parent().unwrap_or(Path::new(""));
        let is_block = FileKind::of(&backend.at.path) == Some(FileKind::Configuration);
        let is_completed = repo.has_remote_state() || !repo.backend_files(directory).is_empty();
        !(is_block && backend.bucket.is_none() && backend.needs_profile() && is_completed)
    });
    resolved::add_resolved(&repo, &documents, &aws, &mut evidence);
    let index = repo.index();
    let jobs = Jobs::of(
        &index.workflows,
        index.keys_in_scripts.clone(),
        &mut evidence,
    );
    let accounts = accounts(&evidence);
    evidence.has_roles = repo.has_roles();
    let mut questions = Questions::of(&index.workflows, evidence.has_roles);
    questions.runners = index.runners.clone();
    questions.locks_in_buckets = repo.locks_in_buckets_everywhere();
    questions.role_remover = repo.catalogue().id_of(Purpose::RemoveRoles);
    let proposal = text::write(&evidence, &accounts, &jobs, &questions);
    // What is proposed has to be accepted: every value in it comes from a file of the repository.
    match Settings::parse(&proposal.text, repo.catalogue()) {
        Ok(_) => Ok(proposal),
        Err(error) => Err(PlanError::Unsound(format!("tfkeyless.hcl:{error}"))),
    }
}

/// Bytes of which a file that tells something contains one: the others are not parsed.
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
fn documents(
    source: &dyn Source,
    closed: &[PathBuf],
    repo: &Repo,
) -> Result<Vec<Document>, PlanError> {
    let tree = source.tree();
    let tree = tree.map_err(|error| PlanError::Unreadable(PathBuf::new(), error))?;
    let mut buffer = Vec::new();
    let mut documents = Vec::new();
    for path in tree {
        // `.terraform` and the like: nobody's own configuration.
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
        let kind = repo.kind_of(&path);
        let is_read = kind.is_some_and(|kind| kinds.contains(&kind));
        if is_hidden || is_closed || !is_read {
            continue;
        }
        let read = source.read(&path, &mut buffer);
        read.map_err(|error| PlanError::Unreadable(path.clone(), error))?;
        let speaks = |word: &&[u8]| memchr::memmem::find(&buffer, word).is_some();
        // A file of values has no words of its own: its names are those of variables elsewhere.
        let is_settings = matches!(kind, Some(FileKind::Values | FileKind::BackendSettings));
        if !is_settings && !WORDS.iter().any(speaks) {
            continue;
        }
        let text = document::utf8(&path, &buffer).ok();
        let document = text.and_then(|text| document(path.clone(), text.to_owned()).ok());
        documents.extend(document);
    }
    documents.sort_by(|one, other| one.path().cmp(other.path()));
    Ok(documents)
}
