//! Writing a file that somebody named, all of it or nothing.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use syntax::visible;

use crate::git;

/// The mode of a file that only its owner can read.
pub const PRIVATE: u32 = 0o600;

/// The mode of an ordinary file, of which the user's mask takes something away.
pub const ORDINARY: u32 = 0o666;

/// Has `write` write the file at `path`, which may be a link: it is replaced once all is written, by one
/// of that mode. Into a pipe or a device that is there it is written as it comes.
///
/// # Errors
/// Those of the system, and of `write`.
pub fn write(
    path: &Path,
    mode: u32,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    if path.exists() && !path.is_file() {
        return write(&mut File::options().write(true).open(path)?);
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
    let mut builder = tempfile::Builder::new();
    let mut file = builder
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(directory)?;
    write(file.as_file_mut())?;
    file.persist(real)?;
    Ok(())
}

/// Refuses to write over a file that git tracks, or a link to one: what is generated has no place there, and
/// what it holds may not be committed.
///
/// # Errors
/// Git tracks it, or cannot tell.
pub fn refuse_tracked(path: &Path) -> anyhow::Result<()> {
    if !path.is_file() {
        return Ok(());
    }
    let real = fs::canonicalize(path).with_context(|| visible::path(path))?;
    let directory = real.parent().unwrap_or(Path::new("/"));
    if git::tracks(directory, &real)? {
        bail!(
            "git tracks {}, which is not overwritten; name another file",
            visible::path(path)
        );
    }
    Ok(())
}
