//! Writes the texts to begin with as `corpus/TARGET/seed-NUMBER`, where cargo-fuzz looks for them.

#[path = "../checks/seeds.rs"]
mod seeds;

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    for (target, texts) in [
        ("hcl", seeds::hcl()),
        ("workflow", seeds::workflows()),
        ("json", seeds::json()),
        ("json_plan", seeds::json()),
        ("expression", seeds::expressions()),
        ("constraint", seeds::constraints()),
        ("configuration", seeds::configurations()),
        ("configuration_plan", seeds::configurations()),
        ("redaction", seeds::pairs()),
        ("patch", seeds::pairs()),
    ] {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let directory = directory.join(target);
        fs::create_dir_all(&directory)?;
        for (number, text) in texts.iter().enumerate() {
            fs::write(directory.join(format!("seed-{number}")), text)?;
        }
    }
    Ok(())
}
