//! The scripts, files of tasks and tests that pipelines and jobs run.

use std::io::ErrorKind;
use std::path::PathBuf;

use rayon::prelude::*;

use super::around::{load, lossy};
use crate::error::PlanError;
use crate::index::set_elsewhere::TERRATEST;
use crate::source::Source;
use ci::scripts::tree::{TreeScripts, Wanted};
use ci::systems::{self, RunnerEvidence};
use terraform::linked_directories::LinkedDirectories;

/// The scripts that pipelines of other systems than GitHub run, in a tree with these linked directories.
pub(crate) fn of_systems(
    source: &dyn Source,
    evidence: &[RunnerEvidence],
    linked: &LinkedDirectories,
) -> Result<TreeScripts, PlanError> {
    let wrappers = evidence.iter().filter_map(RunnerEvidence::wrapper);
    let mut tree = TreeScripts::with(wrappers.map(PathBuf::from));
    tree.linked.clone_from(linked);
    loop {
        let wanted = systems::wanted_scripts(evidence, &tree);
        if wanted.is_empty() {
            return Ok(tree);
        }
        add(source, &mut tree, wanted)?;
    }
}

/// Adds what was asked for.
pub(crate) fn add(
    source: &dyn Source,
    tree: &mut TreeScripts,
    wanted: Wanted,
) -> Result<(), PlanError> {
    let mut buffer = Vec::new();
    for path in wanted.files {
        let text = match source.read(&path, &mut buffer) {
            Ok(()) => Some(lossy(&buffer)),
            // Of what a script only seems to name nothing is known.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Other) => None,
            Err(error) => return Err(PlanError::Unreadable(path, error)),
        };
        tree.add(path, text);
    }
    if wanted.tests {
        tree.add_tests(tests(source)?);
    }
    Ok(())
}

/// The tests in Go that name Terratest.
fn tests(source: &dyn Source) -> Result<Vec<(PathBuf, String)>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
    let paths = source.tree().map_err(unreadable)?.into_par_iter();
    let tests = paths.filter(|path| path.to_string_lossy().ends_with("_test.go"));
    let read = tests.map_init(Vec::new, |buffer, path| {
        load(source, &path, buffer)?;
        let text = lossy(buffer);
        Ok(text.contains(TERRATEST).then_some((path, text)))
    });
    let mut found: Vec<_> = read
        .filter_map(Result::transpose)
        .collect::<Result<_, PlanError>>()?;
    found.sort();
    Ok(found)
}
