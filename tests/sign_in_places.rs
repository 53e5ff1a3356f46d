//! Where the sign-in in place of a job's keys stands: before the first step that needs AWS, and nowhere in a job
//! none of whose steps does. To a pull request of a fork no token is given, and the steps behind a sign-in do not
//! run there.

use std::path::Path;

use engine::selection::Selection;

use crate::support::Tree;

const CI: &str = ".github/workflows/ci.yml";
const KEYS: &str = "  AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n  AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

/// A workflow with these keys in its `env:`, and a job with these steps.
fn workflow(keys: &str, steps: &str) -> String {
    let steps = steps.trim_end().replace('\n', "\n      ");
    format!(
        "on: [push, pull_request]\nenv:\n  AWS_REGION: eu-west-1\n{keys}permissions:\n  contents: read\njobs:\n  \
         a:\n    runs-on: ubuntu-latest\n    steps:\n      {steps}\n"
    )
}

/// The steps as they are afterwards, each by its last word; `SIGN-IN` where one signs in, with its condition.
fn places(steps: &str, files: &[(&str, &str)]) -> String {
    let before = workflow(KEYS, steps);
    let files = files.iter().copied().chain([(CI, before.as_str())]);
    let plan = Tree::new(files).plan("", Selection::default()).unwrap();
    let mut changes = plan.changes.iter();
    let change = changes.find(|change| change.path == Path::new(CI));
    let after = &change.expect(steps).after;
    assert!(!after.contains("AWS_ACCESS_KEY_ID: ${{"), "{after}");
    let signs_in = after.contains("role-to-assume");
    assert_eq!(after.contains("id-token: write"), signs_in, "{after}");
    let (_, steps) = after.split_once("steps:\n").unwrap();
    let mut found = Vec::new();
    for step in steps.split("\n      - ") {
        let condition = step.trim_start().trim_start_matches("- ");
        let condition = condition.strip_prefix("if: ");
        let condition = condition.and_then(|it| it.lines().next());
        let is_sign_in = step.contains("configure-aws-credentials");
        found.push(match (is_sign_in, condition) {
            (true, Some(condition)) => format!("SIGN-IN if {condition},"),
            (true, None) => "SIGN-IN".to_owned(),
            (false, _) => {
                let line = step.trim().lines().last().unwrap();
                line.rsplit([' ', '/']).next().unwrap().to_owned()
            }
        });
    }
    found.join(" ")
}

const CHECKOUT: &str = "- uses: actions/checkout@v4\n";
const APPLY: &str = "- run: terraform apply\n";

#[test]
fn a_sign_in_stands_before_the_first_step_that_needs_aws() {
    for (steps, expected) in [
        ("- run: terraform apply", "checkout@v4 SIGN-IN apply"),
        // People put it before what is installed.
        (
            "- uses: hashicorp/setup-terraform@v3\n- run: terraform apply",
            "checkout@v4 SIGN-IN setup-terraform@v3 apply",
        ),
        (
            "- run: terraform fmt\n- run: terraform apply",
            "checkout@v4 fmt SIGN-IN apply",
        ),
        (
            "- run: terraform init -backend=false\n- run: terraform validate\n- run: terraform apply",
            "checkout@v4 -backend=false validate SIGN-IN apply",
        ),
        (
            "- run: npm ci\n- run: aws s3 ls",
            "checkout@v4 ci SIGN-IN ls",
        ),
        // Nobody knows what these do.
        (
            "- run: npm test\n- run: terraform apply",
            "checkout@v4 SIGN-IN test apply",
        ),
        (
            "- uses: acme/x@v1\n- run: terraform apply",
            "checkout@v4 SIGN-IN x@v1 apply",
        ),
        (
            "- run: docker run -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN x",
            "checkout@v4 SIGN-IN x",
        ),
        // What runs after a failure had its keys whichever step failed.
        (
            "- run: terraform fmt\n- if: always()\n  run: aws s3 ls",
            "SIGN-IN checkout@v4 fmt ls",
        ),
    ] {
        let steps = format!("{CHECKOUT}{steps}\n");
        assert_eq!(places(&steps, &[]), expected, "{steps}");
    }
}

#[test]
fn a_condition_of_all_steps_that_need_aws_is_that_of_the_sign_in() {
    let is_main = "github.ref == 'refs/heads/main'";
    let unconditional = "checkout@v4 fmt SIGN-IN plan apply";
    let conditional = format!("checkout@v4 fmt SIGN-IN if {is_main}, plan apply");
    for (plan, apply, expected) in [
        (is_main, is_main, &*conditional),
        (
            is_main,
            "github.event_name == 'push' && github.ref == 'refs/heads/main'",
            &conditional,
        ),
        (is_main, "inputs.apply", unconditional),
        (is_main, "", unconditional),
        ("", is_main, unconditional),
        // What steps say may be other before each.
        (
            "steps.x.outputs.a == 'b'",
            "steps.x.outputs.a == 'b'",
            unconditional,
        ),
        ("env.A == 'b'", "env.A == 'b'", unconditional),
        (
            "hashFiles('a') != ''",
            "hashFiles('a') != ''",
            unconditional,
        ),
    ] {
        let step = |condition: &str, command: &str| match condition {
            "" => format!("- run: terraform {command}\n"),
            _ => format!("- if: {condition}\n  run: terraform {command}\n"),
        };
        let steps = format!("{CHECKOUT}- run: terraform fmt\n");
        let steps = steps + &step(plan, "plan") + &step(apply, "apply");
        assert_eq!(places(&steps, &[]), expected, "{steps}");
    }
}

#[test]
fn a_job_that_needs_no_aws_signs_in_nowhere() {
    let lint = (
        ".github/actions/lint/action.yml",
        "runs:\n  using: composite\n  steps:\n    - { run: terraform fmt -check, shell: bash }\n",
    );
    for (steps, expected) in [
        ("- run: terraform fmt -check\n- run: echo ok", "-check ok"),
        (
            "- run: terraform init -backend=false && terraform validate",
            "validate",
        ),
        ("- uses: ./.github/actions/lint", "lint"),
        (
            "- uses: actions/setup-node@v4\n- run: npm ci",
            "setup-node@v4 ci",
        ),
    ] {
        let steps = format!("{CHECKOUT}{steps}\n");
        assert_eq!(
            places(&steps, &[lint]),
            format!("checkout@v4 {expected}"),
            "{steps}"
        );
    }
    let steps = format!("{CHECKOUT}- uses: ./.github/actions/lint\n{APPLY}");
    assert_eq!(places(&steps, &[lint]), "checkout@v4 lint SIGN-IN apply");
}

#[test]
fn modules_in_s3_are_downloaded_by_the_credentials_of_the_job() {
    let module = |source: &str| format!("module \"a\" {{\n  source = \"{source}\"\n}}\n");
    let steps = format!("{CHECKOUT}- run: terraform init -backend=false\n");
    let in_s3 = module("s3::https://s3-eu-west-1.amazonaws.com/b/k.zip");
    let found = places(&steps, &[("dev/main.tf", &in_s3)]);
    assert_eq!(found, "checkout@v4 SIGN-IN -backend=false");
    let local = module("../a");
    let found = places(&steps, &[("dev/main.tf", &local)]);
    assert_eq!(found, "checkout@v4 -backend=false");
}

#[test]
fn keys_of_a_step_that_needs_no_aws_are_removed() {
    let step = |command: &str, keys: &str| {
        let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let env = names.map(|name| format!("    {name}: ${{{{ secrets.{keys}{name} }}}}\n"));
        format!("- run: {command}\n  env:\n{}", env.concat())
    };
    let job = |steps: &str| {
        let before = workflow("", steps);
        let plan = Tree::new([(CI, &*before)]).plan("", Selection::default());
        let plan = plan.unwrap();
        let mut changes = plan.changes.iter();
        let after = changes.next().map(|change| change.after.clone());
        let after = after.unwrap_or_else(|| panic!("{steps}"));
        assert!(!after.contains("secrets."), "{after}");
        let roles: Vec<String> = after
            .lines()
            .filter_map(|line| line.split_once("vars."))
            .map(|(_, role)| role.trim_end_matches(" }}").to_owned())
            .collect();
        let cleared = after.matches("unset-current-credentials: true").count();
        (roles.join(" "), cleared)
    };
    let (a, b) = ("A_AWS_OIDC_ROLE_ARN", "B_AWS_OIDC_ROLE_ARN");
    let (fmt, sync) = ("terraform fmt", "aws s3 sync x s3://y");
    for (steps, expected) in [
        (vec![step(fmt, "A_")], (String::new(), 0)),
        (vec![step(fmt, "A_"), step(sync, "B_")], (b.to_owned(), 0)),
        // Each step with another pair signs in again, and drops what was exported before.
        (
            vec![step(sync, "A_"), step(sync, "B_")],
            (format!("{a} {b}"), 1),
        ),
        (
            vec![step(sync, "A_"), step(sync, "B_"), step(sync, "A_")],
            (format!("{a} {b} {a}"), 2),
        ),
        (
            vec![step(sync, "A_"), step(fmt, "B_"), step(sync, "A_")],
            (a.to_owned(), 0),
        ),
        (
            vec![step(sync, "A_"), step(sync, "A_"), step(sync, "B_")],
            (format!("{a} {b}"), 1),
        ),
    ] {
        assert_eq!(job(&steps.concat()), expected, "{steps:?}");
    }
}
