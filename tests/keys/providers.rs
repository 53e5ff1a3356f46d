//! Keys of providers.

use std::path::Path;

use crate::support::{changed, reports};
use engine::selection::Selection;

use super::{BLOCK, KEYED, planned, scope};

#[test]
fn an_alias_keeps_its_keys_where_the_default_provider_keeps_them() {
    let alias = KEYED.replace("version    = \"~> 5.0\"", "alias      = \"us\"");
    let files = [("a.tf", KEYED), ("b.tf", alias.as_str())];
    let (_, plan) = planned(&files, Selection::default());
    assert_eq!(changed(&plan), ["a.tf", "b.tf"]);
    let (_, plan) = planned(&files, scope("b.tf"));
    assert_eq!(plan.changes, []);
    let fixed = [("read-only.tf", KEYED), ("b.tf", alias.as_str())];
    let (_, plan) = planned(&fixed, Selection::default());
    assert_eq!(plan.changes, []);
}

#[test]
fn keys_and_role_of_a_provider_go_together_or_not_at_all() {
    let role = KEYED.replace(
        "  secret_key",
        "  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n  secret_key",
    );
    let files = [("main.tf", role.as_str())];
    let (before, plan) = planned(&files, Selection::default());
    let main = &before.with(&plan).0[Path::new("main.tf")];
    assert!(!main.contains("key") && !main.contains("role"), "{main}");
    for id in ["remove_assume_role", "remove_static_keys"] {
        let selection = Selection {
            skip: [id.to_owned()].into(),
            ..Selection::default()
        };
        let (_, plan) = planned(&files, selection);
        assert_eq!(plan.changes, [], "without {id}");
    }
    let local = role.replace(
        "  assume_role",
        "  endpoints {\n    s3 = \"http://localhost:4566\"\n  }\n  assume_role",
    );
    let (_, plan) = planned(&[("main.tf", local.as_str())], Selection::default());
    assert_eq!((plan.changes.len(), reports(&plan).len()), (0, 0));
}

#[test]
fn an_override_loses_its_keys_with_the_block_it_overrides() {
    let other = "provider \"aws\" {\n  secret_key = \"x\"\n}\n";
    let files = [("main.tf", KEYED), ("main_override.tf", other)];
    let (_, plan) = planned(&files, Selection::default());
    assert_eq!(changed(&plan), ["main.tf", "main_override.tf"]);
    let (_, plan) = planned(&files, scope("main.tf"));
    assert_eq!(plan.changes, []);
}

#[test]
fn a_literal_key_is_said_to_stay_in_history() {
    let literal = KEYED.replace("var.a", "\"AKIAIOSFODNN7EXAMPLE\"");
    let (_, plan) = planned(&[("main.tf", literal.as_str())], Selection::default());
    let help = plan.findings[0].help.as_deref().unwrap();
    assert!(
        help.ends_with("the value of `access_key` stays in git history"),
        "{help}"
    );
    let (_, plan) = planned(&[("main.tf", KEYED)], Selection::default());
    assert_eq!(plan.findings[0].help, None);
}

#[test]
fn a_provider_without_keys_needs_a_sign_in_a_backend_an_init_too() {
    let (_, plan) = planned(&[("a/main.tf", KEYED)], Selection::default());
    let commands: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
    assert_eq!(
        commands,
        [
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
            "aws sso login --profile PROFILE",
            "export AWS_PROFILE=PROFILE   # of the account that it deploys to",
            "aws sts get-caller-identity",
            "tfkeyless verify",
        ]
    );
    let profiled = BLOCK.replace("token  = \"x\"", "token  = \"x\"\n    profile = \"shared\"");
    let (_, plan) = planned(&[("a/main.tf", profiled.as_str())], Selection::default());
    let mut commands = plan
        .steps
        .iter()
        .rev()
        .flat_map(|step| step.commands.iter().rev());
    assert_eq!(commands.next().unwrap(), "tfkeyless verify");
    assert_eq!(
        commands.next().unwrap(),
        "terraform -chdir=a init -reconfigure"
    );
}
