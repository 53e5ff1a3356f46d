//! A sparse checkout: what it leaves out is read from git, and decides as if it were there.

use crate::support::checkout::{Checkout, Outcome};

const CONFIGURATION: &str = "account \"dev\" {\n  id = \"111111111111\"\n}\n\n\
    account \"live\" {\n  id = \"222222222222\"\n}\n\n\
    keys \"AWS_ACCESS_KEY_ID\" {\n  account = \"live\"\n}\n";

const WORKFLOW: &str = "\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    env:
      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
    steps:
      - uses: actions/checkout@v4
      - run: terraform -chdir=a apply
      - run: terraform -chdir=e apply
";

fn provider(account: Option<&str>) -> String {
    let role = account.map_or_else(String::new, |id| {
        format!("\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/terraform\"\n  }}\n")
    });
    format!("provider \"aws\" {{\n  region = \"eu-west-1\"\n{role}}}\n")
}

/// Root module `a` assumes a role of dev; `e` is as given, and is not checked out.
fn sparse(e: &str) -> Checkout {
    let checkout = Checkout::committed(&[
        ("tfkeyless.hcl", CONFIGURATION),
        (".github/workflows/a.yml", WORKFLOW),
        ("a/main.tf", &provider(Some("111111111111"))),
        ("e/main.tf", e),
    ]);
    checkout.git(&["sparse-checkout", "set", "a", ".github"]);
    assert!(!checkout.path().join("e").exists());
    checkout
}

/// What a plan changes, by file.
fn changed(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stdout.lines();
    lines
        .filter_map(|line| line.strip_prefix("+++ b/"))
        .map(|it| it.split('\t').next().unwrap())
        .collect()
}

#[test]
fn a_root_module_that_is_not_checked_out_keeps_its_account() {
    // It acts in the account of the keys, which are live's: the sign-in for the other would take it to dev.
    let checkout = sparse(&provider(None));
    let plan = checkout.run(&["plan", "--no-pager"]);
    checkout.git(&["sparse-checkout", "disable"]);
    let full = checkout.run(&["plan", "--no-pager"]);
    assert_eq!(changed(&plan), changed(&full));
    assert_eq!(plan.stdout, full.stdout);
    let second = "+          role-to-assume: ${{ vars.LIVE_AWS_OIDC_ROLE_ARN }}\n";
    assert!(plan.stdout.contains(second), "{}", plan.stdout);
}

#[test]
fn what_is_not_checked_out_is_reported_and_not_changed() {
    let checkout = sparse(&provider(Some("111111111111")));
    let plan = checkout.run(&["plan", "--no-pager"]);
    let said = "is not in the sparse checkout (`git sparse-checkout add` brings it)";
    assert!(plan.stderr.contains(said), "{}", plan.stderr);
    assert!(!changed(&plan).contains(&"e/main.tf"), "{}", plan.stdout);
    let audit = checkout.run(&["audit"]);
    assert!(
        audit
            .stdout
            .contains("e/main.tf:4:3: error[remove_assume_role]"),
        "{}",
        audit.stdout
    );
}

#[test]
fn a_partial_clone_that_lacks_what_decides_is_refused() {
    let checkout = sparse(&provider(None));
    let object = checkout.git(&["rev-parse", "HEAD:e/main.tf"]);
    let (directory, name) = object.trim().split_at(2);
    let path = checkout
        .path()
        .join(".git/objects")
        .join(directory)
        .join(name);
    std::fs::remove_file(path).unwrap();
    let plan = checkout.run(&["plan", "--no-pager"]);
    assert_eq!(plan.code, 2, "{}", plan.stderr);
    let said = "error: e/main.tf: neither in the sparse checkout nor in this partial clone: `git sparse-checkout \
                disable`, or plan in a full clone\n";
    assert!(plan.stderr.contains(said), "{}", plan.stderr);
}
