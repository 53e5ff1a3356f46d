//! The repository with the edits of all findings made: texts spliced, tidied, and parsed again.

mod conflict;
mod texts;
pub(crate) mod workflows;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;
use rayon::prelude::*;
use syntax::edit::{Edit, splice};
use terraform::file_kind::FileKind;
use terraform::module::Module;

use crate::error::PlanError;
use crate::index::Index;
use crate::index::facts::Facts;
use crate::left_out::{EditConflict, Failure};
use crate::plan::FileChange;
use crate::proposals::Proposals;
use crate::repo::Repo;
use crate::unused::passing_scripts;
use workflows::EditedWorkflows;

/// The repository with the edits of all findings made.
pub(crate) struct Edited {
    /// The modules that change, as they will be.
    pub modules: Vec<Module>,
    /// The files of modules that change.
    pub changes: Vec<FileChange>,
    /// The facts of those files as they will be.
    pub facts: Vec<(PathBuf, Facts)>,
    /// The workflows with their jobs signed in.
    pub workflows: EditedWorkflows,
    /// What is reported of modules and of workflows.
    pub findings: Vec<Finding>,
}

impl Edited {
    /// Makes the edits.
    ///
    /// # Errors
    /// Edits that cannot be made together, or whose result cannot be parsed.
    pub fn new(proposals: Proposals, repo: &Repo) -> Result<Self, Failure> {
        let mut findings = Vec::new();
        let mut changing = Vec::new();
        for proposed in proposals.modules {
            let is_changed = proposed.findings.iter().any(|finding| finding.applied);
            changing.extend(is_changed.then_some(proposed.module));
            findings.extend(proposed.findings);
        }
        findings.extend(proposals.workflows);
        // By file, not by finding: several transforms may edit one file, and it is spliced once.
        let mut by_file: BTreeMap<&Path, Vec<&Finding>> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.applied) {
            for edit in &finding.edits {
                let known = by_file.entry(&edit.path).or_default();
                if !known.iter().any(|known| std::ptr::eq(*known, finding)) {
                    known.push(finding);
                }
            }
        }
        let edited: Vec<Result<EditedModule, EditConflict>> = changing
            .into_par_iter()
            .map(|module| edit_module(module, &by_file, repo))
            .collect();
        let (mut modules, mut conflicts) = (Vec::new(), Vec::new());
        for edited in edited {
            match edited {
                Ok(module) => modules.push(module),
                Err(conflict) => conflicts.push(conflict),
            }
        }
        if !conflicts.is_empty() {
            return Err(Failure::Conflicts(conflicts));
        }
        let workflows = EditedWorkflows::new(&repo.index().workflows, &findings, repo)?;
        let scripts = edit_scripts(&by_file, repo)?;
        let mut edited = Self {
            modules: Vec::new(),
            changes: scripts,
            facts: Vec::new(),
            workflows,
            findings,
        };
        for module in modules {
            edited.modules.push(module.module);
            edited.facts.extend(module.facts);
            for change in module.changes {
                edited.add(change, repo.index())?;
            }
        }
        Ok(edited)
    }
}

impl Edited {
    /// Adds the change of a file as a module has it: a linked file changes once, and so does one that
    /// units of several files read.
    ///
    /// # Errors
    /// Another module changes it in another way.
    fn add(&mut self, change: FileChange, index: &Index) -> Result<(), PlanError> {
        let links = &index.modules.links;
        let path = links.target(&change.path).to_path_buf();
        let change = FileChange { path, ..change };
        let mut changes = self.changes.iter();
        let is_shared = index.units.parents.contains_key(&change.path);
        // Tests below a module are in a directory of their own, too.
        let is_test = FileKind::of(&change.path) == Some(FileKind::Test);
        let known = is_shared || is_test || links.is_target(&change.path);
        let known = known.then(|| changes.find(|known| known.path == change.path));
        match known.flatten() {
            None => self.changes.push(change),
            Some(known) if *known == change => {}
            Some(_) => {
                let path = change.path.display();
                let what = format!("{path}: two modules that have it would change it differently");
                return Err(PlanError::Unsound(what));
            }
        }
        Ok(())
    }
}

/// A module as it will be.
struct EditedModule {
    module: Module,
    changes: Vec<FileChange>,
    facts: Vec<(PathBuf, Facts)>,
}

/// The changes of Makefiles and shell scripts, which no module has among its documents.
fn edit_scripts(
    findings: &BTreeMap<&Path, Vec<&Finding>>,
    repo: &Repo,
) -> Result<Vec<FileChange>, PlanError> {
    let scripts = repo.index().scripts.iter().flat_map(|all| all.iter());
    let scripts = scripts.filter(|(path, _)| passing_scripts::is_script(path));
    let changing = scripts.filter_map(|(path, text)| {
        let findings = findings.get(path.as_path())?.iter();
        let edits = findings.flat_map(|finding| &finding.edits);
        let edits = edits.filter(|edit| edit.path == *path);
        let mut edits: Vec<Edit> = edits.map(|edit| edit.edit.clone()).collect();
        let after = splice(text, &mut edits).map_err(|overlap| {
            let what = format!("{}: two edits overlap: {overlap:?}", path.display());
            PlanError::Unsound(what)
        });
        Some(after.map(|(after, _)| FileChange {
            path: path.clone(),
            before: text.clone(),
            after,
        }))
    });
    changing.collect()
}

/// Makes the edits of one module's files.
fn edit_module(
    module: Module,
    findings: &BTreeMap<&Path, Vec<&Finding>>,
    repo: &Repo,
) -> Result<EditedModule, EditConflict> {
    let mut around = module.around;
    let tests = std::mem::take(&mut around.tests);
    let tests = tests.into_iter().map(|test| (test, true));
    let documents = module.documents.into_iter();
    let all = documents.map(|document| (document, false)).chain(tests);
    let mut documents = Vec::new();
    let (mut changes, mut facts) = (Vec::new(), Vec::new());
    for (document, is_test) in all {
        let documents = match is_test {
            true => &mut around.tests,
            false => &mut documents,
        };
        let path = document.path().to_path_buf();
        let edited = match findings.get(path.as_path()) {
            Some(findings) => texts::edit(&document, findings)
                .map_err(|what| conflict::among(&document, findings, &what, repo))?,
            None => None,
        };
        let Some((after, result)) = edited else {
            documents.push(document);
            continue;
        };
        if let Some(kind) = repo.kind_of(&path) {
            facts.push((path.clone(), Facts::of(&result, kind, repo.request())));
        }
        documents.push(result);
        changes.push(FileChange {
            path,
            before: document.into_source(),
            after,
        });
    }
    let mut edited = Module::new(module.directory, documents);
    edited.settings = module.settings;
    edited.around = around;
    Ok(EditedModule {
        module: edited,
        changes,
        facts,
    })
}
