//! A plain `apply`.

use std::fs;

use anyhow::{Context as _, ensure};

use super::calls::can_inject;
use super::fresh::Fresh;
use super::runner::{Ended, Extent, Subject, Victim};
use crate::support::checkout::Checkout;

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
fn check(fresh: &Fresh, ended: &Ended) -> anyhow::Result<()> {
    for path in FILES {
        let text = fs::read_to_string(fresh.root().join(path))?;
        ensure!(text == BEFORE || text == AFTER, "{path} is torn: {text:?}");
    }
    if ended.code == Some(0) {
        is_new(fresh).context("it says that all is done")?;
        // An empty directory may stay.
        let mut litter = fresh.litter()?;
        litter.retain(|path| path.is_file());
        ensure!(litter.is_empty(), "left: {litter:?}");
    }
    let next = fresh.run(&APPLY).output()?;
    // Half of its files are git's to see as changed where the last run could not be undone.
    ensure!(next.status.success(), "the next run fails: {next:?}");
    is_new(fresh).context("after the next run")?;
    let litter = fresh.litter()?;
    ensure!(litter.is_empty(), "the next run leaves {litter:?}");
    Ok(())
}

/// Fails where a file is not as it was to be.
fn is_new(fresh: &Fresh) -> anyhow::Result<()> {
    for path in FILES {
        let text = fs::read_to_string(fresh.root().join(path))?;
        ensure!(text == AFTER, "{path} is {text:?}");
    }
    Ok(())
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
        let count = subject.fail_calls(&Extent::asked());
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
        let count = subject.kill_at_calls(&Extent::asked());
        println!("apply {name}: {count} kills at calls");
    }
}

#[test]
fn a_kill_at_any_instant_leaves_all_or_nothing() {
    let count = match Extent::asked() {
        Extent::All => 500,
        _ => 8,
    };
    let subject = in_git();
    for victim in [Victim::Process, Victim::Group] {
        let count = subject.kill(victim, count);
        println!("apply: {count} kills of the {victim:?}");
    }
}
