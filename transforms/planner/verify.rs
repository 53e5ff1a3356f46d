//! The check that every plan passes before anyone sees it.

use std::path::Path;

use rayon::prelude::*;

use super::{Changed, PlanError, scan};
use crate::model::hcl::Document;
use crate::model::plan::Change;
use crate::model::repo::{Module, Repo};
use crate::model::survey::{Facts, FileKind};

/// The changes, once they hold what they promise: every changed file still closes and its blocks
/// still parse, and a second scan with the same selection has nothing to edit.
///
/// That edits do not overlap was checked when they were spliced; that they did no more than they
/// said follows from splicing, and is checked for what was settled around them.
pub(super) fn verify(repo: &mut Repo, modules: Vec<Changed>) -> Result<Vec<Change>, PlanError> {
    let mut changes = Vec::new();
    let mut facts = Vec::new();
    let mut results = Vec::new();
    for Changed { module, mut texts } in modules {
        let mut documents = Vec::new();
        for document in module.documents {
            let Some(after) = texts.remove(document.path()) else {
                documents.push(document);
                continue;
            };
            let path = document.path().to_path_buf();
            let result = Document::new(path.clone(), after.clone())
                .map_err(|(error, _)| unsound(&path, &error.kind.to_string()))?;
            if unparsed(&result) > unparsed(&document) {
                return Err(unsound(&path, "a block of the result does not parse"));
            }
            if let Some(kind) = FileKind::of(&path) {
                facts.push((path.clone(), Facts::of(&result, kind, repo.settings())));
            }
            documents.push(result);
            changes.push(Change {
                path,
                before: document.into_text(),
                after,
            });
        }
        results.push(Module {
            directory: module.directory,
            documents,
        });
    }
    repo.update(facts);
    results
        .par_iter()
        .try_for_each(|module| settled(module, repo))?;
    Ok(changes)
}

/// Whether a second scan of a module edits nothing.
fn settled(module: &Module, repo: &Repo) -> Result<(), PlanError> {
    let selection = repo.selection();
    let again = scan(module, repo).into_iter().find(|finding| {
        let mut paths = finding.edits.iter().map(|edit| &edit.path);
        !finding.edits.is_empty()
            && selection.admits(finding.safety)
            && paths.all(|path| selection.contains(path) && repo.obstacle(path).is_none())
    });
    match again {
        None => Ok(()),
        Some(finding) => Err(unsound(
            &finding.at.path,
            &format!(
                "{} would edit line {} again",
                finding.transform, finding.at.line
            ),
        )),
    }
}

fn unparsed(document: &Document) -> usize {
    let kinds = ["terraform", "provider", "module"].into_iter();
    let tops = kinds.flat_map(|kind| document.top_blocks(kind));
    tops.filter(|top| top.parse().is_err()).count()
}

fn unsound(path: &Path, what: &str) -> PlanError {
    PlanError::Unsound(format!("{}: {what}", path.display()))
}
