//! Files that git ignores: left as they are unless asked for, and in no commit.

use crate::support::checkout::Checkout;

const CONFIG: &str = "state_profile = \"shared-account\"\n";
const BEFORE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AFTER: &str = "provider \"aws\" {\n  version             = \"~> 5.0\"\n  allowed_account_ids = [\"111111111111\"]\n}\n";

/// A repository with a module in git and one that is ignored by that file, which says so.
fn checkout(file: &str, rule: &str) -> Checkout {
    let checkout = Checkout::committed(&[
        ("tfkeyless.hcl", CONFIG),
        ("kept/main.tf", BEFORE),
        ("mine/README.md", ""),
    ]);
    checkout.write(file, rule);
    if !file.starts_with(".git/") {
        checkout.commit();
    }
    checkout.write("mine/main.tf", BEFORE);
    checkout
}

const RULES: [(&str, &str); 5] = [
    (".gitignore", "mine/*.tf\n"),
    (".gitignore", "/mine/*\n!/mine/README.md\n"),
    ("mine/.gitignore", "main.tf\n"),
    (".git/info/exclude", "mine/\n"),
    (".gitignore", "mine\n"),
];

#[test]
fn an_ignored_file_is_left_and_the_others_are_written() {
    for (file, rule) in RULES {
        for landing in [&[][..], &["--commit"], &["--branch", "b", "--commit"]] {
            let checkout = checkout(file, rule);
            let said = checkout
                .run(&[&["apply", "--yes"], landing].concat())
                .code(0);
            said.says("mine/main.tf is ignored by git (--include-ignored changes it)");
            assert_eq!(checkout.read("mine/main.tf"), BEFORE, "{file}: {rule}");
            assert_eq!(checkout.read("kept/main.tf"), AFTER, "{file}: {rule}");
        }
    }
}

#[test]
fn an_ignored_file_that_is_asked_for_is_written_and_in_no_commit() {
    for (file, rule) in RULES {
        for landing in [&[][..], &["--commit"], &["--branch", "b", "--commit"]] {
            let checkout = checkout(file, rule);
            let asked = ["apply", "--yes", "--include-ignored"];
            checkout.run(&[&asked, landing].concat()).code(0);
            assert_eq!(checkout.read("mine/main.tf"), AFTER, "{file}: {rule}");
            assert_eq!(checkout.read("kept/main.tf"), AFTER, "{file}: {rule}");
            let tracked = checkout.git(&["ls-files", "mine"]);
            assert!(!tracked.contains("main.tf"), "{tracked}");
            if !landing.is_empty() {
                let show = ["show", "--name-only", "--format=", "HEAD"];
                assert_eq!(checkout.git(&show), "kept/main.tf\n");
                assert_eq!(checkout.git(&["status", "--porcelain"]), "");
            }
        }
    }
}

#[test]
fn an_ignored_lock_file_holds_nothing_back() {
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version     = \"4.67.0\"\n  constraints = \"~> 4.0\"\n}\n";
    let module = "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      version = \"~> 4.0\"\n    }\n  }\n}\n";
    let checkout = Checkout::committed(&[
        ("tfkeyless.hcl", CONFIG),
        (".gitignore", ".terraform.lock.hcl\n"),
        ("main.tf", module),
    ]);
    checkout.write(".terraform.lock.hcl", lock);
    checkout
        .run(&["apply", "--yes"])
        .code(0)
        .says("terraform init -upgrade");
    assert_eq!(checkout.read("main.tf"), module.replace("~> 4.0", "~> 5.0"));
    assert_eq!(checkout.read(".terraform.lock.hcl"), lock);
}

#[test]
fn where_all_that_changes_is_ignored_nothing_is_committed() {
    let checkout = Checkout::committed(&[("tfkeyless.hcl", CONFIG), (".gitignore", "*.tf\n")]);
    checkout.write("main.tf", BEFORE);
    checkout.write("staged.txt", "");
    checkout.git(&["add", "staged.txt"]);
    let head = checkout.git(&["rev-parse", "HEAD"]);
    let asked = ["apply", "--yes", "--include-ignored", "--commit"];
    checkout.run(&asked).code(0);
    assert_eq!(checkout.read("main.tf"), AFTER);
    assert_eq!(checkout.git(&["rev-parse", "HEAD"]), head);
    assert_eq!(checkout.git(&["status", "--porcelain"]), "A  staged.txt\n");
}

#[test]
fn a_file_that_git_tracks_is_not_ignored_whatever_the_rules_say() {
    let checkout = Checkout::committed(&[("tfkeyless.hcl", CONFIG), ("main.tf", BEFORE)]);
    checkout.write(".gitignore", "*.tf\n");
    checkout.commit();
    checkout.run(&["apply", "--yes", "--commit"]).code(0);
    assert_eq!(checkout.read("main.tf"), AFTER);
    assert_eq!(checkout.git(&["status", "--porcelain"]), "");
}

#[test]
fn an_ignored_file_with_a_name_that_git_would_take_for_a_pattern_is_left() {
    let names = [":(top)x.tf", "[m]ain.tf", "a*.tf", "é\"b\n.tf"];
    for name in names {
        let checkout = Checkout::committed(&[("tfkeyless.hcl", CONFIG), ("kept/main.tf", BEFORE)]);
        checkout.write(".git/info/exclude", "/*.tf\n");
        checkout.write(name, BEFORE);
        checkout.run(&["apply", "--yes", "--commit"]).code(0);
        assert_eq!(checkout.read(name), BEFORE, "{name:?}");
        assert_eq!(checkout.read("kept/main.tf"), AFTER);
    }
}
