use std::{fs, os::unix::fs::chown};

use tempfile::TempDir;

use super::*;

/// A repository with `committed` in its one commit.
pub fn repository(committed: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    run(git(at).args(["init", "-q"])).unwrap();
    for file in committed {
        fs::create_dir_all(at.join(file).parent().unwrap()).unwrap();
        fs::write(at.join(file), "a\n").unwrap();
    }
    run(git(at).args(["add", "-A"])).unwrap();
    let identity = [
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@x",
        "-c",
        "commit.gpgSign=false",
    ];
    run(git(at)
        .args(identity)
        .args(["commit", "-qm", "x", "--allow-empty"]))
    .unwrap();
    dir
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
    run(git(dir.path()).args(["add", "staged.tf"])).unwrap();
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
fn programs_named_in_the_repository_do_not_run() {
    let dir = repository(&["a.tf", ".gitattributes"]);
    let trap = dir.path().join("trap.sh");
    let sprung = dir.path().join("sprung");
    fs::write(
        &trap,
        format!("#!/bin/sh\ntouch '{}'\ncat\n", sprung.display()),
    )
    .unwrap();
    let program = format!("sh '{}'", trap.display());
    fs::write(
        dir.path().join(".git/info/attributes"),
        "* filter=evil=x.y\n*.tf filter=process\n",
    )
    .unwrap();
    for (key, value) in [
        ("core.fsmonitor", program.as_str()),
        ("core.hooksPath", dir.path().to_str().unwrap()),
        ("filter.evil=x.y.clean", &program),
        ("filter.evil=x.y.required", "true"),
        ("filter.process.process", &program),
    ] {
        run(git(dir.path()).args(["config", key, value])).unwrap();
    }
    fs::write(dir.path().join("a.tf"), "b\n").unwrap();
    fs::write(dir.path().join(".gitattributes"), "b\n").unwrap();
    let asked = paths(&["a.tf", ".gitattributes"]);
    assert_eq!(dirty(dir.path(), &asked).unwrap().len(), 2);
    assert!(!sprung.exists());

    let _ = Command::new("git")
        .arg("-C")
        .arg(dir.path())
        .arg("status")
        .output();
    assert!(sprung.exists(), "the trap does not work");
}

#[test]
fn a_surrounding_git_does_not_redirect() {
    let dir = repository(&["a.tf"]);
    let kept = git(dir.path());
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
    let error = dirty(dir.path(), &paths(&["a"])).unwrap_err().to_string();
    assert!(
        error.contains("not a git repository") && error.ends_with("--allow-dirty"),
        "{error}"
    );

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
    assert!(
        error.contains("does not trust") && error.ends_with("--allow-dirty"),
        "{error}"
    );
}
