//! `tfkeyless.hcl`: what is read from it, and that nothing in it is passed over.

use ci::github::permissions::{Level, Scope};
use ci::settings::StateAccess;
use engine::settings::{Settings, SettingsError};
use transforms::CATALOGUE;

fn settings(text: &str) -> Result<Settings, SettingsError> {
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
}

job "deploy.yml:apply" { permissions = { contents = "write" } }

transform "github_module_source" { enabled = false }
transform "bump_module" { pins = false }
"#;

#[test]
fn a_whole_configuration_is_read() {
    let read = settings(WHOLE).unwrap();
    assert_eq!(read.state_profile.as_deref(), Some("shared-account"));
    assert_eq!(read.state_buckets["prod-states"], "prod");
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
        read.upgrade.modules["terraform-aws-modules/vpc/aws"],
        "5.17.0"
    );
    assert_eq!(
        read.upgrade.modules["terraform-aws-modules/eks/aws"],
        "20.8.0"
    );
    assert_eq!(read.ci.state_access, StateAccess::Lockfile);
    assert!(read.ci.allow_pull_request_target && read.ci.bump_action);
    assert_eq!(
        read.ci.jobs["deploy.yml:apply"][&Scope::Contents],
        Level::Write
    );
    assert_eq!(read.transforms["github_module_source"].enabled, Some(false));
    assert!(!read.transforms["bump_module"].options["pins"]);
}

#[test]
fn an_empty_configuration_has_the_defaults() {
    let read = settings("").unwrap();
    assert_eq!(read.upgrade.aws_provider, "~> 5.0");
    assert_eq!(
        read.upgrade.modules["terraform-aws-modules/vpc/aws"],
        "5.16.0"
    );
    assert_eq!(read.ci.role, "vars.AWS_OIDC_ROLE_ARN");
    assert_eq!(read.state_profile, None);
}

#[test]
fn everything_unknown_or_wrong_is_an_error_with_its_place() {
    for (text, expected) in [
        (
            "profile = \"x\"",
            "1:1: unknown key `profile`; known here: state_profile",
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
            "3:3: unknown key `name`; known here: id, role_name",
        ),
        (
            "account \"a\" { id = \"111111111111\" }\naccount \"a\" { id = \"222222222222\" }",
            "2:1: this `account` stands here twice",
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
        ("upgrade \"x\" {}", "1:1: `upgrade` takes no label"),
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
        ("job \"deploy\" {}", "1:1: a job is named `FILE:JOB`"),
        (
            "transform \"bump\" {}",
            "1:1: no transform is called `bump`",
        ),
        (
            "transform \"bump_module\" { pin = true }",
            "1:27: unknown key `pin`; known here: enabled, pins",
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
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}
