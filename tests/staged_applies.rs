//! `apply`, and `apply --review` afterwards: the roles are named as by `apply --review` at once.

use crate::support::{Tree, reviewed};
use engine::selection::Selection;

const CI: &str = ".github/workflows/ci.yml";

/// A job with keys and a command; getting a session token is a reason for review.
fn job(id: &str, head: &str, run: &str) -> String {
    format!(
        "  {id}:\n    runs-on: ubuntu-latest\n{head}    permissions:\n      contents: read\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      - run: {run}\n"
    )
}

const SAFE: &str = "aws s3 ls";
const DOUBTFUL: &str = "aws sts get-session-token";

/// A tree after one plan, and the messages of the findings that need review.
fn step(tree: &Tree, selection: Selection) -> (Tree, String) {
    let plan = tree.plan("", selection).unwrap();
    let messages = plan.findings.iter().map(|it| it.message.clone() + "\n");
    (tree.with(&plan), messages.collect())
}

fn roles(tree: &Tree) -> Vec<&str> {
    let lines = tree.0.values().flat_map(|text| text.lines());
    let roles = lines.filter_map(|line| line.trim().strip_prefix("role-to-assume: "));
    roles.collect()
}

#[test]
fn a_role_has_the_same_name_whether_a_job_is_converted_at_once_or_later() {
    let (staging, live) = ("    environment: staging\n", "    environment: live\n");
    for (jobs, expected) in [
        (
            vec![("a", "", SAFE), ("b", "", DOUBTFUL)],
            vec!["AWS_OIDC_ROLE_ARN", "AWS_OIDC_ROLE_ARN"],
        ),
        (
            vec![("a", "", DOUBTFUL), ("b", "", SAFE), ("c", "", DOUBTFUL)],
            vec!["AWS_OIDC_ROLE_ARN"; 3],
        ),
        (
            vec![
                ("a", staging, SAFE),
                ("b", live, SAFE),
                ("c", staging, DOUBTFUL),
                ("d", live, DOUBTFUL),
            ],
            vec![
                "STAGING_AWS_OIDC_ROLE_ARN",
                "LIVE_AWS_OIDC_ROLE_ARN",
                "STAGING_AWS_OIDC_ROLE_ARN",
                "LIVE_AWS_OIDC_ROLE_ARN",
            ],
        ),
        (
            vec![("a", "", SAFE), ("b", live, DOUBTFUL)],
            vec!["AWS_OIDC_ROLE_ARN", "LIVE_AWS_OIDC_ROLE_ARN"],
        ),
    ] {
        let jobs: String = jobs
            .iter()
            .map(|(id, head, run)| job(id, head, run))
            .collect();
        let tree = Tree::new([(CI, &*format!("on: push\njobs:\n{jobs}"))]);
        let (at_once, _) = step(&tree, reviewed());
        let expected: Vec<String> = expected
            .iter()
            .map(|name| format!("${{{{ vars.{name} }}}}"))
            .collect();
        assert_eq!(roles(&at_once), expected, "{jobs}");
        let (first, _) = step(&tree, Selection::default());
        assert_ne!(first.0, tree.0, "{jobs}");
        assert_ne!(first.0, at_once.0, "{jobs}");
        let (second, _) = step(&first, reviewed());
        assert_eq!(second.0, at_once.0);
    }
}

#[test]
fn a_role_that_a_caller_passes_counts_among_the_names() {
    let called = "on:\n  workflow_call:\n    secrets:\n      AWS_ACCESS_KEY_ID:\n      AWS_SECRET_ACCESS_KEY:\njobs:\n"
        .to_owned()
        + &job("run", "", SAFE);
    let call = |id: &str, prefix: &str| {
        format!(
            "  {id}:\n    uses: ./.github/workflows/called.yml\n    permissions:\n      contents: read\n    secrets:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.{prefix}AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.{prefix}AWS_SECRET_ACCESS_KEY }}}}\n"
        )
    };
    let callers = format!("on: push\njobs:\n{}{}", call("x", ""), call("y", "OTHER_"));
    let later = job("z", "    environment: live\n", DOUBTFUL);
    let later = format!("on: push\njobs:\n{later}");
    let tree = Tree::new([
        (".github/workflows/called.yml", &*called),
        (CI, &*callers),
        (".github/workflows/later.yml", &*later),
    ]);
    let (at_once, _) = step(&tree, reviewed());
    let (first, _) = step(&tree, Selection::default());
    assert_ne!(first.0, tree.0);
    assert_ne!(first.0, at_once.0);
    let (second, _) = step(&first, reviewed());
    assert_eq!(second.0, at_once.0);
    let expected = [
        "${{ inputs.role-to-assume }}",
        "${{ vars.AWS_OIDC_ROLE_ARN }}",
        "${{ vars.OTHER_AWS_OIDC_ROLE_ARN }}",
        "${{ vars.LIVE_AWS_OIDC_ROLE_ARN }}",
    ];
    assert_eq!(roles(&at_once), expected);
}

#[test]
fn a_variable_that_another_job_signs_in_by_needs_review() {
    let role = "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: ROLE\n          aws-region: eu-west-1\n";
    let reader = |role_text: &str, head: &str, more: &str| {
        let step = role.replace("ROLE", role_text);
        format!(
            "  z:\n    runs-on: ubuntu-latest\n{head}    permissions: write-all\n    steps:\n{step}{more}"
        )
    };
    let usual = "${{ vars.AWS_OIDC_ROLE_ARN }}";
    let doubt = "job z signs in by `vars.AWS_OIDC_ROLE_ARN` already, which has to be of the account of \
                 these keys";
    for (other, expected, is_doubtful) in [
        (reader(usual, "", ""), usual, true),
        // A variable has another value in each environment.
        (
            reader(usual, "    environment: live\n", ""),
            "${{ vars.A_AWS_OIDC_ROLE_ARN }}",
            false,
        ),
        // A role that is assumed with the credentials of the step before is another one.
        (
            reader(usual, "", "").replace(
                "ROLE_ARN }}\n",
                "ROLE_ARN }}\n          role-chaining: true\n",
            ),
            "${{ vars.A_AWS_OIDC_ROLE_ARN }}",
            false,
        ),
        (reader("${{ vars.OTHER }}", "", ""), usual, false),
        (
            reader("arn:aws:iam::111111111111:role/x", "", ""),
            usual,
            false,
        ),
    ] {
        let text = format!("on: push\njobs:\n{}{other}", job("a", "", SAFE));
        let tree = Tree::new([(CI, &*text)]);
        let (after, messages) = step(&tree, Selection::default());
        assert_eq!(messages.contains(doubt), is_doubtful, "{text}{messages}");
        assert_eq!(after.0 == tree.0, is_doubtful, "{text}{messages}");
        let (after, _) = step(&tree, reviewed());
        assert_eq!(roles(&after)[0], expected, "{text}");
    }
}

#[test]
fn a_file_that_is_converted_later_gets_the_same_release() {
    let env = |id: &str, uses: &str, run: &str| {
        format!(
            "on: push\njobs:\n  {id}:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n      AWS_REGION: eu-west-1\n    steps:\n      - uses: actions/checkout@{uses}\n      - run: {run}\n"
        )
    };
    let commit = "11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2";
    for (one, other) in [
        ("v4", commit),
        (commit, "v4"),
        ("v4.2.2", "v4"),
        ("v4", "v4.2.2"),
    ] {
        let tree = Tree::new([
            (".github/workflows/a.yml", &*env("a", one, SAFE)),
            (".github/workflows/b.yml", &*env("b", other, DOUBTFUL)),
        ]);
        let (at_once, _) = step(&tree, reviewed());
        let (first, _) = step(&tree, Selection::default());
        assert_ne!(first.0, at_once.0, "{one} {other}");
        let (second, _) = step(&first, reviewed());
        assert_eq!(second.0, at_once.0, "{one} {other}");
    }
}

mod followed_roles;
mod generated;
mod whole_trees;

/// The label of an account in front of the usual variable is the name that another secret gives a role.
#[test]
fn a_variable_that_is_named_after_a_secret_is_not_read_for_the_account_of_that_name() {
    let module = |id: &str| {
        format!(
            "provider \"aws\" {{\n  region = \"eu-west-1\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
        )
    };
    let run = |root: &str| {
        format!("terraform -chdir={root} init && terraform -chdir={root} apply\n      - run: echo")
    };
    let doubtful = format!("{}\n      - run: {DOUBTFUL}", run("live"));
    let other = job("b", "", &run("dev")).replace("secrets.AWS", "secrets.LIVE_AWS");
    let workflow = format!("on: push\njobs:\n{}{other}", job("a", "", &doubtful));
    let files = [
        ("live/main.tf", module("222222222222")),
        ("dev/main.tf", module("111111111111")),
    ];
    let files = files.iter().map(|(path, text)| (*path, &**text));
    let tree = Tree::new(files.chain([(CI, &*workflow)]));
    let config = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n";
    let applied = |tree: &Tree, selection| tree.with(&tree.plan(config, selection).unwrap());
    let at_once = applied(&tree, reviewed());
    let first = applied(&tree, Selection::default());
    let of_other = "${{ vars.DEV_LIVE_AWS_OIDC_ROLE_ARN }}";
    assert_eq!(roles(&at_once), [of_other]);
    assert_eq!(roles(&first), [of_other]);
    let second = applied(&first, reviewed());
    let own = ["LIVE", "SHARED"].map(|it| format!("${{{{ vars.{it}_AWS_OIDC_ROLE_ARN }}}}"));
    assert_eq!(roles(&second), [&*own[0], &*own[1], of_other]);
}

#[test]
fn a_second_run_with_review_keeps_the_roles_that_the_first_kept() {
    let settings = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\n\
        account \"shared\" { id = \"333333333333\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n\
        ci { role = \"arn:aws:iam::{id}:role/ci\" }\n";
    let root = |id: &str| {
        format!(
            "provider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
        )
    };
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let apply = "terraform init && terraform apply\n";
    let matrix = "    strategy: { matrix: { d: [{ p: dev }, { p: live }] } }\n";
    for (head, run) in [
        (
            "",
            format!("{apply}        working-directory: dev\n      - run: aws s3 ls"),
        ),
        (
            "",
            format!(
                "{apply}        working-directory: dev\n      - if: failure()\n        run: aws sns publish"
            ),
        ),
        (
            "",
            "for d in $(ls); do (cd $d && terraform apply); done".to_owned(),
        ),
        (
            matrix,
            format!("{apply}        working-directory: ${{{{ needs.x.outputs.d }}}}"),
        ),
    ] {
        let text = format!("on: push\njobs:\n{}", job("a", head, &run));
        let tree = Tree::new([(CI, &*text), ("dev/main.tf", &dev), ("live/main.tf", &live)]);
        let first = tree.with(&tree.plan(settings, reviewed()).unwrap());
        assert!(
            first.0.values().any(|it| it.contains("333333333333")),
            "{text}"
        );
        let second = first.with(&first.plan(settings, reviewed()).unwrap());
        assert_eq!(second.0, first.0, "{text}");
    }
}
