//! The exact patch of a plan, as a file.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use syntax::visible;

use crate::diff::FileDiff;
use crate::repository::Planned;
use crate::whole_file::{self, PRIVATE};

/// Writes the exact patch of a plan, which holds secrets: to a file that only its owner can read.
///
/// # Errors
/// A file that cannot be written.
pub fn write_patch(planned: &Planned, out: &Path) -> anyhow::Result<()> {
    let diffs = planned.diffs();
    let patch: String = diffs.iter().map(FileDiff::patch).collect();
    let written = whole_file::write(out, PRIVATE, |file| file.write_all(patch.as_bytes()));
    written.with_context(|| visible::path(out))
}
