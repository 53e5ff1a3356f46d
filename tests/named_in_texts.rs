//! Messages, the account table and next steps name what is there: the attribute, the account that an
//! answer tells, the role, the audience.

use crate::support::{Tree, reports};
use engine::plan::Plan;
use engine::selection::Selection;

const WORLD: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\n";
const CI: &str = ".github/workflows/ci.yml";

fn plan(files: &[(&str, &str)], more: &str) -> Plan {
    let files: Vec<(&str, &str)> = files.to_vec();
    Tree::new(files)
        .plan(&format!("{WORLD}{more}"), Selection::default())
        .unwrap()
}

/// A job whose sign-in has these inputs, and that runs Terraform in the root directory.
fn job(with: &str) -> String {
    format!(
        "on:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n{with}          aws-region: eu-west-1\n      - run: terraform init\n      - run: terraform apply -auto-approve\n"
    )
}

const KEYS: &str = "          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

#[test]
fn a_credentials_file_is_named_as_the_provider_writes_it() {
    for (setting, value) in [
        ("shared_credentials_file", "\"./creds\""),
        ("shared_credentials_files", "[\"./creds\"]"),
    ] {
        let code = format!(
            "provider \"aws\" {{\n  {setting} = {value}\n  assume_role {{\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }}\n}}\n"
        );
        let plan = plan(&[("main.tf", &code)], "");
        let mut findings = plan.findings.iter();
        let found = findings
            .find(|it| it.transform == "remove_assume_role")
            .unwrap();
        assert!(
            found.message.contains(&format!("has `{setting}` beside")),
            "{}",
            found.message
        );
        let help = found.help.as_ref().unwrap().to_string();
        assert_eq!(help, format!("remove `{setting}` and the role together"));
    }
}

#[test]
fn a_provider_of_several_instances_is_told_to_take_a_profile_for_each() {
    let provider = |each: &str, id: &str| {
        format!(
            "locals {{\n  accounts = {{ dev = \"111111111111\", live = \"222222222222\" }}\n}}\nprovider \"aws\" {{\n  alias = \"by\"\n{each}  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
        )
    };
    let help = |code: &str| {
        let plan = plan(&[("main.tofu", code)], "");
        let mut findings = plan.findings.iter();
        let found = findings
            .find(|it| it.transform == "remove_assume_role")
            .unwrap();
        found
            .help
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let several = help(&provider("  for_each = local.accounts\n", "${each.value}"));
    assert!(several.contains("`profile = each.key`"), "{several}");
    assert!(!several.contains("allowed_account_ids"), "{several}");
    let one = help(&provider("", "${var.id}"));
    assert!(one.contains("allowed_account_ids"), "{one}");
}

#[test]
fn parts_of_terraform_stacks_are_skipped_and_said() {
    let stack = "provider \"aws\" \"main\" {\n  config {\n    region = \"eu-west-1\"\n    assume_role {\n      role_arn = \"arn:aws:iam::111111111111:role/x\"\n    }\n  }\n}\n";
    for (path, is_stack) in [
        ("a.tfcomponent.hcl", true),
        ("a.tfdeploy.hcl", true),
        ("a.tfstack.hcl", true),
        ("a.hcl", false),
        ("terragrunt.hcl", false),
        ("a.tftest.hcl", false),
    ] {
        let plan = plan(
            &[
                (path, stack),
                ("m/main.tf", "resource \"aws_vpc\" \"v\" {}\n"),
            ],
            "",
        );
        let mut skipped = plan.skipped.iter();
        let said = skipped.any(|it| it.reason.contains("a part of a Terraform Stack"));
        assert_eq!(said, is_stack, "{path}: {:?}", plan.skipped);
        assert!(plan.changes.is_empty(), "{path}");
    }
}

#[test]
fn what_is_answered_of_the_keys_is_their_account_in_the_table() {
    let code = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    let workflow = job(KEYS);
    let before = |answer: &str| {
        let plan = plan(
            &[("main.tf", code), (CI, &workflow)],
            &format!("{answer}ci {{ role = \"arn:aws:iam::{{id}}:role/ci\" }}\n"),
        );
        let row = &plan.accounts[0];
        (row.before.account_text(), row.laptop.account_text())
    };
    let both = |text: &str| (text.to_owned(), text.to_owned());
    assert_eq!(
        before("keys \"AWS_ACCESS_KEY_ID\" { account = \"dev\" }\n"),
        both("111111111111 (dev)")
    );
    // Without an answer they are those of who holds the state.
    assert_eq!(before(""), both("333333333333 (shared)"));
}

#[test]
fn a_choice_between_roles_is_shown_as_these_roles() {
    let choice = |pair: &str| {
        let secret = |account: &str| format!("secrets.{account}_AWS_{pair}");
        format!(
            "${{{{ github.ref == 'refs/heads/main' && {} || {} }}}}",
            secret("LIVE"),
            secret("DEV")
        )
    };
    let keys = format!(
        "          aws-access-key-id: {}\n          aws-secret-access-key: {}\n",
        choice("ACCESS_KEY_ID"),
        choice("SECRET_ACCESS_KEY")
    );
    let answers = "keys \"LIVE_AWS_ACCESS_KEY_ID\" { account = \"live\" }\nkeys \"DEV_AWS_ACCESS_KEY_ID\" { account = \"dev\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\n";
    let code = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    let plan = plan(&[("main.tf", code), (CI, &job(&keys))], answers);
    let cells = plan.accounts.iter().flat_map(|row| &row.runners);
    let shown: Vec<&str> = cells.map(|it| it.cell.by.as_str()).collect();
    assert_eq!(
        shown,
        ["arn:aws:iam::222222222222:role/ci or arn:aws:iam::111111111111:role/ci"],
        "{:?}",
        reports(&plan)
    );
}

#[test]
fn subjects_are_allowed_for_the_audience_that_the_step_names() {
    let code = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    let audience = |more: &str| {
        let workflow = job(&format!("{KEYS}{more}"));
        let plan = plan(
            &[("main.tf", code), (CI, &workflow)],
            "keys \"AWS_ACCESS_KEY_ID\" { account = \"dev\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\n",
        );
        let mut steps = plan
            .steps
            .iter()
            .filter(|it| it.why.contains("OIDC subjects"));
        let why = steps.next().unwrap().why.clone();
        assert!(steps.next().is_none());
        why.rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(audience("          audience: sts.custom\n"), "sts.custom:");
    assert_eq!(audience(""), "sts.amazonaws.com:");
}

#[test]
fn the_role_of_the_state_is_of_the_partition_of_the_jobs() {
    let code = "terraform {\n  required_version = \">= 1.7\"\n  backend \"s3\" {\n    bucket = \"s\"\n    key    = \"k\"\n    region = \"cn-north-1\"\n  }\n}\nprovider \"aws\" {\n  region              = \"cn-north-1\"\n  allowed_account_ids = [\"111111111111\"]\n}\n";
    let set = |region: &str, role: &str| {
        let workflow = job(KEYS).replace("eu-west-1", region);
        let code = code.replace("cn-north-1", region);
        let plan = plan(
            &[("main.tf", &code), (CI, &workflow)],
            &format!(
                "keys \"AWS_ACCESS_KEY_ID\" {{ account = \"dev\" }}\nci {{ role = \"{role}\" }}\n"
            ),
        );
        let commands = plan.steps.iter().flat_map(|it| &it.commands);
        let mut set = commands.filter(|it| it.starts_with("gh variable set TF_STATE_ROLE_ARN"));
        set.next().cloned().unwrap_or_default()
    };
    for (region, role, arn) in [
        (
            "cn-north-1",
            "arn:aws-cn:iam::{id}:role/ci",
            "arn:aws-cn:iam::333333333333:role/terraform-state",
        ),
        (
            "cn-north-1",
            "vars.ROLE",
            "arn:aws-cn:iam::333333333333:role/terraform-state",
        ),
        (
            "eu-west-1",
            "arn:aws:iam::{id}:role/ci",
            "arn:aws:iam::333333333333:role/terraform-state",
        ),
    ] {
        let expected = format!("gh variable set TF_STATE_ROLE_ARN --body {arn}");
        assert_eq!(set(region, role), expected, "{region} {role}");
    }
}
