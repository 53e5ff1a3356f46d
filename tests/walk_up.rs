//! A configuration that is found above the path: whose directory it has to be.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use crate::support::checkout::{Checkout, Outcome};
use crate::support::environment;

/// What `plan` of a path says, run in a directory.
fn planned_in(directory: &Path, arguments: &[&str]) -> Outcome {
    let output = environment::tfkeyless()
        .arg("plan")
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    output.into()
}

/// Checks that the configuration of this root is refused where it was found above the path, and taken
/// where its directory is named, or is the one of the run.
fn is_taken_where_it_is_named(checkout: &Checkout, why: &str) {
    let root = fs::canonicalize(checkout.path()).unwrap();
    let (dev, shown) = (root.join("dev"), root.display());
    let dev_path = dev.to_str().unwrap();
    let config = root.join("tfkeyless.hcl");
    let outside = tempfile::tempdir().unwrap();
    let expected = format!(
        "error: {shown}/tfkeyless.hcl was found above the path and is not used: {why} help: run \
         `tfkeyless` in {shown}, name that directory, or add `--config {shown}/tfkeyless.hcl` if the file is yours\n"
    );
    let main = dev.join("main.tf");
    for (directory, path) in [
        (&*dev, "."),
        (outside.path(), dev_path),
        (outside.path(), main.to_str().unwrap()),
    ] {
        let refused = planned_in(directory, &[path]).code(2);
        assert_eq!(refused.stderr.replace('\n', " ").trim(), expected.trim());
        assert_eq!(refused.stdout, "");
    }
    for (directory, arguments) in [
        (&*root, &["dev"][..]),
        (outside.path(), &[root.to_str().unwrap()]),
        (&*dev, &[".", "--config", config.to_str().unwrap()]),
    ] {
        let taken = planned_in(directory, arguments).code(0);
        assert!(taken.stdout.contains("\"shared\""), "{}", taken.stdout);
    }
}

fn configured() -> Checkout {
    let backend =
        "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
    let config = "state_profile = \"shared\"\n";
    Checkout::bare(&[("tfkeyless.hcl", config), ("dev/main.tf", backend)])
}

#[test]
fn a_configuration_above_the_path_is_not_taken_where_every_user_could_write_it() {
    let checkout = configured();
    planned_in(&checkout.path().join("dev"), &["."]).code(0);
    for mode in [0o777, 0o1777] {
        fs::set_permissions(checkout.path(), fs::Permissions::from_mode(mode)).unwrap();
        is_taken_where_it_is_named(&checkout, "every user can write to the directory");
    }
    fs::set_permissions(checkout.path(), fs::Permissions::from_mode(0o775)).unwrap();
    planned_in(&checkout.path().join("dev"), &["."]).code(0);
}

#[test]
fn a_configuration_above_the_path_is_not_taken_from_a_directory_of_another_user() {
    let checkout = configured();
    if chown(checkout.path(), Some(12345), None).is_err() {
        println!("skipped: only root gives directories away");
        return;
    }
    is_taken_where_it_is_named(&checkout, "the directory belongs to another user (12345)");
    // A repository of another user without a configuration is read as before.
    fs::remove_file(checkout.path().join("tfkeyless.hcl")).unwrap();
    planned_in(&checkout.path().join("dev"), &["."]).code(0);
}

#[test]
fn a_marker_that_cannot_be_looked_at_is_not_passed_over_for_the_repository_around() {
    for marker in [".git", "tfkeyless.hcl"] {
        let outer = Checkout::bare(&[("main.tf", ""), ("inner/main.tf", "")]);
        let inner = outer.path().join("inner");
        // A name that is too long is an error that needs no broken disk.
        symlink("x".repeat(300), inner.join(marker)).unwrap();
        let failed = planned_in(&inner, &[]).code(2);
        failed.says(&format!("inner/{marker}: "));
    }
}
