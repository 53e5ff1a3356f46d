//! What is read.

use std::path::Path;

use ci::github::permissions::{Level, Scope};
use ci::settings::{RoleName, StateAccess};

use super::settings;

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
    let page = include_str!("../../docs/configuration.md");
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

#[test]
fn the_ref_of_a_module_source_is_a_tag_for_each_release_unless_it_is_set() {
    let text = "module_source \"b\" { repository = \"github.com/o/r\" }\n";
    let read = settings(text).unwrap();
    assert_eq!(read.module_sources["b"].git_ref, "v{version}");
}
