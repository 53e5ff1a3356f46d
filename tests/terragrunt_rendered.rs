//! What Terragrunt itself renders of units before and after a plan.

use std::path::Path;
use std::process::Command;

use crate::support::checkout::Checkout;
use crate::support::{Tree, reviewed};
use serde_json::Value;

const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

const ROOT: &str = r#"locals {
  account_vars = read_terragrunt_config(find_in_parent_folders("account.hcl"))
  account_id   = local.account_vars.locals.aws_account_id
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<EOF
provider "aws" {
  assume_role {
    role_arn = "arn:aws:iam::${local.account_id}:role/terraform"
  }
}
EOF
}
"#;

const UNIT: &str = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";

/// The provider that Terragrunt generates for a unit.
fn provider(unit: &Path) -> String {
    let rendered = unit.join("rendered.json");
    let out = rendered.to_str().unwrap();
    // The forms from 0.73 on and before it (Terragrunt docs, "CLI Redesign").
    let forms = [
        &["render", "--format", "json", "--write", "--out", out][..],
        &["render-json", "--terragrunt-json-out", out],
    ];
    let is_rendered = forms.into_iter().any(|form| {
        let output = Command::new("terragrunt")
            .args(form)
            .current_dir(unit)
            .output();
        output.is_ok_and(|output| output.status.success()) && rendered.exists()
    });
    assert!(is_rendered, "Terragrunt renders no {out}");
    let text = std::fs::read_to_string(&rendered).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let contents = json["generate"]["provider"]["contents"].as_str();
    contents.expect("it generates a provider").to_owned()
}

#[test]
#[ignore = "needs Terragrunt"]
fn terragrunt_renders_the_profile_of_the_account_that_it_rendered_the_role_of() {
    let files = [
        ("root.hcl", ROOT),
        (
            "dev/account.hcl",
            "locals {\n  aws_account_id = \"111111111111\"\n}\n",
        ),
        ("dev/vpc/terragrunt.hcl", UNIT),
        (
            "live/account.hcl",
            "locals {\n  aws_account_id = 222222222222\n}\n",
        ),
        ("live/eu/vpc/terragrunt.hcl", UNIT),
    ];
    let tree = Tree::new(files);
    let after = tree.with(&tree.plan(CONFIG, reviewed()).unwrap());
    let after: Vec<(&str, &str)> = after
        .0
        .iter()
        .map(|(path, text)| (path.to_str().unwrap(), text.as_str()))
        .collect();
    let (before, after) = (Checkout::bare(&files), Checkout::bare(&after));
    for (unit, id, profile) in [
        ("dev/vpc", "111111111111", "dev"),
        ("live/eu/vpc", "222222222222", "live"),
    ] {
        let of = |checkout: &Checkout| provider(&checkout.directory.path().join(unit));
        let (role, now) = (of(&before), of(&after));
        assert!(
            role.contains(&format!("\"arn:aws:iam::{id}:role/terraform\"")),
            "{role}"
        );
        assert!(now.contains(&format!("profile = \"{profile}\"")), "{now}");
        assert!(!now.contains("assume_role"), "{now}");
    }
}
