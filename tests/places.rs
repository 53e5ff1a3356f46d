//! Which places the command line may name, which directories are roots of their own, and what a
//! killed run at one root means to a run at another.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::checkout::Checkout;

const CONFIG: &str = "state_profile = \"shared-account\"\n";
const BEFORE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AFTER: &str = "provider \"aws\" {\n  version             = \"~> 5.0\"\n  allowed_account_ids = [\"111111111111\"]\n}\n";

#[test]
fn a_directory_with_a_configuration_of_its_own_is_not_entered() {
    let checkout = Checkout::committed(&[
        ("infra/tfkeyless.hcl", CONFIG),
        ("infra/main.tf", BEFORE),
        ("main.tf", BEFORE),
    ]);
    let plan = checkout.run(&["plan", "--verbose"]).code(0);
    assert!(!plan.stdout.contains("infra"), "{}", plan.stdout);
    plan.says("infra has a configuration of its own");
    let plan = checkout.run(&["plan", "infra"]).code(0);
    assert!(plan.stdout.starts_with("--- a/main.tf\n"));
}

#[test]
fn a_link_cannot_be_named_in_place_of_what_it_leads_to() {
    let checkout = Checkout::committed(&[("a/main.tf", BEFORE)]);
    symlink("main.tf", checkout.path().join("a/link.tf")).unwrap();
    symlink("a", checkout.path().join("linked")).unwrap();
    for name in ["a/link.tf", "linked", "linked/"] {
        checkout
            .run(&["plan", name])
            .code(2)
            .says("is a symbolic link\nhelp: name what it points to");
    }
    // What stands before the last name may be one.
    checkout.run(&["plan", "linked/main.tf"]).code(0);
}

#[test]
fn a_file_that_is_not_read_cannot_be_named() {
    let checkout = Checkout::committed(&[
        ("main.tf", BEFORE),
        ("README.md", ""),
        (".main.tf", BEFORE),
        (".terraform.lock.hcl", ""),
        (".github/workflows/ci.yml", "on: push\njobs: {}\n"),
    ]);
    for name in ["README.md", ".main.tf"] {
        let said = format!("{name} is no file that tfkeyless reads");
        checkout.run(&["plan", name]).code(2).says(&said);
    }
    for name in [".terraform.lock.hcl", ".github", ".github/workflows/ci.yml"] {
        assert_eq!(checkout.run(&["plan", name]).code(0).stdout, "");
    }
}

#[test]
fn a_linked_work_tree_is_a_repository() {
    let main = Checkout::committed(&[("main.tf", BEFORE)]);
    main.git(&["worktree", "add", "--quiet", "linked"]);
    let plan = main.run(&["plan", "--verbose"]).code(0);
    plan.says("linked is a git repository of its own");
    main.write("linked/main.tf", &format!("{BEFORE}\n"));
    main.run(&["apply", "--yes", "linked"]).code(2).says(
        "would be written:\n  main.tf\nhelp: commit or stash them, or run with --allow-dirty",
    );
    main.write("linked/main.tf", BEFORE);
    main.run(&["apply", "--yes", "linked"]).code(0);
    assert_eq!(main.read("linked/main.tf"), AFTER);
    assert_eq!(main.read("main.tf"), BEFORE);
}

#[test]
fn a_submodule_is_a_repository() {
    let inner = Checkout::committed(&[("main.tf", BEFORE)]);
    let outer = Checkout::committed(&[("main.tf", BEFORE)]);
    let from = inner.path().to_string_lossy();
    let allow = "protocol.file.allow=always";
    outer.git(&["-c", allow, "submodule", "--quiet", "add", &from, "inner"]);
    outer.commit();
    let plan = outer.run(&["plan", "--verbose"]).code(0);
    plan.says("inner is a git repository of its own");
    outer.run(&["apply", "--yes", "inner"]).code(0);
    assert_eq!(outer.read("inner/main.tf"), AFTER);
    assert_eq!(outer.read("main.tf"), BEFORE);
}

#[test]
fn beside_the_work_trees_of_a_bare_repository_there_is_nothing_to_go_back_to() {
    let source = Checkout::committed(&[("main.tf", BEFORE)]);
    let from = source.path().to_string_lossy();
    let parent = Checkout::without_git(&[(".git", "gitdir: ./.bare\n"), ("own/main.tf", BEFORE)]);
    parent.git(&["clone", "--quiet", "--bare", &from, ".bare"]);
    parent.git(&["worktree", "add", "--quiet", "main"]);
    parent
        .run(&["apply", "--yes"])
        .code(2)
        .says("must be run in a work tree");
    assert_eq!(parent.read("own/main.tf"), BEFORE);
    parent.run(&["apply", "--yes", "main"]).code(0);
    assert_eq!(parent.read("main/main.tf"), AFTER);
}

#[test]
fn a_file_that_git_ignores_has_no_way_back() {
    let checkout = Checkout::committed(&[(".gitignore", "/built/\nown.tf\n")]);
    checkout.write("built/main.tf", BEFORE);
    checkout.write("own.tf", BEFORE);
    checkout
        .run(&["apply", "--yes"])
        .code(0)
        .says("built/main.tf is ignored by git")
        .says("own.tf is ignored by git");
    for file in ["built/main.tf", "own.tf"] {
        assert_eq!(checkout.read(file), BEFORE);
    }
    // Whether git may have changes of the user's in them is another question.
    checkout.run(&["apply", "--yes", "--allow-dirty"]).code(0);
    assert_eq!(checkout.read("built/main.tf"), BEFORE);
    checkout
        .run(&["apply", "--yes", "--include-ignored"])
        .code(0);
    assert_eq!(checkout.read("built/main.tf"), AFTER);
}

#[test]
fn a_run_killed_below_or_above_the_root_comes_first() {
    let checkout = Checkout::bare(&[("a/main.tf", AFTER), ("b/main.tf", BEFORE)]);
    let left = checkout.leave_killed("a/.tfkeyless", "a", "main.tf", [BEFORE, AFTER]);
    let below = fs::canonicalize(checkout.path().join("a")).unwrap();
    let said = format!("run `tfkeyless apply {}` first", below.display());
    checkout.run(&["plan"]).code(2).says(&said);
    checkout.run(&["apply", "--yes"]).code(2).says(&said);
    assert_eq!(fs::read_to_string(left.join("ab12-0.old")).unwrap(), BEFORE);
    checkout.write("a/b/tfkeyless.hcl", CONFIG);
    checkout.run(&["plan", "a/b"]).code(2).says(&said);
    checkout.run(&["apply", "--yes", "a/b"]).code(2).says(&said);
    checkout
        .run(&["apply", "--yes", "--only=set_backend_profile", "a"])
        .code(0)
        .says("is undone: 1 file");
    assert_eq!(checkout.read("a/main.tf"), BEFORE);
    checkout.run(&["plan"]).code(0);
}

#[test]
fn what_was_undone_is_then_read_with_the_root_it_has_now() {
    let checkout = Checkout::committed(&[("tfkeyless.hcl", CONFIG), ("a/main.tf", BEFORE)]);
    checkout.leave_killed("a/.tfkeyless", "a", "main.tf", [BEFORE, AFTER]);
    let apply = checkout.run(&["apply", "--yes", "a"]).code(0);
    assert!(apply.stdout.starts_with("--- a/a/main.tf\n"));
    assert_eq!(checkout.read("a/main.tf"), AFTER);
}
