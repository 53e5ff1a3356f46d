//! How a job's steps look once they sign in: what stays of them, and where the sign-in stands.
#![allow(missing_docs)]

mod support;

use std::path::Path;

use support::{Tree, reviewed};

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
