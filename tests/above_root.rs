//! A root below the top level of its git repository: pipelines above it are not read, and may run its root modules.

use crate::support::checkout::{Checkout, Outcome};

const CONFIG: &str =
    "account \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\n";

const ROLE: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

const WORKFLOW: (&str, &str) = (
    ".github/workflows/canary.yml",
    "on: push\njobs:\n  canary:\n    steps:\n      - run: terraform -chdir=infra/dev apply\n",
);

/// A repository whose root for tfkeyless is `infra`, with this beside it.
fn below(config: &str, more: &[(&str, &str)]) -> Checkout {
    let own = [
        ("infra/tfkeyless.hcl", config),
        ("infra/dev/main.tf", ROLE),
        ("README.md", ""),
    ];
    Checkout::committed(&[&own, more].concat())
}

fn plan(checkout: &Checkout, path: &str) -> Outcome {
    checkout.run(&["plan", "--no-pager", path])
}

/// Whether the role goes unasked.
fn is_removed(outcome: &Outcome) -> bool {
    outcome.stdout.contains("-  assume_role")
}

#[test]
fn a_pipeline_above_makes_the_removal_wait() {
    for (file, system) in [
        (WORKFLOW.0, "GitHub Actions"),
        ("Jenkinsfile", "Jenkins"),
        (".gitlab-ci.yml", "GitLab CI"),
        ("atlantis.yaml", "Atlantis"),
        (".circleci/config.yml", "CircleCI"),
    ] {
        let checkout = below(CONFIG, &[(file, WORKFLOW.1)]);
        let outcome = plan(&checkout, "infra");
        assert!(!is_removed(&outcome), "{file}: {}", outcome.stdout);
        let why =
            format!("{system} (../{file}), above the directory of tfkeyless.hcl, is not read");
        let outcome = outcome
            .says(&why)
            .says("move tfkeyless.hcl to the top level");
        // Its text is nothing that is read.
        let text = outcome.stderr.replace(file, "");
        assert!(!text.contains("canary"), "{text}");
        let reviewed = checkout.run(&["plan", "--no-pager", "--review", "infra"]);
        assert!(is_removed(&reviewed), "{file}: {}", reviewed.stderr);
    }
}

#[test]
fn pipelines_are_looked_for_up_to_the_top_level_of_git() {
    let checkout = Checkout::committed(&[
        ("Jenkinsfile", "node {}\n"),
        ("a/b/tfkeyless.hcl", CONFIG),
        ("a/b/main.tf", ROLE),
    ]);
    assert!(!is_removed(
        &plan(&checkout, "a/b").says("../../Jenkinsfile")
    ));
    // A submodule has a file `.git`, and is a repository of its own.
    checkout.write("a/b/.git", "gitdir: ../../.git/modules/b\n");
    assert!(is_removed(&plan(&checkout, "a/b")));
}

#[test]
fn an_answer_and_what_is_no_pipeline_hold_nothing() {
    let answer = format!("{CONFIG}runner \"../.github/workflows/*\" {{ terraform = false }}\n");
    for (config, more) in [
        (answer.as_str(), &[WORKFLOW][..]),
        (CONFIG, &[]),
        (
            CONFIG,
            &[("app/main.js", ""), ("docs/config.yml", "a: 1\n")],
        ),
        (CONFIG, &[("other/infra/Jenkinsfile", "node {}\n")]),
        (CONFIG, &[(".github/dependabot.yml", "version: 2\n")]),
    ] {
        let outcome = plan(&below(config, more), "infra");
        assert!(is_removed(&outcome), "{more:?}: {}", outcome.stderr);
    }
    // Where the root is the top level, pipelines are read; without git nothing is above.
    let top = [("tfkeyless.hcl", CONFIG), ("infra/dev/main.tf", ROLE)];
    let quiet = (
        WORKFLOW.0,
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ls\n",
    );
    assert!(is_removed(&plan(
        &Checkout::committed(&[&top[..], &[quiet]].concat()),
        "."
    )));
    let bare = Checkout::without_git(&[
        ("x/tfkeyless.hcl", CONFIG),
        ("x/main.tf", ROLE),
        ("Jenkinsfile", "node {}\n"),
    ]);
    assert!(is_removed(&plan(&bare, "x")));
}
