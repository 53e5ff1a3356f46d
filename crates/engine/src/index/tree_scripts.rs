//! The scripts, files of tasks and tests that pipelines and jobs run.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::around::{load, lossy};
use crate::error::PlanError;
use crate::index::set_elsewhere::TERRATEST;
use crate::source::Source;
use ci::scripts::tasks::workspace;
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

/// Adds the files of the tree that pipelines include and wrappers load.
pub(crate) fn add_included(
    source: &dyn Source,
    evidence: &mut Vec<RunnerEvidence>,
) -> Result<(), PlanError> {
    let known = evidence.iter().map(|it| it.path().to_path_buf());
    let mut known: BTreeSet<PathBuf> = known.collect();
    let mut tree = None;
    let mut buffer = Vec::new();
    let mut next = 0;
    while let Some(including) = evidence.get(next).cloned() {
        next += 1;
        for pattern in including.included() {
            let files = match pattern.contains('*') {
                false => vec![PathBuf::from(pattern)],
                true => {
                    if tree.is_none() {
                        let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
                        tree = Some(source.tree().map_err(unreadable)?);
                    }
                    let all = tree.iter().flatten();
                    all.filter(|path| is_matched(path, pattern))
                        .cloned()
                        .collect()
                }
            };
            for path in files {
                // Several wrappers may load one file, each for its own commands.
                let is_loaded = including.wrapper().is_some();
                if !is_loaded && !known.insert(path.clone()) {
                    continue;
                }
                match source.read(&path, &mut buffer) {
                    Ok(()) => evidence.push(including.of_included(&path, &lossy(&buffer))),
                    Err(error)
                        if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Other) =>
                    {
                        evidence.extend(including.of_missing(&path));
                    }
                    Err(error) => return Err(PlanError::Unreadable(path, error)),
                }
            }
        }
    }
    Ok(())
}

/// Whether a path has the beginning and the end of a pattern with `*`, of which only `**` crosses
/// directories.
fn is_matched(path: &Path, pattern: &str) -> bool {
    let path = path.to_string_lossy();
    let (Some((start, _)), Some((_, end))) = (pattern.split_once('*'), pattern.rsplit_once('*'))
    else {
        return path == pattern;
    };
    let inner = path.strip_prefix(start).and_then(|it| it.strip_suffix(end));
    inner.is_some_and(|it| pattern.contains("**") || !it.contains('/'))
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
    if !wanted.directories.is_empty() {
        let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
        let missing = source.missing(&wanted.directories).map_err(unreadable)?;
        tree.add_directories(wanted.directories, &missing);
    }
    if wanted.tests {
        tree.add_tests(tests(source)?);
    }
    if wanted.packages {
        tree.add_packages(packages(source)?);
    }
    Ok(())
}

/// The files that say what tools run in the packages of the tree.
fn packages(source: &dyn Source) -> Result<Vec<(PathBuf, String)>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
    let paths = source.tree().map_err(unreadable)?.into_iter();
    let is_installed = |path: &Path| path.iter().any(|part| part == "node_modules");
    let files = paths.filter(|path| {
        let mut names = workspace::FILES.iter();
        names.any(|name| path.ends_with(name)) && !is_installed(path)
    });
    let mut buffer = Vec::new();
    let read = files.map(|path| {
        load(source, &path, &mut buffer)?;
        Ok((path, lossy(&buffer)))
    });
    let mut found: Vec<_> = read.collect::<Result<_, PlanError>>()?;
    found.sort();
    Ok(found)
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
