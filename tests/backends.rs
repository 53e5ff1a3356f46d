//! Backend blocks and the files that complete them are decided together.

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
