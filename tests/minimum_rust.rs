//! The Rust that `Cargo.toml` declares: what can be said of it without that toolchain, with which
//! `.ci/run` builds where it is installed. That std has all that is called, clippy says
//! (`incompatible_msrv`).

use std::process::Command;

use serde_json::Value;

/// `1.88` and `1.88.0` as numbers.
fn version(text: &str) -> Vec<u32> {
    let mut numbers: Vec<u32> = text.split('.').map(|it| it.parse().unwrap()).collect();
    numbers.resize(3, 0);
    numbers
}

#[test]
fn no_dependency_asks_for_a_newer_rust_than_is_declared() {
    let mut metadata = Command::new(env!("CARGO"));
    metadata
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = metadata.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let declared = version(env!("CARGO_PKG_RUST_VERSION"));
    let packages = metadata["packages"].as_array().unwrap();
    let newer = packages.iter().filter(|package| {
        let needed = package["rust_version"].as_str();
        needed.is_some_and(|needed| version(needed) > declared)
    });
    let newer: Vec<_> = newer.map(|package| &package["id"]).collect();
    assert!(newer.is_empty(), "{newer:?}");
}
