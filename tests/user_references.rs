//! The user of the static keys where its own module names it, and users that have none of the keys.

use diagnostics::finding::Finding;
use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{CONFIG, ROLE_1, Tree};

const USER: &str = "resource \"aws_iam_user\" \"d\" {\n  name = \"deployment\"\n}\nresource \"aws_iam_access_key\" \"d\" {\n  user = aws_iam_user.d.name\n}\n";

const WORKFLOW: &str = "on: push\njobs:\n  plan:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n    steps:\n      - run: terraform init && terraform apply\n";

fn plan(files: &[(&str, &str)], config: &str) -> Plan {
    let tree = Tree::new(files.iter().copied());
    tree.plan(&format!("{CONFIG}{config}"), Selection::default())
        .unwrap()
}

/// The sentences of what needs a person, and of notes.
fn reported(plan: &Plan) -> Vec<String> {
    let own = plan.findings.iter().filter(|it| it.transform == "iam_user");
    own.map(Finding::sentence).collect()
}

fn beside(text: &str) -> Vec<String> {
    let main = format!("{ROLE_1}{text}");
    reported(&plan(&[("main.tf", &main)], ""))
}

/// The name of the role that the provider of `ROLE_1` assumes.
fn role_name() -> String {
    let arn = ROLE_1.split_once(":role/").unwrap().1;
    arn.split('"').next().unwrap().to_owned()
}

fn role(name: &str, principal: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"t\" {{\n  name = \"{name}\"\n  assume_role_policy = jsonencode({{ Statement = [{{ Action = \"sts:AssumeRole\", Principal = {{ AWS = {principal} }} }}] }})\n}}\n"
    )
}

#[test]
fn a_user_that_the_role_of_a_provider_trusts_is_that_of_the_keys() {
    let key = "resource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({ Principal = { AWS = aws_iam_user.d.arn } })\n}\n";
    for principal in [
        "aws_iam_user.d.arn",
        "[aws_iam_user.d[0].arn]",
        "\"${aws_iam_user.d.arn}\"",
    ] {
        let text = format!("{USER}{}{key}", role(&role_name(), principal));
        let found = beside(&text);
        for wanted in [
            "a trust policy names the IAM user `aws_iam_user.d`",
            "a key policy names the IAM user `aws_iam_user.d`",
            "aws_iam_access_key.d makes static keys of an IAM user",
            "aws_iam_user.d is the IAM user of static keys",
        ] {
            let is_it = |it: &String| it.starts_with(wanted);
            assert!(found.iter().any(is_it), "{wanted} {principal}: {found:?}");
        }
    }
    // Another role, another user, and what names the user only to give it permissions.
    for text in [
        role("other", "aws_iam_user.d.arn"),
        role(&role_name(), "aws_iam_user.dd.arn"),
        role(&role_name(), "aws_iam_user.d.arn_x"),
        role(&role_name(), "\"*\"\n  # aws_iam_user.d.arn\n"),
    ] {
        let found = beside(&format!("{USER}{text}"));
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(
            found[0].contains("which another program may have"),
            "{found:?}"
        );
    }
}

#[test]
fn modules_that_make_users_with_keys_are_known_by_their_sources() {
    let module =
        |source: &str, more: &str| format!("module \"x\" {{\n  source = \"{source}\"\n{more}}}\n");
    for source in [
        "terraform-aws-modules/iam/aws//modules/iam-user",
        "registry.terraform.io/cloudposse/iam-system-user/aws",
        "cloudposse/iam-system-user/aws",
        "git::https://github.com/cloudposse/terraform-aws-iam-system-user.git?ref=1.2.0",
        "github.com/terraform-aws-modules/terraform-aws-iam//modules/iam-user?ref=v5.0.0",
        "git@github.com:terraform-aws-modules/terraform-aws-iam.git//modules/iam-user",
    ] {
        let found = beside(&module(source, ""));
        assert_eq!(found.len(), 1, "{source}: {found:?}");
        let without = module(source, "  create_iam_access_key = false\n");
        assert_eq!(beside(&without), [""; 0], "{source}");
    }
    for source in [
        "cloudposse/iam-user/aws",
        "terraform-aws-modules/iam/aws//modules/iam-role",
    ] {
        assert_eq!(beside(&module(source, "")), [""; 0], "{source}");
    }
}

/// A key whose password for SMTP is used is one of SES, whatever else of it is.
#[test]
fn keys_of_ses_are_none_of_a_runner() {
    for used in [
        "aws_iam_access_key.d.ses_smtp_password_v4",
        "aws_iam_access_key.d[0].ses_smtp_password_v4",
    ] {
        let id = used.replace("ses_smtp_password_v4", "id");
        let text = format!(
            "{USER}resource \"aws_ssm_parameter\" \"p\" {{\n  value = jsonencode({{ user = {id}, password = {used} }})\n}}\n"
        );
        assert_eq!(beside(&text), [""; 0], "{used}");
    }
}

#[test]
fn values_files_name_users_too() {
    let values = "u = \"arn:aws:iam::111111111111:user/deployment\"\n";
    for path in ["v.tfvars", "dev.auto.tfvars"] {
        let found = reported(&plan(&[("main.tf", ROLE_1), (path, values)], ""));
        assert_eq!(found.len(), 1, "{path}: {found:?}");
    }
}

/// Where each key's account is answered, users of other accounts are others' users.
#[test]
fn users_of_accounts_without_keys_are_not_reported() {
    let policy = |id: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"p\" {{\n  policy = \"arn:aws:iam::{id}:user/x\"\n}}\n"
        )
    };
    let answer = "keys \"AWS_ACCESS_KEY_ID\" { account = \"keys\" }\naccount \"keys\" { id = \"555555555555\" }\naccount \"others\" { id = \"666666666666\" }\n";
    let accounts = answer.split_once('\n').unwrap().1;
    for (id, config, is_reported) in [
        ("555555555555", answer, true),
        ("666666666666", answer, false),
        ("666666666666", accounts, true),
    ] {
        let main = format!("{ROLE_1}{}", policy(id));
        let files = [
            ("main.tf", main.as_str()),
            (".github/workflows/ci.yml", WORKFLOW),
        ];
        let found = reported(&plan(&files, config));
        assert_eq!(!found.is_empty(), is_reported, "{id} {config}: {found:?}");
    }
}
