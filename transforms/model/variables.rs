//! Variables that only removed code used, and whether they can go with their values.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::file_kind::FileKind;
use super::finding::{FileEdit, Location};
use super::hcl::{Attribute, Block, Document};
use super::module::Module;
use super::repo::Repo;
use super::upgrade::provider::Requirer;
use super::uses::{Name, first_use, names_in, words};

/// A variable that removed code used.
#[derive(Debug)]
pub struct Variable<'m> {
    /// Its name.
    pub name: String,
    /// Its blocks, those that override it among them.
    pub blocks: Vec<Block<'m>>,
    /// Its values in `*.tfvars` files.
    pub values: Vec<Attribute<'m>>,
    /// Why it has to stay.
    pub needed: Option<Needed>,
    /// A script or workflow that sets it in the environment, which Terraform ignores once the
    /// variable is gone.
    pub in_environment: Option<PathBuf>,
}

/// Why a variable has to stay.
#[derive(Debug, PartialEq, Eq)]
pub enum Needed {
    /// Other code uses it.
    Used(Location),
    /// A file that is not read for its structure has the word.
    Named(PathBuf),
    /// A script or workflow hands it over on the command line, an error without the variable.
    Passed(PathBuf),
    /// The module is called, by this one where that is known, and the call may hand it over.
    Called(Option<PathBuf>),
}

/// The variables that the code taken out by `edits` used, of the module that declares them.
pub fn left_behind<'m>(module: &'m Module, repo: &Repo, edits: &[FileEdit]) -> Vec<Variable<'m>> {
    let mut gone: BTreeMap<&Path, Vec<Range<usize>>> = BTreeMap::new();
    for edit in edits {
        let ranges = gone.entry(&edit.path).or_default();
        ranges.push(edit.edit.range.clone());
    }
    let documents = module.documents.iter();
    let names = documents.filter_map(|document| Some((document, gone.get(document.path())?)));
    let names = names.flat_map(|(document, ranges)| names_in(document, ranges));
    let mut names: Vec<_> = names
        .filter(|name| matches!(name, Name::Variable(_)))
        .collect();
    names.sort();
    names.dedup();
    let variables = names.iter().map(|name| variable(name, module, repo, &gone));
    variables
        .filter(|variable| !variable.blocks.is_empty())
        .collect()
}

fn variable<'m>(
    name: &Name,
    module: &'m Module,
    repo: &Repo,
    gone: &BTreeMap<&Path, Vec<Range<usize>>>,
) -> Variable<'m> {
    let word = name.word();
    let is_it = |block: &Block<'_>| block.label(0) == Some(word);
    let blocks = module.configuration();
    let blocks = blocks.flat_map(|document| document.blocks("variable"));
    let blocks: Vec<_> = blocks.filter(is_it).collect();
    let values = module.of_kind(FileKind::Values);
    let values = values.filter_map(|document| document.body().ok()?.attribute(word));
    let environment = format!("TF_VAR_{word}");
    let mut scripts = module.around.scripts.iter();
    let in_environment = scripts.find(|(_, text)| !words(text, &environment).is_empty());
    Variable {
        name: word.to_owned(),
        needed: needed(name, &blocks, module, repo, gone),
        blocks,
        values: values.collect(),
        in_environment: in_environment.map(|(path, _)| path.clone()),
    }
}

fn needed(
    name: &Name,
    blocks: &[Block<'_>],
    module: &Module,
    repo: &Repo,
    gone: &BTreeMap<&Path, Vec<Range<usize>>>,
) -> Option<Needed> {
    let used = module.configuration().find_map(|document| {
        let mut ranges = gone.get(document.path()).cloned().unwrap_or_default();
        let own = blocks.iter().filter(|block| is_in(block, document));
        ranges.extend(own.map(Block::span));
        Some(document.location(first_use(document, name, &ranges)?))
    });
    if let Some(at) = used {
        return Some(Needed::Used(at));
    }
    if !matches!(repo.requirer(&module.directory), Requirer::Root { .. }) {
        let mut roots = repo.roots(&module.directory);
        let caller = roots.find(|root| *root != module.directory);
        return Some(Needed::Called(caller.map(Path::to_path_buf)));
    }
    let tests = module.of_kind(FileKind::Test);
    let tests = tests.map(|document| (document.path(), document.text()));
    let unread = module.around.unread.iter();
    let mut searched = tests.chain(unread.map(|(path, text)| (path.as_path(), text.as_str())));
    if let Some((path, _)) = searched.find(|(_, text)| !words(text, name.word()).is_empty()) {
        return Some(Needed::Named(path.to_path_buf()));
    }
    let mut scripts = module.around.scripts.iter();
    let passing = scripts.find(|(_, text)| is_passed(text, name.word()));
    passing.map(|(path, _)| Needed::Passed(path.clone()))
}

fn is_in(block: &Block<'_>, document: &Document) -> bool {
    block.document().path() == document.path()
}

/// Whether a script hands the variable over: `-var NAME=`, `-var 'NAME=...'`, `"-var", "NAME=..."`.
fn is_passed(script: &str, name: &str) -> bool {
    words(script, name).into_iter().any(|at| {
        let between = |letter: char| letter.is_whitespace() || "\"'=,[-\\".contains(letter);
        script[at + name.len()..].trim_start().starts_with('=')
            && script[..at].trim_end_matches(between).ends_with("-var")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_hand_a_variable_over_is_known() {
        for script in [
            "terraform plan -var key=$KEY",
            "terraform plan -var='key=x'",
            "terraform plan --var \"key=$KEY\"",
            "[\"-var\", \"key=x\"]",
            "args:\n  - -var\n  - key=x\n",
            "terraform plan \\\n  -var a=1 -var \\\n key=x",
        ] {
            assert!(is_passed(script, "key"), "{script}");
        }
        for script in [
            "# terraform plan -var key=$KEY",
            "export TF_VAR_key=x",
            "terraform plan -var other_key=x",
            "terraform plan -var-file key=x",
            "key=x terraform plan -var a=1",
        ] {
            assert!(!is_passed(script, "key"), "{script}");
        }
    }
}
