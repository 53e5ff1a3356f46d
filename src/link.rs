//! Where symbolic links lead.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use syntax::visible;

use crate::config;
use crate::walk::closed;

/// What a symbolic link leads to, as a path relative to the root that names no link.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// A regular file.
    File(PathBuf),
    /// A directory.
    Directory(PathBuf),
}

/// Follows the link at `path`, relative to `root`, to what is read below the root. Nothing is opened
/// on the way.
///
/// # Errors
/// Why it is not followed, as a phrase that follows its path.
pub fn follow(root: &Path, path: &Path) -> Result<Target, String> {
    let unknown = |error: io::Error| match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR) => "is a symbolic link to nothing".to_owned(),
        Some(Errno::LOOP) => "is a symbolic link that leads back to itself".to_owned(),
        _ => format!("is a symbolic link that cannot be followed: {error}"),
    };
    let real = fs::canonicalize(root.join(path)).map_err(unknown)?;
    let real_root = fs::canonicalize(root).map_err(unknown)?;
    let Ok(target) = real.strip_prefix(&real_root) else {
        return Err("is a symbolic link that leads out of the repository".to_owned());
    };
    let kind = fs::metadata(&real).map_err(unknown)?;
    let directory = match kind.is_dir() {
        true => target,
        false => target.parent().unwrap_or(Path::new("")),
    };
    if let Some((path, why)) = unread(&real_root, directory) {
        let path = visible::path(path);
        return Err(format!("is a symbolic link into {path}, which {why}"));
    }
    match kind.is_dir() {
        true => Ok(Target::Directory(target.to_path_buf())),
        false if kind.is_file() => Ok(Target::File(target.to_path_buf())),
        false => Err("is a symbolic link to what is no regular file".to_owned()),
    }
}

/// What `path`, relative to `root`, leads to, as a path relative to it that names no link.
///
/// # Errors
/// It leads out of the root, or to nothing.
pub fn inside(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let real = fs::canonicalize(root.join(path))?;
    let target = real.strip_prefix(fs::canonicalize(root)?);
    let outside = |_| io::Error::other("leads out of the repository");
    target.map(Path::to_path_buf).map_err(outside)
}

/// The first directory on the way to `directory`, itself included, that a walk does not enter, and
/// why.
fn unread<'p>(root: &Path, directory: &'p Path) -> Option<(&'p Path, &'static str)> {
    let mut way: Vec<&Path> = directory.ancestors().collect();
    way.reverse();
    way.into_iter().skip(1).find_map(|path| {
        let why = path.file_name().and_then(closed);
        Some((path, why.or_else(|| config::own_root(&root.join(path)))?))
    })
}
