//! The article's story, and jobs of several accounts, on real parts: Terraform, and AWS's imitation
//! on loopback. They are told by `end_to_end/story.py` and `end_to_end/accounts.py` with what
//! `end_to_end/install` puts into `TFKEYLESS_END_TO_END`. The jobs imitate the configure action, which
//! `end_to_end/compare.py` holds against the real one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
#[ignore = "needs TFKEYLESS_END_TO_END, the folder that tests/end_to_end/install makes"]
fn the_story_ends_well_with_every_terraform() {
    let parts = parts();
    for command in terraforms(&parts) {
        tell(&parts, "story.py", &command);
    }
}

#[test]
#[ignore = "needs TFKEYLESS_END_TO_END, the folder that tests/end_to_end/install makes"]
fn every_job_ends_in_the_account_it_acted_in() {
    let parts = parts();
    tell(&parts, "accounts.py", &parts.join("terraform-1.11.4"));
}

#[test]
#[ignore = "needs TFKEYLESS_END_TO_END, the folder that tests/end_to_end/install makes"]
fn the_first_plans_count_what_is_new_and_write_nothing() {
    let parts = parts();
    for command in terraforms(&parts) {
        tell(&parts, "verify.py", &command);
    }
}

#[test]
#[ignore = "needs TFKEYLESS_END_TO_END, node, and releases of the action in TFKEYLESS_CREDENTIALS_ACTIONS"]
fn the_imitation_of_the_action_ends_as_its_releases_do() {
    let parts = parts();
    tell(&parts, "compare.py", &parts.join("terraform-1.11.4"));
}

#[test]
#[ignore = "needs TFKEYLESS_END_TO_END, TFKEYLESS_PLUGIN_DIR, and a clone of the VPC module in TFKEYLESS_VPC_MODULE"]
fn calls_of_the_vpc_module_plan_what_their_findings_say() {
    let parts = parts();
    tell(&parts, "vpc_moves.py", &parts.join("terraform-1.11.4"));
}

/// The folder of the parts.
fn parts() -> PathBuf {
    PathBuf::from(env::var_os("TFKEYLESS_END_TO_END").expect("TFKEYLESS_END_TO_END is set"))
}

/// The Terraform commands that were installed, in the order of their names.
fn terraforms(parts: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parts).unwrap();
    let mut commands: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("terraform-"))
        })
        .collect();
    assert!(!commands.is_empty(), "no Terraform in {}", parts.display());
    commands.sort();
    commands
}

fn tell(parts: &Path, story: &str, terraform: &Path) {
    let stories = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end");
    let reported = Command::new(parts.join("venv/bin/python"))
        // It would leave its compiled files in the tree.
        .arg("-B")
        .arg(stories.join(story))
        .env("TFKEYLESS", env!("CARGO_BIN_EXE_tfkeyless"))
        .env("TERRAFORM", terraform)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&reported.stderr);
    assert!(
        reported.status.success(),
        "{story}, {}:\n{said}",
        terraform.display()
    );
}
