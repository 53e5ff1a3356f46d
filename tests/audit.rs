//! `tfkeyless audit`, and the comments that keep a place from it and from a plan.

mod accepted;
mod comments;
mod findings;
mod literal_keys;

use crate::support::checkout::{Checkout, Outcome};

/// What is found, as `path:line:column: message [transform]`.
fn found(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stdout.lines();
    lines.filter(|line| !line.starts_with(' ')).collect()
}

#[track_caller]
fn finds(files: &[(&str, &str)], expected: &[&str]) {
    let checkout = Checkout::bare(files);
    let outcome = checkout.run(&["audit"]);
    assert_eq!(found(&outcome), expected, "{}", outcome.stderr);
    outcome.code(i32::from(!expected.is_empty()));
}

const ROLE: &str = r#"provider "aws" {
  assume_role {
    role_arn = "arn:aws:iam::111111111111:role/x"
  }
}
"#;

const SHARED_ENV: &str = "on: push
env:
  AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
  AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: aws s3 ls
  b:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.ID }}
          aws-secret-access-key: ${{ secrets.KEY }}
";
