//! What a run that was killed, or is at work, means to the next one; and whose journal counts.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::support::checkout::{Checkout, Outcome};
use crate::support::environment;

const BEFORE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AFTER: &str = "provider \"aws\" {\n  version             = \"~> 5.0\"\n  allowed_account_ids = [\"111111111111\"]\n}\n";
const APPLY: [&str; 2] = ["apply", "--yes"];

#[test]
fn what_was_edited_since_is_named_and_kept_with_its_old_content() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    let left = checkout.leave_killed(".git/tfkeyless", ".", "main.tf", [BEFORE, AFTER]);
    let edited = AFTER.replace("5.0", "5.1");
    checkout.write("main.tf", &edited);
    let backup = left.join("ab12-0.old");
    for _ in 0..2 {
        checkout
            .run(&APPLY)
            .code(2)
            .says("main.tf was changed after a run of tfkeyless was killed: it is not restored")
            .says(&format!(
                "help: move {}, its content before that run,",
                backup.display()
            ));
        checkout
            .run(&["plan"])
            .code(2)
            .says("main.tf was changed after a run of tfkeyless was killed: it is not restored")
            .says(&format!(
                "help: move {}, its content before that run,",
                backup.display()
            ));
        assert_eq!(checkout.read("main.tf"), edited);
        assert_eq!(fs::read_to_string(&backup).unwrap(), BEFORE);
    }
    // The person keeps the edit.
    fs::remove_file(backup).unwrap();
    checkout.run(&APPLY).code(0);
    assert_eq!(checkout.read("main.tf"), edited);
    checkout.run(&["plan"]).code(0);
    assert!(!checkout.path().join(".git/tfkeyless").exists());
}

#[test]
fn a_run_that_is_at_work_is_waited_for_by_every_command() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    let left = checkout.leave_killed(".git/tfkeyless", ".", "main.tf", [BEFORE, AFTER]);
    let journal = File::open(left.join("journal")).unwrap();
    flock(&journal, FlockOperation::NonBlockingLockExclusive).unwrap();
    for command in [&APPLY[..], &["plan"], &["audit"], &["doctor"]] {
        checkout
            .run(command)
            .code(2)
            .says("another run is writing here");
    }
    assert_eq!(checkout.read("main.tf"), BEFORE);
    drop(journal);
    checkout.run(&APPLY).code(0).says("is undone: 0 files");
    assert_eq!(checkout.read("main.tf"), AFTER);
}

#[test]
fn a_journal_that_came_by_a_commit_is_not_acted_on() {
    // As an earlier release, as this one, and as one for this very directory.
    let other = "tfkeyless journal 1\x004194304\x00main.tf\x00\x00";
    let checkout = Checkout::without_git(&[
        ("stack/main.tf", BEFORE),
        (
            "stack/tfkeyless.hcl",
            "account \"dev\" { id = \"111111111111\" }\n",
        ),
        ("stack/.tfkeyless-journal", other),
        ("stack/.tfkeyless-4194304-0.old", "hostile"),
        ("stack/.tfkeyless/1-2/journal", other),
    ]);
    let hostile =
        checkout.leave_killed("stack/.tfkeyless", "stack", "main.tf", ["hostile", BEFORE]);
    checkout.git(&["init", "--quiet", "--initial-branch=main"]);
    checkout.commit();
    for command in ["plan", "audit"] {
        checkout.run(&[command, "stack"]);
        let ran = checkout.run(&[command, "stack", "--verbose"]);
        let name = hostile.file_name().unwrap().to_string_lossy().into_owned();
        assert_ne!(ran.code, 2, "{}", ran.stderr);
        for name in ["1-2", &name] {
            let text = format!(".tfkeyless/{name} is of a run in another directory, or is tracked");
            assert!(ran.stderr.contains(&text), "{text}\n{}", ran.stderr);
        }
    }
    let before = checkout.files();
    // Its own journal has no place here.
    checkout
        .run(&["apply", "--yes", "stack"])
        .code(2)
        .says("remove it if git tracks it");
    assert_eq!(checkout.files(), before);
    checkout.git(&["rm", "-r", "--quiet", "stack/.tfkeyless"]);
    checkout.run(&["apply", "--yes", "stack"]).code(0);
    assert_eq!(checkout.read("stack/main.tf"), AFTER);
    assert_eq!(checkout.read("stack/.tfkeyless-4194304-0.old"), "hostile");
}

#[test]
fn a_journal_at_the_root_counts_when_git_came_later() {
    let checkout = Checkout::without_git(&[("main.tf", AFTER)]);
    checkout.leave_killed(".tfkeyless", ".", "main.tf", [BEFORE, AFTER]);
    checkout.git(&["init", "--quiet", "--initial-branch=main"]);
    checkout
        .run(&["plan"])
        .code(2)
        .says("` first, which undoes it");
    checkout
        .run(&["apply", "--yes", "--allow-dirty"])
        .code(0)
        .says("is undone: 1 file");
    assert!(!checkout.path().join(".tfkeyless").exists());
    assert_eq!(checkout.read("main.tf"), AFTER);
}

#[test]
fn a_run_directory_that_is_a_link_or_another_users_is_refused() {
    let elsewhere = Checkout::without_git(&[("kept", "mine")]);
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    symlink(elsewhere.path(), checkout.path().join(".git/tfkeyless")).unwrap();
    checkout
        .run(&APPLY)
        .code(2)
        .says(".git/tfkeyless is no directory that only you can write to");
    assert_eq!(checkout.read("main.tf"), BEFORE);
    assert_eq!(elsewhere.files().len(), 1);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
}

#[cfg(target_os = "linux")] // mknodat
#[test]
fn a_ledger_is_a_file() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    fs::create_dir(checkout.path().join("directory")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        checkout.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    for ledger in ["/dev/null", "/dev/stdout", "directory", "pipe"] {
        checkout
            .run(&["plan", "--ledger", ledger])
            .code(2)
            .says(&format!("the ledger {ledger} is not a regular file"));
    }
}

#[cfg(target_os = "linux")] // the flag of an immutable file
#[test]
fn a_file_that_cannot_be_replaced_leaves_no_trace_and_stops_no_later_run() {
    let checkout = Checkout::committed(&[("a.tf", BEFORE), ("main.tf", BEFORE)]);
    let file = File::open(checkout.path().join("main.tf")).unwrap();
    let flags = rustix::fs::ioctl_getflags(&file).unwrap_or(rustix::fs::IFlags::empty());
    if rustix::fs::ioctl_setflags(&file, flags | rustix::fs::IFlags::IMMUTABLE).is_err() {
        println!("skipped: only root makes files immutable");
        return;
    }
    let applied = checkout.run(&APPLY);
    let planned = checkout.run(&["plan"]);
    let found = checkout.files();
    rustix::fs::ioctl_setflags(&file, flags).unwrap();
    applied
        .code(2)
        .says("nothing was changed: cannot replace main.tf");
    planned.code(0);
    let names: Vec<_> = found
        .keys()
        .map(|path| path.display().to_string())
        .collect();
    assert_eq!(names, ["a.tf", "main.tf"]);
    assert_eq!(found.into_values().collect::<Vec<_>>(), [BEFORE, BEFORE]);
    assert!(!checkout.path().join(".git/tfkeyless").exists());
    checkout.run(&APPLY).code(0);
}

#[test]
fn a_file_that_is_mounted_leaves_no_trace_and_stops_no_later_run() {
    let checkout = Checkout::committed(&[("a.tf", BEFORE), ("main.tf", BEFORE)]);
    let script = "mount --bind main.tf main.tf && \"$0\" apply --yes; code=$?; \"$0\" plan >/dev/null || exit 1; exit $code";
    let run = environment::command("unshare")
        .args([
            "--mount",
            "sh",
            "-c",
            script,
            env!("CARGO_BIN_EXE_tfkeyless"),
        ])
        .current_dir(checkout.path())
        .output();
    let Ok(run) = run.map(Outcome::from) else {
        println!("skipped: nothing can be mounted here");
        return;
    };
    if run.stderr.contains("unshare failed") || run.stderr.contains("mount:") {
        println!("skipped: nothing can be mounted here: {}", run.stderr);
        return;
    }
    run.code(2)
        .says("nothing was changed: cannot replace main.tf");
    let found = checkout.files();
    assert_eq!(found.into_values().collect::<Vec<_>>(), [BEFORE, BEFORE]);
    assert!(!checkout.path().join(".git/tfkeyless").exists());
    checkout.run(&APPLY).code(0);
}

#[test]
fn a_group_that_one_is_not_in_is_named() {
    let checkout = Checkout::without_git(&[("main.tf", BEFORE)]);
    let owned = |path: &Path, group| std::os::unix::fs::chown(path, Some(12345), Some(group));
    let file = checkout.path().join("main.tf");
    if owned(checkout.path(), 12345)
        .and_then(|()| owned(&file, 23456))
        .is_err()
    {
        println!("skipped: only root gives files away");
        return;
    }
    // The folder of the build may be closed to other users: they get a copy.
    let copies = tempfile::tempdir().unwrap();
    owned(copies.path(), 12345).unwrap();
    let program = copies.path().join("tfkeyless");
    fs::copy(env!("CARGO_BIN_EXE_tfkeyless"), &program).unwrap();
    owned(&program, 12345).unwrap();
    let as_other = |program: &Path, arguments: &[&str]| {
        environment::command(program)
            .args(arguments)
            .current_dir(checkout.path())
            .uid(12345)
            .gid(12345)
            .output()
    };
    if as_other(&program, &["--version"]).is_err() {
        println!("skipped: another user cannot enter the temporary directory");
        return;
    }
    Outcome::from(as_other(&program, &APPLY).unwrap())
        .code(2)
        .says("cannot stage main.tf: it belongs to group 23456, which you are not in");
    assert_eq!(checkout.read("main.tf"), BEFORE);
    assert_eq!(checkout.files().len(), 1);
}
