use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::PathBuf,
};

use tempfile::TempDir;

use super::{uncommitted::Mark, *};

/// What git writes, without the line's end.
pub fn git(root: &Path, args: &[&str]) -> String {
    let output = run(program(root).args(args)).unwrap();
    String::from_utf8(output).unwrap().trim_end().to_owned()
}

/// A repository with `committed` in its one commit.
pub fn repository(committed: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    git(at, &["init", "-q"]);
    for file in committed {
        fs::create_dir_all(at.join(file).parent().unwrap()).unwrap();
        fs::write(at.join(file), "a\n").unwrap();
    }
    git(at, &["add", "-A"]);
    let identity = ["-c", "user.name=x", "-c", "user.email=x@x"];
    let commit = [
        "-c",
        "commit.gpgSign=false",
        "commit",
        "-qm",
        "x",
        "--allow-empty",
    ];
    git(at, &[&identity[..], &commit].concat());
    dir
}

/// Those of `files` that are not committed.
fn dirty(root: &Path, files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let uncommitted = Repository::open(root)?.uncommitted(files)?;
    Ok(uncommitted.into_iter().map(|it| it.path).collect())
}

fn paths(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(PathBuf::from).collect()
}

#[test]
fn changed_staged_and_untracked_files_are_dirty() {
    let names = [
        "a.tf",
        "b.tf",
        "new\nline.tf",
        "*.tf",
        "é x.tf",
        ":top.tf",
        "-n.tf",
        "sub/c.tf",
    ];
    let dir = repository(&names);
    assert!(dirty(dir.path(), &paths(&names)).unwrap().is_empty());
    for name in &names[2..] {
        fs::write(dir.path().join(name), "b\n").unwrap();
    }
    fs::write(dir.path().join("untracked.tf"), "").unwrap();
    fs::write(dir.path().join("staged.tf"), "").unwrap();
    git(dir.path(), &["add", "staged.tf"]);
    fs::write(dir.path().join("not asked for.tf"), "").unwrap();

    let mut asked = paths(&names);
    asked.extend(paths(&["untracked.tf", "staged.tf"]));
    let mut found = dirty(dir.path(), &asked).unwrap();
    found.sort();
    let mut expected = asked.split_off(2);
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn only_what_was_asked_for() {
    let dir = repository(&["a.tf", "*.tf"]);
    fs::write(dir.path().join("a.tf"), "b\n").unwrap();
    assert!(dirty(dir.path(), &paths(&["*.tf"])).unwrap().is_empty());
    assert!(dirty(dir.path(), &[]).unwrap().is_empty());
}

#[test]
fn more_files_than_fit_on_one_command_line() {
    let dir = repository(&[]);
    let names: Vec<_> = (0..=2 * BATCH)
        .map(|n| PathBuf::from(format!("{n:03}.tf")))
        .collect();
    for name in &names {
        fs::write(dir.path().join(name), "").unwrap();
    }
    assert_eq!(dirty(dir.path(), &names).unwrap(), names);
}

#[test]
fn paths_are_relative_to_a_root_below_the_top() {
    let dir = repository(&["stacks/new\nline/modules/a.tf"]);
    let root = dir.path().join("stacks/new\nline");
    fs::write(root.join("modules/a.tf"), "b\n").unwrap();
    assert!(is_work_tree(&root));
    assert_eq!(
        dirty(&root, &paths(&["modules/a.tf"])).unwrap(),
        paths(&["modules/a.tf"])
    );
}

#[test]
fn a_surrounding_git_does_not_redirect() {
    let dir = repository(&["a.tf"]);
    let kept = program(dir.path());
    assert!(
        kept.get_envs()
            .all(|(name, value)| value.is_none() || name != "GIT_DIR")
    );
    // The variables of this process cannot be set while other tests run: ask a child of it.
    if std::env::var_os("TFKEYLESS_TEST_INSIDE_GIT").is_some() {
        fs::write(dir.path().join("a.tf"), "b\n").unwrap();
        assert_eq!(
            dirty(dir.path(), &paths(&["a.tf"])).unwrap(),
            paths(&["a.tf"])
        );
        return;
    }
    let other = repository(&[]);
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "git::tests::a_surrounding_git_does_not_redirect"])
        .env("TFKEYLESS_TEST_INSIDE_GIT", "1")
        .env("GIT_DIR", other.path().join(".git"))
        .env("GIT_WORK_TREE", other.path())
        .env("GIT_INDEX_FILE", other.path().join("index"))
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stdout)
    );
}

#[test]
fn errors_say_what_to_do_next() {
    let dir = tempfile::tempdir().unwrap();
    assert!(!is_work_tree(dir.path()));
    let error = Repository::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("not a git repository"), "{error}");

    let missing = run(&mut Command::new("/nonexistent/git"))
        .unwrap_err()
        .to_string();
    assert_eq!(missing, "git is not installed");
}

#[test]
#[ignore = "needs root, to give a repository to another user"]
fn a_repository_of_another_user_is_not_trusted() {
    let foreign = repository(&["a.tf"]);
    chown(foreign.path(), Some(12345), None).expect("root may do that");
    let error = dirty(foreign.path(), &paths(&["a.tf"])).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("does not trust"), "{error}");
}

#[test]
fn what_git_status_does_not_show_is_not_committed() {
    let names = ["a.tf", "b.tf", "c.tf", "d.tf"];
    let dir = repository(&names);
    git(
        dir.path(),
        &["update-index", "--assume-unchanged", "a.tf", "c.tf"],
    );
    git(
        dir.path(),
        &["update-index", "--skip-worktree", "b.tf", "d.tf"],
    );
    for name in &names[..2] {
        fs::write(dir.path().join(name), "hidden\n").unwrap();
    }
    assert_eq!(git(dir.path(), &["status", "--short"]), "");
    let repository = Repository::open(dir.path()).unwrap();
    let found = repository.uncommitted(&paths(&names)).unwrap();
    let expected = [
        ("a.tf", Mark::AssumeUnchanged),
        ("b.tf", Mark::SkipWorktree),
    ];
    let expected = expected.map(|(path, mark)| Uncommitted {
        path: PathBuf::from(path),
        mark: Some(mark),
    });
    assert_eq!(found, expected);
}

#[test]
fn the_content_counts_and_not_its_time() {
    let dir = repository(&["a.tf", "b.tf"]);
    let at = |name: &str| dir.path().join(name);
    for name in ["a.tf", "b.tf"] {
        let time = fs::metadata(at(name)).unwrap().modified().unwrap();
        if name == "a.tf" {
            fs::write(at(name), "b\n").unwrap();
        }
        let file = fs::File::options().append(true).open(at(name)).unwrap();
        // Older than the index, so that git believes the time.
        let time = time - std::time::Duration::from_secs(60);
        file.set_modified(time).unwrap();
    }
    assert_eq!(
        dirty(dir.path(), &paths(&["a.tf", "b.tf"])).unwrap(),
        paths(&["a.tf"])
    );
}

#[test]
fn line_ends_and_encodings_are_git_s() {
    let dir = repository(&["plain.tf"]);
    let at = |name: &str| dir.path().join(name);
    fs::write(
        at(".gitattributes"),
        "crlf.tf text eol=crlf\nwide.tf working-tree-encoding=UTF-16LE\n",
    )
    .unwrap();
    fs::write(at("crlf.tf"), "a\r\nb\r\n").unwrap();
    fs::write(at("wide.tf"), b"a\0\n\0").unwrap();
    git(dir.path(), &["add", "-A"]);
    let identity = [
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@x",
        "commit",
        "-qm",
        "x",
    ];
    git(dir.path(), &identity);
    let names = paths(&["plain.tf", "crlf.tf", "wide.tf"]);
    assert_eq!(dirty(dir.path(), &names).unwrap(), paths(&[]));
    fs::write(at("crlf.tf"), "a\r\nc\r\n").unwrap();
    fs::write(at("wide.tf"), b"b\0\n\0").unwrap();
    assert_eq!(dirty(dir.path(), &names).unwrap(), names[1..]);
}

#[test]
fn a_mode_counts_where_git_has_modes() {
    let dir = repository(&["a.tf"]);
    let path = dir.path().join("a.tf");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(
        dirty(dir.path(), &paths(&["a.tf"])).unwrap(),
        paths(&["a.tf"])
    );
    git(dir.path(), &["config", "core.fileMode", "false"]);
    assert!(dirty(dir.path(), &paths(&["a.tf"])).unwrap().is_empty());
}

#[test]
fn before_the_first_commit_nothing_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q"]);
    fs::write(dir.path().join("a.tf"), "").unwrap();
    git(dir.path(), &["add", "a.tf"]);
    assert_eq!(
        dirty(dir.path(), &paths(&["a.tf"])).unwrap(),
        paths(&["a.tf"])
    );
}

#[test]
fn a_file_of_which_a_merge_is_not_finished_is_not_committed() {
    let dir = repository(&["a.tf"]);
    let index = "100644 78981922613b2afb6025042ff6bd878ac1994e85 2\ta.tf\n";
    git(dir.path(), &["rm", "-q", "--cached", "a.tf"]);
    fs::write(dir.path().join("entries"), index).unwrap();
    let make = "alias.make=!git update-index --index-info <entries";
    git(dir.path(), &["-c", make, "make"]);
    assert_eq!(
        dirty(dir.path(), &paths(&["a.tf"])).unwrap(),
        paths(&["a.tf"])
    );
}

#[test]
fn a_filter_of_the_repository_guards_its_files() {
    let dir = repository(&["a.tf", "b.tf", "sub/new\nline.tf"]);
    let guarded = || {
        let repository = Repository::open(dir.path()).unwrap();
        let files = paths(&["a.tf", "b.tf", "sub/new\nline.tf"]);
        repository.guarded(&files).unwrap()
    };
    fs::write(
        dir.path().join(".gitattributes"),
        "a.tf filter=x=y.z\nsub/* filter=other\n",
    )
    .unwrap();
    assert_eq!(guarded(), []);
    let expected = |path: &str, filter: &str| (PathBuf::from(path), filter.to_owned());
    git(dir.path(), &["config", "filter.x=y.z.clean", "cat"]);
    assert_eq!(guarded(), [expected("a.tf", "x=y.z")]);
    // By a file that the configuration takes in, and attributes that it names.
    fs::write(
        dir.path().join("more"),
        "[filter \"other\"]\n\tprocess = cat\n",
    )
    .unwrap();
    git(dir.path(), &["config", "include.path", "../more"]);
    let attributes = dir.path().join("attributes");
    fs::write(&attributes, "b.tf filter=other\n").unwrap();
    git(
        dir.path(),
        &[
            "config",
            "core.attributesFile",
            attributes.to_str().unwrap(),
        ],
    );
    assert_eq!(
        guarded(),
        [
            expected("a.tf", "x=y.z"),
            expected("b.tf", "other"),
            expected("sub/new\nline.tf", "other"),
        ]
    );
    // Another directory that has the configuration.
    git(dir.path(), &["config", "--unset", "include.path"]);
    git(dir.path(), &["config", "--unset", "core.attributesFile"]);
    git(dir.path(), &["config", "--remove-section", "filter.x=y.z"]);
    assert_eq!(guarded(), []);
    let hidden = dir.path().join("hidden");
    fs::create_dir(&hidden).unwrap();
    for name in ["config", "objects", "refs", "packed-refs"] {
        let _ = fs::rename(dir.path().join(".git").join(name), hidden.join(name));
    }
    fs::write(dir.path().join(".git/commondir"), "../hidden\n").unwrap();
    git(dir.path(), &["config", "filter.other.clean", "cat"]);
    assert_eq!(guarded(), [expected("sub/new\nline.tf", "other")]);
}
