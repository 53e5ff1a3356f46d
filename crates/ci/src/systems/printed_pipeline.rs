//! Pipelines of Buildkite that a script prints ("Dynamic pipelines", its documentation).

use std::path::Path;

use super::evidence::RunnerEvidence;
use super::yaml;

/// Whether the file at `path` prints one.
pub(super) fn is_one(path: &Path, text: &str) -> bool {
    path.starts_with(".buildkite") && text.contains("steps:")
}

/// Reads the steps where they stand as they are printed; elsewhere the file counts where it names Terraform.
pub(super) fn read(path: &Path, text: &str) -> RunnerEvidence {
    let evidence = RunnerEvidence::new("Buildkite", path, text);
    let mut is_inside = false;
    let mut has_steps = false;
    let lines = text.split_inclusive('\n').map(|line| {
        let code = line.trim_end();
        let goes_on = code.is_empty() || code.starts_with([' ', '-', '#']);
        is_inside = code == "steps:" || is_inside && goes_on;
        has_steps |= is_inside;
        match is_inside {
            true => line.to_owned(),
            false => " ".repeat(code.len()) + &line[code.len()..],
        }
    });
    let steps: String = lines.collect();
    match has_steps {
        true => yaml::read(evidence, &steps),
        false => RunnerEvidence {
            unread: evidence.named.clone(),
            ..evidence
        },
    }
}
