//! `apply --branch --commit`, and the gits that it starts.

use anyhow::{Context as _, ensure};

use super::calls::can_inject;
use super::fresh::Fresh;
use super::runner::{Ended, Extent, Subject, Victim};
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

/// What git says there.
fn git(fresh: &Fresh, arguments: &[&str]) -> anyhow::Result<String> {
    let mut git = environment::command("git");
    let output = git.args(arguments).current_dir(fresh.root()).output()?;
    ensure!(output.status.success(), "git {arguments:?}: {output:?}");
    Ok(String::from_utf8(output.stdout)?)
}

/// Fails where a commit has a file otherwise than as `expected`.
fn is_committed(fresh: &Fresh, commit: &str, expected: &str) -> anyhow::Result<()> {
    for path in FILES {
        let text = git(fresh, &["show", &format!("{commit}:{path}")])?;
        ensure!(text == expected, "{commit} has {path} as {text:?}");
    }
    Ok(())
}

/// No file is torn, and no commit has a part of them. Where the run says so, all is committed. Where it
/// does not, the next run brings it to the end and leaves nothing.
fn check(fresh: &Fresh, ended: &Ended) -> anyhow::Result<()> {
    for path in FILES {
        let text = std::fs::read_to_string(fresh.root().join(path))?;
        ensure!(text == BEFORE || text == AFTER, "{path} is torn: {text:?}");
    }
    is_committed(fresh, "main", BEFORE)?;
    if ended.code == Some(0) {
        is_ended(fresh).context("it says that all is done")?;
    }
    let next = fresh.run(&LAND).output()?;
    ensure!(next.status.success(), "the next run fails: {next:?}");
    is_ended(fresh).context("after the next run")?;
    let litter = fresh.litter()?;
    ensure!(litter.is_empty(), "the next run leaves {litter:?}");
    Ok(())
}

/// Fails unless there is one commit of all of them, the branch checked out, the index up to date, and no
/// file left. An empty directory may stay.
fn is_ended(fresh: &Fresh) -> anyhow::Result<()> {
    let branch = git(fresh, &["branch", "--show-current"])?;
    ensure!(branch == "keyless\n", "the branch is {branch:?}");
    let count = git(fresh, &["rev-list", "--count", "main..keyless"])?;
    ensure!(count == "1\n", "so many commits: {count:?}");
    is_committed(fresh, "keyless", AFTER)?;
    let status = git(fresh, &["status", "--short"])?;
    ensure!(status.is_empty(), "changed: {status:?}");
    let mut litter = fresh.litter()?;
    litter.retain(|path| path.is_file());
    ensure!(litter.is_empty(), "left: {litter:?}");
    Ok(())
}

#[test]
fn a_call_that_fails_makes_a_whole_commit_or_none() {
    if can_inject() {
        let count = subject(false).fail_calls(&Extent::asked());
        println!("apply --branch --commit: {count} faults");
    }
}

#[test]
fn a_file_that_git_does_not_find_for_a_moment_stays_in_the_commit_and_in_the_index() {
    let count = subject(false).hide("a/main.tf");
    // Of the branch, the index, the commit.
    assert!(count >= 6, "{count}");
}

#[test]
fn a_branch_that_git_does_not_list_for_a_moment_is_deleted_again() {
    // In the second, git is asked for what the first reads itself.
    for root in [".", "a"] {
        let fresh = subject(false).fresh();
        std::fs::write(fresh.root().join(root).join("tfkeyless.hcl"), "").unwrap();
        let mut run = fresh.run(&LAND);
        let variables = [
            ("FAILS", "read-tree".as_ref()),
            ("SILENT", "for-each-ref".as_ref()),
        ];
        let run = fresh.with_git(&mut run, &variables);
        let failed = run.current_dir(fresh.root().join(root)).output().unwrap();
        assert_eq!(failed.status.code(), Some(2), "{failed:?}");
        let branches = git(&fresh, &["branch", "--list"]).unwrap();
        assert_eq!(branches, "* main\n", "{root}: {failed:?}");
    }
}

#[test]
fn a_kill_at_a_call_makes_a_whole_commit_or_none() {
    if can_inject() {
        for pack in [false, true] {
            let count = subject(pack).kill_at_calls(&Extent::asked());
            println!("apply --branch --commit: {count} kills at calls");
        }
    }
}

#[test]
fn a_kill_at_any_instant_makes_a_whole_commit_or_none() {
    let count = match Extent::asked() {
        Extent::All => 500,
        _ => 8,
    };
    for victim in [Victim::Process, Victim::Group] {
        let count = subject(false).kill(victim, count);
        println!("apply --branch --commit: {count} kills of the {victim:?}");
    }
}
