//! Backend blocks and the files that complete them are decided together.

mod named_by_line;
mod named_files;

use crate::support::{CONFIG, Tree, reports, reviewed};
use engine::selection::Selection;

/// Plans a block with these settings, completed by a file with these, where keys are not to go;
/// what is said.
#[track_caller]
fn left_alone(block: &str, file: &str) -> Vec<String> {
    let selection = Selection {
        skip: ["remove_static_keys".to_owned()].into(),
        ..Selection::default()
    };
    let block = format!("terraform {{\n  backend \"s3\" {{\n{block}  }}\n}}\n");
    let tree = Tree::new([("main.tf", block.as_str()), ("dev.tfbackend", file)]);
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(plan.changes, []);
    reports(&plan)
}

#[test]
fn what_the_block_says_of_itself_holds_the_file_too() {
    let file = "bucket = \"b\"\nkey = \"k\"\n";
    for (setting, said) in [
        (
            "endpoint = \"https://ams3.digitaloceanspaces.com\"",
            "is not on AWS",
        ),
        (
            "role_arn = \"arn:aws:iam::1:role/x\"",
            "assumes a role by the flat `role_arn`",
        ),
        ("assume_role = { role_arn = \"x\" }", "assumes a role"),
        ("access_key = \"AKIA\"", "has `access_key`"),
        (
            "shared_credentials_file = \"x\"",
            "looks for profiles in the file",
        ),
        ("profile = \"old\"", "has the profile \"old\""),
    ] {
        let reports = left_alone(&format!("    {setting}\n"), file);
        assert_eq!(reports.len(), 1, "{reports:?}");
        assert!(
            reports[0].starts_with("main.tf:3: the S3 backend") && reports[0].contains(said),
            "{reports:?}"
        );
    }
}

/// A settings file whose role is flat, completing a block of a module that requires this Terraform.
fn nested(requires: &str, settings: &str) -> (Vec<String>, Vec<String>) {
    let main = format!("terraform {{\n{requires}  backend \"s3\" {{}}\n}}\n");
    let tree = Tree::new([("main.tf", main.as_str()), ("dev.tfbackend", settings)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let after = plan.changes.iter().map(|it| it.after.clone()).collect();
    (after, reports(&plan))
}

#[test]
fn a_flat_role_is_nested_where_every_admitted_terraform_knows_the_object() {
    let flat =
        "bucket = \"b\"\nkey = \"k\"\nrole_arn = \"r\"\nassume_role_tags = {\n  a = \"b\"\n}\n";
    let object = "bucket = \"b\"\nkey = \"k\"\nassume_role = {\n  role_arn = \"r\"\n  tags     = {\n    a = \"b\"\n  }\n}\n";
    for requires in [">= 1.6", "~> 1.9", "1.6.0", ">= 1.5, != 1.5.7, > 1.8"] {
        let line = format!("  required_version = \"{requires}\"\n");
        assert_eq!(nested(&line, flat).0, [object], "{requires}");
    }
    for (requires, why) in [
        (
            "",
            "no `required_version` says that Terraform is 1.6 or later",
        ),
        (
            "  required_version = \">= 1.5\"\n",
            "`>= 1.5` admits Terraform before 1.6",
        ),
        (
            "  required_version = \"~> 1.5\"\n",
            "`~> 1.5` admits Terraform before 1.6",
        ),
    ] {
        let (after, reports) = nested(requires, flat);
        assert_eq!(after, [""; 0], "{requires}");
        assert!(
            reports
                .iter()
                .any(|it| it.contains("becomes `assume_role`")),
            "{reports:?} {why}"
        );
    }
    let line = "  required_version = \">= 1.6\"\n";
    // A duration that is no number, and a role that is there in both forms.
    for more in [
        "assume_role_duration_seconds = var.x\n",
        "assume_role = { role_arn = \"r\" }\n",
    ] {
        assert_eq!(nested(line, &format!("{flat}{more}")).0, [""; 0], "{more}");
    }
}

#[test]
fn a_remote_state_with_a_flat_role_is_nested_and_one_without_is_left() {
    let state = |config: &str| {
        format!(
            "terraform {{\n  required_version = \">= 1.7\"\n}}\ndata \"terraform_remote_state\" \"x\" {{\n  backend = \"s3\"\n  config  = {{ {config} }}\n}}\n"
        )
    };
    for (config, after) in [
        (
            "bucket = \"b\", role_arn = \"r\", session_name = \"s\", key = \"k\"",
            Some(
                "bucket = \"b\", assume_role = { role_arn = \"r\", session_name = \"s\" }, key = \"k\"",
            ),
        ),
        ("bucket = \"b\", assume_role = { role_arn = \"r\" }", None),
        ("bucket = \"b\", key = \"k\"", None),
    ] {
        let before = state(config);
        let plan = Tree::new([("main.tf", before.as_str())]);
        let plan = plan.plan(CONFIG, Selection::default()).unwrap();
        let found: Vec<&str> = plan.changes.iter().map(|it| it.after.as_str()).collect();
        let after: Vec<String> = after.into_iter().map(state).collect();
        assert_eq!(found, after, "{config}");
    }
}

#[test]
fn what_a_file_says_of_itself_holds_the_block_too() {
    let reports = left_alone(
        "    bucket = \"b\"\n",
        "key = \"k\"\nendpoint = \"https://minio\"\n",
    );
    assert_eq!(
        reports,
        [
            "dev.tfbackend:2: the S3 backend is not on AWS (it names an endpoint of its own): not changed",
            "main.tf:2: the S3 backend is completed by dev.tfbackend, which sets `endpoint`: not changed"
        ]
    );
}

#[test]
fn a_missing_profile_is_told_once() {
    let block = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key = \"k\"\n  }\n}\n";
    let tree = Tree::new([
        ("a/main.tf", block),
        ("b/main.tf", block),
        ("c/main.tf", block),
    ]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(
        reports(&plan),
        [
            "a/main.tf:2: the S3 backend needs the profile of the account that holds the state (3 places wait for it, this is the first)"
        ]
    );
    let help = plan.findings[0].help.as_deref();
    assert_eq!(help, Some("set `state_profile = \"...\"` in tfkeyless.hcl"));
}

#[test]
fn a_guard_waits_for_a_yes_as_its_profile_does() {
    let config = format!(
        "{CONFIG}account \"shared\" {{ id = \"333333333333\" }}\nstate_bucket \"b\" {{ profile = \"dev\" }}\ntransform \"account_guard\" {{ everywhere = true }}\n"
    );
    let backend = "terraform {\n  backend \"s3\" {\n    key = \"k\"\n  }\n}\n";
    let tree = Tree::new([("main.tf", backend)]);
    let unasked = tree.plan(&config, Selection::default()).unwrap();
    assert_eq!(unasked.changes, []);
    let plan = tree.plan(&config, reviewed()).unwrap();
    let main = &plan.changes[0].after;
    assert!(
        main.contains("\"shared\"") && main.contains("[\"333333333333\"]"),
        "{main}"
    );
}
