//! Programs and images that run Terraform, in languages that are not read: what they pin counts, for any
//! root module.

use std::path::Path;

use syntax::location::Location;

use super::evidence::{RunnerEvidence, run_in};
use super::naming;
use super::pinned::pins;

/// Endings of programs that people start Terraform from.
const ENDINGS: [&str; 5] = ["bazel", "gradle", "kts", "py", "rb"];

/// Names of files without an ending, or with one that others have too, that tools read.
const NAMES: [&str; 8] = [
    "Dockerfile",
    "Earthfile",
    "Procfile",
    "Rakefile",
    "Tiltfile",
    "Vagrantfile",
    "crontab",
    "tox.ini",
];

/// Whether the file at `path` may be such a program; a file without an ending may also be a script.
pub(super) fn may_be(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let ending = path.extension().and_then(|it| it.to_str());
    let is_named = NAMES.iter().any(|known| name.starts_with(known));
    is_named || ending.map_or(!name.starts_with('.'), |it| ENDINGS.contains(&it))
}

/// Whether a file without an ending is a script of a shell, by its first line.
pub(super) fn is_shell(path: &Path, text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let is_shell = first.starts_with("#!") && first.contains("sh");
    path.extension().is_none() && is_shell
}

/// Reads a program; `None` where it does not name Terraform.
pub(super) fn read(path: &Path, text: &str) -> Option<RunnerEvidence> {
    naming::named(text)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_image = name.starts_with("Dockerfile") || name.starts_with("Earthfile");
    // A file without an ending that starts nothing is a text for people.
    let is_program = text.starts_with("#!") || NAMES.iter().any(|it| name.starts_with(it));
    if path.extension().is_none() && !is_program {
        return None;
    }
    let system = if is_image { "the image" } else { "the program" };
    Some(pinning(RunnerEvidence::new(system, path, text), text))
}

/// The identities that a text pins which names Terraform, for whatever it runs.
pub(super) fn pinning(mut evidence: RunnerEvidence, text: &str) -> RunnerEvidence {
    evidence.is_wrapper = true;
    let at = |offset| Location::at(&evidence.path, text, offset);
    let pins = pins(text, &[], at);
    let named = evidence.named.clone();
    evidence.runs.extend(named.map(|at| run_in(at, None)));
    evidence.pins = pins;
    evidence
}
