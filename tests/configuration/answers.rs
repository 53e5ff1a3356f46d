//! The blocks that answer whose something is.

use std::path::Path;

use ci::settings::RoleName;
use engine::settings::AccountBlock;

use super::settings;

const ANSWERS: &str = r#"
keys "AWS_ACCESS_KEY_ID" { account = "shared" }
keys "*_ACCESS_KEY_ID"   { account = "dev" }

environment "live"   { account = "live" }
environment "live-*" { account = "shared" }

root "envs/live/**"   { account = "live" }
root "envs/live/logs" { account = "shared" }
root "."              { account = "dev" }

role "vars.DEPLOY_ROLE"         { account = "live" }
role "secrets.DEV_ROLE"        { account = "dev" }
role "format('*', matrix.name)" { account = "shared" }

job "tf.yml:apply"             { roots = ["envs/*", "global"] }
job ".github/workflows/*:plan" { account = "dev" }

account "dev"    { id = "111111111111" }
account "shared" { id = "333333333333" }
account "live" {
  id      = "222222222222"
  ci_role = "arn:aws:iam::222222222222:role/deploy"
}

ci {
  role      = "arn:aws:iam::{id}:role/github-ci"
  plan_role = "vars.{ACCOUNT}_PLAN_ROLE"
}
"#;

#[test]
fn answers_tell_whose_something_is() {
    let read = settings(ANSWERS).unwrap();
    let label = |account: Option<&AccountBlock>| account.map(|it| it.label.clone());
    let keys = |name| label(read.account_of_keys(name));
    let environment = |name| label(read.account_of_environment(name));
    let root = |directory| label(read.account_of_root_module(Path::new(directory)));
    let role = |expression| label(read.account_of_role(expression));
    for (found, expected) in [
        (keys("AWS_ACCESS_KEY_ID"), Some("shared")),
        (keys("aws_access_key_id"), Some("shared")),
        (keys("QA_AWS_ACCESS_KEY_ID"), Some("dev")),
        (keys("AWS_SECRET"), None),
        (environment("live"), Some("live")),
        (environment("Live-EU"), Some("shared")),
        (environment("dev"), None),
        (root("envs/live"), Some("live")),
        (root("envs/live/eu/vpc"), Some("live")),
        (root("envs/live/logs"), Some("shared")),
        (root(""), Some("dev")),
        (root("envs/dev"), None),
        (role("${{ vars.DEPLOY_ROLE }}"), Some("live")),
        (role("${{vars.deploy_role}}"), Some("live")),
        (role("secrets.DEV_ROLE"), Some("dev")),
        (role("${{ format('arn/{0}', matrix.name) }}"), None),
        (role("${{ format('{0}', matrix.name) }}"), Some("shared")),
        (role("vars.OTHER"), None),
    ] {
        assert_eq!(found.as_deref(), expected);
    }
    let workflow = Path::new(".github/workflows/tf.yml");
    let apply = read.ci.about_job(workflow, "apply").unwrap();
    assert!(apply.runs(Path::new("envs/dev")) && apply.runs(Path::new("global")));
    assert!(!apply.runs(Path::new("modules/vpc")));
    let plan = read.ci.about_job(workflow, "plan").unwrap();
    assert_eq!(plan.account.as_deref(), Some("dev"));
    let other = read.ci.about_job(workflow, "lint");
    assert_eq!(other, None);
}

#[test]
fn a_role_is_a_template_a_variable_or_one_arn() {
    let read = settings(ANSWERS).unwrap();
    let template = RoleName::Template("arn:aws:iam::{id}:role/github-ci".to_owned());
    assert_eq!(read.ci.role, template);
    let plan = RoleName::variable("{ACCOUNT}_PLAN_ROLE");
    assert_eq!(read.ci.plan_role, Some(plan));
    let own = RoleName::Literal("arn:aws:iam::222222222222:role/deploy".to_owned());
    let live = read.account("live").unwrap();
    assert_eq!(live.ci_role, Some(own));
    assert_eq!(read.account("dev").unwrap().ci_role, None);
}

#[test]
fn every_wrong_answer_is_an_error_with_its_place() {
    let accounts = "account \"dev\" { id = \"111111111111\" }\n\
                    account \"live\" { id = \"222222222222\" }\n";
    for (text, expected) in [
        (
            "keys {}",
            "3:1: `keys` takes one label: the name of the secret",
        ),
        ("keys \"X\" {}", "3:1: `keys` needs `account`"),
        (
            "keys \"X\" { id = \"1\" }",
            "3:12: unknown key `id`; it belongs in `account`",
        ),
        (
            "keys \"secrets.DEV_KEY\" { account = \"dev\" }",
            "3:6: a secret is named here without its context: keys \"DEV_KEY\"",
        ),
        (
            "keys \"X\" { account = \"prod\" }",
            "3:22: `account`: no `account` block has the label `prod`; known here: dev, live",
        ),
        (
            "keys \"X\" { account = \"*\" }",
            "3:22: `account`: no `account` block has the label `*`",
        ),
        (
            "keys \"X\" { account = \"dev\" }\nkeys \"x\" { account = \"live\" }",
            "4:6: `keys \"x\"` is set twice",
        ),
        (
            "environment \"live\" { account = 5 }",
            "3:32: `account`: a quoted string is needed",
        ),
        (
            "environment \"live\" { account = \"lvie\" }",
            "3:32: `account`: no `account` block has the label `lvie`",
        ),
        (
            "environment \"a\" { account = \"dev\" }\nenvironment \"A\" { account = \"dev\" }",
            "4:13: `environment \"A\"` is set twice",
        ),
        (
            "root \"./envs/live/\" { account = \"live\" }",
            "3:6: a directory is named from the root of the repository: \"envs/live\"",
        ),
        (
            "root \"./\" { account = \"live\" }",
            "3:6: a directory is named from the root of the repository: \".\"",
        ),
        (
            "root \"a\" { account = \"dev\" }\nroot \"a\" { account = \"live\" }",
            "4:6: `root \"a\"` is set twice",
        ),
        (
            "role \"arn:aws:iam::111111111111:role/x\" { account = \"dev\" }",
            "3:6: an ARN tells its account",
        ),
        (
            "role \"vars.X\" { account = \"dev\" }\nrole \"VARS.x\" { account = \"dev\" }",
            "4:6: `role \"VARS.x\"` is set twice",
        ),
        (
            "job \"tf.yml:a\" {}",
            "3:1: `job` needs `permissions`, `roots` or `account`",
        ),
        (
            "job \"tf.yml:a\" {\n  roots   = [\"a\"]\n  account = \"dev\"\n}",
            "5:13: `account`: `job` takes either `roots` or `account`",
        ),
        (
            "job \"tf.yml:a\" { account = \"x\" }",
            "3:28: `account`: no `account` block has the label `x`",
        ),
        (
            "job \"tf.yml:a\" { roots = \"envs/*\" }",
            "3:26: `roots`: a list of directories is needed",
        ),
        (
            "job \"tf.yml:a\" { roots = [\"envs/*\", 5] }",
            "3:37: `roots`: a quoted string is needed",
        ),
        (
            "job \"tf.yml:a\" { roots = [\"envs/\"] }",
            "3:27: `roots`: a directory is named from the root of the repository: \"envs\"",
        ),
        (
            "job \"tf.yml:a\" { permissions = { contents = \"admin\" } }",
            "3:45: `contents`: one of read, write, none",
        ),
        (
            "runner \"Jenkinsfile\" { account = \"x\" }",
            "3:34: `account`: no `account` block has the label `x`",
        ),
        (
            "ci { role = \"arn:aws:iam::{account}:role/x\" }",
            "3:13: `role`: unknown placeholder `{account}`; did you mean `{id}`?",
        ),
        (
            "ci { plan_role = \"vars.{account}_ROLE\" }",
            "3:18: `plan_role`: unknown placeholder `{account}`; did you mean `{ACCOUNT}`?",
        ),
        (
            "ci { state_role = \"arn:aws:iam::{id}:role/x\" }",
            "3:19: `state_role`: the state has one role",
        ),
        (
            "account \"x\" {\n  id      = \"333333333333\"\n  \
             ci_role = \"arn:aws:iam::222222222222:role/x\"\n}",
            "5:13: `ci_role`: this role is not in account 333333333333",
        ),
    ] {
        let text = format!("{accounts}{text}");
        let error = settings(&text).map(|_| ()).expect_err(&text).to_string();
        let mut lines = error.lines();
        assert!(lines.any(|it| it.starts_with(expected)), "{text}: {error}");
    }
}
