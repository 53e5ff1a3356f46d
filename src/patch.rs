//! The exact patch of a plan, as a file.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use syntax::visible;

use crate::diff::FileDiff;
use crate::repository::Planned;

/// Writes the exact patch of a plan.
///
/// # Errors
/// A file that cannot be written.
pub fn write_patch(planned: &Planned, out: &Path) -> anyhow::Result<()> {
    let diffs = planned.diffs();
    let patch: String = diffs.iter().map(FileDiff::patch).collect();
    write_private(out, &patch).with_context(|| visible::path(out))
}

/// Writes the patch to `path`, which may be a link: to a file that only its owner can read, since it
/// holds secrets, or into the pipe or device that is there.
fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    if path.exists() && !path.is_file() {
        let mut there = File::options().write(true).open(path)?;
        return Ok(there.write_all(text.as_bytes())?);
    }
    // A rename would replace the link and not what it names.
    let real = match path.is_symlink() {
        true => fs::canonicalize(path)?,
        false => path.to_path_buf(),
    };
    let directory = match real.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // In the same directory: a rename must not cross file systems.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600))?;
    file.persist(real)?;
    Ok(())
}
