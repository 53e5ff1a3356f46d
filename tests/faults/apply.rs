//! A plain `apply`.

use std::path::Path;

use super::calls::can_inject;
use super::runner::{Ended, Extent, Subject, Victim, litter};
use crate::support::checkout::Checkout;
use crate::support::environment;

const BEFORE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AFTER: &str = "provider \"aws\" {\n  version             = \"~> 5.0\"\n  allowed_account_ids = [\"111111111111\"]\n}\n";
const FILES: [&str; 4] = ["main.tf", "a/main.tf", "a/b/main.tf", "c/main.tf"];
const APPLY: [&str; 3] = ["apply", "--yes", "--no-pager"];

/// A run in a repository of git.
fn in_git() -> Subject {
    let checkout = Checkout::without_git(&FILES.map(|path| (path, BEFORE)));
    checkout.git(&["init", "--quiet", "--template=", "--initial-branch=main"]);
    checkout.commit();
    Subject {
        before: checkout.directory,
        arguments: &APPLY,
        check,
    }
}

/// A run where there is no git, so that its journal is at the root.
fn without_git() -> Subject {
    let checkout = Checkout::without_git(&FILES.map(|path| (path, BEFORE)));
    checkout.write(
        "tfkeyless.hcl",
        "account \"dev\" { id = \"111111111111\" }\n",
    );
    Subject {
        before: checkout.directory,
        arguments: &APPLY,
        check,
    }
}

/// Every file is one of the two, all are new if the run says so, and the next run makes them new
/// and leaves nothing.
#[track_caller]
fn check(directory: &Path, ended: &Ended) {
    let read = |path: &str| std::fs::read_to_string(directory.join(path)).unwrap();
    let found = FILES.map(read);
    for text in &found {
        assert!(
            text == BEFORE || text == AFTER,
            "torn by {}: {text}",
            ended.what
        );
    }
    assert!(matches!(ended.code, None | Some(0 | 2)), "{ended:?}");
    assert!(!ended.stderr.contains("report it"), "{ended:?}");
    if ended.code == Some(0) {
        assert_eq!(found, FILES.map(|_| AFTER), "{ended:?}");
        // An empty directory may stay.
        let litter = litter(directory).into_iter();
        let files: Vec<String> = litter.filter(|path| Path::new(path).is_file()).collect();
        assert_eq!(files, Vec::<String>::new(), "{ended:?}");
    }
    let mut next = environment::tfkeyless();
    let next = next.args(APPLY).current_dir(directory).output().unwrap();
    // Half of its files are git's to see as changed where the last run could not be undone.
    assert_eq!(next.status.code(), Some(0), "{ended:?}, then {next:?}");
    assert_eq!(FILES.map(read), FILES.map(|_| AFTER), "{ended:?}");
    assert_eq!(litter(directory), Vec::<String>::new(), "{ended:?}");
}

#[test]
fn a_call_that_fails_in_a_git_repository_leaves_all_or_nothing() {
    fail_calls(&in_git(), "in git");
}

#[test]
fn a_call_that_fails_without_git_leaves_all_or_nothing() {
    fail_calls(&without_git(), "without git");
}

fn fail_calls(subject: &Subject, name: &str) {
    if can_inject() {
        let count = subject.fail_calls(Extent::asked(16));
        println!("apply {name}: {count} faults");
    }
}

#[test]
fn a_kill_at_a_call_in_a_git_repository_leaves_all_or_nothing() {
    kill_at_calls(&in_git(), "in git");
}

#[test]
fn a_kill_at_a_call_without_git_leaves_all_or_nothing() {
    kill_at_calls(&without_git(), "without git");
}

fn kill_at_calls(subject: &Subject, name: &str) {
    if can_inject() {
        let count = subject.kill_at_calls(Extent::asked(12));
        println!("apply {name}: {count} kills at calls");
    }
}

#[test]
fn a_kill_at_any_instant_leaves_all_or_nothing() {
    let count = match Extent::asked(0) {
        Extent::All => 500,
        Extent::Part(_) => 8,
    };
    let subject = in_git();
    for victim in [Victim::Process, Victim::Group] {
        let count = subject.kill(victim, count);
        println!("apply: {count} kills of the {victim:?}");
    }
}
