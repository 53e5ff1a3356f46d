//! What the commit holds, and where it lands.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::checkout::Checkout;

use super::{AFTER, CANNOT_SIGN, LAND, ROLE, branch, repository};

#[test]
fn one_commit_on_a_new_branch_holds_the_changed_files_alone() {
    let checkout = repository();
    checkout.write("notes", "staged\n");
    checkout.git(&["add", "notes"]);
    checkout.write("other", "untracked\n");
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
    assert_eq!(
        checkout.git(&["show", "--format=", "--name-only"]),
        "main.tf\n"
    );
    assert_eq!(checkout.git(&["status", "--short"]), "M  notes\n?? other\n");
    assert_eq!(checkout.read("main.tf"), AFTER);
    assert_eq!(
        checkout.git(&["log", "-1", "--format=%B"]).trim_end(),
        "Move off static AWS keys\n\nremove_assume_role: 1 change"
    );
    assert_eq!(checkout.git(&["show", "main:main.tf"]), ROLE);
    // Nothing is left of it in git's directory, and a second run has nothing to do.
    assert!(!checkout.path().join(".git/tfkeyless-commit").exists());
    checkout
        .run(&LAND)
        .code(0)
        .says("Plan: no changes; 1 needs manual work.");
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
}

#[test]
fn nothing_to_change_makes_no_branch() {
    let checkout = Checkout::committed(&[("main.tf", AFTER)]);
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("main".to_owned(), 1));
    assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
}

#[test]
fn the_message_can_be_given() {
    let checkout = repository();
    checkout.write("message", "OPS-1: off keys\n\n# kept\n");
    let given = [&LAND[..], &["--message", "message"]].concat();
    checkout.run(&given).code(0);
    let message = checkout.git(&["log", "-1", "--format=%B"]);
    assert_eq!(message.trim_end(), "OPS-1: off keys\n\n# kept");
}

#[test]
fn a_commit_without_a_branch_stays_on_the_branch() {
    let checkout = repository();
    checkout.run(&["apply", "--yes", "--commit"]).code(0);
    assert_eq!(branch(&checkout), ("main".to_owned(), 2));
    let other = repository();
    other.run(&["apply", "--yes", "--branch", "b"]).code(0);
    assert_eq!(branch(&other), ("b".to_owned(), 1));
    assert_eq!(other.git(&["status", "--short"]), " M main.tf\n");
}

#[test]
fn no_hook_runs() {
    let checkout = repository();
    let hooks = checkout.path().join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for hook in [
        "pre-commit",
        "commit-msg",
        "post-commit",
        "post-checkout",
        "reference-transaction",
    ] {
        let path = hooks.join(hook);
        fs::write(
            &path,
            "#!/bin/sh\ntouch \"$(git rev-parse --show-toplevel)/ran\"\nexit 1\n",
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
    assert!(!checkout.path().join("ran").exists());
}

#[test]
fn without_a_branch_to_come_from_the_commit_is_gone_back_to() {
    let checkout = repository();
    checkout.git(&["switch", "--quiet", "--detach"]);
    let refused = checkout.run_with(&LAND, &CANNOT_SIGN);
    refused.code(2).says("git does not commit");
    assert_eq!(branch(&checkout), (String::new(), 1));
    assert_eq!(
        checkout.git(&["for-each-ref", "--format=%(refname)"]),
        "refs/heads/main\n"
    );
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
}

#[test]
fn a_run_that_was_killed_before_it_committed_is_finished() {
    let whole = repository();
    whole.run(&LAND).code(0);
    // As a run leaves it that is killed between writing and committing.
    let killed = repository();
    let head = killed.git(&["rev-parse", "HEAD"]);
    let hash = "f3a0bd1e3ea9e2f6e55a90bd9a4ff2a5e8e4a4a0";
    let note = |hash: &str| {
        let note = serde_json::json!({
            "root": killed.identity(), "head": head.trim(), "from": "refs/heads/main", "branch": "tfkeyless",
            "message": "Move", "files": {"main.tf": [sha1(ROLE), hash]}
        });
        format!("{note}\n")
    };
    killed.git(&["switch", "--quiet", "--create", "tfkeyless"]);
    killed.write("main.tf", AFTER);
    // Somebody edited it since: nothing of ours.
    killed.write(".git/tfkeyless-commit", &note(hash));
    killed.run(&LAND).code(0);
    assert_eq!(branch(&killed), ("tfkeyless".to_owned(), 1));
    let hash = sha1(AFTER);
    killed.write(".git/tfkeyless-commit", &note(&hash));
    killed
        .run(&LAND)
        .code(0)
        .says("before it committed is finished");
    assert_eq!(branch(&killed), ("tfkeyless".to_owned(), 2));
    assert_eq!(killed.git(&["status", "--short"]), "");
    assert_eq!(killed.files(), whole.files());
    assert!(!killed.path().join(".git/tfkeyless-commit").exists());
}

fn sha1(text: &str) -> String {
    use sha1::{Digest as _, Sha1};
    let hash = Sha1::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_signature_is_the_users_to_ask_for() {
    let checkout = repository();
    checkout.git(&["config", "commit.gpgSign", "true"]);
    checkout.git(&["config", "gpg.program", "/nonexistent"]);
    checkout
        .run(&LAND)
        .code(0)
        .says("git commit --amend --no-edit --gpg-sign");
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));

    // Not to sign, where the user signs otherwise.
    let checkout = repository();
    checkout.git(&["config", "commit.gpgSign", "false"]);
    checkout.write(
        ".git/global",
        "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = /nonexistent\n",
    );
    let global = checkout.path().join(".git/global");
    let global = [("GIT_CONFIG_GLOBAL", global.to_str().unwrap())];
    checkout.run_with(&LAND, &global).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
}
