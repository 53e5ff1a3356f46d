//! Roles of Terragrunt's units, whose account a file above each of them names: each has new callers.

use crate::support::checkout::Checkout;

const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nsso {\n  start_url = \"https://example.awsapps.com/start\"\n  region    = \"eu-west-1\"\n  role_name = \"Admin\"\n}\nci { role = \"arn:aws:iam::{id}:role/github-ci\" }\n";

const LOCALS: &str = "locals {\n  account_vars = read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))\n  account_id   = local.account_vars.locals.account_id\n}\n";

const CI: &str = "on:\n  push:\n    branches: [main]\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: terragrunt run-all apply\n";

fn checkout(root: &str, dev: &str) -> Checkout {
    let unit = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
    let live = "locals {\n  account_id = \"222222222222\"\n}\n";
    Checkout::committed(&[
        ("tfkeyless.hcl", CONFIG),
        ("root.hcl", &format!("{LOCALS}{root}")),
        ("dev/account.hcl", dev),
        ("dev/a/terragrunt.hcl", unit),
        ("live/account.hcl", live),
        ("live/a/terragrunt.hcl", unit),
        (".github/workflows/ci.yml", CI),
    ])
}

fn generated(root: &str, dev: &str, arguments: &[&str]) -> String {
    checkout(root, dev)
        .run(&[&["generate"], arguments].concat())
        .code(0)
        .stdout
}

const DEV: &str = "locals {\n  account_id = \"111111111111\"\n}\n";

#[test]
fn the_role_of_each_unit_is_in_the_policies() {
    let provider = "generate \"provider\" {\n  path      = \"provider.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::${local.account_id}:role/tg\"\n  }\n}\nEOF\n}\n";
    let by_terragrunt = "iam_role = \"arn:aws:iam::${local.account_id}:role/tg\"\n";
    for root in [provider, by_terragrunt] {
        let trust = generated(root, DEV, &["trust"]);
        let roles = generated(root, DEV, &["oidc-role", "--plain", "--repository", "o/r"]);
        for id in ["111111111111", "222222222222"] {
            let arn = format!("arn:aws:iam::{id}:role/tg");
            let row = format!("{arn}\n  assumed by  root.hcl:");
            assert!(trust.contains(&row), "{root}: {trust}");
            let people = format!("people of account {id}");
            assert!(trust.contains(&people), "{root}: {trust}");
            assert!(roles.contains(&format!("\"{arn}\"")), "{root}: {roles}");
        }
        assert!(!trust.contains("the role of"), "{root}: {trust}");
    }
}

#[test]
fn a_role_whose_account_no_file_tells_is_named_by_what_assumes_it() {
    let root = "iam_role = \"arn:aws:iam::${local.account_id}:role/tg\"\n";
    let unknown = "locals {\n  account_id = get_env(\"ACCOUNT\")\n}\n";
    let trust = generated(root, unknown, &["trust"]);
    assert!(
        trust.contains("the role of Terragrunt (`iam_role`) in root.hcl"),
        "{trust}"
    );
    let root = "iam_role = \"arn:aws:iam::${local.account_id}:role/${local.region}\"\n";
    let trust = generated(root, DEV, &["trust"]);
    assert!(
        trust.contains("the role of Terragrunt (`iam_role`) in root.hcl"),
        "{trust}"
    );
}

/// Terragrunt assumes the role before every command: the provider acts in its account, and goes on to.
#[test]
fn the_account_table_has_the_role_that_terragrunt_assumes() {
    let provider = "generate \"provider\" {\n  path      = \"provider.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\nprovider \"aws\" {\n  region = \"eu-west-1\"\n}\nEOF\n}\n";
    let table = |role: &str| {
        let plan = checkout(&format!("{role}{provider}"), DEV).run(&["plan", "--no-pager"]);
        let text = format!("{}{}", plan.stdout, plan.stderr);
        let table = text.split("\nAccounts\n").nth(1).expect(&text);
        table
            .lines()
            .filter(|it| it.contains("iam_role"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let rows = table("iam_role = \"arn:aws:iam::${local.account_id}:role/tg\"\n");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].contains("111111111111 (dev), iam_role"), "{rows:?}");
    assert!(
        rows[1].contains("222222222222 (live), iam_role"),
        "{rows:?}"
    );
    let rows = table("iam_role = \"arn:aws:iam::111111111111:role/tg\"\n");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(table(""), [""; 0]);
}
