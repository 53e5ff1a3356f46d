mod attributes;
mod crashes;
mod recovery;

use std::{
    collections::BTreeMap,
    os::unix::fs::{PermissionsExt as _, chown, symlink},
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use tempfile::TempDir;

use super::*;

/// A directory with files in it and changes to all of them.
struct TestTree {
    dir: TempDir,
    changes: Vec<FileChange>,
}

impl TestTree {
    /// `count` files in `.` and `sub`, from `old N` to `new N`.
    fn new(count: usize) -> Self {
        let path = |n| {
            PathBuf::from(if n % 2 == 0 {
                format!("{n}.tf")
            } else {
                format!("sub/{n}.tf")
            })
        };
        let changes = (0..count)
            .map(|n| FileChange {
                path: path(n),
                before: format!("old {n}\r\n"),
                after: format!("new {n}\r\n"),
            })
            .collect();
        Self::with(changes)
    }

    /// The files of `changes` as they are before.
    fn with(changes: Vec<FileChange>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for change in &changes {
            let file = dir.path().join(&change.path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, &change.before).unwrap();
        }
        Self { dir, changes }
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    fn file(&self, index: usize) -> PathBuf {
        self.root().join(&self.changes[index].path)
    }

    /// Every file there is, with its content.
    fn found(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut directories = vec![self.root().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    let content = fs::read(&path).unwrap();
                    found.insert(path.strip_prefix(self.root()).unwrap().to_owned(), content);
                }
            }
        }
        found
    }

    fn expected(&self, text: impl Fn(&FileChange) -> &str) -> BTreeMap<PathBuf, Vec<u8>> {
        self.changes
            .iter()
            .map(|change| (change.path.clone(), text(change).into()))
            .collect()
    }

    /// Exactly the old files and nothing else.
    #[track_caller]
    fn assert_old(&self) {
        assert_eq!(self.found(), self.expected(|change| &change.before));
    }

    /// Exactly the new files and nothing else.
    #[track_caller]
    fn assert_new(&self) {
        assert_eq!(self.found(), self.expected(|change| &change.after));
    }

    /// What the next run does first.
    fn clean_up(&self) {
        recover(self.root()).unwrap();
    }
}

/// [`write`] where `at(n)` is called for the nth question whether to stop, and answers it.
fn write_asking(world: &TestTree, at: impl Fn(usize) -> bool + Sync) -> anyhow::Result<usize> {
    let asked = AtomicUsize::new(0);
    let _old = write(world.root(), &world.changes, &|| {
        at(asked.fetch_add(1, Ordering::SeqCst))
    })?;
    Ok(asked.into_inner())
}

#[test]
fn contents_modes_and_owners() {
    let world = TestTree::with(vec![
        FileChange {
            path: "a.tf".into(),
            before: "a\r\nb".into(),
            after: "a\r\n\u{feff}c".into(),
        },
        FileChange {
            path: "empty".into(),
            before: String::new(),
            after: "x".into(),
        },
        FileChange {
            path: "emptied".into(),
            before: "x".into(),
            after: String::new(),
        },
    ]);
    fs::set_permissions(world.file(0), fs::Permissions::from_mode(0o751)).unwrap();
    let owned = chown(world.file(0), Some(12345), Some(23456)).is_ok();
    commit(world.root(), &world.changes).unwrap().unwrap();
    world.assert_new();
    let metadata = fs::metadata(world.file(0)).unwrap();
    assert_eq!(metadata.mode() & 0o7777, 0o751);
    if owned {
        assert_eq!((metadata.uid(), metadata.gid()), (12345, 23456));
    }
    assert_eq!(metadata.nlink(), 1);
    commit(world.root(), &[]).unwrap().unwrap();
}

#[test]
fn a_file_that_was_edited_meanwhile_stops_everything() {
    for text in ["mine", "OLD 3\r\n"] {
        let world = TestTree::new(6);
        fs::write(world.file(3), text).unwrap();
        let error = commit(world.root(), &world.changes).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "nothing was changed: sub/3.tf was changed by someone else since it was read"
        );
        fs::write(world.file(3), "old 3\r\n").unwrap();
        world.assert_old();
    }
}

#[test]
fn a_file_that_was_replaced_during_the_run_stops_everything() {
    let world = TestTree::new(4);
    // The fifth question is asked after all four are staged.
    let replace = |n| {
        if n == 4 {
            fs::write(world.root().join("x"), "old 2\r\n").unwrap();
            fs::rename(world.root().join("x"), world.file(2)).unwrap();
        }
        false
    };
    assert!(
        format!("{:#}", write_asking(&world, replace).unwrap_err()).contains("2.tf was changed")
    );
    world.assert_old();
}

#[test]
fn files_that_cannot_be_replaced_are_refused() {
    let refused = |break_it: &dyn Fn(&Path), phrase: &str| {
        let world = TestTree::new(3);
        break_it(&world.file(2));
        let before = world.found();
        assert_eq!(obstacle(&world.file(2)).unwrap(), Some(phrase));
        let error = commit(world.root(), &world.changes).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            format!("nothing was written: 2.tf {phrase}")
        );
        assert_eq!(world.found(), before);
    };
    refused(
        &|file| fs::hard_link(file, file.with_file_name("link")).unwrap(),
        "has other hard links",
    );
    refused(
        &|file| fs::set_permissions(file, fs::Permissions::from_mode(0o444)).unwrap(),
        "is read-only",
    );
    refused(
        &|file| {
            fs::rename(file, file.with_file_name("real")).unwrap();
            symlink("real", file).unwrap();
        },
        "is a symbolic link",
    );
    refused(
        &|file| {
            fs::remove_file(file).unwrap();
            fs::create_dir(file).unwrap();
        },
        "is not a regular file",
    );
    let missing = obstacle(Path::new("/nonexistent")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

#[test]
fn no_path_leads_out_of_the_root() {
    let world = TestTree::new(1);
    let outside = TestTree::new(1);
    symlink(outside.root(), world.root().join("link")).unwrap();
    for path in ["link/0.tf", "../0.tf", "/etc/hostname", ""] {
        let change = FileChange {
            path: path.into(),
            ..world.changes[0].clone()
        };
        let error = format!("{:#}", commit(world.root(), &[change]).unwrap_err());
        let is_refused = ["is reached by a symbolic link", "is not a path below"];
        assert!(
            is_refused.iter().any(|text| error.contains(text)),
            "{error}"
        );
    }
    outside.assert_old();
}

#[test]
fn a_rename_that_fails_undoes_the_others() {
    let asked = write_asking(&TestTree::new(6), |_| false).unwrap();
    for failing in 1..=6 {
        let world = TestTree::new(6);
        // The last question comes after the last rename, the six before it before one each.
        let sabotage = |n| {
            if n == asked - 1 - failing {
                let directory = world.file(6 - failing);
                let staged = world.found().into_keys().find(|path| {
                    path.to_string_lossy()
                        .ends_with(&format!("-{}.new", 6 - failing))
                });
                assert_eq!(
                    directory.parent(),
                    world.root().join(staged.as_ref().unwrap()).parent()
                );
                fs::remove_file(world.root().join(staged.unwrap())).unwrap();
            }
            false
        };
        let error = format!("{:#}", write_asking(&world, sabotage).unwrap_err());
        assert!(
            error.starts_with("nothing was changed: cannot replace "),
            "{error}"
        );
        world.assert_old();
    }
}

#[test]
fn stopping_anywhere_undoes_everything() {
    let asked = write_asking(&TestTree::new(5), |_| false).unwrap();
    assert_eq!(asked, 16);
    for stop in 0..asked {
        let world = TestTree::new(5);
        let error = write_asking(&world, |n| n == stop).unwrap_err();
        assert!(error.downcast_ref::<Interrupted>().is_some(), "{error:#}");
        assert_eq!(format!("{error:#}"), "nothing was changed: interrupted");
        world.assert_old();
    }
}

#[test]
fn a_file_of_the_repository_is_not_taken_for_one_of_a_run() {
    let world = TestTree::new(1);
    for name in [
        ".tfkeyless-1-0.new",
        ".tfkeyless-1-0.old",
        ".tfkeyless-journal",
    ] {
        fs::write(world.root().join(name), "mine").unwrap();
    }
    world.clean_up();
    commit(world.root(), &world.changes).unwrap().unwrap();
    assert_eq!(world.found().len(), 4);
    assert_eq!(
        fs::read(world.root().join(".tfkeyless-1-0.old")).unwrap(),
        b"mine"
    );
}
