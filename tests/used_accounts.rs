//! What a job makes of the account of its keys: it has to stay that account, and so does the job.

use std::path::Path;

use engine::selection::Selection;

use crate::support::Tree;

const ACCOUNTS: &str = "account \"dev\" {\n  id = \"111111111111\"\n}\n";

fn provider(account: &str) -> String {
    format!(
        "provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n}}\n"
    )
}

/// Whether the role goes of a root module that a job runs behind this step, and whether the job loses its
/// keys.
fn outcome(step: &str, config: &str, more: &[(&str, &str)]) -> (bool, bool) {
    let ci = format!(
        "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        id: c\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n{step}      - run: terraform -chdir=dev apply\n"
    );
    let main = provider("111111111111");
    let files = [("dev/main.tf", &*main), (".github/workflows/ci.yml", &*ci)];
    let tree = Tree::new(files.into_iter().chain(more.iter().copied()));
    let plan = tree.plan(config, Selection::default()).unwrap();
    let after = tree.with(&plan);
    let loses = |path: &str, text: &str| !after.0[Path::new(path)].contains(text);
    (
        loses("dev/main.tf", "assume_role {"),
        loses(".github/workflows/ci.yml", "secrets.AWS_ACCESS_KEY_ID"),
    )
}

fn run(script: &str) -> String {
    let script = script.replace('\n', "\n          ");
    format!("      - run: |\n          {script}\n")
}

fn action(uses: &str) -> String {
    format!("      - uses: {uses}\n")
}

const SCRIPTS: [(&str, &str); 2] = [
    (
        "account.sh",
        "#!/bin/bash\naws sts get-caller-identity --query Account --output text\n",
    ),
    (
        "bucket.sh",
        "#!/bin/bash\nexport BUCKET=state-$(aws sts get-caller-identity --query Account)\n",
    ),
];

#[test]
fn a_job_whose_account_is_used_signs_in_as_its_keys_did() {
    let account = "${{ steps.c.outputs.aws-account-id }}";
    for step in [
        run("A=$(aws sts get-caller-identity --query Account --output text)"),
        run("export A=`aws sts get-caller-identity`"),
        run("echo \"a=$(aws sts get-caller-identity)\" >> $GITHUB_OUTPUT"),
        run("aws sts get-caller-identity | tee id.json"),
        run("aws --output text sts get-caller-identity > id.txt"),
        run("test \"$(aws sts get-caller-identity)\" = 333333333333"),
        run("id() { aws sts get-caller-identity; }\nA=$(id)"),
        run("A=$(bash account.sh)"),
        run("source ./bucket.sh"),
        run("cat > x <<E\n$(aws s3 ls)\nE"),
        run(&format!(
            "docker push {account}.dkr.ecr.eu-west-1.amazonaws.com/x"
        )),
        format!("      - run: docker push $X\n        env:\n          X: {account}\n"),
    ] {
        assert_eq!(outcome(&step, ACCOUNTS, &SCRIPTS), (false, true), "{step}");
    }
}

#[test]
fn a_job_whose_account_is_only_shown_signs_in_where_its_root_module_is() {
    for step in [
        String::new(),
        run("aws sts get-caller-identity"),
        run("aws sts get-caller-identity | jq ."),
        run("aws sts get-caller-identity > /dev/null"),
        run("echo \"Signed in as $(aws sts get-caller-identity)\""),
        run("echo \"$(aws sts get-caller-identity)\" >> $GITHUB_STEP_SUMMARY"),
        run("bash account.sh"),
        run("echo Signed in to ${{ steps.c.outputs.aws-account-id }}"),
        run("cat <<'E'\n$(aws s3 ls)\nE"),
    ] {
        assert_eq!(outcome(&step, ACCOUNTS, &SCRIPTS), (true, true), "{step}");
    }
}

#[test]
fn what_is_not_known_to_call_no_aws_may_use_the_account_of_the_keys() {
    for (step, may_use) in [
        (run("ruby up.rb"), true),
        (run("php up.php"), true),
        (run("go run ./cmd/up"), true),
        (run("cargo run"), true),
        (run("pytest"), true),
        (run("npx ts-node up.ts"), true),
        (run("ansible-playbook site.yml"), true),
        (run("kubectl apply -f k8s"), true),
        (run("docker compose up"), true),
        (action("acme/notify@v1"), true),
        (action("hashicorp/packer-github-actions@v1"), true),
        (action("azure/k8s-deploy@v5"), true),
        (run("terraform fmt -check"), false),
        (run("npm ci\npoetry install\ngo build ./..."), false),
        (run("jq . a.json | tee b.json"), false),
        (run("docker push ghcr.io/x/y"), false),
        (run("gh pr comment 1 -b x"), false),
        (action("actions/setup-node@v4"), false),
        (action("actions/cache@v4"), false),
        (action("terraform-linters/setup-tflint@v4"), false),
        (action("docker/build-push-action@v6"), false),
        (action("codecov/codecov-action@v4"), false),
    ] {
        assert_eq!(outcome(&step, ACCOUNTS, &[]), (!may_use, true), "{step}");
        // The answer about the keys settles it.
        let config = format!("{ACCOUNTS}keys \"AWS_ACCESS_KEY_ID\" {{ account = \"dev\" }}\n");
        assert_eq!(outcome(&step, &config, &[]), (true, true), "{step}");
    }
}

#[test]
fn keys_of_the_account_of_the_root_module_are_no_reason_to_wait() {
    let config = format!("{ACCOUNTS}keys \"AWS_ACCESS_KEY_ID\" {{ account = \"dev\" }}\n");
    let step = run("A=$(aws sts get-caller-identity)");
    assert_eq!(outcome(&step, &config, &[]), (true, true));
}
