//! `tfkeyless init`: what it proposes for repositories of several shapes.

mod accounts;
mod jobs;
mod questions;
mod state;
mod written;

use engine::settings::Settings;

use crate::support::checkout::Checkout;

/// What `init` writes for these files, which `plan` then takes.
fn proposed(files: &[(&str, &str)]) -> String {
    let checkout = Checkout::bare(files);
    checkout.run(&["init"]).code(0).says("Wrote tfkeyless.hcl");
    checkout.run(&["plan"]).code(0);
    checkout.read("tfkeyless.hcl")
}

fn settings(text: &str) -> Settings {
    engine::settings::Settings::parse(text, transforms::CATALOGUE).unwrap()
}

/// Labels and ids of the accounts that are not commented out.
fn accounts(text: &str) -> Vec<(String, String)> {
    let accounts = settings(text).accounts.into_iter();
    accounts
        .map(|account| (account.label, account.id))
        .collect()
}

/// The accounts as pairs of strings.
fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = expected.iter();
    pairs
        .map(|(label, id)| ((*label).to_owned(), (*id).to_owned()))
        .collect()
}

#[track_caller]
fn has(text: &str, part: &str) {
    assert!(text.contains(part), "{part:?} is not in:\n{text}");
}

#[track_caller]
fn has_not(text: &str, part: &str) {
    assert!(!text.contains(part), "{part:?} is in:\n{text}");
}

fn role(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/tf\"\n  }}\n}}\n"
    )
}

fn backend(settings: &str) -> String {
    format!("terraform {{\n  backend \"s3\" {{\n    key = \"k\"\n{settings}  }}\n}}\n")
}

/// A workflow of these jobs, each on a line of its own.
fn workflow(jobs: &[String]) -> String {
    format!("on: push\njobs:\n{}", jobs.concat())
}

/// A job on the static keys with this access key id.
fn keyed_job(id: &str, environment: &str, key: &str) -> String {
    format!(
        "  {id}:\n    runs-on: ubuntu-latest\n    permissions: {{contents: read}}\n{environment}    \
         env:\n      AWS_ACCESS_KEY_ID: ${{{{ {key} }}}}\n      \
         AWS_SECRET_ACCESS_KEY: ${{{{ secrets.SECRET }}}}\n    steps:\n      - run: terraform apply\n"
    )
}

/// A job that signs in by OIDC to this role.
fn signing_job(id: &str, environment: &str, role: &str) -> String {
    format!(
        "  {id}:\n    runs-on: ubuntu-latest\n    permissions: {{id-token: write}}\n{environment}    \
         steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
         role-to-assume: {role}\n          aws-region: eu-west-1\n      - run: terraform apply\n"
    )
}

/// What is proposed for a repository of accounts dev and live, and one more file.
fn proposed_beside(path: &str, text: &str) -> String {
    proposed(&[
        ("dev/main.tf", &role("111111111111")),
        ("live/main.tf", &role("222222222222")),
        (path, text),
    ])
}

/// The lines of these kinds of blocks, as written.
fn lines<'t>(text: &'t str, kinds: &[&str]) -> Vec<&'t str> {
    let lines = text.lines().filter(|line| {
        let line = line.trim_start_matches("# ");
        kinds
            .iter()
            .any(|kind| line.starts_with(&format!("{kind} \"")))
    });
    lines.collect()
}

const WORKFLOW: &str = ".github/workflows/tf.yml";
