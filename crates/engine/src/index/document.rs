//! Configuration files as documents, what reads them, and what keeps them from being edited.

use std::io;
use std::path::{Path, PathBuf};

use diagnostics::skip::Skip;
use syntax::hcl::Document;
use syntax::location::Location;
use syntax::outline::OutlineError;
use syntax::text;
use terraform::file_kind::{FileKind, is_json};
use upgrade::arguments::is_block;

use crate::error::PlanError;
use crate::source::Source;

/// Reads `text`, the content of the file at `path`: as JSON where its name says so, else as HCL.
///
/// # Errors
/// The first place where a bracket, string or comment does not close or the JSON is not valid, and
/// the text.
pub fn document(path: PathBuf, text: String) -> Result<Document, (OutlineError, String)> {
    match (is_json(&path), FileKind::of(&path)) {
        (true, Some(FileKind::Terragrunt)) => Document::of_terragrunt_json(path, text),
        (true, _) => Document::of_json(path, text, is_block),
        (false, _) => Document::new(path, text),
    }
}

/// That a file is in another encoding than UTF-8, where its beginning tells: no word in it is found
/// then, so that it would seem to say nothing.
pub(super) fn foreign(path: &Path, bytes: &[u8]) -> Option<Skip> {
    text::foreign_encoding(bytes).map(|encoding| Skip {
        path: path.to_path_buf(),
        line: Some(1),
        reason: format!("is not read: it is {encoding} (convert it to UTF-8 and run again)"),
    })
}

pub(crate) fn utf8<'b>(path: &Path, bytes: &'b [u8]) -> Result<&'b str, Skip> {
    if let Some(skip) = foreign(path, bytes) {
        return Err(skip);
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        Skip {
            path: path.to_path_buf(),
            line: Some(1 + memchr::memchr_iter(b'\n', valid).count()),
            reason: "is not read: not UTF-8 here; convert it and run again".to_owned(),
        }
    })
}

/// Why `file`, of which a document is, must not be edited, as a phrase that follows the file.
///
/// # Errors
/// Whatever keeps it from being looked at: a plan without it would be part of one.
pub(crate) fn obstacle(
    source: &dyn Source,
    document: &Document,
    file: &Path,
) -> io::Result<Option<String>> {
    let json = document.json();
    match json.is_some_and(|json| json.is_generated(document.path())) {
        true => Ok(Some(
            "is generated: change what it is generated from".to_owned(),
        )),
        false => source.obstacle(file),
    }
}

/// The second reading of a file that closed at the first.
pub(crate) fn read(
    source: &dyn Source,
    path: &Path,
    buffer: &mut Vec<u8>,
) -> Result<Document, PlanError> {
    let unreadable = |error| PlanError::Unreadable(path.to_path_buf(), error);
    source.read(path, buffer).map_err(unreadable)?;
    let text = utf8(path, buffer).map_err(|skip| unreadable(io::Error::other(skip.reason)))?;
    closed(path, text)
}

/// The document of a text that closed at the first reading.
pub(crate) fn closed(path: &Path, text: &str) -> Result<Document, PlanError> {
    document(path.to_path_buf(), text.to_owned()).map_err(|(error, text)| {
        let at = Location::at(path, &text, error.offset);
        PlanError::Broken(vec![(at, error.kind.to_string())])
    })
}

/// The document of `file`, which a module has as `path`; `None` where it is not understood, which is reported
/// elsewhere.
pub(super) fn understood(
    source: &dyn Source,
    path: &Path,
    file: &Path,
    buffer: &mut Vec<u8>,
) -> Result<Option<Document>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(file.to_path_buf(), error);
    source.read(file, buffer).map_err(unreadable)?;
    let text = utf8(file, buffer).ok();
    Ok(text.and_then(|it| document(path.to_path_buf(), it.to_owned()).ok()))
}
