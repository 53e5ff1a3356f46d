//! Hooks of git that lefthook and pre-commit run: with the credentials of who commits, unless they pin others.

use std::path::Path;

use syntax::location::Location;

use super::evidence::RunnerEvidence;
use super::pinned::pins;
use super::yaml;

/// What messages call the hooks of pre-commit.
pub(super) const PRE_COMMIT: &str = "pre-commit";

/// Whether a file of that name says what hooks run ("Configuration", lefthook; "Adding pre-commit plugins",
/// pre-commit.com).
pub(super) fn is_hooks(name: &str) -> bool {
    let own = name.trim_start_matches('.');
    let is_lefthook = own.starts_with("lefthook") && !own.contains("local");
    let ending = Path::new(own).extension();
    let is_yaml = ending.is_some_and(|it| it == "yml" || it == "yaml");
    is_yaml && (is_lefthook || own.starts_with("pre-commit-config."))
}

/// Reads the commands of hooks.
pub(super) fn read(path: &Path, text: &str) -> RunnerEvidence {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let system = match name.contains("lefthook") {
        true => "lefthook",
        false => PRE_COMMIT,
    };
    let evidence = yaml::read(RunnerEvidence::new(system, path, text), text);
    let at = |offset| Location::at(path, text, offset);
    RunnerEvidence {
        is_wrapper: true,
        pins: pins(text, &evidence.lines(), at),
        ..evidence
    }
}
