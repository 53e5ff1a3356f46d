//! Tells the command which commit it is built from, for `tfkeyless --version`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a build script asks git and answers on standard output"
)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed=build.rs");
    // Changes with every commit and every switch. A path that is not there would build anew each time.
    let log = git(&root, &["rev-parse", "--git-path", "logs/HEAD"]).map(|it| root.join(it));
    if let Some(log) = log.filter(|it| it.is_file()) {
        println!("cargo::rerun-if-changed={}", log.display());
    }
    println!(
        "cargo::rustc-env=TFKEYLESS_COMMIT={}",
        commit(&root).unwrap_or_default()
    );
}

/// ` (HASH DAY)` of the commit that is checked out; `None` where the source is no checkout of its own, as
/// in a registry's archive.
fn commit(root: &Path) -> Option<String> {
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    let is_own = Path::new(&top).canonicalize().ok()? == root.canonicalize().ok()?;
    let commit = git(
        root,
        &[
            "-c",
            "log.showSignature=false",
            "log",
            "-1",
            "--format= (%h %cs)",
            "--abbrev=9",
        ],
    );
    commit.filter(|_| is_own)
}

/// What git writes of the repository at `root`, whichever it is told to use by a hook that builds this.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    let output = command.arg("-C").arg(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}
