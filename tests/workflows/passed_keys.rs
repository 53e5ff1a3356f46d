//! Jobs that pass their keys to called workflows, local actions and scripts.

use super::{CI, KEYS, after, changed_paths, commands, configure, workflow};
use crate::support::{Tree, reports, reviewed};
use engine::selection::Selection;

const CALLED: &str = "on:
  workflow_call:
    inputs: { stage: { type: string } }
    secrets:
      key: { required: false }
      secret: { required: false }
jobs:
  up:
    runs-on: ubuntu-latest
    environment: ${{ inputs.stage }}
    permissions: { contents: read }
    steps:
      - run: aws s3 ls
        env:
          AWS_ACCESS_KEY_ID: ${{ secrets.key }}
          AWS_SECRET_ACCESS_KEY: ${{ secrets.secret }}
          AWS_REGION: eu-west-1
";

/// A job that calls it, with what it passes on.
fn caller(with: &str) -> String {
    format!(
        "on: push\npermissions: {{ contents: read }}\njobs:\n  go:\n    uses: \
         ./.github/workflows/called.yml\n{with}"
    )
}

const PASSED: &str = "    with: { stage: dev }\n    secrets:\n      key: ${{ secrets.AWS_ACCESS_KEY_ID \
                      }}\n      secret: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

#[test]
fn a_called_job_has_the_token_and_its_callers_have_the_secrets() {
    let tree = Tree::new([
        (".github/workflows/called.yml", CALLED),
        (CI, &caller(PASSED)),
    ]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(
        commands(&plan, "trust policy"),
        ["repo:OWNER/REPOSITORY:environment:dev"]
    );
    assert_eq!(
        commands(&plan, "in each environment"),
        [
            "gh variable set AWS_OIDC_ROLE_ARN --body 'arn:aws:iam::<ACCOUNT>:role/github-ci' --env dev"
        ]
    );
    assert_eq!(
        commands(&plan, "delete the secrets"),
        [
            "gh secret delete AWS_ACCESS_KEY_ID",
            "gh secret delete AWS_SECRET_ACCESS_KEY"
        ]
    );
}

#[test]
fn a_caller_without_keys_is_let_sign_in_with_a_yes() {
    let keyless = caller("    with: { stage: dev }\n").replace("on: push", "on: schedule");
    let tree = Tree::new([
        (".github/workflows/called.yml", CALLED),
        (CI, &caller(PASSED)),
        (".github/workflows/nightly.yml", &keyless),
    ]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new());
    assert_eq!(
        reports(&plan),
        [
            ".github/workflows/called.yml:15: job up signs in by OIDC, together with job go of \
          .github/workflows/ci.yml, job go of .github/workflows/nightly.yml; job go passes no keys \
          in, while what it calls would sign in all the same"
        ]
    );
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(
        after(&plan, ".github/workflows/nightly.yml"),
        keyless.replace("contents: read }", "contents: read, id-token: write }")
    );
    let arn = "ci { role = \"secrets.AWS_OIDC_ROLE_ARN\" }\n";
    let plan = tree.plan(arn, reviewed()).unwrap();
    assert_eq!(
        reports(&plan),
        [
            ".github/workflows/nightly.yml:4: job go stays on static keys: it passes no keys to the \
             workflow that it calls, which would need a role; job up of .github/workflows/called.yml, job \
             go of \
             .github/workflows/ci.yml stay on static keys, too"
        ]
    );
}

#[test]
fn an_action_is_left_that_a_job_uses_without_keys() {
    let action = format!(
        "inputs: {{ id: {{}}, key: {{}} }}\nruns:\n  using: composite\n  steps:\n{}",
        configure("v4", KEYS)
            .replace("secrets.AWS_ACCESS_KEY_ID", "inputs.id")
            .replace("secrets.AWS_SECRET_ACCESS_KEY", "inputs.key")
            .replace("\n      ", "\n    ")
            .replacen("      -", "    -", 1)
    );
    let with = "        with:\n          id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let workflow = workflow(&[
        ("keyed", "", &format!("      - uses: ./act\n{with}")),
        ("keyless", "", "      - uses: ./act\n"),
    ]);
    let tree = Tree::new([("act/action.yml", action.as_str()), (CI, &workflow)]);
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new());
    assert_eq!(
        reports(&plan),
        [
            "act/action.yml:1: the action stays on static keys: job keyless of \
          .github/workflows/ci.yml uses it and passes no keys in; job keyed of \
          .github/workflows/ci.yml stays on static keys, too"
        ]
    );
}

#[test]
fn a_job_whose_scripts_know_no_session_token_is_converted_with_a_yes() {
    let steps = format!("{}      - run: ./put.sh\n", configure("v4", KEYS));
    let workflow = workflow(&[("put", "", &steps)]);
    let script =
        "curl --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" --aws-sigv4 aws https://x\n";
    let tree = Tree::new([(CI, workflow.as_str()), ("tools/put.sh", script)]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new());
    assert_eq!(
        reports(&plan)[0],
        ".github/workflows/ci.yml:12: job put signs in by OIDC; it runs tools/put.sh, which takes \
         keys without AWS_SESSION_TOKEN"
    );
    let known = script.replace(
        "https",
        "-H \"x-amz-security-token: $AWS_SESSION_TOKEN\" https",
    );
    let tree = Tree::new([(CI, workflow.as_str()), ("tools/put.sh", &known)]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), [CI]);
}

#[test]
fn what_would_lose_its_keys_or_get_a_strange_token_stays() {
    let env = "        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          AWS_REGION: eu-west-1\n";
    let minio = "        env:\n          AWS_ACCESS_KEY_ID: minio\n          AWS_SECRET_ACCESS_KEY: minio123\n";
    let outputs = "          output-credentials: true\n";
    for (steps, why) in [
        (
            format!(
                "      - run: ./sign | aws s3 cp - s3://b/k\n        if: ${{{{ env.SIGN }}}}\n{env}          SIGN: ${{{{ secrets.SIGN }}}}\n"
            ),
            "the `if` of a step reads `env.SIGN`, which only that step has",
        ),
        (
            configure("v4", &format!("{KEYS}{outputs}")),
            "later steps read its keys by outputs that have no session token",
        ),
    ] {
        let text = workflow(&[("a", "", &steps)]);
        let tree = Tree::new([(CI, text.as_str())]);
        let plan = tree.plan("", reviewed()).unwrap();
        assert_eq!(changed_paths(&plan), Vec::<String>::new(), "{steps}");
        let said = reports(&plan);
        assert!(
            said[0].ends_with(&format!("stays on static keys: {why}")),
            "{said:?}"
        );
    }
    // Keys for an endpoint of its own get no token of AWS.
    let step = "      - run: aws --endpoint-url http://localhost:9000 s3 ls\n";
    let minio_step = format!("{}{step}{minio}", configure("v4", KEYS));
    let text = workflow(&[("a", "", &minio_step)]);
    let tree = Tree::new([(CI, text.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    let after = &plan.changes[0].after;
    let emptied = format!("{step}{minio}          AWS_SESSION_TOKEN: ''\n");
    assert!(after.contains(&emptied), "{after}");
    // Without an endpoint of their own such keys are a mock's, which looks at no token.
    let mock = format!("{}      - run: pytest\n{minio}", configure("v4", KEYS));
    let mock = workflow(&[("a", "", &mock)]);
    let tree = Tree::new([(CI, mock.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), [CI]);
}

#[test]
fn an_action_that_reads_the_keys_of_the_environment_stays_with_its_job() {
    let action = "runs:\n  using: composite\n  steps:\n    - uses: example/put@v1\n      with:\n        key: ${{ env.AWS_ACCESS_KEY_ID }}\n    - uses: aws-actions/configure-aws-credentials@v4\n      with:\n        aws-access-key-id: ${{ env.AWS_ACCESS_KEY_ID }}\n        aws-secret-access-key: ${{ env.AWS_SECRET_ACCESS_KEY }}\n        aws-region: eu-west-1\n";
    let head = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: eu-west-1\n";
    let text = workflow(&[("a", head, "      - uses: ./act\n      - run: aws s3 ls\n")]);
    let tree = Tree::new([("act/action.yml", action), (CI, text.as_str())]);
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new());
    assert!(
        reports(&plan)[0]
            .ends_with("; job a of .github/workflows/ci.yml stays on static keys, too"),
        "{:?}",
        reports(&plan)
    );
}

#[test]
fn the_region_of_a_script_that_passes_keys_on_stays() {
    let action = "inputs:\n  key-id: {}\n  secret-key: {}\n  place: {}\nruns:\n  using: composite\n  steps:\n    - name: Login\n      shell: bash\n      run: |\n        aws configure set aws_access_key_id ${{ inputs.key-id }}\n        aws configure set aws_secret_access_key ${{ inputs.secret-key }}\n        aws configure set region ${{ inputs.place }}\n";
    let with = "        with:\n          key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          secret-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          place: eu-west-1\n";
    let text = workflow(&[("a", "", &format!("      - uses: ./act\n{with}"))]);
    let tree = Tree::new([("act/action.yml", action), (CI, text.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert!(after(&plan, "act/action.yml").contains("\n  place: {}\n"));
    assert!(after(&plan, "act/action.yml").contains("aws-region: ${{ inputs.place }}\n"));
    assert!(after(&plan, CI).contains("          place: eu-west-1\n"));
}
