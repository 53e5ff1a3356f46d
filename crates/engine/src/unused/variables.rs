//! Variables that only removed code references, and what keeps them and their values.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::declared::Declared;
use super::passing_scripts;
use super::removed::{RemovedRanges, removed_ranges};
use crate::index::set_elsewhere;
use crate::repo::Repo;
use crate::scan::Earlier;
use diagnostics::finding::FileEdit;
use syntax::code::sentence;
use syntax::hcl::{Attribute, Block, Document};
use syntax::location::Location;
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::references::{NamedValue, words};
use upgrade::provider::Requirer;

/// A variable that removed code references.
#[derive(Debug)]
pub struct Variable<'m> {
    /// Its name.
    pub name: String,
    /// Its blocks, those that override it among them.
    pub blocks: Vec<Block<'m>>,
    /// Its values in `*.tfvars` files.
    pub values: Vec<Attribute<'m>>,
    /// What keeps it.
    pub kept_by: Option<KeptBy>,
    /// The edits of the scripts that pass it by `-var`, where nothing keeps it.
    pub in_scripts: Vec<FileEdit>,
    /// A script or workflow that sets it by `TF_VAR_`. That does not keep it: Terraform ignores the
    /// environment of a variable that is not declared (Terraform docs, "Input Variables").
    pub in_environment: Option<PathBuf>,
}

/// What keeps a variable.
#[derive(Debug, PartialEq, Eq)]
pub enum KeptBy {
    /// Other code references it, here.
    Reference(Location),
    /// This file, which is only searched for words, has its name.
    Mention(PathBuf),
    /// This script or workflow passes it by `-var`, an error where the variable is not declared
    /// (Terraform docs, "Input Variables").
    Argument(PathBuf),
    /// The module is called, by this one where that is known, and the call may set it.
    Caller(Option<PathBuf>),
}

/// The variables of a module that code references which `edits` remove, through locals, too. What the plan
/// removes before does not count as a reference.
pub fn variables_left_unused<'m>(
    declared: &Declared<'m>,
    earlier: Earlier<'_>,
    repo: &Repo,
    edits: &[FileEdit],
) -> Vec<Variable<'m>> {
    let mut names = declared.names_removed(&removed_ranges(edits));
    // A local that is kept keeps its variable.
    let through_locals = declared.names_through_locals(&removed_ranges(edits));
    let passages = &repo.index().key_passages;
    names.extend(through_locals.into_iter().filter(|name| {
        let mut keys = passages.takers(&declared.module.directory);
        keys.any(|it| it.names().any(|key| key == name.word()))
    }));
    let names = names.into_iter();
    let names = names.filter(|name| matches!(name, NamedValue::Variable(_)));
    let removed = removed_ranges(edits.iter().chain(earlier.edits()));
    let variables = names.map(|name| Variable::new(&name, declared, repo, &removed));
    variables
        .filter(|variable| !variable.blocks.is_empty())
        .collect()
}

impl<'m> Variable<'m> {
    /// The variable of that name, in a module of which some ranges are removed.
    pub fn new(
        name: &NamedValue,
        declared: &Declared<'m>,
        repo: &Repo,
        removed: &RemovedRanges<'_>,
    ) -> Self {
        let (word, module) = (name.word(), declared.module);
        let blocks = declared.variable(word);
        let environment = format!("TF_VAR_{word}");
        let mut scripts = module.around.scripts.iter();
        let passed_keys = repo.passed_keys();
        let in_environment = scripts.find(|(path, text)| {
            !words(text, &environment).is_empty() && !passed_keys.takes_all(path, text, word, false)
        });
        let (kept_by, in_scripts) = match kept_by(name, &blocks, declared, repo, removed) {
            Some(kept_by) => (Some(kept_by), Vec::new()),
            None => match in_scripts(word, module, repo) {
                Ok(edits) => (None, edits),
                Err(path) => (Some(KeptBy::Argument(path)), Vec::new()),
            },
        };
        Self {
            name: word.to_owned(),
            kept_by,
            in_scripts,
            blocks,
            values: declared.values(word),
            in_environment: in_environment.map(|(path, _)| path.clone()),
        }
    }

    /// The values that it may have: those in files, and its default.
    pub fn all_values(&self) -> Vec<Attribute<'m>> {
        let defaults = self.blocks.iter();
        let defaults = defaults.filter_map(|block| block.attribute("default"));
        let mut values: Vec<_> = self.values.iter().cloned().chain(defaults).collect();
        values.retain(|value| !matches!(value.value.text(), "null" | "\"\""));
        values
    }

    /// Its blocks, and its values in files: all that is removed with it.
    pub fn spans(&self) -> Vec<(&'m Document, Range<usize>)> {
        let blocks = self.blocks.iter();
        let blocks = blocks.map(|block| (block.document(), block.span()));
        let values = self.values.iter();
        let values = values.map(|value| (value.value.document(), value.span()));
        blocks.chain(values).collect()
    }

    /// `, with its value in FILE`, where it has one.
    pub fn with_values(&self) -> String {
        match files(&self.values) {
            files if files.is_empty() => files,
            files => format!(", with its value in {files}"),
        }
    }

    /// `, with its `-var` in FILE`, where scripts pass it.
    pub fn with_scripts(&self) -> String {
        let paths = self.in_scripts.iter().map(|edit| edit.path.display());
        let mut paths: Vec<String> = paths.map(|path| path.to_string()).collect();
        paths.dedup();
        match paths.is_empty() {
            true => String::new(),
            false => format!(", with its `-var` in {}", paths.join(", ")),
        }
    }

    /// What to do about a script or workflow that sets it in the environment.
    pub fn without_effect(&self) -> Option<String> {
        let path = self.in_environment.as_ref()?;
        let name = format!("TF_VAR_{}", self.name);
        let path = path.display();
        Some(sentence!(
            "remove `{name}` in {path} too: it has no effect any more"
        ))
    }

    /// What to do about its values where they are static keys.
    pub fn history(&self) -> Option<String> {
        let files = files(&self.all_values());
        (!files.is_empty()).then(|| {
            format!(
                "deactivate the key in IAM once the migration is done: the value in {files} stays in git \
                 history if it was ever committed"
            )
        })
    }
}

/// The files of values, as a list.
fn files(values: &[Attribute<'_>]) -> String {
    let files = values.iter().map(|value| value.value.document().path());
    let mut files: Vec<_> = files.map(|path| path.display().to_string()).collect();
    files.dedup();
    files.join(", ")
}

/// What keeps a variable whose blocks these are.
fn kept_by(
    name: &NamedValue,
    blocks: &[Block<'_>],
    declared: &Declared<'_>,
    repo: &Repo,
    removed: &RemovedRanges<'_>,
) -> Option<KeptBy> {
    let own = blocks.iter().map(|block| (block.document(), block.span()));
    let own: Vec<_> = own.collect();
    let module = declared.module;
    if let Some((document, at)) = declared.first_reference(name, &own, removed) {
        return Some(KeptBy::Reference(document.location(at)));
    }
    // Whoever calls a module may set any of its variables: they are its interface. Its callers stop to
    // set those by which they pass it keys.
    let is_passing = repo
        .index()
        .key_passages
        .passes(&module.directory, name.word());
    if !is_passing && !matches!(repo.requirer(&module.directory), Requirer::Root { .. }) {
        let mut roots = repo.roots(&module.directory);
        let caller = roots.find(|root| *root != module.directory);
        return Some(KeptBy::Caller(caller.map(Path::to_path_buf)));
    }
    if let Some(path) = mentioned(name, module) {
        return Some(KeptBy::Mention(path.to_path_buf()));
    }
    None
}

/// The edits after which no script passes a variable by `-var`.
///
/// # Errors
/// A script that goes on to do so.
fn in_scripts(name: &str, module: &Module, repo: &Repo) -> Result<Vec<FileEdit>, PathBuf> {
    let passed_keys = repo.passed_keys();
    let passing = module.around.scripts.iter().filter(|(path, text)| {
        set_elsewhere::passes(text, name) && !passed_keys.takes_all(path, text, name, true)
    });
    let mut all = Vec::new();
    for (path, text) in passing {
        let edits = passing_scripts::edits(path, text, name);
        let edits = edits.filter(|_| runs_it_alone(path, text, name, module, repo));
        let edits = edits.ok_or_else(|| path.clone())?;
        let path = path.clone();
        all.extend(edits.into_iter().map(|edit| FileEdit {
            path: path.clone(),
            edit,
        }));
    }
    Ok(all)
}

/// Whether a script passes a variable to that module and to no other: it stands beside it and goes nowhere else, or
/// there is no other root module.
fn runs_it_alone(path: &Path, text: &str, name: &str, module: &Module, repo: &Repo) -> bool {
    // Without the shared reading of scripts no edit of one is made.
    if repo.index().scripts.is_none() {
        return false;
    }
    let modules = &repo.index().modules;
    let mut others = modules.all().map(|(number, _)| modules.path(number));
    let is_other = |other: &Path| {
        other != module.directory && !modules.is_called(other) && modules.is_own_root(other)
    };
    let stays = |line: &str| {
        let leads_away = ["cd ", "chdir", "pushd "]
            .iter()
            .any(|word| line.contains(word));
        !set_elsewhere::passes(line, name) || !leads_away
    };
    let is_beside = path.parent() == Some(&*module.directory);
    is_beside && text.split("\n\n").all(stays) || !others.any(is_other)
}

/// A file other than the module's configuration that has the name of a declaration: a test, JSON,
/// what is not understood, what Terragrunt generates from.
pub(super) fn mentioned<'m>(name: &NamedValue, module: &'m Module) -> Option<&'m Path> {
    let reference = name.to_string();
    // Tests and JSON give a variable its value by its bare name.
    let word = match name {
        NamedValue::Variable(word) => word,
        NamedValue::Local(_) | NamedValue::Data(..) => &reference,
    };
    let tests = module.of_kind(FileKind::Test);
    let tests = tests.map(|document| (document.path(), document.text()));
    let unread = module.around.unread.iter();
    let mut searched = tests.chain(unread.map(|(path, text)| (path.as_path(), text.as_str())));
    let named = searched.find(|(_, text)| !words(text, word).is_empty());
    let mut scripts = module.around.scripts.iter();
    let mut generating = || {
        scripts.find(|(path, text)| {
            FileKind::of(path) == Some(FileKind::Terragrunt) && !words(text, &reference).is_empty()
        })
    };
    let path = named.map(|(path, _)| path);
    path.or_else(|| generating().map(|(path, _)| path.as_path()))
}
