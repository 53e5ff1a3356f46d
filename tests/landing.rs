//! The branch and the commit that changes land on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::checkout::Checkout;

const ROLE: &str = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AFTER: &str = "provider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n";
const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\n";
const LAND: [&str; 5] = ["apply", "--yes", "--branch", "tfkeyless", "--commit"];

fn repository() -> Checkout {
    let checkout = Checkout::committed(&[
        ("main.tf", ROLE),
        ("tfkeyless.hcl", CONFIG),
        ("notes", "a\n"),
    ]);
    checkout.git(&["config", "user.name", "a"]);
    checkout.git(&["config", "user.email", "a@example.com"]);
    checkout
}

/// Name of the branch, and the commits of it.
fn branch(checkout: &Checkout) -> (String, usize) {
    let name = checkout.git(&["branch", "--show-current"]);
    let log = checkout.git(&["log", "--format=%H"]);
    (name.trim().to_owned(), log.lines().count())
}

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
    checkout.run(&LAND).code(0).says("Nothing to change.");
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
fn without_a_branch_to_come_from_the_commit_is_gone_back_to() {
    let checkout = repository();
    checkout.git(&["switch", "--quiet", "--detach"]);
    checkout.git(&["config", "commit.gpgSign", "true"]);
    checkout.git(&["config", "gpg.program", "/nonexistent"]);
    checkout.run(&LAND).code(2).says("git does not commit");
    assert_eq!(branch(&checkout), (String::new(), 1));
    assert_eq!(
        checkout.git(&["for-each-ref", "--format=%(refname)"]),
        "refs/heads/main\n"
    );
    checkout.git(&["config", "--unset", "commit.gpgSign"]);
    checkout.run(&LAND).code(0);
    assert_eq!(branch(&checkout), ("tfkeyless".to_owned(), 2));
}

#[test]
fn an_unfinished_merge_is_left_alone() {
    let checkout = repository();
    let head = checkout.git(&["rev-parse", "HEAD"]);
    checkout.write(".git/MERGE_HEAD", &head);
    checkout.run(&LAND).code(2).says("a merge is not finished");
    assert_eq!(checkout.read("main.tf"), ROLE);
    assert_eq!(branch(&checkout), ("main".to_owned(), 1));
}

#[test]
fn a_commit_that_git_refuses_takes_everything_back() {
    let checkout = repository();
    // A key that there is none of: the commit fails after the files are written.
    checkout.git(&["config", "commit.gpgSign", "true"]);
    checkout.git(&["config", "gpg.program", "/nonexistent"]);
    checkout.run(&LAND).code(2).says("git does not commit");
    assert_eq!(checkout.read("main.tf"), ROLE);
    assert_eq!(branch(&checkout), ("main".to_owned(), 1));
    assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
    assert_eq!(checkout.git(&["status", "--short"]), "");
    assert!(!checkout.path().join(".git/tfkeyless-commit").exists());
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
        format!(
            "{{\"head\":\"{}\",\"branch\":\"tfkeyless\",\"message\":\"Move\",\"files\":{{\"main.tf\":\"{hash}\"}}}}\n",
            head.trim()
        )
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
fn nobody_to_commit_as_takes_everything_back() {
    let checkout = repository();
    checkout.git(&["config", "user.name", ""]);
    checkout
        .run(&LAND)
        .code(2)
        .says("git does not know who commits: set user.name and user.email");
    assert_eq!(checkout.read("main.tf"), ROLE);
    assert_eq!(branch(&checkout), ("main".to_owned(), 1));
    assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
    assert_eq!(checkout.git(&["status", "--short"]), "");
}

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
