//! How a job's steps look once they sign in: what stays of them, and where the sign-in stands.
mod partitions;

use std::path::Path;

use engine::selection::Selection;

use crate::support::{Tree, reviewed};

const CI: &str = ".github/workflows/ci.yml";

/// A job that may fetch a token, with these steps.
fn job(steps: &str) -> String {
    format!(
        "on: push\npermissions:\n  id-token: write\njobs:\n  a:\n    runs-on: ubuntu-latest\n    \
         steps:\n{steps}"
    )
}

/// The job's steps as they are afterwards.
fn converted(steps: &str) -> String {
    let before = job(steps);
    let tree = Tree::new([(CI, before.as_str())]);
    let plan = tree.plan("", reviewed()).unwrap();
    let mut changes = plan.changes.iter();
    let change = changes.find(|change| change.path == Path::new(CI));
    let after = &change.expect(steps).after;
    let head = job("");
    after.strip_prefix(&head).expect(after).to_owned()
}

#[test]
fn comments_above_the_keys_stay_above_the_role() {
    let steps = "      - uses: aws-actions/configure-aws-credentials@v4
        with:
          # role-to-assume: ${{ secrets.DEPLOY_ROLE }}
          #TODO: OIDC
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }} # the user's
          # and its secret
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}

          # nearest to us
          aws-region: eu-west-1
";
    assert_eq!(
        converted(steps),
        "      - uses: aws-actions/configure-aws-credentials@v4
        with:
          # role-to-assume: ${{ secrets.DEPLOY_ROLE }}
          #TODO: OIDC
          role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}

          # nearest to us
          aws-region: eu-west-1
"
    );
}

#[test]
fn comments_of_keys_beside_a_role_go_with_them() {
    let steps = "      - uses: aws-actions/configure-aws-credentials@v4
        with:
          # of the user
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          # of the role
          role-to-assume: arn:aws:iam::111111111111:role/deploy
          aws-region: eu-west-1
";
    assert_eq!(
        converted(steps),
        "      - uses: aws-actions/configure-aws-credentials@v4
        with:
          # of the role
          role-to-assume: arn:aws:iam::111111111111:role/deploy
          aws-region: eu-west-1
"
    );
}

#[test]
fn a_step_without_a_name_signs_in_behind_its_dash() {
    let script = "run: |
          aws configure set aws_access_key_id ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws configure set aws_secret_access_key ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws configure set region eu-west-1
";
    let uses = "uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3
        with:
          role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}
          aws-region: eu-west-1
";
    let plan = "      - run: terraform plan\n";
    for (before, after) in [
        (format!("- {script}"), format!("- {uses}")),
        (
            format!(
                "- shell: bash\n        {script}        # on main only\n        if: always()\n"
            ),
            format!("- {uses}        # on main only\n        if: always()\n"),
        ),
        (
            format!("- {script}        shell: bash\n        id: login\n"),
            format!("- {uses}        id: login\n"),
        ),
        (
            format!("- shell: bash\n        # of the user\n        {script}"),
            format!("# of the user\n      - {uses}"),
        ),
    ] {
        let before = format!("      {before}{plan}");
        assert_eq!(converted(&before), format!("      {after}{plan}"));
    }
}

#[test]
fn what_stands_below_a_steps_env_moves_behind_its_dash() {
    let env = "env:
          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
";
    let uses = "      - uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3
        with:
          role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}
          aws-region: us-east-1
";
    assert_eq!(
        converted(&format!(
            "      - {env}        run: terraform plan # all\n        if: always()\n"
        )),
        format!(
            "{}      - run: terraform plan # all\n        if: always()\n",
            uses.replace("- uses", "- if: always()\n        uses")
        )
    );
    assert_eq!(
        converted(&format!(
            "      - {env}        # of the plan\n        run: terraform plan\n"
        )),
        format!("{uses}      # of the plan\n      - run: terraform plan\n")
    );
}

const USES: &str =
    "uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3
        with:
          role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}
          aws-region: eu-west-1
";

const ENV: &str = "env:
          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          AWS_REGION: eu-west-1
";

/// Steps, each with its condition and whether it has keys, and where sign-ins come with which
/// condition: `+`.
#[track_caller]
fn signs_in(before: &[&str], after: &[&str]) {
    let step = |step: &&str| {
        let (keys, condition) = step.split_at(1);
        let head = match condition.trim() {
            "" => "- ".to_owned(),
            condition => format!("- if: {condition}\n        "),
        };
        match keys {
            "k" => format!("      {head}run: terraform plan\n        {ENV}"),
            "K" => format!(
                "      {head}run: terraform plan\n        env:\n          AWS_REGION: eu-west-1\n"
            ),
            "+" => format!("      {head}{USES}"),
            _ => format!("      {head}run: make\n"),
        }
    };
    let text = |steps: &[&str]| steps.iter().map(step).collect::<String>();
    assert_eq!(converted(&text(before)), text(after));
}

#[test]
fn a_step_that_outlives_a_failure_signs_in_for_itself() {
    signs_in(
        &["-", "k", "k always()"],
        &["-", "+", "K", "+ always()", "K always()"],
    );
    signs_in(
        &["-", "k", "k always()", "k"],
        &["-", "+", "K", "+ always()", "K always()", "K"],
    );
    // One that always runs is enough for all that follow.
    signs_in(
        &["-", "k always()", "-", "k failure()", "k"],
        &["-", "+ always()", "K always()", "-", "K failure()", "K"],
    );
    signs_in(
        &["-", "k ${{ always() }}", "k always()"],
        &["-", "+ ${{ always() }}", "K ${{ always() }}", "K always()"],
    );
    // Where nothing can fail before, one is enough.
    signs_in(
        &["k", "-", "k ${{ !cancelled() }}"],
        &["+", "K", "-", "K ${{ !cancelled() }}"],
    );
    signs_in(&["-", "k", "k success()"], &["-", "+", "K", "K success()"]);
    signs_in(
        &["-", "k", "k github.ref == 'a'"],
        &["-", "+", "K", "K github.ref == 'a'"],
    );
    // What fails in between makes the condition hold.
    signs_in(
        &["k failure()", "-", "k failure()"],
        &[
            "+ failure()",
            "K failure()",
            "-",
            "+ failure()",
            "K failure()",
        ],
    );
    signs_in(
        &["-", "k failure()", "k failure()"],
        &["-", "+ failure()", "K failure()", "K failure()"],
    );
}

#[test]
fn a_job_whose_steps_outlive_a_failure_signs_in_first() {
    let env = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: eu-west-1\n";
    let job = |steps: &str| job(steps).replace("    steps:", &format!("{env}    steps:"));
    let checkout = "      - uses: actions/checkout@0000000000000000000000000000000000000000\n";
    let setup = "      - uses: actions/setup-node@0000000000000000000000000000000000000000\n";
    let apply = "      - run: terraform apply\n";
    let destroy = "      - if: always()\n        run: terraform destroy\n";
    let keep = "      - if: always()\n        uses: actions/upload-artifact@0000000000000000000000000000000000000000\n";
    let uses = USES.replace("eu-west-1", "${{ env.AWS_REGION }}");
    let own = "      - uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
";
    let own_after = format!("      - {USES}");
    let uses = format!("      - {uses}");
    for (before, after) in [
        (
            [checkout, setup, apply, destroy],
            vec![&uses, checkout, setup, apply, destroy],
        ),
        (
            [checkout, setup, apply, keep],
            vec![checkout, &uses, setup, apply, keep],
        ),
        (
            [checkout, own, apply, destroy],
            vec![&uses, checkout, &own_after, apply, destroy],
        ),
        (
            [own, checkout, apply, destroy],
            vec![&own_after, checkout, apply, destroy],
        ),
    ] {
        let before = job(&before.concat());
        let tree = Tree::new([(CI, before.as_str())]);
        let plan = tree.plan("", reviewed()).unwrap();
        let after = self::job(&after.concat()).replace(
            "    steps:",
            "    env:\n      AWS_REGION: eu-west-1\n    steps:",
        );
        assert_eq!(plan.changes[0].after, after);
    }
}

#[test]
fn every_value_of_a_matrix_signs_in() {
    let role = |id: &str| {
        format!(
            "provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
        )
    };
    let (dev, live) = (role("111111111111"), role("222222222222"));
    let workflow = job("      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
      - run: terraform -chdir=${{ matrix.dir }} apply
");
    let matrix = "    strategy: { matrix: { dir: [dev, live, net] } }\n    steps:\n";
    let workflow = workflow.replace("    steps:\n", matrix);
    // Nothing in `net` needs an account, and its keys were there all the same.
    let tree = Tree::new([
        (CI, workflow.as_str()),
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", live.as_str()),
        (
            "net/main.tf",
            "provider \"aws\" {\n  profile = \"net\"\n}\n",
        ),
    ]);
    let accounts =
        "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\n";
    let plan = tree.plan(accounts, Selection::default()).unwrap();
    let mut changes = plan.changes.iter();
    let after = changes.find(|change| change.path == Path::new(CI));
    let after = &after.unwrap().after;
    let expected = "${{ vars[fromJSON('{\"dev\":\"DEV_AWS_OIDC_ROLE_ARN\",\"live\":\"LIVE_AWS_OIDC_ROLE_ARN\",\"net\":\"AWS_OIDC_ROLE_ARN\"}')[matrix.dir]] }}";
    assert!(after.contains(expected), "{after}");
}

#[test]
fn a_choice_between_keys_is_one_between_roles_that_takes_no_other_where_one_is_not_set() {
    let key = "${{ github.ref == 'x' && secrets.A_KEY_ID || secrets.B_KEY_ID }}";
    let steps = format!(
        "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: {key}\n          aws-secret-access-key: ${{{{ secrets.S }}}}\n          aws-region: a\n"
    );
    let accounts = "account \"a\" { id = \"111111111111\" }\naccount \"b\" { id = \"222222222222\" }\n\
        keys \"A_KEY_ID\" { account = \"a\" }\nkeys \"B_KEY_ID\" { account = \"b\" }\n";
    let template = "ci { role = \"arn:aws:iam::{id}:role/ci\" }\n";
    for (settings, expected) in [
        (
            template.to_owned(),
            "${{ github.ref == 'x' && vars.A_AWS_OIDC_ROLE_ARN || github.ref != 'x' && vars.B_AWS_OIDC_ROLE_ARN }}",
        ),
        (
            format!("{accounts}{template}"),
            "${{ github.ref == 'x' && 'arn:aws:iam::111111111111:role/ci' || 'arn:aws:iam::222222222222:role/ci' }}",
        ),
    ] {
        let before = job(&steps);
        let tree = Tree::new([(CI, before.as_str())]);
        let plan = tree.plan(&settings, Selection::default()).unwrap();
        let after = &plan.changes[0].after;
        assert!(
            after.contains(&format!("role-to-assume: {expected}\n")),
            "{after}"
        );
    }
    // Where one key stands in for the other, nothing tells when.
    let steps = steps.replace("github.ref == 'x' && ", "");
    let before = job(&steps);
    let tree = Tree::new([(CI, before.as_str())]);
    let plan = tree.plan(template, Selection::default()).unwrap();
    assert!(plan.changes.is_empty(), "{:?}", plan.changes);
    assert!(!tree.plan(template, reviewed()).unwrap().changes.is_empty());
}
