//! The cures of the doctor.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::sandbox::Sandbox;
use super::{NAMES, json, names};
use crate::support::checkout::Checkout;
use crate::support::environment;

/// A machine on which every check of profiles finds something, for a profile of that name.
fn cures(profile: &str, section: &str) -> (Checkout, Vec<String>) {
    let backend = format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket = \"b\"\n    key = \"k\"\n    profile = {}\n  }}\n}}\n",
        json(profile)
    );
    let files = Checkout::bare(&[
        ("repo/main.tf", &backend),
        (
            "home/.aws/config",
            &format!("[other]\n\n{section}\nregion = x\n"),
        ),
        ("home/.aws/credentials", ""),
    ]);
    files.mark("repo");
    let root = files.path().to_path_buf();
    let output = environment::tfkeyless()
        .args(["doctor", "--format", "json"])
        .current_dir(root.join("repo"))
        .env_clear()
        .env("HOME", root.join("home"))
        .env("PATH", "")
        .env("AWS_PROFILE", profile)
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = document["findings"].as_array().unwrap().iter();
    let cures = found.map(|found| found["cure"].as_str().unwrap().to_owned());
    (files, cures.collect())
}

#[test]
fn cures_start_what_is_meant_with_the_names_as_they_are() {
    let sandbox = Sandbox::new();
    for name in NAMES.into_iter().filter(|name| !name.contains('\'')) {
        let (_files, missing) = cures(name, "[none]");
        assert!(!missing.is_empty());
        for cure in missing {
            let calls = sandbox.calls(&(cure.clone() + "\n"));
            assert!(names(&calls, "aws", name), "{cure}");
        }
        let (_files, empty) = cures(name, &format!("[profile {name}]"));
        for cure in empty.iter().filter(|cure| cure.starts_with("aws ")) {
            assert!(
                names(&sandbox.calls(&format!("{cure}\n")), "aws", name),
                "{cure}"
            );
        }
    }
}

#[test]
fn a_cure_by_sed_changes_the_title_that_is_meant_and_nothing_else() {
    for name in [
        "dev",
        "a.b*[c",
        "$(touch x)",
        "a/e;touch x",
        "a&b\\1",
        "^$",
        "`x`",
        "a b",
    ] {
        let (files, cures) = cures(name, &format!("[{name}]"));
        let cure = cures.iter().find(|cure| cure.starts_with("sed "));
        let cure = cure.unwrap_or_else(|| panic!("{name}: {cures:?}"));
        let empty = tempfile::tempdir().unwrap();
        let status = Command::new("/bin/bash")
            .args(["--norc", "-c", cure])
            .current_dir(empty.path())
            .status()
            .unwrap();
        assert!(status.success(), "{cure}");
        assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "{cure}");
        let expected = format!("[other]\n\n[profile {name}]\nregion = x\n");
        assert_eq!(files.read("home/.aws/config"), expected, "{cure}");
    }
}
