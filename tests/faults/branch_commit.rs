//! `apply --branch --commit`, and the gits that it starts.

use std::path::Path;

use super::calls::can_inject;
use super::runner::{Ended, Extent, Subject, Victim, litter};
use crate::support::checkout::Checkout;
use crate::support::environment;

const BEFORE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AFTER: &str = "provider \"aws\" {\n  version             = \"~> 5.0\"\n  allowed_account_ids = [\"111111111111\"]\n}\n";
const FILES: [&str; 3] = ["main.tf", "a/main.tf", "a/b/main.tf"];
const LAND: [&str; 6] = [
    "apply",
    "--yes",
    "--no-pager",
    "--branch",
    "keyless",
    "--commit",
];

fn subject(pack: bool) -> Subject {
    let checkout = Checkout::without_git(&FILES.map(|path| (path, BEFORE)));
    checkout.git(&["init", "--quiet", "--template=", "--initial-branch=main"]);
    checkout.git(&["config", "user.name", "a"]);
    checkout.git(&["config", "user.email", "a@example.com"]);
    checkout.commit();
    if pack {
        checkout.git(&["pack-refs", "--all"]);
    }
    Subject {
        before: checkout.directory,
        arguments: &LAND,
        check,
    }
}

/// What git says in `directory`.
#[track_caller]
fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = environment::command("git")
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The files as a commit has them.
#[track_caller]
fn committed(directory: &Path, commit: &str) -> [String; 3] {
    FILES.map(|path| git(directory, &["show", &format!("{commit}:{path}")]))
}

/// No file is torn, and no commit has a part of them. Where the run says so, all is committed. Where it
/// does not, the next run brings it to the end and leaves nothing.
#[track_caller]
fn check(directory: &Path, ended: &Ended) {
    let read = |path: &str| std::fs::read_to_string(directory.join(path)).unwrap();
    for text in FILES.map(read) {
        assert!(
            text == BEFORE || text == AFTER,
            "torn by {}: {text}",
            ended.what
        );
    }
    assert!(matches!(ended.code, None | Some(0 | 2)), "{ended:?}");
    assert!(!ended.stderr.contains("report it"), "{ended:?}");
    assert_eq!(
        committed(directory, "main"),
        FILES.map(|_| BEFORE),
        "{ended:?}"
    );
    if ended.code == Some(0) {
        // An empty directory may stay.
        let litter = assert_ended(directory, ended).into_iter();
        let files: Vec<String> = litter.filter(|path| Path::new(path).is_file()).collect();
        assert_eq!(files, Vec::<String>::new(), "{ended:?}");
    }
    let mut next = environment::tfkeyless();
    let next = next.args(LAND).current_dir(directory).output().unwrap();
    assert_eq!(next.status.code(), Some(0), "{ended:?}, then {next:?}");
    assert_eq!(
        assert_ended(directory, ended),
        Vec::<String>::new(),
        "{ended:?}"
    );
}

/// One commit of all of them, the branch checked out, the index up to date, what else is left.
#[track_caller]
fn assert_ended(directory: &Path, ended: &Ended) -> Vec<String> {
    assert_eq!(
        git(directory, &["branch", "--show-current"]),
        "keyless\n",
        "{ended:?}"
    );
    let made = git(directory, &["rev-list", "--count", "main..keyless"]);
    assert_eq!(made, "1\n", "{ended:?}");
    assert_eq!(
        committed(directory, "keyless"),
        FILES.map(|_| AFTER),
        "{ended:?}"
    );
    assert_eq!(git(directory, &["status", "--short"]), "", "{ended:?}");
    litter(directory)
}

#[test]
fn a_call_that_fails_makes_a_whole_commit_or_none() {
    if can_inject() {
        let count = subject(false).fail_calls(Extent::asked(16));
        println!("apply --branch --commit: {count} faults");
    }
}

#[test]
fn a_kill_at_a_call_makes_a_whole_commit_or_none() {
    if can_inject() {
        for pack in [false, true] {
            let count = subject(pack).kill_at_calls(Extent::asked(10));
            println!("apply --branch --commit: {count} kills at calls");
        }
    }
}

#[test]
fn a_kill_at_any_instant_makes_a_whole_commit_or_none() {
    let count = match Extent::asked(0) {
        Extent::All => 500,
        Extent::Part(_) => 8,
    };
    for victim in [Victim::Process, Victim::Group] {
        let count = subject(false).kill(victim, count);
        println!("apply --branch --commit: {count} kills of the {victim:?}");
    }
}
