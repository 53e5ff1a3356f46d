//! The AWS profiles that providers and remote states name.

use std::path::Path;

use memchr::memmem;

use crate::error::PlanError;
use crate::index::document;
use crate::proposals::read_module;
use crate::repo::Repo;
use crate::source::Source;
use syntax::hcl::Value;
use syntax::location::Location;
use terraform::file_kind::{FileKind, is_example};
use terraform::module::Module;
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
        let mut names = module.aws_names();
        names.extend(KINDRED.map(str::to_owned));
        let documents = module.configuration().chain(module.generated());
        for provider in configurations(documents, &names) {
            let Some(setting) = provider.attribute("profile") else {
                continue;
            };
            let profile = match setting.value.text().trim().strip_prefix("var.") {
                Some(name) if is_set(source, directory, name)? => None,
                _ => profile_of(&setting.value, &module),
            };
            found.extend(profile.map(|profile| NamedProfile {
                at: setting.value.document().location(setting.span().start),
                subject: provider.reference(),
                profile,
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

/// Providers that take profiles of AWS, too (their documentation, `profile`).
const KINDRED: [&str; 3] = ["awscc", "opensearch", "elasticsearch"];

/// Whether a file of values in that directory names a variable.
fn is_set(source: &dyn Source, directory: &Path, name: &str) -> Result<bool, PlanError> {
    let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
    let mut buffer = Vec::new();
    for path in source.files(directory).map_err(unreadable)? {
        if FileKind::of(&path) == Some(FileKind::Values) {
            source.read(&path, &mut buffer).map_err(unreadable)?;
            if memmem::find(&buffer, name.as_bytes()).is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The text of a setting: a literal, or a local or the default of a variable that is one.
fn profile_of(value: &Value<'_>, module: &Module) -> Option<String> {
    if let Some(literal) = value.literal() {
        return Some(literal.to_owned());
    }
    let written = value.text().trim();
    let documents = || module.configuration();
    let found = if let Some(name) = written.strip_prefix("local.") {
        let mut locals = documents().flat_map(|document| document.blocks("locals"));
        locals.find_map(|block| block.attribute(name))?
    } else {
        let name = written.strip_prefix("var.")?;
        let mut variables = documents().flat_map(|document| document.blocks("variable"));
        let variable = variables.find(|block| block.label(0) == Some(name))?;
        variable.attribute("default")?
    };
    found.value.literal().map(str::to_owned)
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
