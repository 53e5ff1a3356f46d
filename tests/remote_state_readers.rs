//! Remote states that are read with the credentials of who runs Terraform: another account's, once the
//! static keys are gone.

use crate::support::Tree;
use engine::account_table::AccountRow;
use engine::plan::Plan;
use engine::selection::Selection;

const CONFIG: &str = "state_profile = \"shared\"\nstate_bucket \"live-state\" { profile = \"live\" }\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nci { role = \"arn:aws:iam::{id}:role/github-ci\" }\n";

const ROLE: &str = "terraform {\n  required_version = \">= 1.7\"\n}\nprovider \"aws\" {\n  region = \"eu-west-1\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/deploy\"\n  }\n}\n";

fn remote_state(config: &str) -> String {
    format!(
        "data \"terraform_remote_state\" \"net\" {{\n  backend = \"s3\"\n  config = {{\n{config}  }}\n}}\n"
    )
}

fn plan(configuration: &str, state: &str) -> Plan {
    let code = format!("{ROLE}{state}");
    Tree::new([("a/main.tf", code.as_str())])
        .plan(configuration, Selection::default())
        .unwrap()
}

fn row(plan: &Plan) -> Option<&AccountRow> {
    let mut rows = plan.accounts.iter();
    rows.find(|row| {
        row.identities
            .iter()
            .any(|it| it == "data.terraform_remote_state.net")
    })
}

/// The steps that are about policies of buckets.
fn steps(plan: &Plan) -> Vec<(String, Vec<String>)> {
    let steps = plan
        .steps
        .iter()
        .filter(|it| it.why.contains("policy of its bucket"));
    steps
        .map(|it| (it.why.clone(), it.commands.clone()))
        .collect()
}

#[test]
fn a_state_that_another_account_reads_afterwards_is_in_the_table_and_its_bucket_in_the_steps() {
    let plan = plan(
        CONFIG,
        &remote_state("    bucket = \"b\"\n    key = \"k\"\n"),
    );
    let row = row(&plan).unwrap();
    assert_eq!(row.before.account_text(), "333333333333 (shared)");
    assert_eq!(row.laptop.account_text(), "222222222222 (live)");
    assert!(row.changes);
    assert_eq!(
        steps(&plan),
        [(
            "Let account 222222222222 (live) reach the state of data.terraform_remote_state.net in a, by a statement in the policy of its bucket:".to_owned(),
            vec!["tfkeyless generate bucket-policy --bucket b".to_owned()]
        )]
    );
    // No profile is added: CI has none.
    assert!(
        !plan.changes[0].after.contains("profile"),
        "{}",
        plan.changes[0].after
    );
}

#[test]
fn nothing_is_asked_for_where_the_reader_has_the_account_or_an_identity_of_its_own() {
    let bucket = |more: &str| remote_state(&format!("    bucket = \"b\"\n{more}"));
    for (state, is_row) in [
        // The bucket is of the account that reads it afterwards.
        (remote_state("    bucket = \"live-state\"\n"), true),
        (bucket("    profile = \"shared\"\n"), true),
        (
            bucket("    role_arn = \"arn:aws:iam::333333333333:role/x\"\n"),
            true,
        ),
        (
            bucket("    assume_role = { role_arn = \"arn:aws:iam::333333333333:role/x\" }\n"),
            true,
        ),
        (bucket("    shared_credentials_file = \"x\"\n"), false),
        (bucket("    endpoint = \"https://minio.example\"\n"), false),
        (
            "data \"terraform_remote_state\" \"net\" {\n  backend = \"s3\"\n  config = var.x\n}\n"
                .to_owned(),
            false,
        ),
        (
            "data \"terraform_remote_state\" \"net\" {\n  backend = \"gcs\"\n}\n".to_owned(),
            false,
        ),
        (String::new(), false),
    ] {
        let plan = plan(CONFIG, &state);
        assert_eq!(row(&plan).is_some(), is_row, "{state}");
        assert_eq!(steps(&plan), [], "{state}");
    }
    // Whose account the keys and the bucket are of is not known.
    let plan = plan("", &bucket(""));
    assert!(row(&plan).is_some());
    assert_eq!(steps(&plan), []);
}

#[test]
fn a_root_module_that_is_migrated_reads_as_before() {
    let state = remote_state("    bucket = \"b\"\n");
    let first = plan(CONFIG, &state);
    let code = first.changes[0].after.clone();
    let again = Tree::new([("a/main.tf", code.as_str())])
        .plan(CONFIG, Selection::default())
        .unwrap();
    assert!(again.changes.is_empty());
    assert_eq!(steps(&again), []);
}

#[test]
fn a_job_reads_the_state_by_the_role_of_the_value_that_it_runs_with() {
    let dev = ROLE.replace("222222222222", "111111111111");
    let live = format!("{ROLE}{}", remote_state("    bucket = \"b\"\n"));
    let ci = "on: push\npermissions:\n  contents: read\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        env: [dev, live]\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: eu-west-1\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform init && terraform apply\n        working-directory: envs/${{ matrix.env }}\n";
    let tree = Tree::new([
        ("envs/dev/main.tf", dev.as_str()),
        ("envs/live/main.tf", live.as_str()),
        (".github/workflows/tf.yml", ci),
    ]);
    let roles = |role: &str| {
        let config = CONFIG.replace("arn:aws:iam::{id}:role/github-ci", role);
        let plan = tree.plan(&config, Selection::default()).unwrap();
        let rows = plan.accounts.iter();
        let shown = rows.map(|row| {
            let cells = row
                .runners
                .iter()
                .map(|it| format!("{} {}", it.cell.account_text(), it.cell.by));
            (
                row.modules[0].display().to_string(),
                row.identities.join(","),
                cells.collect::<Vec<_>>().join("; "),
            )
        });
        (shown.collect::<Vec<_>>(), steps(&plan))
    };
    let expected = |dev: &str, live: &str| {
        [
            ("envs/dev", "aws", format!("111111111111 (dev) {dev}")),
            ("envs/live", "aws", format!("222222222222 (live) {live}")),
            (
                "envs/live",
                "data.terraform_remote_state.net",
                format!("222222222222 (live) {live}"),
            ),
        ]
        .map(|(module, identity, cell)| (module.to_owned(), identity.to_owned(), cell))
    };
    let (rows, steps) = roles("arn:aws:iam::{id}:role/github-ci");
    assert_eq!(
        rows,
        expected(
            "arn:aws:iam::111111111111:role/github-ci",
            "arn:aws:iam::222222222222:role/github-ci"
        )
    );
    assert_eq!(steps.len(), 1);
    assert_eq!(
        roles("vars.{ACCOUNT}_AWS_OIDC_ROLE_ARN").0,
        expected("vars.DEV_AWS_OIDC_ROLE_ARN", "vars.LIVE_AWS_OIDC_ROLE_ARN")
    );
}
