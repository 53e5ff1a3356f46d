//! What else the steps of a job have or run whose keys become a sign-in.

use std::path::Path;

use engine::selection::Selection;

use crate::support::Tree;

const CI: &str = ".github/workflows/ci.yml";
const SETTINGS: &str = "account \"dev\" { id = \"111111111111\" }\nci { role = \"arn:aws:iam::111111111111:role/ci\" }\n";

/// A job whose keys are in its `env:`, with these steps, as it is afterwards, or why it is left.
fn after(steps: &str) -> Result<String, String> {
    let workflow = format!(
        "on: {{ push: {{ branches: [main] }} }}\npermissions: {{ contents: read, id-token: write }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_REGION: eu-west-1\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n    steps:\n{steps}"
    );
    let tree = Tree::new([(CI, workflow.as_str())]);
    let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
    let mut changes = plan.changes.iter();
    match changes.find(|it| it.path == Path::new(CI)) {
        Some(change) => Ok(change.after.clone()),
        None => Err(plan.findings.iter().map(|it| &*it.message).collect()),
    }
}

#[test]
fn a_script_of_github_script_has_credentials_where_it_may_call_aws() {
    for (script, is_use) in [
        ("await exec.exec('terraform', ['init'])", true),
        ("await exec.exec('terraform apply -auto-approve')", true),
        ("require('child_process').execSync('aws s3 ls')", true),
        ("const { S3 } = require('@aws-sdk/client-s3')", true),
        ("await require('./deploy.js')({ github })", true),
        ("const { deploy } = await import('./deploy.mjs')", true),
        (
            "await github.rest.issues.createComment({ body: 'a' })",
            false,
        ),
        (
            "const fs = require('fs'); core.info(fs.readFileSync('a'))",
            false,
        ),
    ] {
        let steps = format!(
            "      - uses: actions/github-script@v7\n        with:\n          script: |\n            {script}\n"
        );
        let after = after(&steps).unwrap();
        assert_eq!(
            after.contains("role-to-assume"),
            is_use,
            "{script}\n{after}"
        );
        assert!(!after.contains("AWS_ACCESS_KEY_ID"), "{after}");
    }
}

#[test]
fn a_session_token_of_a_step_goes_with_the_keys() {
    let step = |token: &str| {
        format!(
            "      - run: aws s3 ls\n        env:\n          A: b\n          AWS_SESSION_TOKEN: {token}\n"
        )
    };
    for token in ["''", "\"${{ secrets.AWS_SESSION_TOKEN }}\""] {
        let after = after(&step(token)).unwrap();
        assert!(!after.contains("AWS_SESSION_TOKEN"), "{after}");
        assert!(after.ends_with("env:\n          A: b\n"), "{after}");
    }
    let passed = "${{ env.AWS_SESSION_TOKEN }}";
    assert!(after(&step(passed)).unwrap().contains(passed));
    let alone = "      - run: aws s3 ls\n        env:\n          AWS_SESSION_TOKEN: ''\n";
    assert!(after(alone).unwrap().ends_with("- run: aws s3 ls\n"));
}

#[test]
fn settings_of_profiles_that_are_no_credentials_hold_nothing() {
    for (line, is_left) in [
        ("aws configure set region eu-west-1", false),
        ("aws configure set region eu-west-1 --profile ci", false),
        ("aws configure set profile.state.region eu-west-1", false),
        (
            "aws configure set default.s3.max_concurrent_requests 20",
            false,
        ),
        ("aws configure set cli_pager ''", false),
        (
            "aws configure set default.region eu-west-1 > /dev/null 2>&1",
            false,
        ),
        ("aws configure set region eu-west-1 || true", false),
        ("echo a; aws configure set output text", false),
        (
            "aws configure set role_arn arn:aws:iam::1:role/x --profile ci",
            true,
        ),
        (
            "aws configure set profile.ci.credential_source Environment",
            true,
        ),
        (
            "aws configure set region x --profile ci && aws s3 ls --profile ci",
            true,
        ),
        ("aws s3 ls --profile ci", true),
    ] {
        let found = after(&format!("      - run: {line}\n"));
        assert_eq!(found.is_err(), is_left, "{line}\n{found:?}");
    }
}

#[test]
fn what_keeps_the_whole_environment_is_left_with_its_keys() {
    for (line, is_left) in [
        ("env | grep ^AWS_ > app.env", true),
        ("printenv > build/.env", true),
        ("cd a; env > .env", true),
        ("export -p > a.sh", true),
        ("declare -x > a.sh", true),
        ("env", false),
        ("env | sort", false),
        ("printenv > /dev/null", false),
        ("env A=b make", false),
        ("set -e > /dev/null", false),
        ("env | grep -c PATH > count", false),
    ] {
        let found = after(&format!("      - run: {line}\n"));
        let why = found
            .as_ref()
            .err()
            .filter(|why| why.contains("environment to a file"));
        assert_eq!(why.is_some(), is_left, "{line}\n{found:?}");
    }
}

#[test]
fn what_a_script_runs_before_it_has_keys_may_be_what_uses_none() {
    let script = |before: &str| {
        format!(
            "      - run: |\n          {before}\n          aws configure set aws_access_key_id ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws configure set aws_secret_access_key ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          terraform init\n"
        )
    };
    for (before, is_left) in [
        ("echo a", false),
        ("git fetch && ls", false),
        ("npm ci", false),
        ("terraform fmt -check", false),
        ("terraform plan", true),
        ("./tool.sh", true),
        ("aws s3 ls", true),
    ] {
        let workflow = format!(
            "on: push\npermissions: {{ contents: read, id-token: write }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{}",
            script(before)
        );
        let tree = Tree::new([(CI, workflow.as_str())]);
        let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
        assert_eq!(
            plan.changes.is_empty(),
            is_left,
            "{before} {:?}",
            plan.findings
        );
    }
}
