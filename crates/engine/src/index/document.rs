//! Configuration files as documents.

use std::path::PathBuf;

use syntax::hcl::Document;
use syntax::outline::OutlineError;
use terraform::file_kind::is_json;
use upgrade::arguments::is_block;

/// Reads `text`, the content of the file at `path`: as JSON where its name says so, else as HCL.
///
/// # Errors
/// The first place where a bracket, string or comment does not close or the JSON is not valid, and
/// the text.
pub fn document(path: PathBuf, text: String) -> Result<Document, (OutlineError, String)> {
    match is_json(&path) {
        true => Document::of_json(path, text, is_block),
        false => Document::new(path, text),
    }
}
