//! The AWS profiles that providers and remote states name.

use std::path::Path;

use memchr::memmem;

use crate::error::PlanError;
use crate::index::document;
use crate::proposals::read_module;
use crate::repo::Repo;
use crate::source::Source;
use syntax::location::Location;
use terraform::file_kind::{FileKind, is_example};
use terraform::provider::configurations;
use terraform::remote_state::{REMOTE_STATE, remote_states};

/// A literal AWS profile in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedProfile {
    /// Where it is named.
    pub at: Location,
    /// What takes it, as Terraform refers to it.
    pub subject: String,
    /// Its name.
    pub profile: String,
}

/// The profiles that providers and remote states of all modules name.
///
/// # Errors
/// Files that cannot be read.
pub fn named_profiles(source: &dyn Source, repo: &Repo) -> Result<Vec<NamedProfile>, PlanError> {
    let mut found = Vec::new();
    let mut buffer = Vec::new();
    let directories: Vec<&Path> = repo.directories().collect();
    for directory in directories {
        let module = read_module(source, directory, &mut buffer, repo)?;
        for provider in configurations(module.configuration(), &module.aws_names()) {
            let named = provider.attribute("profile").into_iter();
            found.extend(named.filter_map(|named| {
                Some(NamedProfile {
                    at: named.value.document().location(named.span().start),
                    subject: provider.reference(),
                    profile: named.value.literal()?.to_owned(),
                })
            }));
        }
        // A file that only reads states is none that matters to a plan.
        let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
        for path in source.files(directory).map_err(unreadable)? {
            if FileKind::of(&path) == Some(FileKind::Configuration) {
                found.extend(of_states(source, &path, &mut buffer)?);
            }
        }
    }
    found.retain(|named| !named.profile.is_empty() && !is_example(&named.at.path));
    found.sort_by(|one, other| one.at.cmp(&other.at));
    Ok(found)
}

/// The profiles that the remote states of a file name.
fn of_states(
    source: &dyn Source,
    path: &Path,
    buffer: &mut Vec<u8>,
) -> Result<Vec<NamedProfile>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(path.to_path_buf(), error);
    source.read(path, buffer).map_err(unreadable)?;
    let has = |word: &str| memmem::find(buffer, word.as_bytes()).is_some();
    if !has(REMOTE_STATE) || !has("profile") {
        return Ok(Vec::new());
    }
    // What does not close is reported by the survey.
    let text = str::from_utf8(buffer).ok();
    let Some(document) = text.and_then(|text| document::closed(path, text).ok()) else {
        return Ok(Vec::new());
    };
    let states = remote_states(&document);
    let named = states.iter().filter_map(|state| {
        let mut settings = state.settings.iter();
        let named = settings.find(|setting| setting.name == "profile")?;
        Some(NamedProfile {
            at: document.location(named.span().start),
            subject: state.reference(),
            profile: named.value.literal()?.to_owned(),
        })
    });
    Ok(named.collect())
}
