//! `tfkeyless.hcl`: what is read from it, and that nothing in it is passed over.

use ci::github::permissions::{Level, Scope};
use ci::settings::{RoleName, StateAccess};
use engine::settings::{AccountBlock, Settings, SettingsErrors};
use std::path::Path;
use transforms::CATALOGUE;

fn settings(text: &str) -> Result<Settings, SettingsErrors> {
    Settings::parse(text, CATALOGUE)
}

const WHOLE: &str = r#"
state_profile = "shared-account"
state_bucket "prod-states" { profile = "prod" }

account "dev"  { id = "111111111111" }
account "prod" {
  id        = "222222222222"
  role_name = "ReadOnly"
}

sso {
  start_url = "https://your-org.awsapps.com/start/#/"
  region    = "us-east-1"
  role_name = "SuperAdmin"
}

module_source "my-tf-modules" {
  repository = "github.com/your-org/your-tf-modules"
  ref        = "v{version}"
}

upgrade {
  aws_provider = "~> 5.31"
  module "terraform-aws-modules/vpc/aws" { version = "5.17.0" }
  module "terraform-aws-modules/eks/aws" { version = "20.8.0" }
}

ci {
  role          = "secrets.AWS_OIDC_ROLE_ARN"
  state_role    = "vars.TF_STATE_ROLE_ARN"
  state_access  = "lockfile"
  default_token = "restricted"

  allow_pull_request_target = true
  bump_action               = true
  session_name              = "gha-{job}"
  issuer                    = "https://github.example.org/_services/token"
}

job "deploy.yml:apply" { permissions = { contents = "write" } }

transform "github_module_source" { enabled = false }
transform "bump_module" { pins = false }
"#;

/// The blocks of the page are one configuration.
#[test]
fn what_the_page_of_the_configuration_shows_is_accepted() {
    let page = include_str!("../docs/configuration.md");
    let blocks = page.split("```hcl\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    let whole: String = blocks.collect();
    let read = settings(&whole).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(read.accounts.len(), 3);
    assert!(whole.contains("runner \"Jenkinsfile\""), "{whole}");
}

#[test]
fn a_whole_configuration_is_read() {
    let read = settings(WHOLE).unwrap();
    assert_eq!(read.state_profile.as_deref(), Some("shared-account"));
    assert_eq!(read.state_buckets["prod-states"].profile, "prod");
    let accounts: Vec<_> = read
        .accounts
        .iter()
        .map(|known| {
            (
                known.label.as_str(),
                known.id.as_str(),
                known.role_name.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        accounts,
        [
            ("dev", "111111111111", None),
            ("prod", "222222222222", Some("ReadOnly"))
        ]
    );
    assert_eq!(
        read.sso.unwrap().start_url,
        "https://your-org.awsapps.com/start/#/"
    );
    assert_eq!(read.module_sources["my-tf-modules"].git_ref, "v{version}");
    assert_eq!(read.upgrade.aws_provider, "~> 5.31");
    assert_eq!(
        read.upgrade.modules["terraform-aws-modules/vpc/aws"]
            .release
            .to_string(),
        "5.17.0"
    );
    assert_eq!(
        read.upgrade.modules["terraform-aws-modules/eks/aws"]
            .release
            .to_string(),
        "20.8.0"
    );
    assert_eq!(read.ci.state_access, StateAccess::Lockfile);
    assert!(read.ci.allow_pull_request_target && read.ci.bump_action);
    let workflow = Path::new(".github/workflows/deploy.yml");
    let permissions = read.ci.permissions_of(workflow, "apply").unwrap();
    assert_eq!(permissions[&Scope::Contents], Level::Write);
    assert_eq!(read.ci.about_job(workflow, "apply"), None);
    assert_eq!(read.transforms["github_module_source"].enabled, Some(false));
    assert!(!read.transforms["bump_module"].options["pins"]);
}

#[test]
fn an_empty_configuration_has_the_defaults() {
    let read = settings("").unwrap();
    assert_eq!(read.upgrade.aws_provider, "~> 5.0");
    assert_eq!(
        read.upgrade.modules["terraform-aws-modules/vpc/aws"]
            .release
            .to_string(),
        "5.16.0"
    );
    assert_eq!(read.ci.role, RoleName::variable("AWS_OIDC_ROLE_ARN"));
    assert_eq!(read.ci.plan_role, None);
    assert_eq!(read.state_profile, None);
}

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

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn everything_unknown_or_wrong_is_an_error_with_its_place() {
    for (text, expected) in [
        (
            "repository = \"infra\"",
            "1:14: `repository`: the repository's name on GitHub is needed, as in \"OWNER/NAME\"",
        ),
        (
            "ci {\n  session_name = \"a b\"\n}",
            "2:18: `session_name`: a session's name has letters, digits and +=,.@_-, and no ` `; {job} and {run} may stand in it",
        ),
        (
            "profile = \"x\"",
            "1:1: unknown key `profile`; did you mean `state_profile`?",
        ),
        (
            "aws_provider = \"~> 5.0\"",
            "1:1: unknown key `aws_provider`; it belongs in `module_source` or `upgrade`",
        ),
        (
            "sso {\n  issuer = \"https://x\"\n}",
            "2:3: unknown key `issuer`; it belongs in `ci`",
        ),
        (
            "module \"a/b/aws\" {\n  version = \"1.0.0\"\n}",
            "1:1: unknown block `module`; it belongs in `upgrade`",
        ),
        (
            "state_profile = 5",
            "1:17: `state_profile`: a quoted string is needed",
        ),
        ("\n  buckets \"x\" {}", "2:3: unknown block `buckets`"),
        ("account \"dev\" {}", "1:1: `account` needs `id`"),
        (
            "account {\n id = \"111111111111\"\n}",
            "1:1: `account` takes one label",
        ),
        (
            "account \"dev\" { id = \"1111\" }",
            "1:22: `id`: an account id is a string of 12 digits",
        ),
        (
            "account \"dev\" {\n  id = \"111111111111\"\n  name = \"x\"\n}",
            "3:3: unknown key `name`; known here: id, role_name, ci_role",
        ),
        (
            "account \"a\" { id = \"111111111111\" }\naccount \"a\" { id = \"222222222222\" }",
            "2:9: `account \"a\"` is set twice",
        ),
        (
            "module_source \"b\" {\n  repository = \"https://github.com/a/b\"\n  ref = \"v1\"\n}",
            "2:16: `repository`: Terraform does not clone a plain URL",
        ),
        (
            "module_source \"b\" {\n  repository = \"github.com/a/b//c\"\n  ref = \"v1\"\n}",
            "2:16: `repository`: the directory and the ref are added for each module",
        ),
        (
            "module_source \"b\" {\n  repository = \"github.com/a/b\"\n  ref = \"v{tag}\"\n}",
            "3:9: `ref`: a ref is a git ref",
        ),
        (
            "upgrade { aws_provider = \"5.x\" }",
            "1:26: `aws_provider`: ",
        ),
        (
            "upgrade {\n  module \"a/b/c\" { version = \"~> 5\" }\n}",
            "2:30: `version`: this is one release",
        ),
        ("upgrade \"x\" {}", "1:9: `upgrade` takes no label"),
        (
            "ci { state_access = \"magic\" }",
            "1:21: `state_access`: one of chained_profile",
        ),
        (
            "ci { role = \"AWS_ROLE\" }",
            "1:13: `role`: this is \"vars.NAME\", \"secrets.NAME\" or the ARN",
        ),
        (
            "ci { bump_action = \"yes\" }",
            "1:20: `bump_action`: `true` or `false` is needed",
        ),
        ("job \"deploy\" {}", "1:5: a job is named `FILE:JOB`"),
        (
            "transform \"bump\" {}",
            "1:11: unknown transform `bump`; did you mean `bump_module`?",
        ),
        (
            "transform \"bump_module\" { pin = true }",
            "1:27: unknown key `pin`; did you mean `pins`?",
        ),
        (
            "transform \"bump_module\" { pins = \"no\" }",
            "1:34: `pins`: `true` or `false` is needed",
        ),
        (
            "state_profile = \"a\\\"b\"",
            "1:17: `state_profile`: quotes, backslashes",
        ),
        (
            "state_profile = \"$${x}\"",
            "1:17: `state_profile`: quotes, backslashes",
        ),
        ("a = {", "1:5: `{` is never closed"),
    ] {
        let error = settings(text).map(|_| ()).expect_err(text).to_string();
        let mut lines = error.lines();
        assert!(lines.any(|it| it.starts_with(expected)), "{text}: {error}");
    }
}

#[test]
fn what_is_no_hcl_is_an_error_where_it_ends_to_be() {
    for (text, expected) in [
        (
            "state_profile = \"a\"\naccount \"b\" { id = \"1\", role_name = \"c\" }",
            "2:23: this is not HCL: invalid block body",
        ),
        (
            "\u{feff}state_profile = \"a\" b\n",
            "1:21: this is not HCL: ",
        ),
    ] {
        let error = settings(text).map(|_| ()).expect_err(text).to_string();
        let mut lines = error.lines();
        assert!(lines.any(|it| it.starts_with(expected)), "{text}: {error}");
    }
}

#[test]
fn all_errors_are_found_at_once_in_the_order_of_the_file() {
    let text = "runner \"a\" { account = \"dv\" }\nci { rle = \"x\" }\naccount \"dev\" { id = \"1\" }\n\
                profil = \"x\"\n";
    let errors = settings(text).map(|_| ()).unwrap_err();
    let places: Vec<_> = errors
        .0
        .iter()
        .map(|it| (it.at.line, it.at.column, it.at.range.len()))
        .collect();
    assert_eq!(places, [(1, 24, 4), (2, 6, 3), (3, 22, 3), (4, 1, 6)]);
}

/// A wrong value of each key, with its error.
const WRONG: [(&str, &str, &str, &str); 31] = [
    ("", "state_profile", "\"\"", "the value must not be empty"),
    ("", "repository", "\"infra\"", "the repository's name"),
    ("account \"x\"", "id", "\"1111\"", "an account id is"),
    (
        "account \"x\"",
        "role_name",
        "5",
        "a quoted string is needed",
    ),
    (
        "account \"x\"",
        "ci_role",
        "\"AWS\"",
        "this is \"vars.NAME\"",
    ),
    (
        "ci",
        "role",
        "\"arn:aws:iam::1111:role/x\"",
        "`1111` is no account id",
    ),
    ("ci", "plan_role", "\"vars.A B\"", "this is \"vars.NAME\""),
    ("ci", "state_role", "\"x\"", "this is \"vars.NAME\""),
    (
        "ci",
        "state_access",
        "\"chaned_profile\"",
        "one of chained_profile",
    ),
    (
        "ci",
        "default_token",
        "\"restrictd\"",
        "one of unknown, restricted",
    ),
    ("ci", "allow_pull_request_target", "1", "`true` or `false`"),
    (
        "ci",
        "bump_action",
        "\"yes\"",
        "`true` or `false` is needed",
    ),
    ("ci", "session_name", "\"{jobb}\"", "a session's name"),
    (
        "ci",
        "issuer",
        "\"http://x\"",
        "this is the issuer's address",
    ),
    (
        "environment \"e\"",
        "account",
        "\"dv\"",
        "no `account` block",
    ),
    (
        "job \"a:b\"",
        "permissions",
        "\"write\"",
        "scopes with their levels",
    ),
    (
        "job \"a:b\"",
        "roots",
        "\"envs\"",
        "a list of directories is needed",
    ),
    ("keys \"K\"", "account", "\"dv\"", "no `account` block"),
    (
        "module_source \"b\"",
        "repository",
        "\"x y\"",
        "write github.com",
    ),
    (
        "module_source \"b\"",
        "ref",
        "\"v{ver}\"",
        "a ref is a git ref",
    ),
    ("module_source \"b\"", "aws_provider", "\"nope\"", ""),
    ("role \"vars.R\"", "account", "\"dv\"", "no `account` block"),
    ("root \"r\"", "account", "\"dv\"", "no `account` block"),
    ("runner \"J\"", "account", "\"dv\"", "no `account` block"),
    ("runner \"K\"", "terraform", "true", "only `false`"),
    ("sso", "start_url", "5", "a quoted string is needed"),
    ("sso", "region", "\"\"", "the value must not be empty"),
    ("sso", "role_name", "\"a\\\"b\"", "quotes, backslashes"),
    (
        "state_bucket \"s\"",
        "profile",
        "\"\"",
        "the value must not be empty",
    ),
    (
        "transform \"bump_module\"",
        "pins",
        "\"no\"",
        "`true` or `false`",
    ),
    (
        "upgrade",
        "aws_provider",
        "\"5\"",
        "Terraform reads \"5\" as exactly 5.0.0",
    ),
];

/// No wrong value hides another, of the same block or not.
#[test]
fn any_two_wrong_values_are_both_errors_at_their_values() {
    for (index, one) in WRONG.iter().enumerate() {
        for other in &WRONG[index + 1..] {
            let line = |(_, key, value, _): &(&str, &str, &str, &str)| format!("{key} = {value}\n");
            let text = match (one.0, other.0) {
                ("", "") => line(one) + &line(other),
                ("", block) => format!("{}{block} {{\n{}}}\n", line(one), line(other)),
                (block, second) if block == second => {
                    format!("{block} {{\n{}{}}}\n", line(one), line(other))
                }
                (first, second) => {
                    format!(
                        "{first} {{\n{}}}\n{second} {{\n{}}}\n",
                        line(one),
                        line(other)
                    )
                }
            };
            let errors = settings(&text).map(|_| ()).expect_err(&text);
            for (_, key, value, message) in [one, other] {
                let begin = format!("`{key}`: {message}");
                let mut own = errors.0.iter().filter(|it| it.message.starts_with(&begin));
                let is_there = own.any(|it| &text[it.at.range.clone()] == *value);
                assert!(is_there, "{key}: {text}{errors}");
            }
        }
    }
}

/// The caret is below what is wrong, and each word that is told about once.
#[test]
fn an_error_is_at_the_label_or_the_value_that_is_wrong() {
    let dev = "account \"dev\" { id = \"111111111111\" }\n";
    for (text, at, message) in [
        (
            "transform \"bump_modul\" {}",
            "\"bump_modul\"",
            "did you mean `bump_module`?",
        ),
        (
            "account \"\" { id = \"222222222222\" }",
            "\"\"",
            "the label of `account` must not be empty",
        ),
        (
            "job \"a\" { account = \"dev\" }",
            "\"a\"",
            "a job is named `FILE:JOB`",
        ),
        (
            "account \"dev\" { id = \"111111111111\" }",
            "\"dev\"",
            "`account \"dev\"` is set twice",
        ),
        (
            "keys \"a\" \"b\" { account = \"dev\" }",
            "\"b\"",
            "`keys` takes one label",
        ),
        ("upgrade \"x\" {}", "\"x\"", "`upgrade` takes no label"),
        (
            "keys \"K\" { account = \"111111111111\" }",
            "\"111111111111\"",
            "did you mean `dev`?",
        ),
        (
            "account \"dev\" { id = \"111111111111\" }\nkeys \"K\" { account = \"zzz\" }",
            "\"zzz\"",
            "the label `zzz`; known here: dev",
        ),
        (
            "job \"a:b\" { roots = [\"a\", \"b/\"] }",
            "\"b/\"",
            "named from the root of the repository: \"b\"",
        ),
        (
            "job \"a:b\" {\n  roots = []\n  account = \"dev\"\n}",
            "\"dev\"",
            "`account`: `job` takes either `roots` or `account`",
        ),
        (
            "ci { state_access = \"lockfil\" }",
            "\"lockfil\"",
            "lockfile; did you mean `lockfile`?",
        ),
    ] {
        let text = format!("{dev}{text}");
        let errors = settings(&text).map(|_| ()).expect_err(&text);
        let mut found = errors.0.iter();
        let is_there = found.any(|it| {
            &text[it.at.range.clone()] == at && it.message.ends_with(message)
                || it.message.starts_with(message)
        });
        assert!(is_there, "{text}: {errors}");
    }
}

/// Terraform takes a version without an operator for that release alone, filled up with zeros.
#[test]
fn a_constraint_that_is_one_release_by_mistake_is_an_error() {
    for (constraint, meant) in [
        ("5", Some("\"~> 5.0\", or \"5.0.0\"")),
        ("5.31", Some("\"~> 5.31\", or \"5.31.0\"")),
        ("5.31.0", None),
        ("= 5.0", None),
        ("~> 5", None),
        (">= 5, < 6", None),
    ] {
        for text in [
            format!("upgrade {{ aws_provider = \"{constraint}\" }}"),
            format!(
                "module_source \"b\" {{\n  repository = \"github.com/o/r\"\n  aws_provider = \"{constraint}\"\n}}"
            ),
        ] {
            let error = settings(&text).map(|_| ()).map_err(|it| it.to_string());
            match meant {
                None => assert_eq!(error, Ok(()), "{text}"),
                Some(meant) => assert!(error.unwrap_err().contains(meant), "{text}"),
            }
        }
    }
}

/// What would be written into a workflow, and what would be read of one account for another.
#[test]
fn an_unknown_scope_and_a_second_name_of_an_account_are_errors() {
    for (text, expected) in [
        (
            "job \"a:b\" { permissions = { content = \"write\" } }",
            "1:29: GitHub knows no scope `content`; did you mean `contents`?",
        ),
        (
            "account \"x\" { id = \"111111111111\" }\naccount \"y\" { id = \"111111111111\" }",
            "2:20: `id`: `account \"x\"` has this id already",
        ),
    ] {
        let error = settings(text).map(|_| ()).expect_err(text);
        assert_eq!(error.to_string(), expected);
    }
    let twice =
        "account \"x\" { id = \"111111111111\" }\naccount \"y\" { id = \"222222222222\" }\n";
    settings(twice).unwrap();
}

#[test]
fn the_ref_of_a_module_source_is_a_tag_for_each_release_unless_it_is_set() {
    let text = "module_source \"b\" { repository = \"github.com/o/r\" }\n";
    let read = settings(text).unwrap();
    assert_eq!(read.module_sources["b"].git_ref, "v{version}");
}
