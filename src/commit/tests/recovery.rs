//! What became of the files between a run that was killed and the next one.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::outcome::Refusal;

use super::*;

/// Six files of which a run had replaced three when it was killed, and the names of its backups.
fn killed() -> (TestTree, Vec<PathBuf>) {
    let world = TestTree::new(6);
    // Six questions while staging, six while backing up, then one before each rename.
    let die = |n| match n {
        15 => resume_unwind(Box::new(())),
        _ => false,
    };
    catch_unwind(AssertUnwindSafe(|| write_asking(&world, die))).unwrap_err();
    let is_backup = |path: &PathBuf| path.extension().is_some_and(|end| end == "old");
    let backups = world.found().into_keys().filter(is_backup);
    let backups: Vec<PathBuf> = backups.map(|path| world.root().join(path)).collect();
    assert_eq!(backups.len(), 6);
    (world, backups)
}

/// What a person may have made of the first file, which was replaced, or of the last, which was not;
/// how many are put back in the end, or `None` where this one needs a person.
type Since = (&'static str, fn(&Path), [Option<usize>; 2]);

const SINCE: [Since; 8] = [
    ("nothing", |_| (), [Some(3), Some(3)]),
    (
        "edited",
        |file| fs::write(file, "mine").unwrap(),
        [None, Some(3)],
    ),
    (
        "edited by an editor that makes a new file",
        |file| {
            fs::remove_file(file).unwrap();
            fs::write(file, "mine").unwrap();
        },
        [None, None],
    ),
    (
        "emptied",
        |file| {
            fs::remove_file(file).unwrap();
            fs::write(file, "").unwrap();
        },
        [None, None],
    ),
    (
        "removed",
        |file| fs::remove_file(file).unwrap(),
        [None, None],
    ),
    (
        "a link",
        |file| {
            fs::rename(file, file.with_file_name("real")).unwrap();
            symlink("real", file).unwrap();
        },
        [None, None],
    ),
    (
        "a directory",
        |file| {
            fs::remove_file(file).unwrap();
            fs::create_dir(file).unwrap();
        },
        [None, None],
    ),
    (
        "as it was, by a checkout",
        |file| {
            let number = file.file_stem().unwrap().to_string_lossy().into_owned();
            fs::remove_file(file).unwrap();
            fs::write(file, format!("old {number}\r\n")).unwrap();
        },
        [Some(2), Some(3)],
    ),
];

#[test]
fn only_a_file_that_is_as_the_run_left_it_is_put_back() {
    for (what, change, restored) in SINCE {
        for (file, restored) in [(0, restored[0]), (5, restored[1])] {
            let (world, _) = killed();
            change(&world.file(file));
            let changed = fs::symlink_metadata(world.file(file)).ok();
            let content = fs::read(world.file(file)).ok();
            let recovered = recover(world.root());
            let Some(restored) = restored else {
                let error = recovered.unwrap_err();
                let name = world.changes[file].path.display().to_string();
                assert!(error.is::<Refusal>(), "{what}: {error:#}");
                let text = error.to_string();
                assert!(
                    text.starts_with(&format!(
                        "{name} was changed after a run of tfkeyless was killed"
                    )),
                    "{what}: {text}"
                );
                assert_eq!(text.lines().count(), 2, "{text}");
                // Who only looks reads the same.
                let edited = edited(world.root()).unwrap();
                let edited: Vec<String> = edited.iter().map(ToString::to_string).collect();
                assert_eq!(edited, std::slice::from_ref(&text), "{what}");
                // It is as the person wanted, and the others are as before the run.
                assert_eq!(fs::read(world.file(file)).ok(), content, "{what}");
                let kind = |metadata: fs::Metadata| metadata.file_type();
                let now = fs::symlink_metadata(world.file(file)).ok();
                assert_eq!(now.map(kind), changed.map(kind), "{what}");
                for other in (0..6).filter(|other| *other != file) {
                    let before = world.changes[other].before.as_bytes();
                    assert_eq!(fs::read(world.file(other)).unwrap(), before, "{what}");
                }
                settle(&world, file, &text);
                continue;
            };
            assert_eq!(recovered.unwrap(), Some(restored), "{what} {file}");
            assert!(edited(world.root()).unwrap().is_empty(), "{what} {file}");
            assert_eq!(interrupted(world.root()).unwrap(), None, "{what}");
        }
    }
}

/// What a person does who reads `text`: the backup that it names goes where it belongs.
#[track_caller]
fn settle(world: &TestTree, file: usize, text: &str) {
    assert_eq!(
        interrupted(world.root()).unwrap(),
        Some(Interruption::Killed)
    );
    let backup = text.split("help: move ").nth(1).unwrap();
    let backup = Path::new(backup.split(", its content").next().unwrap());
    assert_eq!(
        fs::read(backup).unwrap(),
        world.changes[file].before.as_bytes()
    );
    let target = world.file(file);
    let _ = fs::remove_file(&target).or_else(|_| fs::remove_dir(&target));
    fs::rename(backup, target).unwrap();
    assert_eq!(recover(world.root()).unwrap(), Some(0));
    let _ = fs::remove_file(world.root().join("real"));
    let _ = fs::remove_file(world.root().join("sub/real"));
    world.assert_old();
}

#[test]
fn a_backup_that_is_not_the_old_content_is_never_put_back() {
    let (world, backups) = killed();
    for backup in &backups {
        fs::remove_file(backup).unwrap();
        fs::write(backup, "from elsewhere").unwrap();
    }
    let error = format!("{:#}", recover(world.root()).unwrap_err());
    assert_eq!(
        error.matches("is not its old content").count(),
        3,
        "{error}"
    );
    for file in 0..3 {
        let after = world.changes[file].after.as_bytes();
        assert_eq!(fs::read(world.file(file)).unwrap(), after);
    }
}

#[test]
fn nothing_is_put_back_through_a_directory_that_became_a_link() {
    let (world, _) = killed();
    let outside = TestTree::new(6);
    for file in [1, 3, 5] {
        fs::write(outside.file(file), &outside.changes[file].after).unwrap();
    }
    let before = outside.found();
    fs::rename(world.root().join("sub"), world.root().join("moved")).unwrap();
    symlink(outside.root().join("sub"), world.root().join("sub")).unwrap();
    let error = recover(world.root()).unwrap_err().to_string();
    assert_eq!(
        error.matches("its directory is not where it was").count(),
        3
    );
    assert_eq!(outside.found(), before);
    fs::remove_file(world.root().join("sub")).unwrap();
    fs::rename(world.root().join("moved"), world.root().join("sub")).unwrap();
    assert_eq!(recover(world.root()).unwrap(), Some(1));
    world.assert_old();
}

#[test]
fn one_file_that_cannot_be_put_back_does_not_keep_the_others() {
    let (world, backups) = killed();
    // The backup cannot be read, renamed or removed as a file.
    let first = backups
        .iter()
        .find(|path| path.to_string_lossy().ends_with("-0.old"));
    let first = first.unwrap();
    let kept = fs::read(first).unwrap();
    fs::remove_file(first).unwrap();
    fs::create_dir(first).unwrap();
    recover(world.root()).unwrap_err();
    assert_eq!(
        fs::read(world.file(2)).unwrap(),
        world.changes[2].before.as_bytes()
    );
    fs::remove_dir(first).unwrap();
    fs::write(first, kept).unwrap();
    assert_eq!(recover(world.root()).unwrap(), Some(1));
    world.assert_old();
}

#[test]
fn a_copy_of_the_directory_is_not_acted_on() {
    let (world, _) = killed();
    let copy = tempfile::tempdir().unwrap();
    for (path, content) in world.found() {
        fs::create_dir_all(copy.path().join(&path).parent().unwrap()).unwrap();
        fs::write(copy.path().join(path), content).unwrap();
    }
    assert_eq!(interrupted(copy.path()).unwrap(), None);
    assert_eq!(recover(copy.path()).unwrap(), None);
    let first = copy.path().join(&world.changes[0].path);
    assert_eq!(fs::read(first).unwrap(), world.changes[0].after.as_bytes());
}

#[test]
fn a_run_that_holds_its_journal_is_alive_whatever_its_number_and_name() {
    let world = TestTree::new(3);
    let during = |n| {
        if n == 4 {
            assert_eq!(
                interrupted(world.root()).unwrap(),
                Some(Interruption::Writing)
            );
            for error in [
                recover(world.root()).unwrap_err(),
                commit(world.root(), &world.changes).unwrap_err(),
            ] {
                assert!(format!("{error:#}").contains("another run is writing here"));
            }
        }
        false
    };
    write_asking(&world, during).unwrap();
    world.assert_new();
}

#[test]
fn backups_that_a_run_left_when_it_was_done_are_removed_by_the_next() {
    let (world, backups) = killed();
    let left = fs::read(&backups[0]).unwrap();
    recover(world.root()).unwrap();
    world.assert_old();
    fs::create_dir_all(backups[0].parent().unwrap()).unwrap();
    fs::set_permissions(
        backups[0].parent().unwrap(),
        fs::Permissions::from_mode(0o700),
    )
    .unwrap();
    fs::set_permissions(
        world.root().join(".tfkeyless"),
        fs::Permissions::from_mode(0o700),
    )
    .unwrap();
    fs::write(&backups[0], &left).unwrap();
    assert_eq!(recover(world.root()).unwrap(), None);
    world.assert_old();
}

#[test]
fn old_content_that_cannot_be_removed_is_said() {
    let world = TestTree::new(3);
    let hinder = |n| {
        // After the last rename.
        if n == 9 {
            let is_backup = |path: &PathBuf| path.extension().is_some_and(|end| end == "old");
            let backup = world.found().into_keys().find(is_backup).unwrap();
            let backup = world.root().join(backup);
            fs::remove_file(&backup).unwrap();
            fs::create_dir(backup).unwrap();
        }
        false
    };
    let asked = AtomicUsize::new(0);
    let stop = || hinder(asked.fetch_add(1, Ordering::SeqCst));
    let cleaned_up = write(world.root(), &world.changes, &stop).unwrap();
    let error = format!("{:#}", cleaned_up.unwrap_err());
    assert!(error.starts_with("cannot remove "), "{error}");
    assert!(error.contains("-0.old: "), "{error}");
    assert_eq!(interrupted(world.root()).unwrap(), None);
}
