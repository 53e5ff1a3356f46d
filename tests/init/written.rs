//! The file as a whole: what of it is written, when, and that it is read.

use super::{accounts, backend, has, has_not, pairs, proposed, role, settings};
use crate::support::checkout::Checkout;

#[test]
fn the_example_gets_all_but_what_only_its_owner_knows() {
    let checkout = Checkout::of_example("legacy-stack");
    std::fs::remove_file(checkout.path().join("tfkeyless.hcl")).unwrap();
    let said = checkout.run(&["init", "dev"]).code(0);
    assert_eq!(said.stdout, "");
    let text = checkout.read("tfkeyless.hcl");
    assert_eq!(
        accounts(&text),
        pairs(&[("dev", "111111111111"), ("live", "222222222222"),])
    );
    has(
        &text,
        "#   bucket your-org-tf-states: dev/main.tf:11, live/main.tf:11\n# 2 backends wait for it.\n# state_profile = \"...\"\n",
    );
    has(
        &text,
        "# module_source \"your-org-tf-modules\" {\n#   repository = \"github.com/ORG/REPO\"\n#   ref        = \"v{version}\"\n# }\n",
    );
    has(&text, "# sso {\n");
    has(
        &text,
        "#   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: .github/workflows/terraform.yml:14\n",
    );
    has(&text, "#   default_token = \"unknown\"\n");
    has(
        &text,
        "1 job on keys has no `permissions:` (.github/workflows/terraform.yml:8)",
    );
    has(
        &text,
        "#   AWS provider ~> 4.20, ~> 4.67 (2 times)\n#   VPC module 3.18.1 (2 times)\n",
    );
    has(
        &text,
        "#   aws_provider = \"~> 5.0\"\n#   module \"terraform-aws-modules/vpc/aws\" { version = \"5.16.0\" }\n",
    );
    let said = said.says("the state bucket your-org-tf-states, 3 accounts, 2 key secrets in workflows, 1 module bucket");
    let state = text
        .lines()
        .position(|line| line.contains("state_profile"))
        .unwrap()
        + 1;
    said.says(&format!(
        "tfkeyless.hcl:{state}   state_profile: 2 backends wait for it"
    ))
    .says("module_source \"your-org-tf-modules\": 4 modules wait for it");
}

#[test]
fn filling_in_the_lines_answers_what_plan_asks_for() {
    let checkout = Checkout::of_example("legacy-stack");
    std::fs::remove_file(checkout.path().join("tfkeyless.hcl")).unwrap();
    checkout.run(&["plan"]).code(0).says("set `state_profile");
    checkout.run(&["init"]).code(0);
    let text = checkout.read("tfkeyless.hcl");
    let filled = text
        .replace("# state_profile = \"...\"", "state_profile = \"dns\"")
        .replace("# account \"dns\"", "account \"dns\"")
        .replace("# module_source", "module_source")
        .replace("#   repository", "  repository")
        .replace("#   ref ", "  ref ")
        .replace("version}\"\n# }", "version}\"\n}");
    checkout.write("tfkeyless.hcl", &filled);
    let said = checkout.run(&["plan"]).code(0);
    has_not(&said.stderr, "in tfkeyless.hcl");
    has(&said.stdout, "+    profile        = \"dns\"");
}

#[test]
fn a_configuration_that_is_there_stays() {
    let checkout = Checkout::bare(&[("tfkeyless.hcl", "# mine\n"), ("a/main.tf", "")]);
    checkout
        .run(&["init", "a"])
        .code(2)
        .says("tfkeyless.hcl is there already: edit it, or see with `tfkeyless init --print` what");
    assert_eq!(checkout.read("tfkeyless.hcl"), "# mine\n");
    let printed = checkout.run(&["init", "--print"]).code(0).stdout;
    has(&printed, "# Proposed by `tfkeyless init`.");
    assert_eq!(checkout.read("tfkeyless.hcl"), "# mine\n");
    let checkout = Checkout::bare(&[]);
    std::os::unix::fs::symlink("gone", checkout.path().join("tfkeyless.hcl")).unwrap();
    checkout.run(&["init"]).code(2).says("is there already");
}

#[test]
fn what_does_not_close_is_told_as_plan_tells_it_and_nothing_is_written() {
    let checkout = Checkout::bare(&[("main.tf", "provider \"aws\" {\n")]);
    checkout
        .run(&["init"])
        .code(2)
        .says("main.tf:1:16: `{` is never closed");
    assert!(!checkout.path().join("tfkeyless.hcl").exists());
}

#[test]
fn names_from_files_break_no_line_and_no_string() {
    let text = proposed(&[
        (
            "a\nb\u{202e}/main.tf",
            &backend("    bucket = \"x\\\" y\"\n    profile = \"p\\\"q\"\n"),
        ),
        (
            "m.tf",
            "module \"m\" {\n  source = \"s3::/b${x}/k-1.0.0.zip\"\n}\n",
        ),
        (
            "n.tf",
            "module \"n\" {\n  source = \"s3::/b c/k-1.0.0.zip\"\n}\n",
        ),
    ]);
    has(&text, "a\\nb\\u{202e}/main.tf:2");
    has(&text, "# module_source \"...\" {\n");
    assert!(settings(&text).state_buckets.is_empty());
}

#[test]
fn a_repository_without_aws_gets_no_configuration() {
    for files in [&[("main.tf", "provider \"google\" {}\n")][..], &[]] {
        let checkout = Checkout::bare(files);
        checkout
            .run(&["init"])
            .code(0)
            .says("Nothing of AWS was found in ")
            .says(": nothing was written.\n");
        assert!(!checkout.path().join("tfkeyless.hcl").exists());
        let printed = checkout.run(&["init", "--print"]).code(0).stdout;
        assert!(
            printed.lines().all(|line| line.starts_with('#')),
            "{printed}"
        );
    }
}

#[test]
fn nothing_is_read_of_repositories_inside() {
    let text = proposed(&[
        ("main.tf", "provider \"aws\" {}\n"),
        ("inner/.git", "gitdir: x\n"),
        ("inner/main.tf", &role("111111111111")),
        (".hidden/main.tf", &role("222222222222")),
    ]);
    has_not(&text, "111111111111");
    has_not(&text, "222222222222");
}

#[test]
fn what_is_printed_is_what_would_be_written() {
    let checkout = Checkout::bare(&[("dev/main.tf", &role("111111111111"))]);
    let printed = checkout.run(&["init", "--print"]).code(0).stdout;
    assert!(!checkout.path().join("tfkeyless.hcl").exists());
    checkout.run(&["init"]).code(0);
    assert_eq!(printed, checkout.read("tfkeyless.hcl"));
}
