//! What git's directory says where all is as usual: a directory at the top of the work tree, on a
//! branch, in files (`man gitrepository-layout`). To read it takes less time than to start git,
//! which is asked where this says nothing.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use memchr::memmem;

/// The branch that is checked out.
#[derive(Debug, PartialEq, Eq)]
pub struct CheckedOut {
    /// As `refs/heads/NAME`.
    pub branch: String,
    /// Its commit.
    pub head: String,
}

/// Git's directory.
pub fn directory(root: &Path) -> Option<PathBuf> {
    let directory = std::path::absolute(root).ok()?.join(".git");
    directory.join("HEAD").is_file().then_some(directory)
}

/// The branch that is checked out, unless its commit is kept elsewhere.
pub fn checked_out(root: &Path) -> Option<CheckedOut> {
    let directory = directory(root)?;
    let line = |name: &str| {
        let text = fs::read_to_string(directory.join(name)).ok()?;
        Some(text.strip_suffix('\n')?.to_owned())
    };
    let branch = line("HEAD")?.strip_prefix("ref: ")?.to_owned();
    let head = line(&branch).filter(|head| is_object(head))?;
    branch
        .starts_with("refs/heads/")
        .then_some(CheckedOut { branch, head })
}

/// Whether the repository's own configuration cannot define a filter: it neither speaks of filters
/// nor takes in another file.
pub fn has_no_filter(root: &Path) -> bool {
    let is_silent = |file: PathBuf| match fs::read(file) {
        Ok(mut text) => {
            text.make_ascii_lowercase();
            let mut words = [&b"filter"[..], b"include"].into_iter();
            words.all(|word| memmem::find(&text, word).is_none())
        }
        Err(error) => error.kind() == ErrorKind::NotFound,
    };
    directory(root).is_some_and(|directory| {
        let mut files = ["config", "config.worktree"].into_iter();
        files.all(|name| is_silent(directory.join(name)))
    })
}

/// Whether this is the name of an object, in SHA-1 or SHA-256.
fn is_object(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::repository;
    use super::super::{git, run};
    use super::*;

    fn asked(root: &Path, args: &[&str]) -> String {
        let output = run(git(root).args(args)).unwrap();
        String::from_utf8(output).unwrap().trim_end().to_owned()
    }

    #[test]
    fn a_branch_is_read_as_git_tells_it() {
        let dir = repository(&["a.tf"]);
        asked(dir.path(), &["switch", "-q", "-c", "feature/one"]);
        let expected = CheckedOut {
            branch: "refs/heads/feature/one".to_owned(),
            head: asked(dir.path(), &["rev-parse", "HEAD"]),
        };
        assert_eq!(checked_out(dir.path()), Some(expected));
    }

    #[test]
    fn what_is_kept_elsewhere_is_left_to_git() {
        let packed = repository(&["a.tf"]);
        asked(packed.path(), &["pack-refs", "--all"]);
        assert_eq!(checked_out(packed.path()), None);

        let detached = repository(&["a.tf"]);
        asked(detached.path(), &["switch", "-q", "--detach"]);
        assert_eq!(checked_out(detached.path()), None);

        let symbolic = repository(&["a.tf"]);
        asked(
            symbolic.path(),
            &["symbolic-ref", "refs/heads/alias", "refs/heads/other"],
        );
        asked(
            symbolic.path(),
            &["symbolic-ref", "HEAD", "refs/heads/alias"],
        );
        assert_eq!(checked_out(symbolic.path()), None);

        let below = repository(&["stack/a.tf"]);
        assert_eq!(checked_out(&below.path().join("stack")), None);
        assert_eq!(directory(&below.path().join("stack")), None);

        let linked = repository(&["a.tf"]);
        asked(linked.path(), &["worktree", "add", "-q", "tree"]);
        assert_eq!(directory(&linked.path().join("tree")), None);
    }

    #[test]
    fn a_filter_may_stand_in_what_the_configuration_takes_in() {
        let plain = repository(&["a.tf"]);
        assert!(has_no_filter(plain.path()));
        for section in ["[FILTER \"x\"]\n", "[includeIf \"gitdir:/\"]\n"] {
            let dir = repository(&["a.tf"]);
            let config = dir.path().join(".git/config");
            let text = fs::read_to_string(&config).unwrap();
            fs::write(&config, text + section).unwrap();
            assert!(!has_no_filter(dir.path()), "{section}");
        }
        let worktree = repository(&["a.tf"]);
        fs::write(
            worktree.path().join(".git/config.worktree"),
            "[filter \"x\"]",
        )
        .unwrap();
        assert!(!has_no_filter(worktree.path()));
    }
}
