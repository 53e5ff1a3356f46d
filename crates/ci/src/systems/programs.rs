//! Programs and images that run Terraform, in languages that are not read: what they pin counts, for any
//! root module.

use std::collections::BTreeSet;
use std::path::Path;

use syntax::location::Location;

use super::evidence::{RunnerEvidence, run_in};
use super::naming;
use super::pinned::{PinnedIdentity, pins};

/// Endings of programs that people start Terraform from, and of units of systemd.
const ENDINGS: [&str; 6] = ["bazel", "gradle", "kts", "py", "rb", "service"];

/// Endings of languages whose files mostly start nothing, and what those contain that start a program.
const STARTING: [(&[&str], &[&str]); 2] = [
    (
        &["cjs", "cts", "js", "mjs", "mts", "ts"],
        &[
            "child_process",
            "execa",
            "zx",
            "shelljs",
            "Bun.spawn",
            "Deno.Command",
        ],
    ),
    (
        &["go"],
        &["os/exec", "terratest", "tfexec", "magefile/mage/sh"],
    ),
];

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
    let is_other = |it: &str| starting(it).is_some() && !name.ends_with(".d.ts");
    let is_ending = |it: &str| ENDINGS.contains(&it) || is_other(it);
    is_named || ending.map_or(!name.starts_with('.'), is_ending)
}

/// What a file with that ending contains that starts a program; `None` where it need not contain anything.
fn starting(ending: &str) -> Option<&'static [&'static str]> {
    let mut languages = STARTING.iter();
    let language = languages.find(|(endings, _)| endings.contains(&ending));
    language.map(|(_, words)| *words)
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
    let ending = path.extension().and_then(|it| it.to_str());
    let words = ending.and_then(starting);
    if words.is_some_and(|words| !words.iter().any(|it| text.contains(it))) {
        return None;
    }
    let system = if is_image { "the image" } else { "the program" };
    let mut evidence = pinning(RunnerEvidence::new(system, path, text), text);
    if ending == Some("service") {
        // The file is one of the machine ("Environment", systemd.exec(5)).
        let file = text.find("EnvironmentFile=");
        let file = file.map(|offset| PinnedIdentity::of_file(Location::at(path, text, offset)));
        evidence.pins.extend(file);
    }
    Some(evidence)
}

/// The identities that a text pins which names Terraform, for whatever it runs.
pub(super) fn pinning(mut evidence: RunnerEvidence, text: &str) -> RunnerEvidence {
    evidence.is_wrapper = true;
    let at = |offset| Location::at(&evidence.path, text, offset);
    let pins = pins(text, &BTreeSet::new(), at);
    let named = evidence.named.clone();
    evidence.runs.extend(named.map(|at| run_in(at, None)));
    evidence.pins = pins;
    evidence
}
