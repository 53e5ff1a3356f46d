//! `.terraform.lock.hcl`, which `init` writes beside the configuration and nowhere else: put back as it
//! was, byte for byte.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use syntax::visible;

use crate::digest::sha1;

/// The name of a lock file.
const NAME: &str = ".terraform.lock.hcl";

/// The directory of the notes by which a later run finds what a killed one has to put back.
pub const NOTES: &str = "lock-files";

/// What a note holds: the path, and what was there.
const PATH: &str = "path";
const FILE: &str = "file";
const MODE: &str = "mode";
const LINK: &str = "link";

/// What was there.
#[derive(Debug, Clone, PartialEq, Eq)]
enum LockFile {
    Nothing,
    File(Vec<u8>, u32),
    Link(PathBuf),
}

/// Holds a lock file as it was; puts it back when it is dropped.
#[derive(Debug)]
pub struct KeptLockFile {
    path: PathBuf,
    was: LockFile,
    note: PathBuf,
}

impl KeptLockFile {
    /// Keeps the lock file of a root module, and notes it in `notes`.
    ///
    /// # Errors
    /// It cannot be read or noted, or is neither a file nor a link.
    pub fn new(directory: &Path, notes: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(directory)?.join(NAME);
        let was = read(&path)?;
        let note = notes.join(sha1(path.as_os_str().as_bytes()));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&note)?;
        match &was {
            LockFile::Nothing => {}
            LockFile::File(content, mode) => {
                fs::write(note.join(FILE), content)?;
                fs::write(note.join(MODE), mode.to_string().as_bytes())?;
            }
            LockFile::Link(target) => fs::write(note.join(LINK), target.as_os_str().as_bytes())?,
        }
        // Last: a note without a path is of a run that was killed before it began.
        fs::write(note.join(PATH), path.as_os_str().as_bytes())?;
        Ok(Self { path, was, note })
    }

    /// Puts it back.
    ///
    /// # Errors
    /// It cannot be written; the note stays, and the next run tries again.
    pub fn restore(&self) -> io::Result<()> {
        if read(&self.path).ok().as_ref() != Some(&self.was) {
            put(&self.path, &self.was).map_err(|error| {
                let path = visible::path(&self.path);
                io::Error::other(format!("{path} cannot be put back: {error}"))
            })?;
        }
        fs::remove_dir_all(&self.note)
    }
}

impl Drop for KeptLockFile {
    fn drop(&mut self) {
        if self.note.exists() {
            // The note stays where that fails: the next run tries again.
            let _ = self.restore();
        }
    }
}

/// Puts back what runs that were killed have noted.
///
/// # Errors
/// A note that cannot be read, or a file that cannot be put back.
pub fn restore_left(notes: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(notes) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let note = entry?.path();
        if let Some(path) = noted(&note, PATH)? {
            let path = PathBuf::from(OsString::from_vec(path));
            let was = match (noted(&note, FILE)?, noted(&note, LINK)?) {
                (Some(content), _) => {
                    let mode = noted(&note, MODE)?.unwrap_or_default();
                    let mode = String::from_utf8_lossy(&mode).parse();
                    LockFile::File(content, mode.unwrap_or(0o644))
                }
                (None, Some(target)) => LockFile::Link(OsString::from_vec(target).into()),
                (None, None) => LockFile::Nothing,
            };
            // A root module that is gone has no lock file to put back.
            let is_there = path.parent().is_some_and(Path::is_dir);
            if is_there && read(&path).ok().as_ref() != Some(&was) {
                put(&path, &was)?;
            }
        }
        fs::remove_dir_all(&note)?;
    }
    Ok(())
}

fn noted(note: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    match fs::read(note.join(name)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        content => content.map(Some),
    }
}

fn read(path: &Path) -> io::Result<LockFile> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(LockFile::Nothing),
        metadata => metadata?,
    };
    let kind = metadata.file_type();
    if kind.is_symlink() {
        return Ok(LockFile::Link(fs::read_link(path)?));
    }
    // A pipe would be waited for.
    if !kind.is_file() {
        return Err(io::Error::other("the lock file is not a regular file"));
    }
    let mode = metadata.permissions().mode() & 0o7777;
    Ok(LockFile::File(fs::read(path)?, mode))
}

fn put(path: &Path, was: &LockFile) -> io::Result<()> {
    let remove = || match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    };
    match was {
        LockFile::Nothing => remove(),
        LockFile::Link(target) => {
            remove()?;
            symlink(target, path)
        }
        LockFile::File(content, mode) => {
            let directory = path.parent().unwrap_or(Path::new(""));
            let mut file = tempfile::Builder::new()
                .prefix(NAME)
                .tempfile_in(directory)?;
            file.write_all(content)?;
            file.as_file()
                .set_permissions(Permissions::from_mode(*mode))?;
            file.persist(path)?;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is at the lock file's path after it was kept, changed by `edit` and put back.
    fn kept(before: &LockFile, edit: &dyn Fn(&Path), is_killed: bool) -> LockFile {
        let directory = tempfile::tempdir().unwrap();
        let notes = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(directory.path()).unwrap();
        let path = root.join(NAME);
        match before {
            LockFile::Nothing => {}
            LockFile::File(content, mode) => {
                fs::write(&path, content).unwrap();
                fs::set_permissions(&path, Permissions::from_mode(*mode)).unwrap();
            }
            LockFile::Link(target) => symlink(target, &path).unwrap(),
        }
        let held = KeptLockFile::new(&root, notes.path()).unwrap();
        edit(&path);
        match is_killed {
            true => {
                std::mem::forget(held);
                restore_left(notes.path()).unwrap();
            }
            false => drop(held),
        }
        assert_eq!(fs::read_dir(notes.path()).unwrap().count(), 0);
        assert!(fs::read_dir(&root).unwrap().count() <= 1);
        read(&path).unwrap()
    }

    #[test]
    fn a_lock_file_is_put_back_as_it_was_whatever_was_there() {
        let edits: [&dyn Fn(&Path); 3] = [
            &|_| {},
            &|path| {
                let _ = fs::remove_file(path);
                fs::write(path, "new").unwrap();
            },
            &|path| {
                let _ = fs::remove_file(path);
            },
        ];
        for before in [
            LockFile::Nothing,
            LockFile::File(b"\xffold\r\n".to_vec(), 0o640),
            LockFile::Link("elsewhere".into()),
        ] {
            for edit in edits {
                for is_killed in [false, true] {
                    assert_eq!(kept(&before, edit, is_killed), before);
                }
            }
        }
    }

    #[test]
    fn a_lock_file_that_is_no_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join(NAME)).unwrap();
        let notes = directory.path().join("notes");
        let refused = KeptLockFile::new(directory.path(), &notes).unwrap_err();
        assert!(refused.to_string().contains("not a regular file"));
    }
}
