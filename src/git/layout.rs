//! Where git keeps what it knows of a work tree.
//!
//! Where all is as usual (a directory at the top of the work tree, of this user, on a branch, in files:
//! `man gitrepository-layout`), it is read here. That takes less time than to start git, which is asked
//! where this says nothing.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::bail;
use rustix::process::geteuid;
use syntax::visible;

use crate::outcome::Refusal;

/// The branch that is checked out.
#[derive(Debug, PartialEq, Eq)]
pub struct CheckedOut {
    /// As `refs/heads/NAME`.
    pub branch: String,
    /// Its commit.
    pub head: String,
}

/// What is known of a branch.
#[derive(Debug, PartialEq, Eq)]
pub enum Tip {
    /// Its commit.
    Commit(String),
    /// There is no such branch.
    Absent,
}

/// Git's directory, where it is the one at the top of the work tree, keeps all there, and git
/// trusts it: `root` and the directory are this user's.
pub fn directory(root: &Path) -> Option<PathBuf> {
    let root = std::path::absolute(root).ok()?;
    let directory = root.join(".git");
    let is_file =
        |name: &str| fs::symlink_metadata(directory.join(name)).is_ok_and(|it| it.is_file());
    let is_own = |path: &Path| {
        fs::symlink_metadata(path).is_ok_and(|it| it.is_dir() && it.uid() == geteuid().as_raw())
    };
    let is_usual = is_own(&root)
        && is_own(&directory)
        && is_file("HEAD")
        && is_file("config")
        // Another directory would have the configuration, the branches and the objects.
        && is_absent(&directory.join("commondir"))
        && is_absent(&directory.join("reftable"));
    is_usual.then_some(directory)
}

/// The branch that is checked out, unless its commit is kept elsewhere.
pub fn checked_out(root: &Path) -> Option<CheckedOut> {
    let head = fs::read_to_string(directory(root)?.join("HEAD")).ok()?;
    let branch = head.strip_prefix("ref: ")?.strip_suffix('\n')?.to_owned();
    match tip(root, branch.strip_prefix("refs/heads/")?)? {
        Tip::Commit(head) => Some(CheckedOut { branch, head }),
        Tip::Absent => None,
    }
}

/// The commit of a branch; `None` where only git knows.
pub fn tip(root: &Path, branch: &str) -> Option<Tip> {
    let directory = directory(root)?;
    let reference = format!("refs/heads/{branch}");
    let commit = match fs::read_to_string(directory.join(&reference)) {
        Ok(loose) => Some(loose.strip_suffix('\n')?.to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => packed(&directory, &reference).ok()?,
        Err(_) => return None,
    };
    match commit {
        Some(commit) => is_object(&commit).then_some(Tip::Commit(commit)),
        None => Some(Tip::Absent),
    }
}

/// The commit of a reference that has no file of its own; `None` where there is none.
fn packed(directory: &Path, reference: &str) -> io::Result<Option<String>> {
    let text = match fs::read_to_string(directory.join("packed-refs")) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    // OBJECT, a space, the name; others begin with `#` or `^`.
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    let found = lines.find(|(_, name)| *name == reference);
    Ok(found.map(|(object, _)| object.to_owned()))
}

/// Fails where something stands in the place of a file that git reads first: it would wait for a
/// pipe.
///
/// # Errors
/// As above.
pub fn refuse_pipes(root: &Path) -> anyhow::Result<()> {
    let directories = root.ancestors().map(|directory| directory.join(".git"));
    for directory in directories.filter(|directory| directory.is_dir()) {
        for name in ["HEAD", "commondir", "config", "config.worktree"] {
            let path = directory.join(name);
            if fs::metadata(&path).is_ok_and(|it| !it.is_file()) {
                bail!(Refusal(format!(
                    "{} is not a regular file",
                    visible::path(path)
                )));
            }
        }
    }
    Ok(())
}

fn is_absent(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// Whether this is the name of an object, in SHA-1 or SHA-256.
fn is_object(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::{git, repository};
    use super::*;

    #[test]
    fn a_branch_is_read_as_git_tells_it() {
        let dir = repository(&["a.tf"]);
        git(dir.path(), &["switch", "-q", "-c", "feature/one"]);
        let expected = CheckedOut {
            branch: "refs/heads/feature/one".to_owned(),
            head: git(dir.path(), &["rev-parse", "HEAD"]),
        };
        assert_eq!(checked_out(dir.path()).as_ref(), Some(&expected));
        let head = Tip::Commit(expected.head.clone());
        assert_eq!(tip(dir.path(), "other"), Some(Tip::Absent));
        assert_eq!(tip(dir.path(), "feature/one").as_ref(), Some(&head));
        git(dir.path(), &["pack-refs", "--all"]);
        assert_eq!(checked_out(dir.path()), Some(expected));
        assert_eq!(tip(dir.path(), "other"), Some(Tip::Absent));
        assert_eq!(tip(dir.path(), "feature/one").as_ref(), Some(&head));
    }

    #[test]
    fn what_is_kept_elsewhere_is_left_to_git() {
        let detached = repository(&["a.tf"]);
        git(detached.path(), &["switch", "-q", "--detach"]);
        assert_eq!(checked_out(detached.path()), None);

        let symbolic = repository(&["a.tf"]);
        let path = symbolic.path();
        git(
            path,
            &["symbolic-ref", "refs/heads/alias", "refs/heads/other"],
        );
        git(path, &["symbolic-ref", "HEAD", "refs/heads/alias"]);
        assert_eq!(checked_out(path), None);
        assert_eq!(tip(path, "alias"), None);

        let below = repository(&["stack/a.tf"]);
        assert_eq!(checked_out(&below.path().join("stack")), None);
        assert_eq!(directory(&below.path().join("stack")), None);

        let linked = repository(&["a.tf"]);
        git(linked.path(), &["worktree", "add", "-q", "tree"]);
        assert_eq!(directory(&linked.path().join("tree")), None);

        let shared = repository(&["a.tf"]);
        fs::write(shared.path().join(".git/commondir"), "../elsewhere\n").unwrap();
        assert_eq!(directory(shared.path()), None);
    }
}
