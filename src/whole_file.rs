//! Files that somebody named: read as text, and written whole or not at all.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
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
    if !directory.is_dir() {
        let missing = format!("there is no directory {}", visible::path(directory));
        return Err(io::Error::new(io::ErrorKind::NotFound, missing));
    }
    // In the same directory: a rename must not cross file systems.
    let mut builder = tempfile::Builder::new();
    let mut file = builder
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(directory)
        .map_err(|error| unnamed(&error))?;
    write(file.as_file_mut())?;
    file.persist(real)?;
    Ok(())
}

/// An error without the name of the temporary file, which nobody has given.
fn unnamed(error: &io::Error) -> io::Error {
    let named = error.get_ref().and_then(|it| it.source());
    let system = named.and_then(|it| it.downcast_ref::<io::Error>());
    let code = system.and_then(io::Error::raw_os_error);
    code.map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

/// The text of the file at `path`.
///
/// # Errors
/// It cannot be read, or is no text.
pub fn text(path: &Path) -> anyhow::Result<String> {
    let name = visible::path(path);
    let bytes = fs::read(path).with_context(|| name.clone())?;
    String::from_utf8(bytes).map_err(|_| anyhow!("{name} is not UTF-8: convert it"))
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
            "git tracks {}, which is not overwritten\nhelp: name another file",
            visible::path(path)
        );
    }
    Ok(())
}
