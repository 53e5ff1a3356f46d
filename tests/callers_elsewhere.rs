//! Reusable workflows that only other repositories call: a role beside the keys, and neither required.

use crate::support::{Tree, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

const LIB: &str = ".github/workflows/lib.yml";

const KEYS: &str = "          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

fn library(head: &str, steps: &str) -> String {
    format!(
        "on:\n  workflow_call:\n    secrets:\n      AWS_ACCESS_KEY_ID:\n        required: true\n      AWS_SECRET_ACCESS_KEY:\n        description: its secret\n{head}jobs:\n  apply:\n    runs-on: ubuntu-latest\n    steps:\n{steps}      - run: aws s3 ls\n"
    )
}

fn login(at: &str, more: &str) -> String {
    format!(
        "      - uses: aws-actions/configure-aws-credentials@{at}\n        with:\n{KEYS}{more}          aws-region: eu-west-1\n"
    )
}

/// The plan with review, where nothing changes without.
#[track_caller]
fn reviewed_alone(tree: &Tree) -> Plan {
    let plan = tree.plan("", Selection::default()).unwrap();
    assert!(
        plan.changes.is_empty(),
        "it needs review: {:?}",
        plan.changes
    );
    tree.plan("", reviewed()).unwrap()
}

/// No secret is free, since callers still pass keys, and a second plan finds nothing.
#[track_caller]
fn assert_done(tree: &Tree, plan: &Plan) {
    assert!(plan.free_secrets.is_empty(), "{:?}", plan.free_secrets);
    let plan = tree.with(plan).plan("", reviewed()).unwrap();
    assert!(plan.changes.is_empty(), "{:?}", plan.changes);
    let mut findings = plan.findings.iter();
    assert!(
        findings.all(|it| it.transform != "workflow_oidc"),
        "{:?}",
        plan.findings
    );
}

#[test]
fn a_library_takes_a_role_or_keys_and_is_left_afterwards() {
    for (head, at) in [
        ("", "v4"),
        ("permissions: write-all\n", "v2"),
        (
            "permissions:\n  id-token: write\n  contents: read\n",
            "v6.1.0",
        ),
    ] {
        let text = library(head, &login(at, ""));
        let tree = Tree::new([(LIB, &*text)]);
        let plan = reviewed_alone(&tree);
        let expected = text
            .replace("required: true", "required: false")
            .replace(
                "        description: its secret\n",
                "        description: its secret\n    inputs:\n      role-to-assume:\n        description: ARN of the IAM role to assume\n        type: string\n        required: false\n",
            )
            .replace(KEYS, &format!("          role-to-assume: ${{{{ inputs.role-to-assume }}}}\n{KEYS}"));
        assert_eq!(plan.changes.len(), 1, "{text}{:?}", plan.findings);
        assert_eq!(plan.changes[0].after, expected);
        assert_done(&tree, &plan);
    }
}

#[test]
fn keys_of_an_environment_stay_beside_a_sign_in_for_who_passes_a_role() {
    let env = "env:\n  # of the caller\n  AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n  AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n  AWS_REGION: eu-west-1\n";
    let of_job: String = env.lines().map(|line| format!("    {line}\n")).collect();
    let checkout = "      - uses: actions/checkout@v4\n";
    let sign_in = "      - if: inputs.role-to-assume != ''\n        uses: aws-actions/configure-aws-credentials@";
    for text in [
        library(env, checkout),
        library("", checkout).replace("    steps:\n", &format!("{of_job}    steps:\n")),
    ] {
        let tree = Tree::new([(LIB, &*text)]);
        let plan = reviewed_alone(&tree);
        assert_eq!(plan.changes.len(), 1, "{text}{:?}", plan.findings);
        let after = &plan.changes[0].after;
        // All that was there is there, but for the requirement.
        let lines = text
            .lines()
            .map(|it| it.replace("required: true", "required: false"));
        let mut left = after.lines();
        for line in lines {
            assert!(left.any(|it| it == line), "{line}: {after}");
        }
        let (before, step) = after.split_once(sign_in).expect(after);
        assert!(before.ends_with(checkout), "{after}");
        let (step, rest) = step.split_once("      - run: aws s3 ls\n").unwrap();
        assert!(
            step.ends_with(
                "        with:\n          role-to-assume: ${{ inputs.role-to-assume }}\n          aws-region: ${{ env.AWS_REGION }}\n"
            ),
            "{step}"
        );
        assert!(rest.is_empty(), "{after}");
        assert!(
            after.contains("      role-to-assume:\n        description"),
            "{after}"
        );
        assert_done(&tree, &plan);
    }
}

#[test]
fn keys_of_steps_stay_beside_a_sign_in_for_who_passes_a_role() {
    let env = "        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let steps = format!(
        "      - uses: actions/checkout@v4\n      - run: aws s3 ls x\n{env}      - run: make\n{env}          OTHER: x\n"
    );
    let text = library("", &steps);
    let tree = Tree::new([(LIB, &*text)]);
    let plan = reviewed_alone(&tree);
    assert_eq!(plan.changes.len(), 1, "{text}{:?}", plan.findings);
    let after = &plan.changes[0].after;
    let (before, step) = after
        .split_once("      - if: inputs.role-to-assume != ''\n")
        .expect(after);
    assert!(
        before.ends_with("      - uses: actions/checkout@v4\n"),
        "{after}"
    );
    assert!(
        step.contains("          role-to-assume: ${{ inputs.role-to-assume }}\n"),
        "{after}"
    );
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        let either = format!(
            "          {name}: ${{{{ inputs.role-to-assume == '' && secrets.{name} || env.{name} }}}}\n"
        );
        assert_eq!(step.matches(&either).count(), 2, "{after}");
    }
    assert_done(&tree, &plan);
    // Not where one sign-in would not do, or a step has a token of its own.
    let other = env.replace("secrets.AWS_", "secrets.OTHER_AWS_");
    let token = format!("{env}          AWS_SESSION_TOKEN: ${{{{ secrets.T }}}}\n");
    for steps in [
        format!("      - run: aws s3 ls x\n{env}      - run: make\n{other}"),
        format!("      - run: aws s3 ls x\n{token}"),
        format!("      - run: aws s3 ls $AWS_ACCESS_KEY_ID\n{env}"),
        format!("      - run: aws s3 ls x\n        if: always()\n{env}"),
        format!("{}      - run: make\n{env}", login("v4", "")),
    ] {
        let plan = Tree::new([(LIB, &*library("", &steps))])
            .plan("", reviewed())
            .unwrap();
        let mut changes = plan.changes.iter();
        assert!(
            changes.all(|it| !it.after.contains("inputs.role-to-assume")),
            "{steps}"
        );
    }
}

#[test]
fn keys_of_the_steps_of_a_published_action_stay_beside_a_sign_in() {
    let with = "    - uses: aws-actions/configure-aws-credentials@v4\n      with:\n        aws-access-key-id: ${{ inputs.aws-access-key-id }}\n        aws-secret-access-key: ${{ inputs.aws-secret-access-key }}\n        aws-region: eu-west-1\n";
    let text = ACTION.replace(with, "").replace(
        "      shell: bash\n",
        "      shell: bash\n      env:\n        AWS_ACCESS_KEY_ID: ${{ inputs.aws-access-key-id }}\n        AWS_SECRET_ACCESS_KEY: ${{ inputs.aws-secret-access-key }}\n",
    );
    let tree = Tree::new([("deploy/action.yml", &*text)]);
    let plan = reviewed_alone(&tree);
    let after = &plan.changes[0].after;
    assert!(
        after.contains("    - if: inputs.role-to-assume != ''\n"),
        "{after}"
    );
    assert!(
        after.contains("        AWS_ACCESS_KEY_ID: ${{ inputs.role-to-assume == '' && inputs.aws-access-key-id || env.AWS_ACCESS_KEY_ID }}\n"),
        "{after}"
    );
    assert_done(&tree, &plan);
}

/// An action that takes keys as inputs.
const ACTION: &str = "name: deploy\ninputs:\n  aws-access-key-id:\n    required: true\n  aws-secret-access-key:\n    description: its secret\n    required: true\nruns:\n  using: composite\n  steps:\n    - uses: aws-actions/configure-aws-credentials@v4\n      with:\n        aws-access-key-id: ${{ inputs.aws-access-key-id }}\n        aws-secret-access-key: ${{ inputs.aws-secret-access-key }}\n        aws-region: eu-west-1\n    - run: aws s3 ls\n      shell: bash\n";

#[test]
fn a_published_action_takes_a_role_or_keys() {
    for path in ["deploy/action.yml", ".github/actions/deploy/action.yaml"] {
        let plan = Tree::new([(path, ACTION)]).plan("", reviewed()).unwrap();
        assert_eq!(plan.changes.len(), 1, "{path}: {:?}", plan.findings);
    }
    let tree = Tree::new([("action.yml", ACTION)]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert!(plan.changes.is_empty(), "it needs review");
    let plan = tree.plan("", reviewed()).unwrap();
    let expected = ACTION
        .replace("required: true", "required: false")
        .replace(
            "runs:\n",
            "  role-to-assume:\n    description: ARN of the IAM role to assume\n    required: false\nruns:\n",
        )
        .replace(
            "      with:\n",
            "      with:\n        role-to-assume: ${{ inputs.role-to-assume }}\n",
        );
    assert_eq!(plan.changes.len(), 1, "{:?}", plan.findings);
    assert_eq!(plan.changes[0].after, expected);
    let plan = tree.with(&plan).plan("", reviewed()).unwrap();
    assert!(plan.changes.is_empty());
    let mut findings = plan.findings.iter();
    assert!(
        findings.all(|it| it.transform != "workflow_oidc"),
        "{:?}",
        plan.findings
    );
    // Where the repository uses it, others may all the same.
    let user = format!(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n      - uses: ./\n        with:\n{KEYS}"
    );
    let tree = Tree::new([("action.yml", ACTION), (".github/workflows/ci.yml", &*user)]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert!(
        plan.changes.is_empty(),
        "it needs review: {:?}",
        plan.changes
    );
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(plan.changes.len(), 2, "{:?}", plan.findings);
    let mut findings = plan.findings.iter();
    assert!(findings.any(|it| it.message.contains("other repositories may use it")));
}

#[test]
fn what_could_stop_a_caller_is_left() {
    let with = login("v4", "");
    let env = "      - run: aws s3 ls\n        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let of_job = |steps: &str| {
        let env = env.split_once("        env:").map_or("", |(_, env)| env);
        let env = format!(
            "    env:{}    steps:\n",
            env.replace("          AWS", "      AWS")
        );
        library("", steps).replace("    steps:\n", &env)
    };
    let called = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/lib.yml\n    permissions: write-all\n    secrets: inherit\n";
    for (text, other) in [
        // A called job that asks for the token stops a caller that does not grant it.
        (library("permissions:\n  contents: read\n", &with), None),
        (library("permissions: read-all\n", &with), None),
        (library("", &login("v1", "")), None),
        (
            library(
                "",
                &login(
                    "v4",
                    "          role-to-assume: arn:aws:iam::111111111111:role/x\n",
                ),
            ),
            None,
        ),
        (
            library("", &login("v4", "          role-chaining: true\n")),
            None,
        ),
        // A step would still have the keys of the environment, or something would read them by name.
        (of_job("      - run: echo $AWS_ACCESS_KEY_ID\n"), None),
        (
            of_job("      - run: aws s3 ls\n        if: failure()\n"),
            None,
        ),
        (of_job(&login("v4", "")), None),
        (of_job(env), None),
        (library("", &format!("{with}{env}")), None),
        (
            library("", &with).replace(
                "    secrets:\n",
                "    inputs:\n      role-to-assume:\n        type: string\n    secrets:\n",
            ),
            None,
        ),
        (
            library("", &with).replace("  workflow_call:\n", "  push:\n  workflow_call:\n"),
            None,
        ),
        (library("", &with), Some(called)),
    ] {
        let mut tree = Tree::new([(LIB, &*text)]);
        if let Some(other) = other {
            tree.0
                .insert(".github/workflows/ci.yml".into(), other.to_owned());
        }
        let plan = tree.plan("", reviewed()).unwrap();
        let mut changes = plan.changes.iter();
        assert!(
            changes.all(|it| !it.after.contains("inputs.role-to-assume")),
            "{text}"
        );
        let mut findings = plan.findings.iter();
        assert!(findings.any(|it| it.transform == "workflow_oidc"), "{text}");
    }
}

#[test]
fn a_root_module_that_a_library_runs_keeps_its_role_until_all_callers_pass_one() {
    let module = "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      version = \"~> 5.0\"\n    }\n  }\n}\n\nprovider \"aws\" {\n  region = \"eu-west-1\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/deploy\"\n  }\n}\n";
    let config = "account \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"222222222222\" }\nstate_profile = \"shared\"\n";
    let run = "      - run: terraform -chdir=live init && terraform -chdir=live apply\n";
    let env = "env:\n  AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n  AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    for text in [
        library("", &format!("{}{run}", login("v4", ""))),
        library(env, run),
    ] {
        let tree = Tree::new([(LIB, &*text), ("live/main.tf", module)]);
        let plan = tree.plan(config, Selection::default()).unwrap();
        assert!(plan.changes.is_empty(), "{:?}", plan.changes);
        let mut findings = plan.findings.iter();
        let of_role = findings.find(|it| it.transform == "remove_assume_role");
        let message = &of_role.unwrap().message;
        let why = "runs it with the keys that callers in other repositories pass";
        assert!(message.contains(why), "{message}");
        // With review all of it is made, and the reason is there.
        let plan = tree.plan(config, reviewed()).unwrap();
        assert_eq!(plan.changes.len(), 2, "{:?}", plan.findings);
        let mut findings = plan.findings.iter();
        assert!(
            findings.any(|it| it.message.contains(why)),
            "{:?}",
            plan.findings
        );
    }
}
