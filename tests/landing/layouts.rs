//! Repositories of every layout.

use crate::support::checkout::Checkout;
use crate::support::environment;

use super::{AFTER, CANNOT_SIGN, CONFIG, LAND, ROLE, branch, repository};

#[test]
fn a_packed_branch_and_a_linked_work_tree_are_left_as_well() {
    let checkout = repository();
    checkout.git(&["pack-refs", "--all"]);
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));

    let other = repository();
    other.git(&["worktree", "add", "--quiet", "-b", "topic", "linked"]);
    let apply = [&LAND[..3], &["b", "--commit", "linked"]].concat();
    other.run(&apply).code(0);
    assert_eq!(
        other.git(&["-C", "linked", "branch", "--show-current"]),
        "b\n"
    );
    assert_eq!(other.git(&["show", "b:main.tf"]), AFTER);
    assert_eq!(branch(&other), ("main".to_owned(), 1));
}

#[test]
fn every_layout_lands() {
    let sha256 = Checkout::without_git(&[("main.tf", ROLE), ("tfkeyless.hcl", CONFIG)]);
    sha256.git(&[
        "init",
        "--quiet",
        "--initial-branch=main",
        "--object-format=sha256",
    ]);
    let separate = Checkout::without_git(&[("main.tf", ROLE), ("tfkeyless.hcl", CONFIG)]);
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().join("git");
    let option = format!("--separate-git-dir={}", elsewhere.display());
    separate.git(&["init", "--quiet", "--initial-branch=main", &option]);
    let mut all = vec![sha256, separate];
    // Git before 2.45 has no reftable.
    let reftable = Checkout::without_git(&[("main.tf", ROLE), ("tfkeyless.hcl", CONFIG)]);
    let format = environment::command("git")
        .args([
            "init",
            "--quiet",
            "--initial-branch=main",
            "--ref-format=reftable",
        ])
        .current_dir(reftable.path())
        .status();
    if format.unwrap().success() {
        all.push(reftable);
    }
    for checkout in all {
        checkout.commit();
        checkout.git(&["config", "user.name", "a"]);
        checkout.git(&["config", "user.email", "a@example.com"]);
        let refused = checkout.run_with(&LAND, &CANNOT_SIGN).code(2);
        let said = refused.stderr;
        assert_eq!(branch(&checkout), ("main".to_owned(), 1), "{said}");
        assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
        checkout.run(&LAND).code(0);
        assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
        assert_eq!(checkout.git(&["status", "--short"]), "");
        assert_eq!(
            checkout.git(&["rev-parse", "--abbrev-ref", "@{-1}"]),
            "main\n"
        );
        checkout.git(&["fsck", "--strict"]);
    }
}

#[test]
fn a_submodule_lands_as_any_other() {
    let source = repository();
    let parent = repository();
    let source = source.path().display().to_string();
    parent.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &source,
        "sub",
    ]);
    parent.commit();
    parent.git(&["-C", "sub", "config", "user.name", "a"]);
    parent.git(&["-C", "sub", "config", "user.email", "a@example.com"]);
    parent.run(&[&LAND[..], &["sub"]].concat()).code(0);
    assert_eq!(
        parent.git(&["-C", "sub", "show", "tfkeyless:main.tf"]),
        AFTER
    );
    assert_eq!(branch(&parent), ("main".to_owned(), 2));
    // And the one around it, with the submodule changed.
    parent.run(&LAND).code(0);
    assert_eq!(
        parent.git(&["show", "--format=", "--name-only"]),
        "main.tf\n"
    );
}
