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

/// Why a link is not followed.
#[derive(Debug)]
pub enum Unfollowed {
    /// For what it is, as a phrase that follows its path.
    Reason(String),
    /// It cannot be looked at now, which tells nothing of it.
    Fault(io::Error),
}

/// Follows the link at `path`, relative to `root`, to what is read below the root. Nothing is opened
/// on the way.
///
/// # Errors
/// Why it is not followed.
pub fn follow(root: &Path, path: &Path) -> Result<Target, Unfollowed> {
    let reason = |why: &str| Unfollowed::Reason(format!("is a symbolic link {why}"));
    let unknown = |error: io::Error| match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR) => reason("to nothing"),
        Some(Errno::LOOP) => reason("that leads back to itself"),
        // A directory of somebody else, or a name that no file can have.
        Some(Errno::ACCESS | Errno::NAMETOOLONG) => {
            reason(&format!("that cannot be followed: {error}"))
        }
        _ => Unfollowed::Fault(error),
    };
    let real = fs::canonicalize(root.join(path)).map_err(unknown)?;
    let real_root = fs::canonicalize(root).map_err(unknown)?;
    let Ok(target) = real.strip_prefix(&real_root) else {
        return Err(reason("that leads out of the repository"));
    };
    let kind = fs::metadata(&real).map_err(unknown)?;
    let directory = match kind.is_dir() {
        true => target,
        false => target.parent().unwrap_or(Path::new("")),
    };
    if let Some((path, why)) = unread(&real_root, directory) {
        let path = visible::path(path);
        return Err(reason(&format!("into {path}, which {why}")));
    }
    match kind.is_dir() {
        true => Ok(Target::Directory(target.to_path_buf())),
        false if kind.is_file() => Ok(Target::File(target.to_path_buf())),
        false => Err(reason("to what is no regular file")),
    }
}

/// What `path`, relative to `root`, leads to, as a path relative to it that names no link.
///
/// # Errors
/// `Other` where it leads out of the root or is no path of a file, `NotFound` where it leads to nothing.
pub fn inside(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let real = fs::canonicalize(root.join(path)).map_err(elsewhere)?;
    let target = real.strip_prefix(fs::canonicalize(root)?);
    let outside = |_| io::Error::other("leads out of the repository");
    target.map(Path::to_path_buf).map_err(outside)
}

/// The error of a lookup, as `Other` where it says that the name is that of no file: a name that a
/// script or a workflow has may be anything.
pub fn elsewhere(error: io::Error) -> io::Error {
    let of_name = [Errno::NOTDIR, Errno::ISDIR, Errno::LOOP, Errno::NAMETOOLONG];
    let is_of_name = match Errno::from_io_error(&error) {
        Some(errno) => of_name.contains(&errno),
        // The name has a NUL byte.
        None => error.kind() == io::ErrorKind::InvalidInput,
    };
    match is_of_name {
        true => io::Error::other(error),
        false => error,
    }
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
