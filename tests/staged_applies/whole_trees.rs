//! `apply`, and then `apply --review`, lead to what `apply --review` at once leads to: whatever stands beside Terraform
//! in a job, and whatever makes the first run wait.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

use super::CI;
use crate::support::{Tree, reviewed};
use engine::selection::Selection;

const SETTINGS: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \
    \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \
    \"shared\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\n";

/// What stands between the sign-in and Terraform, or behind it.
const STEPS: [&str; 8] = [
    "",
    "",
    "      - run: echo\n",
    "      - run: aws s3 ls\n",
    // It is not known to call no AWS.
    "      - uses: HatsuneMiku3939/direnv-action@v1\n",
    "      - run: some-program\n",
    "      - uses: docker://x\n",
    "      - run: aws sts get-session-token\n",
];

const HEADS: [&str; 2] = ["", "    environment: live\n"];

/// What else runs the root modules: the first run waits for an answer about it.
const RUNNERS: [(&str, &str); 3] = [
    ("x.txt", "\n"),
    (".envrc", "export AWS_PROFILE=shared\n"),
    ("Jenkinsfile", "node { sh 'cd dev && terraform apply' }\n"),
];

const BACKENDS: [&str; 3] = [
    "",
    "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n    region = \"eu-west-1\"\n  }\n}\n",
    "terraform {\n  backend \"s3\" {\n    bucket  = \"b\"\n    key     = \"k\"\n    profile = \"shared\"\n  }\n}\n",
];

const PROVIDERS: [&str; 4] = [
    "",
    "",
    "provider \"aws\" {\n  alias = \"own\"\n}\n",
    "provider \"aws\" {\n  alias = \"dns\"\n  assume_role {\n    role_arn = \
     \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n",
];

#[derive(Debug)]
struct Repository {
    head: &'static str,
    before: &'static str,
    behind: &'static str,
    roots: &'static [&'static str],
    runner: (&'static str, &'static str),
    backend: &'static str,
    provider: &'static str,
}

fn repository() -> impl Strategy<Value = Repository> {
    const ROOTS: [&[&str]; 4] = [&["dev"], &["dev"], &["live"], &["dev", "live"]];
    (
        select(&HEADS[..]),
        (select(&STEPS[..]), select(&STEPS[..])),
        select(&ROOTS[..]),
        select(&RUNNERS[..]),
        (select(&BACKENDS[..]), select(&PROVIDERS[..])),
    )
        .prop_map(
            |(head, (before, behind), roots, runner, (backend, provider))| Repository {
                head,
                before,
                behind,
                roots,
                runner,
                backend,
                provider,
            },
        )
}

impl Repository {
    fn tree(&self) -> Tree {
        let mut tree = Tree::default();
        let runs = self.roots.iter().map(|root| {
            format!("      - run: terraform -chdir={root} init && terraform -chdir={root} apply\n")
        });
        let job = format!(
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n{}    permissions:\n      contents: read\n    \
             steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v6\n        \
             id: c\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          \
             aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: \
             eu-west-1\n{}{}{}",
            self.head,
            self.before,
            runs.collect::<String>(),
            self.behind
        );
        tree.0.insert(CI.into(), job);
        tree.0
            .insert(self.runner.0.into(), self.runner.1.to_owned());
        for (root, id) in [("dev", "111111111111"), ("live", "222222222222")] {
            let text = format!(
                "{}provider \"aws\" {{\n  region = \"eu-west-1\"\n  assume_role {{\n    role_arn = \
                 \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n{}",
                self.backend, self.provider
            );
            tree.0.insert(format!("{root}/main.tf").into(), text);
        }
        tree
    }

    /// The files once they are applied so often.
    fn applied(&self, selections: &[Selection]) -> Tree {
        selections.iter().fold(self.tree(), |tree, selection| {
            let plan = tree.plan(SETTINGS, selection.clone());
            tree.with(&plan.unwrap())
        })
    }
}

/// The lines of each file, each once: a step for a profile may be at another place, and a sign-in may be there that the
/// next step replaces.
fn lines(tree: &Tree) -> BTreeMap<&Path, BTreeSet<&str>> {
    let files = tree.0.iter();
    files
        .map(|(path, text)| (path.as_path(), text.lines().collect()))
        .collect()
}

proptest! {
    #[test]
    fn the_tree_is_the_same_in_one_step_and_in_two(repository in repository()) {
        let at_once = repository.applied(&[reviewed()]);
        let in_stages = repository.applied(&[Selection::default(), reviewed()]);
        prop_assert_eq!(lines(&in_stages), lines(&at_once));
        let again = repository.applied(&[reviewed(), reviewed()]);
        prop_assert_eq!(&again.0, &at_once.0);
    }
}

#[test]
fn what_may_use_the_keys_of_a_job_keeps_their_account_in_the_second_run() {
    for step in STEPS {
        let repository = Repository {
            head: "",
            before: step,
            behind: "",
            roots: &["dev"],
            runner: RUNNERS[1],
            backend: "",
            provider: "",
        };
        let at_once = repository.applied(&[reviewed()]);
        let in_stages = repository.applied(&[Selection::default(), reviewed()]);
        assert_eq!(in_stages.0, at_once.0, "{step}");
    }
}
