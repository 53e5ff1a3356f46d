//! A role goes unasked only where the state does not stay behind in another account.

use std::path::Path;

use crate::support::{ROLE_1, Tree, reviewed};
use engine::selection::Selection;

const ACCOUNTS: &str =
    "account \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\n";
const NONE: &str = "";

fn backend(settings: &str) -> String {
    format!("terraform {{\n  backend \"s3\" {{\n{settings}  }}\n}}\n")
}

fn goes(files: &[(&str, &str)], config: &str, selection: Selection) -> bool {
    let tree = Tree::new(files.iter().copied());
    let plan = tree.plan(config, selection).unwrap();
    !tree.with(&plan).0[Path::new("main.tf")].contains("  assume_role {")
}

#[test]
fn a_role_waits_where_its_backend_would_look_in_the_accounts_of_the_role() {
    let plain = backend("    bucket = \"b\"\n    key    = \"k\"\n");
    let partial = backend("");
    let of_shared = format!("{ACCOUNTS}state_profile = \"shared\"\n");
    let of_dev = format!("{ACCOUNTS}state_bucket \"b\" {{ profile = \"dev\" }}\n");
    let of_other = format!("{ACCOUNTS}state_bucket \"other\" {{ profile = \"shared\" }}\n");
    let both = format!("{of_shared}state_bucket \"other\" {{ profile = \"dev\" }}\n");
    let with = |setting: &str| {
        backend(&format!(
            "    bucket = \"b\"\n    key = \"k\"\n    {setting}\n"
        ))
    };
    let named = "bucket = \"b\"\nkey = \"k\"\n";
    let profiled = "bucket = \"b\"\nkey = \"k\"\nprofile = \"shared\"\n";
    let state = "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"b\"\n    key = \"k\"\n  }\n}\n";
    let rows: &[(&str, &str, &str, &str, bool)] = &[
        // The profile of the state is not known.
        (&plain, "", "", NONE, false),
        (&plain, "", "", ACCOUNTS, false),
        (&plain, "", "", &of_other, false),
        (&partial, "", "", NONE, false),
        (&partial, "dev.tfbackend", named, NONE, false),
        (&partial, "terragrunt.hcl", state, NONE, false),
        // Which bucket it is, and so which profile, is not known.
        (&partial, "", "", &both, false),
        // The backend gets its profile, too, unless it cannot be edited.
        (&plain, "", "", &of_shared, true),
        (&plain, "", "", &both, true),
        (&partial, "", "", &of_shared, true),
        (&partial, "dev.tfbackend", named, &of_shared, true),
        (&partial, "read-only.tfbackend", named, &of_shared, false),
        (&partial, "terragrunt.hcl", state, &of_shared, true),
        // The state is in the account of the role.
        (&plain, "", "", &of_dev, true),
        // The backend has an identity of its own.
        (&with("profile = \"x\""), "", "", NONE, true),
        (
            &with("assume_role = { role_arn = \"arn:aws:iam::333333333333:role/s\" }"),
            "",
            "",
            NONE,
            true,
        ),
        (
            &with("role_arn = \"arn:aws:iam::333333333333:role/s\""),
            "",
            "",
            NONE,
            true,
        ),
        (
            &with("access_key = \"x\"\n    secret_key = \"y\""),
            "",
            "",
            NONE,
            true,
        ),
        (&partial, "dev.tfbackend", profiled, NONE, true),
        // There is no state in S3.
        ("", "", "", NONE, true),
        (
            "terraform {\n  backend \"local\" {}\n}\n",
            "",
            "",
            NONE,
            true,
        ),
        (
            "terraform {\n  backend \"gcs\" {\n    bucket = \"b\"\n  }\n}\n",
            "",
            "",
            NONE,
            true,
        ),
    ];
    for (backend, name, text, config, is_safe) in rows {
        let main = format!("{ROLE_1}{backend}");
        let files = [("main.tf", main.as_str()), (*name, *text)];
        let files = &files[..if name.is_empty() { 1 } else { 2 }];
        assert_eq!(
            goes(files, config, Selection::default()),
            *is_safe,
            "{backend} {name} {config}"
        );
        assert!(goes(files, config, reviewed()), "{backend} {name} {config}");
    }
}

#[test]
fn the_finding_names_what_to_set() {
    let main = format!(
        "{ROLE_1}{}",
        backend("    bucket = \"b\"\n    key    = \"k\"\n")
    );
    let plan = Tree::new([("main.tf", main.as_str())])
        .plan(NONE, Selection::default())
        .unwrap();
    let mut open = plan.open();
    let role = open
        .find(|it| it.transform == "remove_assume_role")
        .unwrap();
    let help = role.help.as_deref().unwrap();
    assert!(
        help.contains("`state_profile = \"...\"`") && help.contains("`tfkeyless init`"),
        "{help}"
    );
}

/// A role that stays takes nothing from its backend.
#[test]
fn a_backend_waits_for_no_role() {
    let main = "provider \"aws\" {\n  version = \"~> 5.0\"\n}\n".to_owned()
        + &backend("    bucket = \"b\"\n    key    = \"k\"\n");
    let tree = Tree::new([("main.tf", main.as_str())]);
    let plan = tree
        .plan(
            &format!("{ACCOUNTS}state_profile = \"shared\"\n"),
            Selection::default(),
        )
        .unwrap();
    assert!(tree.with(&plan).0[Path::new("main.tf")].contains("profile = \"shared\""));
}
