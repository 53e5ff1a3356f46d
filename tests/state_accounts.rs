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

/// A workflow with a job for each of these commands, in the root directory.
fn workflow(commands: &[&str]) -> String {
    let jobs = commands.iter().enumerate().map(|(number, command)| {
        format!("  job{number}:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {command}\n")
    });
    format!("on: push\njobs:\n{}", jobs.collect::<String>())
}

/// A backend, the files beside it, the commands that run it, and whether the role goes unasked.
type GivenRow<'r> = (&'r str, &'r [(&'r str, &'r str)], &'r [&'r str], bool);

#[test]
fn what_one_command_gives_a_backend_is_no_identity_of_its_other_runs() {
    let of_shared = format!("{ACCOUNTS}state_profile = \"shared\"\n");
    let complete = backend("    bucket = \"b\"\n    key    = \"k\"\n");
    let in_file = "bucket = \"b\"\nkey = \"k\"\n";
    let role = "assume_role = { role_arn = \"arn:aws:iam::222222222222:role/s\" }\n";
    let with_role = format!("{in_file}{role}");
    let init = "terraform init";
    let with_file = "terraform init -backend-config=ci.conf";
    let with_values = "terraform init -backend-config=ci.tfvars";
    let both = "terraform init -backend-config=dev.tfbackend -backend-config=ci.conf";
    let given = "terraform init -backend-config='shared_credentials_file=x'";
    let rows: &[GivenRow<'_>] = &[
        // The block gets the profile, for whichever run.
        (
            &complete,
            &[("ci.conf", "profile = \"shared\"\n")],
            &[init, with_file],
            true,
        ),
        (
            &complete,
            &[("ci.conf", "encrypt = true\n")],
            &[init, with_file],
            true,
        ),
        // It stays as it is.
        (&complete, &[], &[init, given], false),
        (&complete, &[], &[given], false),
        (
            &complete,
            &[],
            &[init, "terraform init -backend-config=gone.conf"],
            false,
        ),
        (&complete, &[("ci.conf", role)], &[init, with_file], false),
        (
            &complete,
            &[("ci.tfvars", role)],
            &[init, with_values],
            false,
        ),
        // The file that has the bucket gets it.
        (&backend(""), &[("ci.conf", in_file)], &[with_file], true),
        // Every run names one with an identity.
        (&backend(""), &[("ci.conf", &with_role)], &[with_file], true),
        (
            &backend(""),
            &[("dev.tfbackend", in_file), ("ci.conf", role)],
            &["terraform init -backend-config=dev.tfbackend", both],
            false,
        ),
    ];
    for (main, files, commands, expected) in rows {
        let main = format!("{main}{ROLE_1}");
        let workflow = workflow(commands);
        let mut all = vec![
            ("main.tf", main.as_str()),
            (".github/workflows/ci.yml", workflow.as_str()),
        ];
        all.extend(files.iter().copied());
        assert_eq!(
            goes(&all, &of_shared, Selection::default()),
            *expected,
            "{commands:?} {files:?}\n{main}"
        );
    }
}
