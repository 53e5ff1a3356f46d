//! The article's story on real parts: Terraform, and AWS's imitation on loopback. It is told by
//! `end_to_end/story.py` with what `end_to_end/install` puts into `TFKEYLESS_END_TO_END`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
#[ignore = "needs TFKEYLESS_END_TO_END, the folder that tests/end_to_end/install makes"]
fn the_story_ends_well_with_every_terraform() {
    let parts = env::var_os("TFKEYLESS_END_TO_END").expect("TFKEYLESS_END_TO_END is set");
    let parts = PathBuf::from(parts);
    let commands = terraforms(&parts);
    assert!(!commands.is_empty(), "no Terraform in {}", parts.display());
    for command in commands {
        tell(&parts, &command);
    }
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
    commands.sort();
    commands
}

fn tell(parts: &Path, terraform: &Path) {
    let story = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/story.py");
    let told = Command::new(parts.join("venv/bin/python"))
        // It would leave its compiled files in the tree.
        .arg("-B")
        .arg(story)
        .env("TFKEYLESS", env!("CARGO_BIN_EXE_tfkeyless"))
        .env("TERRAFORM", terraform)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success(), "{}:\n{said}", terraform.display());
}
