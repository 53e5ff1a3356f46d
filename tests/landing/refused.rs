//! What cannot land, which is not written or taken back.

use std::fs;

use crate::support::checkout::Checkout;

use super::{CANNOT_SIGN, LAND, ROLE, branch, repository};

#[test]
fn what_cannot_land_is_not_written() {
    let taken = repository();
    taken.git(&["branch", "tfkeyless"]);
    taken
        .run(&LAND)
        .code(2)
        .says("there is a branch tfkeyless already");
    assert_eq!(taken.read("main.tf"), ROLE);
    assert_eq!(branch(&taken), ("main".to_owned(), 1));
    assert!(!taken.path().join(".git/tfkeyless-commit").exists());

    let dirty = repository();
    dirty.write("main.tf", &format!("# mine\n{ROLE}"));
    dirty.run(&LAND).code(2).says("uncommitted changes");
    assert_eq!(branch(&dirty), ("main".to_owned(), 1));

    let bare = Checkout::without_git(&[("main.tf", ROLE), ("tfkeyless.hcl", "")]);
    bare.run(&LAND).code(2).says("is no git repository");
    assert_eq!(bare.read("main.tf"), ROLE);

    let name = [&LAND[..3], &["no..name", "--commit"]].concat();
    let named = repository();
    named.run(&name).code(2).says("no..name");
    assert_eq!(named.read("main.tf"), ROLE);
}

#[test]
fn what_git_has_not_finished_is_left_alone() {
    for (name, says) in [
        ("MERGE_HEAD", "a merge is not finished"),
        ("CHERRY_PICK_HEAD", "git cherry-pick --abort"),
        ("REVERT_HEAD", "git revert --abort"),
        ("sequencer/todo", "git revert --abort"),
        ("BISECT_LOG", "git bisect reset"),
        ("rebase-merge/head-name", "git rebase --abort"),
        ("rebase-apply/rebasing", "git rebase --abort"),
        ("rebase-apply/applying", "git am --abort"),
    ] {
        let checkout = repository();
        let head = checkout.git(&["rev-parse", "HEAD"]);
        checkout.write(&format!(".git/{name}"), &head);
        checkout.run(&LAND).code(2).says(says);
        checkout.run(&LAND[..4]).code(2).says(says);
        assert_eq!(checkout.read("main.tf"), ROLE);
        assert_eq!(branch(&checkout), ("main".to_owned(), 1));
        checkout.run(&["apply", "--yes"]).code(0);
    }
}

#[test]
fn a_commit_that_git_refuses_takes_everything_back() {
    let checkout = repository();
    let refused = checkout.run_with(&LAND, &CANNOT_SIGN);
    refused.code(2).says("git does not commit");
    assert_eq!(checkout.read("main.tf"), ROLE);
    assert_eq!(branch(&checkout), ("main".to_owned(), 1));
    assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
    assert_eq!(checkout.git(&["status", "--short"]), "");
    assert!(!checkout.path().join(".git/tfkeyless-commit").exists());
}

#[test]
fn a_branch_that_could_not_be_gone_to_is_deleted() {
    let checkout = repository();
    // Git makes the branch, and then cannot write HEAD.
    checkout.write(".git/HEAD.lock", "");
    checkout.run(&LAND).code(2).says("HEAD.lock");
    assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
    assert!(!checkout.path().join(".git/tfkeyless-commit").exists());
    fs::remove_file(checkout.path().join(".git/HEAD.lock")).unwrap();
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
}

#[test]
fn what_is_no_name_of_a_branch_is_refused_before_anything_is_shown() {
    for (name, expected) in [
        ("@", "git takes no branch with the name @\n"),
        ("a..b", "git takes no branch with the name a..b"),
        ("a b", "git takes no branch with the name 'a b'"),
        ("HEAD", "git takes no branch with the name HEAD"),
        ("@{-1}", "git takes no branch with the name '@{-1}'"),
        ("-x", "git takes no branch with the name"),
        ("", "git takes no branch with the name ''"),
        ("refs/heads/q", "no full ref: `--branch q`"),
        ("refs/tags/q", "no full ref: `--branch tags/q`"),
    ] {
        let checkout = repository();
        let branch = format!("--branch={name}");
        let refused = checkout.run(&["apply", "--yes", &branch]).code(2);
        assert_eq!(refused.stdout, "", "{name}");
        assert!(!refused.stderr.contains("hint"), "{}", refused.stderr);
        refused.says(expected);
        assert_eq!(checkout.read("main.tf"), ROLE, "{name}");
    }
    for name in ["off-static-keys", "feature/x", "refs", "a@b"] {
        let checkout = repository();
        checkout.run(&["apply", "--yes", "--branch", name]).code(0);
        assert_eq!(branch(&checkout).0, name);
    }
}

#[test]
fn a_message_that_is_no_text_is_refused() {
    let checkout = repository();
    fs::write(checkout.path().join("message"), b"Gr\xfc\xdfe\n").unwrap();
    checkout
        .run(&[&LAND[..], &["--message", "message"]].concat())
        .code(2)
        .says("message is not UTF-8");
    assert_eq!(checkout.read("main.tf"), ROLE);
}
