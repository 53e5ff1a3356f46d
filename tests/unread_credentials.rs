//! GitHub's jobs whose credentials only the run determines: what they run waits for an answer. A job that has
//! others, or writes variables of names that are known, does not.

use engine::selection::Selection;

use crate::support::{Tree, changed};

const ACCOUNTS: &str =
    "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\n";

const ROOT: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

const OIDC: &str = "- uses: aws-actions/configure-aws-credentials@v4\n  with: { role-to-assume: \"arn:aws:iam::111111111111:role/ci\", aws-region: x }\n";

/// Whether the role of `dev` waits for a job with this head and these steps, unless an answer says its account.
fn waits(head: &str, steps: &str) -> bool {
    let steps = format!("{steps}- run: terraform -chdir=dev apply\n").replace('\n', "\n      ");
    let workflow = format!(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n{head}    steps:\n      {steps}\n"
    );
    let tree = Tree::new([
        ("dev/main.tf", ROOT),
        (".github/workflows/ci.yml", workflow.as_str()),
    ]);
    let goes = |config: &str| {
        let plan = tree.plan(config, Selection::default()).unwrap();
        changed(&plan).iter().any(|path| path == "dev/main.tf")
    };
    let answered = format!("{ACCOUNTS}job \"ci.yml:a\" {{ account = \"dev\" }}\n");
    let waits = !goes(ACCOUNTS);
    assert!(!waits || goes(&answered), "answered: {workflow}");
    waits
}

fn run(script: &str) -> String {
    format!("- run: |\n    {}\n", script.replace('\n', "\n    "))
}

#[test]
fn variables_of_names_that_are_not_known_may_be_credentials() {
    for (script, expected) in [
        ("echo \"${{ secrets.ENV_FILE }}\" >> $GITHUB_ENV", true),
        ("echo \"$J\" | jq -r '.[]' >> \"$GITHUB_ENV\"", true),
        ("sops -d creds.env >> $GITHUB_ENV", true),
        ("curl -s \"$URL\" >> $GITHUB_ENV", true),
        ("cp creds ~/.aws/credentials", true),
        ("echo \"TAG=$GITHUB_SHA\" >> $GITHUB_ENV", false),
        ("echo x >> $GITHUB_STEP_SUMMARY", false),
        ("eval \"$(ssh-agent -s)\"", false),
    ] {
        assert_eq!(waits("", &run(script)), expected, "{script}");
        // What signs in behind it has the last word.
        let behind = run(script) + OIDC;
        assert!(!waits("", &behind), "{behind}");
    }
}

#[test]
fn so_may_what_actions_programs_and_expressions_set() {
    let action = |uses: &str, with: &str| format!("- uses: {uses}\n  with: {{ {with} }}\n");
    for (head, steps, expected) in [
        (
            "    env: ${{ fromJSON(secrets.ENV) }}\n",
            String::new(),
            true,
        ),
        ("    env: { TF_LOG: info }\n", String::new(), false),
        (
            "",
            action("actions/download-artifact@v4", "path: /home/runner/.aws"),
            true,
        ),
        (
            "",
            action("actions/download-artifact@v4", "path: plans"),
            false,
        ),
        (
            "",
            action(
                "actions/github-script@v7",
                "script: \"for (const k of o) core.exportVariable(k, 1)\"",
            ),
            true,
        ),
        (
            "",
            action(
                "actions/github-script@v7",
                "script: \"core.exportVariable('TAG', 1)\"",
            ),
            false,
        ),
        (
            "    env: { AWS_ACCESS_KEY: \"${{ secrets.A }}\", AWS_SECRET_KEY: \"${{ secrets.B }}\" }\n",
            String::new(),
            true,
        ),
        (
            "    env: { AWS_ACCESS_KEY: test, AWS_SECRET_KEY: test }\n",
            String::new(),
            false,
        ),
    ] {
        assert_eq!(waits(head, &steps), expected, "{head} {steps}");
    }
}
