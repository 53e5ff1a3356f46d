//! GitHub's jobs whose Terraform acts by credentials that a step brings: keys in a script, wrappers, files,
//! actions. The root module waits, unless the last that may set credentials is a sign-in which is read.

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{self, Tree, changed};

const ACCOUNTS: &str =
    "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\n";

const ROOT: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

/// The sign-in to the account of the root module, by OIDC.
const SIGN_IN: &str = "- uses: aws-actions/configure-aws-credentials@v4\n  with: { role-to-assume: \"arn:aws:iam::111111111111:role/ci\", aws-region: x }\n";

/// A plan of the root module `dev`, whose role is in account `dev`, with a job of these steps and files.
fn plan(machine: &str, env: &str, steps: &str, files: &[(&str, &str)], answers: &str) -> Plan {
    let steps = steps.trim_end().replace('\n', "\n      ");
    let env = if env.is_empty() {
        String::new()
    } else {
        format!("    env: {{ {env} }}\n")
    };
    let workflow =
        format!("on: push\njobs:\n  a:\n    runs-on: {machine}\n{env}    steps:\n      {steps}\n");
    let own = [
        ("dev/main.tf", ROOT),
        (".github/workflows/ci.yml", workflow.as_str()),
    ];
    let tree = Tree::new(own.iter().chain(files).copied());
    let config = format!("{ACCOUNTS}{answers}");
    tree.plan(&config, Selection::default()).unwrap()
}

/// Whether the role waits. Where that is because the account is not known, an answer settles it.
fn waits(machine: &str, env: &str, steps: &str, files: &[(&str, &str)]) -> bool {
    let goes = |plan: &Plan| changed(plan).iter().any(|path| path == "dev/main.tf");
    let open = plan(machine, env, steps, files, "");
    let reports = support::reports(&open);
    if reports
        .iter()
        .any(|it| it.contains("whose account is not known"))
    {
        let answer = "job \"ci.yml:a\" { account = \"dev\" }\n";
        let answered = plan(machine, env, steps, files, answer);
        let reports = support::reports(&answered);
        assert!(goes(&answered), "answered: {steps} {reports:?}");
    }
    !goes(&open)
}

const HOSTED: &str = "ubuntu-latest";
const OWN: &str = "self-hosted";

/// Checks scripts, each the only step of a job or the last one behind others.
fn check(machine: &str, before: &str, env: &str, rows: &[(&str, bool)]) {
    let differ = rows.iter().filter(|(script, expected)| {
        let script = script.replace('\n', "\n    ");
        let steps = format!("{before}- run: |\n    {script}\n");
        waits(machine, env, &steps, &[]) != *expected
    });
    let differ: Vec<_> = differ.collect();
    assert!(differ.is_empty(), "{machine}: {differ:#?}");
}

#[test]
fn keys_in_the_text_of_a_script_are_credentials() {
    let secrets = "MY_ID: \"${{ secrets.ID }}\", MY_KEY: \"${{ secrets.KEY }}\", CREDS: \"${{ secrets.CREDS }}\"";
    check(
        HOSTED,
        "",
        secrets,
        &[
            (
                "export AWS_ACCESS_KEY_ID=${{ secrets.A }}\nexport AWS_SECRET_ACCESS_KEY=${{ secrets.B }}\ncd dev\nterraform apply",
                true,
            ),
            (
                "AWS_ACCESS_KEY_ID=${{ secrets.A }} AWS_SECRET_ACCESS_KEY=${{ secrets.B }} terraform -chdir=dev apply",
                true,
            ),
            (
                "AWS_ACCESS_KEY_ID=$MY_ID AWS_SECRET_ACCESS_KEY=$MY_KEY terraform -chdir=dev apply",
                true,
            ),
            (
                "env AWS_ACCESS_KEY_ID=$MY_ID terraform -chdir=dev apply",
                true,
            ),
            (
                "docker run -e AWS_ACCESS_KEY_ID=${{ secrets.A }} -v $PWD/dev:/w -w /w hashicorp/terraform:1.9 apply",
                true,
            ),
            (
                "echo AWS_ACCESS_KEY_ID=${{ secrets.A }} > e\ndocker run --env-file e -v $PWD/dev:/w -w /w hashicorp/terraform:1.9 apply",
                true,
            ),
            (
                "echo \"${{ secrets.DOTENV }}\" > .env && set -a && . ./.env && terraform -chdir=dev apply",
                true,
            ),
            (
                "echo \"$CREDS\" > .env\nexport $(cat .env | xargs)\nterraform -chdir=dev apply",
                true,
            ),
            (
                "echo \"${{ secrets.FILE }}\" > ~/.aws/credentials\nterraform -chdir=dev apply",
                true,
            ),
            (
                "cat <<EOF > ~/.aws/credentials\n${{ secrets.FILE }}\nEOF\nterraform -chdir=dev apply",
                true,
            ),
            (
                "echo \"$CREDS\" | base64 -d > ~/.aws/credentials\nterraform -chdir=dev apply",
                true,
            ),
            // Others' credentials, an emulator's, and none.
            (
                "AWS_ACCESS_KEY_ID=${{ secrets.A }} aws s3 ls\nterraform -chdir=dev apply",
                false,
            ),
            (
                "export AWS_ACCESS_KEY_ID=test\nterraform -chdir=dev apply",
                false,
            ),
            (
                "export AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID\nterraform -chdir=dev apply",
                false,
            ),
            ("echo \"$CREDS\" > npmrc\nterraform -chdir=dev apply", false),
            (
                "docker run -e AWS_ACCESS_KEY_ID -v $PWD/dev:/w -w /w hashicorp/terraform:1.9 apply",
                false,
            ),
            ("terraform -chdir=dev apply", false),
        ],
    );
}

#[test]
fn a_wrapper_may_bring_credentials() {
    check(
        HOSTED,
        "",
        "",
        &[
            ("doppler run -- terraform -chdir=dev apply", true),
            ("infisical run -- terraform -chdir=dev apply", true),
            ("chamber exec deploy -- terraform -chdir=dev apply", true),
            ("sops exec-env x.yaml 'terraform -chdir=dev apply'", true),
            ("op run --env-file=.env -- terraform -chdir=dev apply", true),
            ("dotenv -f x.env run -- terraform -chdir=dev apply", true),
            ("with-creds terraform -chdir=dev apply", true),
            ("timeout 5m terraform -chdir=dev apply", false),
            ("tfcmt apply -- terraform -chdir=dev apply", false),
            ("run() { \"$@\"; }\nrun terraform -chdir=dev apply", false),
            ("doppler run -- npm test\nterraform -chdir=dev apply", false),
            ("for d in dev; do terraform -chdir=$d apply; done", false),
            ("if ! terraform -chdir=dev apply; then exit 1; fi", false),
            (
                "if true; then terraform -chdir=dev apply; else terraform -chdir=dev plan; fi",
                false,
            ),
            ("until terraform -chdir=dev apply; do sleep 1; done", false),
            ("{ terraform -chdir=dev apply; }", false),
            ("time terraform -chdir=dev apply | tee log", false),
            (
                "case $X in\n  a) terraform -chdir=dev apply ;;\nesac",
                false,
            ),
            ("(cd dev && terraform apply)", false),
        ],
    );
}

#[test]
fn a_script_may_change_the_credentials_of_a_sign_in() {
    let other = "eval $(aws sts assume-role --role-arn arn:aws:iam::222222222222:role/y --role-session-name x)\nterraform -chdir=dev apply";
    check(
        HOSTED,
        SIGN_IN,
        "",
        &[
            (other, true),
            (
                "aws sts get-caller-identity\nterraform -chdir=dev apply",
                false,
            ),
        ],
    );
    check(
        OWN,
        SIGN_IN,
        "",
        &[
            (
                "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY\nterraform -chdir=dev apply",
                true,
            ),
            ("sudo terraform -chdir=dev apply", true),
            (
                "docker run -v $PWD/dev:/w -w /w hashicorp/terraform:1.9 apply",
                true,
            ),
            ("sudo -E terraform -chdir=dev apply", false),
            ("unset AWS_PROFILE\nterraform -chdir=dev apply", false),
            (
                "docker run -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN -v $PWD/dev:/w -w /w hashicorp/terraform:1.9 apply",
                false,
            ),
        ],
    );
}

#[test]
fn a_step_between_may_change_the_credentials_of_a_sign_in() {
    let shell = "c=$(aws sts assume-role --role-arn arn:aws:iam::222222222222:role/y)\necho \"AWS_ACCESS_KEY_ID=$(jq .x <<<$c)\" >> \"$GITHUB_ENV\"\n";
    let python =
        "with open(os.environ[\"GITHUB_ENV\"]) as f:\n  f.write(\"AWS_ACCESS_KEY_ID=%s\" % x)\n";
    let files = [
        ("ci/assume.sh", shell),
        ("ci/assume.py", python),
        ("ci/hello.sh", "echo hello\n"),
        (
            "act/action.yml",
            "name: l\nruns: { using: node20, main: index.js }\n",
        ),
        (
            "act/index.js",
            "require('@actions/core').exportVariable('AWS_PROFILE', 'x')\n",
        ),
        (
            "keys/action.yml",
            "inputs: { a: {} }\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      run: |\n        export AWS_ACCESS_KEY_ID=${{ inputs.a }}\n        terraform -chdir=dev apply\n",
        ),
    ];
    for (step, expected) in [
        ("run: ./ci/assume.sh", true),
        ("run: python ci/assume.py", true),
        ("run: ./ci/hello.sh", false),
        ("uses: ./act", true),
        ("uses: ./keys", true),
        (
            "uses: acme/assume-role@v1\n  with: { role: \"arn:aws:iam::222222222222:role/y\" }",
            true,
        ),
        (
            "uses: acme/login@v1\n  with: { token: \"${{ secrets.T }}\" }",
            true,
        ),
        (
            "uses: actions/checkout@v4\n  with: { token: \"${{ secrets.T }}\" }",
            false,
        ),
        (
            "uses: hashicorp/setup-terraform@v3\n  with: { cli_config_credentials_token: \"${{ secrets.T }}\" }",
            false,
        ),
        ("uses: actions/setup-node@v4", false),
        ("uses: actions/cache@v4\n  with: { path: x, key: y }", false),
        (
            "uses: acme/lint@v1\n  with: { token: \"${{ secrets.GITHUB_TOKEN }}\" }",
            false,
        ),
    ] {
        let steps = format!("{SIGN_IN}- {step}\n- run: terraform -chdir=dev apply\n");
        assert_eq!(waits(HOSTED, "", &steps, &files), expected, "{step}");
        let behind = format!("- {step}\n{SIGN_IN}- run: terraform -chdir=dev apply\n");
        assert_eq!(
            waits(HOSTED, "", &behind, &files),
            step.contains("./keys"),
            "before the sign-in: {step}"
        );
    }
}

#[test]
fn a_role_for_a_token_in_variables_is_a_sign_in() {
    let env = |id: &str| {
        format!("AWS_ROLE_ARN: \"arn:aws:iam::{id}:role/hub\", AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/t")
    };
    let step = "- run: terraform -chdir=dev apply\n";
    assert!(waits(HOSTED, &env("333333333333"), step, &[]));
    assert!(!waits(HOSTED, &env("111111111111"), step, &[]));
    assert!(!waits(
        HOSTED,
        "AWS_ROLE_ARN: \"arn:aws:iam::333333333333:role/hub\"",
        step,
        &[]
    ));
}

#[test]
fn the_question_names_the_step_and_the_answer() {
    let found = plan(
        HOSTED,
        "",
        "- run: doppler run -- terraform -chdir=dev apply\n",
        &[],
        "",
    );
    let reports = support::reports(&found).join("\n");
    let clause = "job a (.github/workflows/ci.yml:3) runs it by `doppler run` (line 6), whose account is not known";
    assert!(reports.contains(clause), "{reports}");
    let asks = found
        .findings
        .iter()
        .flat_map(|it| &it.help)
        .flat_map(|help| &help.asks);
    let snippets: Vec<&str> = asks.map(|ask| ask.snippet.as_str()).collect();
    assert!(
        snippets.contains(&"job \"ci.yml:a\" { account = \"...\" }"),
        "{snippets:?}"
    );
}

#[test]
fn an_action_that_may_sign_in_is_asked_about_where_the_job_has_no_keys() {
    let steps = "- uses: acme/aws-login@v1\n- run: terraform -chdir=dev apply\n";
    let open = plan(HOSTED, "", steps, &[], "");
    let reports = support::reports(&open).concat();
    let why = "by action `acme/aws-login`, whose account is not known";
    assert!(reports.contains(why), "{reports}");
    assert!(waits(HOSTED, "", steps, &[]));
}

#[test]
fn a_role_with_a_variable_in_it_is_of_the_account_that_it_names() {
    let steps = "- uses: aws-actions/configure-aws-credentials@v4\n  with: { role-to-assume: \"arn:aws:iam::${{ env.ACCOUNT }}:role/${{ env.ROLE }}\", aws-region: x }\n- run: terraform -chdir=dev apply\n";
    for (account, expected) in [("111111111111", false), ("222222222222", true)] {
        let env = format!("ACCOUNT: \"{account}\", ROLE: ci");
        let plan = plan(HOSTED, &env, steps, &[], "");
        let reports = support::reports(&plan).concat();
        assert!(!reports.contains("is not known"), "{reports}");
        assert_eq!(waits(HOSTED, &env, steps, &[]), expected, "{account}");
    }
}
