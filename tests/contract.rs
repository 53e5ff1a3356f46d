//! What engines that walk over repositories rely on, as `examples/bulk.md` states it.

use std::io::{Seek as _, Write as _};
use std::process::{Command, Stdio};

use crate::support::checkout::{Checkout, Outcome};
use crate::support::environment;

const EXAMPLE_CHANGES: &str = " M .github/workflows/terraform.yml
 M dev/main.tf
 M dev/network.tf
 M dev/services.tf
 M live/main.tf
 M live/network.tf
 M live/services.tf
 M modules/service/main.tf
";

/// The example, by a configuration that is not its own.
struct Fleet {
    repository: Checkout,
    config: tempfile::NamedTempFile,
}

impl Fleet {
    fn new() -> Self {
        let repository = Checkout::of_example("legacy-stack");
        repository.git(&["config", "user.name", "a"]);
        repository.git(&["config", "user.email", "a@example.com"]);
        let config = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(config.path(), repository.read("tfkeyless.hcl")).unwrap();
        repository.git(&["rm", "--quiet", "tfkeyless.hcl"]);
        repository.commit();
        Self { repository, config }
    }

    /// As an engine starts it: nobody to ask, no token, no home.
    fn apply(&self, more: &[&str]) -> Outcome {
        let mut command = self.command(more);
        Outcome::from(command.output().unwrap())
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = environment::tfkeyless();
        command
            .args(["apply", "--yes", "--config"])
            .arg(self.config.path())
            .args(more)
            .current_dir(self.repository.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .stdin(Stdio::null());
        command
    }

    fn status(&self) -> String {
        self.repository.git(&[
            "status",
            "--porcelain",
            "--untracked-files=all",
            "--ignored",
        ])
    }

    /// All branches with their commits.
    fn refs(&self) -> String {
        self.repository
            .git(&["for-each-ref", "--format=%(refname) %(objectname)"])
    }
}

#[test]
fn what_differs_afterwards_is_the_files_of_the_diff() {
    for more in [&[][..], &["--each", "."]] {
        let fleet = Fleet::new();
        let refs = fleet.refs();
        let applied = fleet.apply(more).code(0);
        assert!(applied.stdout.starts_with("--- a/.github/workflows/"));
        assert_eq!(fleet.status(), EXAMPLE_CHANGES);
        assert_eq!(fleet.refs(), refs);
    }
}

#[test]
fn a_second_run_is_a_quiet_no_op() {
    for more in [&[][..], &["--each", "."]] {
        let fleet = Fleet::new();
        fleet.apply(more).code(0);
        let files = fleet.repository.files();
        let again = fleet.apply(more).code(0);
        assert_eq!(again.stdout, "");
        assert!(!again.stderr.is_empty(), "{more:?}");
        assert_eq!(fleet.repository.files(), files);
        assert_eq!(fleet.status(), EXAMPLE_CHANGES);
    }
}

#[test]
fn standard_input_is_not_read() {
    for more in [&[][..], &["--each", "."]] {
        let fleet = Fleet::new();
        let mut input = tempfile::tempfile().unwrap();
        input.write_all(b"n\n").unwrap();
        input.rewind().unwrap();
        let mut apply = fleet.command(more);
        // Who reads it moves our place in it, too.
        apply.stdin(input.try_clone().unwrap());
        Outcome::from(apply.output().unwrap()).code(0);
        assert_eq!(input.stream_position().unwrap(), 0, "{more:?}");
        assert_eq!(fleet.status(), EXAMPLE_CHANGES);
    }
}

#[test]
fn commits_are_by_who_the_environment_and_the_configuration_name() {
    let fleet = Fleet::new();
    let mut apply = fleet.command(&["--each", ".", "--commit"]);
    apply.env("GIT_AUTHOR_NAME", "other");
    apply.env("GIT_COMMITTER_EMAIL", "other@example.com");
    Outcome::from(apply.output().unwrap()).code(0);
    let who = ["log", "-1", "--format=%an <%ae> %cn <%ce>"];
    let reported = fleet.repository.git(&who);
    assert_eq!(
        reported.trim(),
        "other <a@example.com> a <other@example.com>"
    );
}

#[test]
fn after_a_commit_nothing_differs_and_a_second_run_makes_none() {
    let land = ["--each", ".", "--branch", "keyless", "--commit"];
    let fleet = Fleet::new();
    fleet.apply(&land).code(0);
    assert_eq!(fleet.status(), "");
    let refs = fleet.refs();
    assert_eq!(refs.lines().count(), 2, "{refs}");
    let again = fleet.apply(&land).code(0);
    assert_eq!(again.stdout, "");
    assert_eq!(fleet.refs(), refs);
}

#[test]
fn nothing_to_do_is_no_branch_and_no_failure() {
    let fleet = Fleet::new();
    fleet.repository.git(&["rm", "--quiet", "-r", "."]);
    fleet.repository.write("main.tf", "locals {}\n");
    fleet.repository.commit();
    let refs = fleet.refs();
    for more in [&[][..], &["--branch", "keyless", "--commit"]] {
        let nothing = fleet.apply(more).code(0).says("Plan: no changes.");
        assert_eq!(nothing.stdout, "");
        assert_eq!(fleet.refs(), refs);
        assert_eq!(fleet.status(), "");
    }
}

#[test]
fn a_failure_is_told_by_the_exit_code_and_changes_nothing() {
    for more in [&[][..], &["--each", "."]] {
        let fleet = Fleet::new();
        fleet.repository.write("broken.tf", "provider \"aws\" {\n");
        fleet.repository.commit();
        let (files, refs) = (fleet.repository.files(), fleet.refs());
        let failed = fleet.apply(&[more, &["--branch", "keyless", "--commit"]].concat());
        let failed = failed.code(2).says("broken.tf");
        assert_eq!(failed.stdout, "");
        assert_eq!(fleet.repository.files(), files);
        assert_eq!(fleet.refs(), refs);
        assert_eq!(fleet.status(), "");
    }
}

/// As in the container of a Sourcegraph batch change.
#[test]
fn without_a_commit_git_need_not_be_installed() {
    let fleet = Fleet::new();
    let run = |more: &[&str]| {
        let mut apply = fleet.command(more);
        Outcome::from(apply.env("PATH", "/nonexistent").output().unwrap())
    };
    run(&[]).code(2).says("git is not installed");
    run(&["--allow-dirty"]).code(0);
    assert_eq!(fleet.status(), EXAMPLE_CHANGES);
}
