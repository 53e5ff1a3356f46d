//! How far a sign-in of a job reaches: behind all steps, past those that keep what is there, and to all values of a
//! matrix.

use engine::selection::Selection;

use crate::support::{Tree, changed, reviewed};

const ACCOUNTS: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\n";

const SIGN_IN: &str = "- uses: aws-actions/configure-aws-credentials@v4\n  with: { aws-access-key-id: \"${{ secrets.AWS_ACCESS_KEY_ID }}\", aws-secret-access-key: \"${{ secrets.AWS_SECRET_ACCESS_KEY }}\", aws-region: x }\n";

fn root(account: &str) -> String {
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n}}\n"
    )
}

/// Whether the role of `dev` goes without review, for a job with these steps and files.
fn goes(machine: &str, steps: &str, files: &[(&str, &str)]) -> bool {
    let plan = tree(machine, steps, files).plan(ACCOUNTS, Selection::default());
    let changed = changed(&plan.unwrap());
    changed.iter().any(|path| path == "dev/main.tf")
}

/// The root modules `dev` and `live`, and a job with these steps and files.
fn tree(machine: &str, steps: &str, files: &[(&str, &str)]) -> Tree {
    let steps = steps.trim_end().replace('\n', "\n      ");
    let workflow = format!(
        "on: pull_request\npermissions: {{ id-token: write, contents: read }}\njobs:\n  a:\n    runs-on: {machine}\n    steps:\n      {steps}\n"
    );
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let own = [
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", live.as_str()),
        (".github/workflows/ci.yml", workflow.as_str()),
    ];
    Tree::new(own.iter().chain(files).copied())
}

const APPLY: &str = "- run: terraform -chdir=dev apply\n";

#[test]
fn what_an_action_does_at_the_end_of_its_job_is_done_by_the_last_sign_in() {
    let action = [
        (
            "act/action.yml",
            "runs:\n  using: node20\n  main: main.js\n  post: post.js\n",
        ),
        ("act/main.js", "console.log(1)\n"),
        (
            "act/post.js",
            "const { S3 } = require(\"@aws-sdk/client-s3\");\n",
        ),
    ];
    let without = [
        (
            "act/action.yml",
            "runs:\n  using: node20\n  main: main.js\n",
        ),
        action[1],
    ];
    // Its program behind all steps says nothing of AWS.
    let harmless = [action[0], action[1], ("act/post.js", "console.log(2)\n")];
    let image = [
        (
            "act/action.yml",
            "runs:\n  using: docker\n  image: Dockerfile\n  entrypoint: /main.sh\n  post-entrypoint: /post.sh\n",
        ),
        ("act/Dockerfile", "FROM alpine\n"),
        ("act/main.sh", "echo\n"),
        ("act/post.sh", "aws s3 cp x s3://b/x\n"),
    ];
    let steps = [
        (
            "act/action.yml",
            "runs:\n  using: composite\n  steps:\n    - uses: runs-on/cache@v4\n    - uses: ./inner\n",
        ),
        (
            "inner/action.yml",
            "runs:\n  using: node20\n  main: main.js\n",
        ),
        ("inner/main.js", "console.log(1)\n"),
    ];
    for (step, files, expected) in [
        ("- uses: ./act\n", &harmless[..], true),
        ("- uses: ./act\n", &image, false),
        ("- uses: ./act\n", &steps, false),
        ("- uses: runs-on/cache/restore@v4\n", &[][..], true),
        ("- uses: hashicorp/setup-terraform@v3\n", &[], true),
        ("- uses: org/notify@v1\n", &[], true),
        ("- uses: runs-on/cache@v4\n", &[][..], false),
        (
            "- uses: whywaita/actions-cache-s3@v2\n  with: { aws-s3-bucket: b }\n",
            &[],
            false,
        ),
        ("- uses: ./act\n", &action, false),
        ("- uses: ./act\n", &without, true),
        (
            "- uses: actions/cache@v4\n  with: { path: x, key: y }\n",
            &[],
            true,
        ),
    ] {
        let steps = format!("{SIGN_IN}{step}{APPLY}");
        assert_eq!(goes("ubuntu-latest", &steps, files), expected, "{step}");
    }
}

#[test]
fn a_sign_in_that_keeps_existing_credentials_may_not_happen() {
    let keeps = SIGN_IN.replace("aws-region", "use-existing-credentials: true, aws-region");
    let live = "- run: terraform -chdir=live apply\n";
    for (machine, steps, expected) in [
        ("ubuntu-latest", format!("{keeps}{APPLY}"), true),
        ("self-hosted", format!("{keeps}{APPLY}"), false),
        (
            "ubuntu-latest",
            format!("{SIGN_IN}{APPLY}{keeps}{live}"),
            false,
        ),
        (
            "ubuntu-latest",
            format!("{SIGN_IN}{APPLY}{SIGN_IN}{live}"),
            true,
        ),
    ] {
        assert_eq!(goes(machine, &steps, &[]), expected, "{machine} {steps}");
    }
}

#[test]
fn temporary_keys_are_not_taken_without_their_token() {
    for (script, expected) in [
        ("unset AWS_SESSION_TOKEN", false),
        ("export AWS_SESSION_TOKEN=\"\"", false),
        ("echo \"AWS_SESSION_TOKEN=\" >> $GITHUB_ENV", false),
        ("env | grep -E '^AWS_(ACCESS|SECRET)' > .env", false),
        ("# unset AWS_SESSION_TOKEN", true),
        ("echo $AWS_SESSION_TOKEN > /dev/null", true),
    ] {
        let steps = format!("{SIGN_IN}- run: |\n    {script}\n    terraform -chdir=dev apply\n");
        assert_eq!(goes("ubuntu-latest", &steps, &[]), expected, "{script}");
    }
}

#[test]
fn accounts_that_an_expression_admits_are_not_known() {
    let signs_in = |ids: &str| {
        SIGN_IN.replace(
            "aws-region",
            &format!("allowed-account-ids: {ids}, aws-region"),
        )
    };
    for (ids, expected) in [
        ("\"${{ vars.ACCOUNT }}\"", false),
        ("\"111111111111\"", true),
    ] {
        let steps = format!("{}{APPLY}", signs_in(ids));
        assert_eq!(goes("ubuntu-latest", &steps, &[]), expected, "{ids}");
    }
}

#[test]
fn pull_requests_of_forks_go_on_as_before() {
    let env = "  env: { AWS_ACCESS_KEY_ID: \"${{ secrets.AWS_ACCESS_KEY_ID }}\", AWS_SECRET_ACCESS_KEY: \"${{ secrets.AWS_SECRET_ACCESS_KEY }}\" }\n";
    for (more, expected) in [("  continue-on-error: true\n", false), ("", true)] {
        let steps = format!("{APPLY}{env}{more}- run: echo test\n");
        assert_eq!(goes("ubuntu-latest", &steps, &[]), expected, "{more}");
    }
}

#[test]
fn a_value_of_a_matrix_is_what_github_makes_of_it() {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    for (values, expected) in [
        ("02", "111111111111"),
        ("+2", "111111111111"),
        ("2.0", "111111111111"),
        ("0x2", "111111111111"),
        ("\"02\"", "222222222222"),
        ("'02'", "222222222222"),
        ("!!str 02", "222222222222"),
    ] {
        let steps = SIGN_IN.trim_end().replace('\n', "\n      ");
        let workflow = format!(
            "on: push\npermissions: {{ id-token: write, contents: read }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        dir: [{values}]\n    steps:\n      {steps}\n      - run: terraform apply\n        working-directory: ${{{{ matrix.dir }}}}\n"
        );
        let tree = Tree::new([
            ("2/main.tf", dev.as_str()),
            ("02/main.tf", live.as_str()),
            (".github/workflows/ci.yml", workflow.as_str()),
        ]);
        let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
        let changes = plan.changes.iter();
        let mut jobs = changes.filter(|it| it.path.ends_with("ci.yml"));
        let after = jobs.next().map(|it| it.after.as_str()).unwrap_or_default();
        let role = format!("arn:aws:iam::{expected}:role/ci");
        assert!(after.contains(&role), "{values}: {after}");
    }
}

/// What keeps a job in the account of its keys is there in the next run, too, which finds a role in place of the keys.
#[test]
fn what_holds_a_sign_in_before_holds_it_afterwards() {
    let admits = |ids: &str| {
        let input = format!("allowed-account-ids: {ids}, aws-region");
        SIGN_IN.replace("@v4", "@v6").replace("aws-region", &input)
    };
    let output = SIGN_IN.replace("  with:", "  id: c\n  with:");
    let used = "- run: echo acct=${{ steps.c.outputs.aws-account-id }} >> $GITHUB_OUTPUT\n";
    for (sign_in, more, is_held) in [
        (admits("\"333333333333\""), "", true),
        (admits("\"${{ vars.ACCOUNT }}\""), "", true),
        (output.clone(), used, true),
        (
            output,
            "- run: echo ${{ steps.c.outputs.aws-account-id }}\n",
            false,
        ),
        (admits("\"111111111111\""), "", false),
    ] {
        let steps = format!("{sign_in}{APPLY}{more}");
        let before = tree("ubuntu-latest", &steps, &[]);
        let first = before.plan(ACCOUNTS, Selection::default()).unwrap();
        let after = before.with(&first);
        let is_kept = !changed(&first).iter().any(|it| it == "dev/main.tf");
        assert_eq!(is_kept, is_held, "{steps}");
        let next = after.plan(ACCOUNTS, reviewed()).unwrap();
        assert_eq!(changed(&next), [""; 0], "{steps}");
    }
}
