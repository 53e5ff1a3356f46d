//! A run that is killed while it commits, and the git that it started with it.

use std::fs;

use crate::landing::CANNOT_SIGN;
use crate::support::checkout::Checkout;
use rustix::fs::{FlockOperation, flock};

const ROLE: &str = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AFTER: &str = "provider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n";
const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\n";
const LAND: [&str; 5] = ["apply", "--yes", "--branch", "tfkeyless", "--commit"];
const MARK: &str = "tfkeyless is committing; what it left here, its next run takes away\n";

/// A repository as a run leaves it that has noted what it is about to commit, and holds the index.
fn begun() -> Checkout {
    let checkout = Checkout::committed(&[("main.tf", ROLE), ("tfkeyless.hcl", CONFIG)]);
    checkout.git(&["config", "user.name", "a"]);
    checkout.git(&["config", "user.email", "a@example.com"]);
    let head = checkout.git(&["rev-parse", "HEAD"]);
    let note = serde_json::json!({
        "root": checkout.identity(), "head": head.trim(), "from": "refs/heads/main", "branch": "tfkeyless", "message": "Move",
        "files": {"main.tf": [sha1(ROLE), sha1(AFTER)]}
    });
    checkout.write(".git/tfkeyless-commit", &format!("{note}\n"));
    let git = checkout.path().join(".git");
    fs::hard_link(git.join("tfkeyless-commit"), git.join("index.lock")).unwrap();
    fs::hard_link(git.join("index"), git.join("tfkeyless-index")).unwrap();
    checkout
}

fn sha1(text: &str) -> String {
    use sha1::{Digest as _, Sha1};
    let hash = Sha1::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Locks that a killed git leaves.
fn leave_locks(checkout: &Checkout) {
    for name in [
        "HEAD.lock",
        "AUTO_MERGE.lock",
        "packed-refs.lock",
        "next-index-1.lock",
        "tfkeyless-index.lock",
        "refs/heads/tfkeyless.lock",
    ] {
        checkout.write(&format!(".git/{name}"), "");
    }
}

/// One commit upon main on the branch, a clean work tree, and nothing left in git's directory.
#[track_caller]
fn ended(checkout: &Checkout) {
    assert_eq!(checkout.git(&["branch", "--show-current"]), "tfkeyless\n");
    let log = checkout.git(&["rev-list", "--count", "main..tfkeyless"]);
    assert_eq!(log, "1\n");
    assert_eq!(checkout.git(&["status", "--short"]), "");
    assert_eq!(checkout.git(&["show", "HEAD:main.tf"]), AFTER);
    let git = walkdir::WalkDir::new(checkout.path().join(".git")).into_iter();
    let names = git.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let litter: Vec<String> = names
        .filter(|name| name.contains(".lock") || name.contains("tfkeyless-"))
        .collect();
    assert_eq!(litter, Vec::<String>::new());
}

#[test]
fn before_the_branch_is_made() {
    let checkout = begun();
    leave_locks(&checkout);
    checkout.run(&LAND).code(0);
    ended(&checkout);
}

#[test]
fn between_the_branch_and_going_there() {
    let checkout = begun();
    checkout.git(&["branch", "tfkeyless"]);
    leave_locks(&checkout);
    checkout.run(&LAND).code(0);
    ended(&checkout);
}

#[test]
fn after_writing() {
    for is_there in [false, true] {
        let checkout = begun();
        checkout.git(&["branch", "tfkeyless"]);
        if is_there {
            checkout.git(&["symbolic-ref", "HEAD", "refs/heads/tfkeyless"]);
        }
        checkout.write("main.tf", AFTER);
        leave_locks(&checkout);
        checkout.run(&LAND).code(0).says("is finished");
        ended(&checkout);
        assert_eq!(checkout.git(&["log", "-1", "--format=%s"]), "Move\n");
    }
}

#[test]
fn whatever_the_next_run_is_asked_for() {
    for next in [
        &["apply", "--yes"][..],
        &["apply", "--yes", "--branch", "other", "--commit"],
    ] {
        let checkout = begun();
        checkout.write("main.tf", AFTER);
        checkout.run(next).code(0).says("is finished");
        ended(&checkout);
    }
}

#[test]
fn what_cannot_be_finished_yet_is_put_off() {
    let checkout = begun();
    checkout.write("main.tf", AFTER);
    let refused = checkout.run_with(&LAND, &CANNOT_SIGN);
    refused.code(2).says("git does not commit");
    assert!(!checkout.path().join(".git/index.lock").exists());
    assert_eq!(checkout.read("main.tf"), AFTER);
    checkout.run(&LAND).code(0).says("is finished");
    ended(&checkout);
}

#[test]
fn between_the_commit_and_the_index() {
    let checkout = begun();
    checkout.git(&["symbolic-ref", "HEAD", "refs/heads/tfkeyless"]);
    checkout.git(&["update-ref", "refs/heads/tfkeyless", "main"]);
    checkout.write("main.tf", AFTER);
    let blob = checkout.git(&["hash-object", "-w", "main.tf"]);
    let config = checkout.git(&["rev-parse", "main:tfkeyless.hcl"]);
    let tree = format!(
        "100644 blob {}\tmain.tf\n100644 blob {}\ttfkeyless.hcl\n",
        blob.trim(),
        config.trim()
    );
    checkout.write(".git/tree", &tree);
    let tree = checkout.git(&["-c", "alias.make=!git mktree <.git/tree", "make"]);
    let commit = ["commit-tree", "-p", "main", "-m", "Move", tree.trim()];
    let commit = checkout.git(&commit);
    checkout.git(&["update-ref", "refs/heads/tfkeyless", commit.trim()]);
    assert_eq!(checkout.git(&["status", "--short"]), "MM main.tf\n");
    checkout.run(&LAND).code(0).says("is finished");
    ended(&checkout);
}

#[test]
fn the_lock_of_another_git_is_left_alone() {
    let checkout = begun();
    fs::remove_file(checkout.path().join(".git/index.lock")).unwrap();
    checkout.write(".git/index.lock", "");
    checkout.run(&LAND).code(2).says("git is at work here");
    assert_eq!(checkout.read(".git/index.lock"), "");
    fs::remove_file(checkout.path().join(".git/index.lock")).unwrap();
    checkout.run(&LAND).code(0);
    ended(&checkout);

    let fresh = begun();
    fs::remove_file(fresh.path().join(".git/tfkeyless-commit")).unwrap();
    fresh.run(&LAND).code(2).says("index.lock if no git runs");
    assert_eq!(fresh.read("main.tf"), ROLE);
    assert!(!fresh.path().join(".git/tfkeyless-commit").exists());
    assert_eq!(fresh.git(&["branch", "--list"]), "* main\n");
}

#[test]
fn a_run_that_is_alive_is_not_taken_for_dead() {
    let checkout = begun();
    let note = fs::File::open(checkout.path().join(".git/tfkeyless-commit")).unwrap();
    flock(&note, FlockOperation::NonBlockingLockExclusive).unwrap();
    checkout
        .run(&LAND)
        .code(2)
        .says("another run of tfkeyless is committing here");
    assert!(checkout.path().join(".git/index.lock").exists());
    drop(note);
    checkout.run(&LAND).code(0);
    ended(&checkout);
}

#[test]
fn a_lock_that_is_no_link_says_whose_it_is() {
    let checkout = begun();
    fs::remove_file(checkout.path().join(".git/index.lock")).unwrap();
    checkout.write(".git/index.lock", MARK);
    checkout.run(&LAND).code(0);
    ended(&checkout);
}

#[test]
fn before_anything_was_noted() {
    let checkout = begun();
    fs::remove_file(checkout.path().join(".git/index.lock")).unwrap();
    // The first bytes of a note, of which the last is half a character.
    let note = checkout.path().join(".git/tfkeyless-commit");
    fs::write(note, b"{\"head\":\"\xc3").unwrap();
    checkout.run(&LAND).code(0);
    ended(&checkout);
}

#[test]
fn a_commit_on_the_branch_checked_out() {
    let checkout = begun();
    let note = checkout.read(".git/tfkeyless-commit");
    let note = note.replace("\"branch\":\"tfkeyless\"", "\"branch\":null");
    // In place: the lock is a link of it.
    fs::write(checkout.path().join(".git/tfkeyless-commit"), note).unwrap();
    checkout.write("main.tf", AFTER);
    leave_locks(&checkout);
    checkout.write(".git/refs/heads/main.lock", "");
    checkout.git(&["branch", "old"]);
    checkout
        .run(&["apply", "--yes", "--commit"])
        .code(0)
        .says("is finished");
    assert_eq!(checkout.git(&["rev-list", "--count", "old..main"]), "1\n");
    assert_eq!(checkout.git(&["status", "--short"]), "");
    assert!(!checkout.path().join(".git/refs/heads/main.lock").exists());
}

#[test]
fn what_was_not_written_is_taken_back() {
    for is_there in [false, true] {
        let checkout = begun();
        checkout.git(&["branch", "tfkeyless"]);
        if is_there {
            checkout.git(&["symbolic-ref", "HEAD", "refs/heads/tfkeyless"]);
        }
        // Another run than the one that was killed.
        checkout
            .run(&["apply", "--yes", "--only", "bump_module"])
            .code(0);
        assert_eq!(checkout.git(&["branch", "--list"]), "* main\n");
        assert_eq!(checkout.git(&["status", "--short"]), "");
        assert!(!checkout.path().join(".git/tfkeyless-commit").exists());
    }
}

#[test]
fn what_somebody_did_since_stays() {
    // A commit of their own on the branch.
    let checkout = begun();
    for lock in ["index.lock", "tfkeyless-index"] {
        fs::remove_file(checkout.path().join(".git").join(lock)).unwrap();
    }
    checkout.git(&["switch", "--quiet", "--create", "tfkeyless"]);
    checkout.git(&["commit", "--quiet", "--allow-empty", "--message=theirs"]);
    checkout.git(&["switch", "--quiet", "main"]);
    checkout
        .run(&["apply", "--yes", "--only", "bump_module"])
        .code(0);
    assert_eq!(
        checkout.git(&["log", "-1", "--format=%s", "tfkeyless"]),
        "theirs\n"
    );

    // An edit of a file that was written.
    let checkout = begun();
    checkout.git(&["symbolic-ref", "HEAD", "refs/heads/tfkeyless"]);
    checkout.git(&["update-ref", "refs/heads/tfkeyless", "main"]);
    let edited = format!("# theirs\n{AFTER}");
    checkout.write("main.tf", &edited);
    let apply = checkout.run(&["apply", "--yes", "--only", "bump_module"]);
    apply.code(0).says("were edited since");
    assert_eq!(checkout.read("main.tf"), edited);
    assert_eq!(checkout.git(&["branch", "--show-current"]), "tfkeyless\n");
    assert!(!checkout.path().join(".git/index.lock").exists());
}

#[test]
fn a_note_that_came_with_the_files_is_not_acted_on() {
    let checkout = begun();
    let note = checkout.read(".git/tfkeyless-commit");
    let note = note.replace(&checkout.identity(), "1-1");
    let note = note.replace("\"tfkeyless\"", "\"../../../victim\"");
    fs::write(checkout.path().join(".git/tfkeyless-commit"), note).unwrap();
    checkout.write("main.tf", AFTER);
    checkout.write(".git/victim.lock", "");
    checkout.write("victim.lock", "");
    checkout.run(&["apply", "--yes"]).code(0);
    assert_eq!(checkout.read("victim.lock"), "");
    assert_eq!(checkout.git(&["rev-list", "--count", "--all"]), "1\n");
    checkout.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    checkout.write("main.tf", ROLE);
    checkout
        .run(&LAND)
        .code(2)
        .says("came with a copy of another directory");
    assert_eq!(checkout.read("main.tf"), ROLE);
}
