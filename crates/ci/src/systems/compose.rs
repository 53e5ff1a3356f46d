//! Compose files whose services run Terraform.

use std::collections::BTreeSet;
use std::path::Path;

use syntax::location::Location;

use super::evidence::{RunnerEvidence, run_in};
use super::loaded_files::loaded;
use super::naming;
use super::pinned::{PinnedIdentity, pins};

/// Whether the file at `path` is one (Compose docs, "The Compose file"), or adds to one.
pub(super) fn is_compose(name: &str) -> bool {
    let starts = ["docker-compose", "compose"];
    let extension = Path::new(name).extension();
    let is_yaml = extension.is_some_and(|it| it == "yml" || it == "yaml");
    is_yaml
        && starts.iter().any(|start| {
            let rest = name.strip_prefix(start);
            rest.is_some_and(|rest| rest.starts_with('.'))
        })
}

/// Offsets of the lines that give a container the static keys of who starts it: a variable without a value
/// ("`environment`" in the Compose file reference). It has no profile of theirs.
fn passed_keys(text: &str) -> impl Iterator<Item = usize> {
    let lines = text.split_inclusive('\n').scan(0, |offset, line| {
        let start = *offset;
        *offset += line.len();
        Some((start, line))
    });
    let passed = lines.filter(|(_, line)| {
        let name = line.trim().trim_start_matches("- ").trim_end_matches(':');
        name.trim_matches(['"', '\'']) == "AWS_ACCESS_KEY_ID"
    });
    passed.map(|(offset, _)| offset)
}

/// Reads a Compose file: what it pins counts for the directories of its services.
pub(super) fn read(path: &Path, text: &str) -> RunnerEvidence {
    let mut evidence = RunnerEvidence::new("Docker Compose", path, text);
    evidence.is_wrapper = true;
    evidence.exports_all = true;
    let Some(named) = naming::named(text) else {
        return evidence;
    };
    let at = |offset| Location::at(path, text, offset);
    let lines = text.lines().map(str::trim);
    let directories = lines.filter_map(|line| line.strip_prefix("working_dir:"));
    let directories = directories.map(|it| it.trim().trim_matches(['"', '\'']));
    let known: Vec<&str> = directories.collect();
    // A directory of the container ends like that of the tree which is mounted.
    let runs = known.iter().map(|directory| {
        let directory = Path::new(directory.trim_start_matches('/'));
        run_in(at(named), Some(directory.to_path_buf()))
    });
    evidence.runs = runs.collect();
    if known.is_empty() || known.iter().any(|it| it.contains('$')) {
        evidence.runs = vec![run_in(at(named), None)];
    }
    evidence.pins = pins(text, &BTreeSet::new(), at);
    evidence
        .pins
        .extend(passed_keys(text).map(|offset| PinnedIdentity::of_file(at(offset))));
    evidence.environment_file = text.find("env_file:").map(at);
    let loaded = loaded(path, text).into_iter();
    evidence.included = loaded.map(|it| it.display().to_string()).collect();
    evidence
}
