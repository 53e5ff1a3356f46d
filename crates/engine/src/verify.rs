//! The check that every plan passes before anyone sees it.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::PlanError;
use crate::index::document::document as read;
use crate::index::facts::Facts;
use crate::plan::FileChange;
use crate::planner::Changed;
use crate::planner::scan;
use crate::provider_accounts::Before;
use crate::repo::Repo;
use crate::settings::Settings;
use syntax::hcl::Document;
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::terragrunt::{self, generated::Generated};

/// The changes, once they hold what they promise: every changed file still closes and its blocks
/// still parse, and a second scan of the changed modules, with the same selection and all that is
/// decided anew, has nothing to edit; and no provider acts in another account than before.
///
/// That edits do not overlap was checked when they were spliced; that they did no more than they
/// said follows from splicing, and is checked for what was settled around them.
pub(crate) fn verify(repo: &mut Repo, modules: Vec<Changed>) -> Result<Vec<FileChange>, PlanError> {
    if modules.is_empty() {
        return Ok(Vec::new());
    }
    let results: Vec<Verified> = modules
        .into_par_iter()
        .map(|changed| Verified::new(changed, repo.settings()))
        .collect::<Result<_, _>>()?;
    let mut changes = Vec::new();
    let mut facts = Vec::new();
    let mut modules = Vec::new();
    for result in results {
        changes.extend(result.changes);
        facts.extend(result.facts);
        modules.push(result.module);
    }
    let before = Before::of(repo);
    repo.update(facts);
    if let Some(moved) = before.moved(repo) {
        return Err(PlanError::Unsound(moved));
    }
    // By value: parse trees are many, and are dropped side by side, too.
    modules
        .into_par_iter()
        .try_for_each(|module| is_settled(module, repo))?;
    Ok(changes)
}

/// A module as it will be, each of its texts sound in itself.
struct Verified {
    module: Module,
    changes: Vec<FileChange>,
    facts: Vec<(PathBuf, Facts)>,
}

impl Verified {
    fn new(changed: Changed, settings: &Settings) -> Result<Self, PlanError> {
        let mut texts = changed.texts;
        let mut documents = Vec::new();
        let mut verified = Self {
            module: Module::default(),
            changes: Vec::new(),
            facts: Vec::new(),
        };
        for document in changed.module.documents {
            let Some(after) = texts.remove(document.path()) else {
                documents.push(document);
                continue;
            };
            let path = document.path().to_path_buf();
            let result = read(path.clone(), after.clone())
                .map_err(|(error, _)| unsound(&path, &error.kind.to_string()))?;
            let rejected = unparsed(&result);
            if rejected > 0 && rejected > unparsed(&document) {
                return Err(unsound(&path, "a block of the result does not parse"));
            }
            if let Some(kind) = FileKind::of(&path) {
                let facts = Facts::of(&result, kind, settings);
                verified.facts.push((path.clone(), facts));
            }
            documents.push(result);
            verified.changes.push(FileChange {
                path,
                before: document.into_source(),
                after,
            });
        }
        verified.module = Module::new(changed.module.directory, documents);
        verified.module.around = changed.module.around;
        Ok(verified)
    }
}

/// Whether a second scan of a module edits nothing.
fn is_settled(mut module: Module, repo: &Repo) -> Result<(), PlanError> {
    scan(&mut module, repo);
    let again = module.said.iter().find(|finding| finding.applied);
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
    if FileKind::of(document.path()) == Some(FileKind::Terragrunt) {
        return terragrunt::unread(document, &Generated::of(document)).len();
    }
    let kinds = ["terraform", "provider", "module"].into_iter();
    let tops = kinds.flat_map(|kind| document.top_blocks(kind));
    tops.filter(|top| top.parse().is_err()).count()
}

fn unsound(path: &Path, what: &str) -> PlanError {
    PlanError::Unsound(format!("{}: {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::selection::Selection;
    use crate::transform::{Catalogue, Scan, Transform, When};
    use diagnostics::finding::Finding;
    use syntax::edit::Edit;

    const BEFORE: &str = "terraform {\n  required_providers {\n    aws = \"~> 4.0\"\n  }\n}\n";

    /// Moves requirements of provider 4 to 5.
    const BUMP: Catalogue = Catalogue(&[Transform {
        id: "bump",
        page: "",
        options: &[],
        when: When::Always,
        scan: Scan::Module(bump),
    }]);

    fn bump(module: &Module, _: &Repo) -> Vec<Finding> {
        let old = module.documents.iter().filter_map(|document| {
            let start = document.text().find("~> 4")?;
            let range = start..start + "~> 4.0".len();
            let finding = Finding::new("bump", document, range.clone(), ("aws", "moves"));
            Some(finding.edit(document, Edit::replace(range, "~> 5.0")))
        });
        old.collect()
    }

    fn repo() -> Repo {
        Repo::new(BUMP, Settings::default(), Selection::default(), [])
    }

    /// A module whose one file changes to `after`.
    fn changed(after: &str) -> Changed {
        rewritten("main.tf", BEFORE, after)
    }

    fn rewritten(path: &str, before: &str, after: &str) -> Changed {
        let document = Document::new(path.into(), before.to_owned()).unwrap();
        Changed {
            module: Module::new(PathBuf::new(), vec![document]),
            texts: BTreeMap::from([(path.into(), after.to_owned())]),
        }
    }

    #[track_caller]
    fn refused(after: &str) -> String {
        verify(&mut repo(), vec![changed(after)])
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_sound_plan_passes() {
        let after = BEFORE.replace("~> 4.0", "~> 5.0");
        let changes = verify(&mut repo(), vec![changed(&after)]).unwrap();
        assert_eq!(changes[0].before, BEFORE);
        assert_eq!(changes[0].after, after);
    }

    #[test]
    fn what_terragrunt_generates_has_to_parse_too() {
        let before = format!("generate \"x\" {{\n  contents = <<EOF\n{BEFORE}EOF\n}}\n");
        for after in [
            before.replace("aws =", "aws = 1\n    aws ="),
            before.replace("terraform {", "terraform {{"),
        ] {
            let changed = rewritten("root.hcl", &before, &after);
            let error = verify(&mut repo(), vec![changed]).unwrap_err();
            assert_eq!(
                error.to_string(),
                "root.hcl: a block of the result does not parse"
            );
        }
    }

    #[test]
    fn an_unsound_plan_is_refused() {
        let again = BEFORE.replace("4.0", "4.1");
        assert_eq!(refused(&again), "main.tf: bump would edit line 3 again");
        assert_eq!(refused("terraform {\n"), "main.tf: `{` is never closed");
        let rejected = BEFORE.replace("aws =", "aws = 1\n    aws =");
        assert_eq!(
            refused(&rejected),
            "main.tf: a block of the result does not parse"
        );
    }
}
