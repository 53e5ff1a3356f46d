//! Terragrunt assumes a role of its own before it runs Terraform: with `iam_role`, a flag or a variable. What
//! loses its role then acts in the account of that one, for whoever runs it.

use diagnostics::finding::Finding;
use engine::selection::Selection;

use crate::support::{Tree, changed};

const ACCOUNTS: &str = "state_profile = \"shared-account\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared-account\" { id = \"333333333333\" }\n";

/// The provider of a module, by a role of account `dev`.
const MODULE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

const UNIT: &str = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"../modules/app\"\n}\n";

const STATE: &str = "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"tfstate\"\n    key    = \"k\"\n    region = \"us-east-1\"\n  }\n}\n";

/// The files that a plan changes unasked.
fn safe(files: &[(&str, &str)], answers: &str) -> Vec<String> {
    let tree = Tree::new(files.iter().copied());
    let config = format!("{ACCOUNTS}{answers}");
    changed(&tree.plan(&config, Selection::default()).unwrap())
}

#[test]
fn a_unit_acts_in_the_account_of_its_own_role() {
    let role = |account: &str| format!("iam_role = \"arn:aws:iam::{account}:role/tg\"\n");
    let (same, other) = (role("111111111111"), role("222222222222"));
    let by_token = format!("{other}iam_web_identity_token = get_env(\"TOKEN\", \"\")\n");
    let unknown = "iam_role = get_env(\"ROLE\")\n";
    for (root, unit, goes) in [
        ("", UNIT, true),
        ("iam_role = \"\"\n", UNIT, true),
        (same.as_str(), UNIT, true),
        (other.as_str(), UNIT, false),
        (by_token.as_str(), UNIT, false),
        (unknown, UNIT, false),
        ("", &format!("{UNIT}{other}"), false),
        // What the unit itself says wins.
        (other.as_str(), &format!("{UNIT}{same}"), true),
        (same.as_str(), &format!("{UNIT}{other}"), false),
    ] {
        let files = [
            ("root.hcl", root),
            ("app/terragrunt.hcl", unit),
            ("modules/app/main.tf", MODULE),
        ];
        let changed = safe(&files, "");
        let expected: &[&str] = if goes { &["modules/app/main.tf"] } else { &[] };
        assert_eq!(changed, expected, "{root} {unit}");
    }
    let files = [
        ("root.hcl", unknown),
        ("app/terragrunt.hcl", UNIT),
        ("modules/app/main.tf", MODULE),
    ];
    let answer = "runner \"root.hcl\" { account = \"dev\" }\n";
    assert_eq!(safe(&files, answer), ["modules/app/main.tf"]);
}

#[test]
fn a_role_that_units_include_stays_where_one_of_them_acts_elsewhere() {
    let root = "generate \"provider\" {\n  path      = \"provider.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\nEOF\n}\n";
    let role = |account: &str| format!("iam_role = \"arn:aws:iam::{account}:role/tg\"\n");
    let unit = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
    let alias = "provider \"aws\" {\n  alias = \"dns\"\n}\n";
    let profile = alias.replace("alias", "profile = \"live\"\n  alias");
    for (own, module, goes) in [
        ("", "", true),
        (role("111111111111").as_str(), "", true),
        (&role("222222222222"), "", false),
        ("iam_role = get_env(\"ROLE\")\n", "", false),
        ("", alias, false),
        ("", &profile, true),
    ] {
        let files = [
            ("root.hcl", root),
            ("a/terragrunt.hcl", unit),
            ("b/terragrunt.hcl", &format!("{own}{unit}")),
            ("b/own.tf", module),
        ];
        let changed = safe(&files, "");
        assert_eq!(
            changed.contains(&"root.hcl".to_owned()),
            goes,
            "{own} {module}"
        );
    }
}

#[test]
fn what_terragrunt_does_not_run_is_free() {
    let role = "iam_role = \"arn:aws:iam::222222222222:role/tg\"\n";
    let files = [
        ("tg/root.hcl", role),
        ("tg/app/terragrunt.hcl", &UNIT.replace("../", "../../")),
        ("modules/app/main.tf", MODULE),
        ("plain/main.tf", MODULE),
        ("tg/plain/main.tf", MODULE),
    ];
    assert_eq!(safe(&files, ""), ["plain/main.tf", "tg/plain/main.tf"]);
}

#[test]
fn a_state_behind_such_a_role_gets_no_profile_unasked() {
    let role = "iam_role = \"arn:aws:iam::111111111111:role/tg\"\n";
    for (start, expected) in [("", &["root.hcl"][..]), (role, &[])] {
        let root = format!("{start}{STATE}");
        let files = [("root.hcl", root.as_str()), ("app/terragrunt.hcl", UNIT)];
        assert_eq!(safe(&files, ""), expected, "{start}");
    }
}

#[test]
fn a_job_may_have_terragrunt_assume_a_role() {
    let sign_in = "- uses: aws-actions/configure-aws-credentials@v4\n        with: { role-to-assume: \"arn:aws:iam::111111111111:role/ci\", aws-region: x }";
    let role = "arn:aws:iam::222222222222:role/tg";
    for (env, command, goes) in [
        ("A: b", "terragrunt apply", true),
        (
            "A: b",
            &format!("terragrunt apply --terragrunt-iam-role {role}"),
            false,
        ),
        (
            "A: b",
            &format!("terragrunt apply --iam-assume-role={role}"),
            false,
        ),
        (
            "A: b",
            &format!("TG_IAM_ASSUME_ROLE={role} terragrunt apply"),
            false,
        ),
        (
            "A: b",
            "terragrunt apply --iam-assume-role arn:aws:iam::111111111111:role/tg",
            true,
        ),
        (
            &format!("TERRAGRUNT_IAM_ROLE: \"{role}\""),
            "terragrunt apply",
            false,
        ),
        (
            &format!("TERRAGRUNT_IAM_ROLE: \"{role}\""),
            "terraform apply",
            true,
        ),
        (
            "TERRAGRUNT_IAM_ROLE: \"${{ vars.ROLE }}\"",
            "terragrunt apply",
            false,
        ),
        ("TERRAGRUNT_IAM_ROLE: \"\"", "terragrunt apply", true),
    ] {
        let workflow = format!(
            "on: push\npermissions: {{ id-token: write }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env: {{ {env} }}\n    steps:\n      {sign_in}\n      - run: {command}\n        working-directory: app\n"
        );
        let files = [
            (".github/workflows/a.yml", workflow.as_str()),
            ("app/terragrunt.hcl", "inputs = {}\n"),
            ("app/main.tf", MODULE),
        ];
        let expected: &[&str] = if goes { &["app/main.tf"] } else { &[] };
        assert_eq!(safe(&files, ""), expected, "{env} {command}");
    }
}

#[test]
fn a_script_may_have_terragrunt_assume_a_role() {
    for (script, goes) in [
        ("cd app\nterragrunt apply\n", true),
        (
            "cd app\nterragrunt apply --terragrunt-iam-role arn:aws:iam::222222222222:role/tg\n",
            false,
        ),
        (
            "export TG_IAM_ASSUME_ROLE=arn:aws:iam::222222222222:role/tg\ncd app\nterragrunt apply\n",
            false,
        ),
        (
            "echo \"set TG_IAM_ASSUME_ROLE=...\"\ncd app\nterragrunt apply\n",
            true,
        ),
    ] {
        let files = [("deploy.sh", script), ("app/main.tf", MODULE)];
        let expected: &[&str] = if goes { &["app/main.tf"] } else { &[] };
        assert_eq!(safe(&files, ""), expected, "{script}");
    }
}

#[test]
fn what_a_file_above_units_generates_is_said_of_the_units() {
    let generated = |id: &str| {
        format!(
            "generate \"p\" {{\n  path = \"p.tf\"\n  if_exists = \"overwrite_terragrunt\"\n  contents = <<EOF\nprovider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\nEOF\n}}\n"
        )
    };
    let unit = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"../../modules/app\"\n}\n";
    let own = format!(
        "{}terraform {{\n  source = \"../../modules/app\"\n}}\n",
        generated("222222222222")
    );
    let workflow = "on: push\npermissions:\n  id-token: write\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n    steps:\n      - run: terragrunt run --all apply\n";
    let root = generated("111111111111");
    let tree = Tree::new([
        ("root.hcl", &*root),
        ("dev/vpc/terragrunt.hcl", unit),
        ("live/vpc/terragrunt.hcl", &*own),
        (
            "modules/app/main.tf",
            "resource \"aws_s3_bucket\" \"b\" {\n}\n",
        ),
        (".github/workflows/ci.yml", workflow),
    ]);
    let answers = "keys \"AWS_ACCESS_KEY_ID\" { account = \"shared-account\" }\n";
    let plan = tree.plan(&format!("{ACCOUNTS}{answers}"), Selection::default());
    let plan = plan.unwrap();
    let findings = plan.findings.iter();
    let messages: Vec<String> = findings.map(Finding::sentence).collect();
    for said in [
        "also runs the Terragrunt units of the root directory, which are in account 111111111111 (dev)",
        "also runs `live/vpc`, which is in account 222222222222 (live)",
    ] {
        assert!(
            messages.iter().any(|it| it.contains(said)),
            "{said} {messages:#?}"
        );
    }
}
