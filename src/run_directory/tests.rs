use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::git::tests::repository;

fn git(root: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    let mut git = std::process::Command::new("git");
    git.args(identity)
        .args(["-c", "protocol.file.allow=always"]);
    let output = git.args(arguments).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

fn parent(root: &Path) -> PathBuf {
    let directory = RunDirectory::new(root).unwrap();
    directory.path.parent().unwrap().to_path_buf()
}

#[test]
fn it_is_in_git_where_git_is_at_the_root_or_points_back() {
    let plain = repository(&["a.tf"]);
    assert_eq!(parent(plain.path()), plain.path().join(".git/tfkeyless"));

    let linked = repository(&["a.tf"]);
    git(linked.path(), &["worktree", "add", "-q", "tree"]);
    let real = fs::canonicalize(linked.path()).unwrap();
    let tree = linked.path().join("tree");
    assert_eq!(parent(&tree), real.join(".git/worktrees/tree/tfkeyless"));

    let origin = plain.path().to_str().unwrap();
    git(
        linked.path(),
        &["submodule", "--quiet", "add", origin, "sub"],
    );
    let module = real.join(".git/modules/sub/tfkeyless");
    assert_eq!(parent(&linked.path().join("sub")), module);
}

#[test]
fn it_is_at_the_root_everywhere_else() {
    let none = tempfile::tempdir().unwrap();
    assert_eq!(parent(none.path()), none.path().join(".tfkeyless"));

    let below = repository(&["stack/a.tf"]);
    let stack = below.path().join("stack");
    assert_eq!(parent(&stack), stack.join(".tfkeyless"));

    // A directory that names another root, or none, would be written to from outside.
    let linked = repository(&["a.tf"]);
    git(linked.path(), &["worktree", "add", "-q", "tree"]);
    let other = tempfile::tempdir().unwrap();
    let marker = fs::read(linked.path().join("tree/.git")).unwrap();
    fs::write(other.path().join(".git"), marker).unwrap();
    assert_eq!(parent(other.path()), other.path().join(".tfkeyless"));

    let apart = tempfile::tempdir().unwrap();
    git(
        apart.path(),
        &["init", "-q", "--separate-git-dir=git", "tree"],
    );
    let tree = apart.path().join("tree");
    assert_eq!(parent(&tree), tree.join(".tfkeyless"));

    let followed = repository(&["a.tf"]);
    let git_directory = followed.path().join(".git");
    fs::rename(&git_directory, apart.path().join("moved")).unwrap();
    symlink(apart.path().join("moved"), git_directory).unwrap();
    assert_eq!(parent(followed.path()), followed.path().join(".tfkeyless"));
}

#[test]
fn what_others_can_write_to_is_not_a_runs() {
    let repository = repository(&["a.tf"]);
    let root = repository.path();
    let directory = RunDirectory::new(root).unwrap();
    drop(directory.create_file("journal").unwrap());
    assert_eq!(
        RunDirectory::existing(root).unwrap(),
        std::slice::from_ref(&directory)
    );
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(&directory.path, open).unwrap();
    assert_eq!(RunDirectory::existing(root).unwrap(), []);
    let error = directory.create_file("other").unwrap_err().to_string();
    assert!(error.contains("is no directory that only you"), "{error}");

    fs::remove_dir_all(&directory.path).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    symlink(elsewhere.path(), &directory.path).unwrap();
    assert_eq!(RunDirectory::existing(root).unwrap(), []);
    directory.create_file("journal").unwrap_err();
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn what_git_tracks_or_another_root_made_is_foreign() {
    let repository = repository(&["stack/a.tf"]);
    let stack = repository.path().join("stack");
    let directory = RunDirectory::new(&stack).unwrap();
    drop(directory.create_file("journal").unwrap());
    let other = stack.join(".tfkeyless/1-2");
    fs::create_dir(&other).unwrap();
    assert_eq!(
        RunDirectory::existing(&stack).unwrap(),
        std::slice::from_ref(&directory)
    );
    assert_eq!(RunDirectory::foreign(&stack), std::slice::from_ref(&other));
    git(repository.path(), &["add", "--all"]);
    assert_eq!(RunDirectory::existing(&stack).unwrap().len(), 1);
    git(repository.path(), &["add", "--all", "--force"]);
    assert_eq!(RunDirectory::existing(&stack).unwrap(), []);
    assert_eq!(RunDirectory::foreign(&stack).len(), 2);
}

#[test]
fn it_goes_with_its_last_file() {
    let root = tempfile::tempdir().unwrap();
    let directory = RunDirectory::new(root.path()).unwrap();
    drop(directory.create_file("journal").unwrap());
    let again = directory.create_file("journal").unwrap_err();
    assert_eq!(again.kind(), ErrorKind::AlreadyExists);
    directory.remove_empty();
    assert!(directory.path().exists());
    fs::remove_file(directory.path().join("journal")).unwrap();
    directory.remove_empty();
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}
