//! Variables that only removed code used, and whether they can go with their values.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::index::set_elsewhere;
use crate::proposals::Earlier;
use crate::repo::Repo;
use diagnostics::finding::FileEdit;
use syntax::hcl::{Attribute, Block, Document};
use syntax::location::Location;
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::references::{NamedValue, first_use, names_in, words};
use upgrade::provider::Requirer;

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

/// Ranges that go, by file.
pub type RemovedRanges<'g> = BTreeMap<&'g Path, Vec<Range<usize>>>;

/// The ranges that edits take out.
pub fn gone<'g>(edits: impl IntoIterator<Item = &'g FileEdit>) -> RemovedRanges<'g> {
    let mut gone = RemovedRanges::new();
    for edit in edits {
        let ranges = gone.entry(&edit.path).or_default();
        ranges.push(edit.edit.range.clone());
    }
    gone
}

/// The names that the code of a module in `gone` uses, each once.
pub fn names_gone(module: &Module, gone: &RemovedRanges<'_>) -> BTreeSet<NamedValue> {
    // What Terragrunt's files name is Terragrunt's own.
    let is_terraforms =
        |document: &&Document| FileKind::of(document.path()) != Some(FileKind::Terragrunt);
    let documents = module.documents.iter().filter(is_terraforms);
    let gone = documents.filter_map(|document| Some((document, gone.get(document.path())?)));
    gone.flat_map(|(document, ranges)| names_in(document, ranges))
        .collect()
}

/// The variables that the code taken out by `edits` used, of the module that declares them. What
/// the plan takes out before uses nothing.
pub fn left_behind<'m>(
    module: &'m Module,
    earlier: Earlier<'_>,
    repo: &Repo,
    edits: &[FileEdit],
) -> Vec<Variable<'m>> {
    let names = names_gone(module, &gone(edits)).into_iter();
    let names = names.filter(|name| matches!(name, NamedValue::Variable(_)));
    let gone = gone(edits.iter().chain(earlier.edits()));
    let variables = names.map(|name| Variable::new(&name, module, repo, &gone));
    variables
        .filter(|variable| !variable.blocks.is_empty())
        .collect()
}

impl<'m> Variable<'m> {
    /// The variable of that name, `gone` being what goes from its module.
    pub fn new(
        name: &NamedValue,
        module: &'m Module,
        repo: &Repo,
        gone: &RemovedRanges<'_>,
    ) -> Self {
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
        Self {
            name: word.to_owned(),
            needed: needed(name, &blocks, module, repo, gone),
            blocks,
            values: values.collect(),
            in_environment: in_environment.map(|(path, _)| path.clone()),
        }
    }

    /// What it may have for a value: those in files, and its default.
    pub fn all_values(&self) -> Vec<Attribute<'m>> {
        let defaults = self.blocks.iter();
        let defaults = defaults.filter_map(|block| block.attribute("default"));
        let mut values: Vec<_> = self.values.iter().cloned().chain(defaults).collect();
        values.retain(|value| !matches!(value.value.text(), "null" | "\"\""));
        values
    }

    /// Its blocks, and its values in files: what goes with it.
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

    /// What to do about a script or workflow that sets it in the environment.
    pub fn without_effect(&self) -> Option<String> {
        let path = self.in_environment.as_ref()?;
        let name = format!("TF_VAR_{}", self.name);
        let path = path.display();
        Some(format!(
            "`{name}` in {path} has no effect any more: remove it too"
        ))
    }

    /// What to do about its values where they are keys.
    pub fn history(&self) -> Option<String> {
        let files = files(&self.all_values());
        (!files.is_empty()).then(|| {
            format!(
                "the value in {files} stays in git history if it was ever committed: deactivate \
                 the key in IAM once the switch is done"
            )
        })
    }
}

/// The files in which values stand.
fn files(values: &[Attribute<'_>]) -> String {
    let files = values.iter().map(|value| value.value.document().path());
    let mut files: Vec<_> = files.map(|path| path.display().to_string()).collect();
    files.dedup();
    files.join(", ")
}

fn needed(
    name: &NamedValue,
    blocks: &[Block<'_>],
    module: &Module,
    repo: &Repo,
    gone: &RemovedRanges<'_>,
) -> Option<Needed> {
    let own = blocks.iter().map(|block| (block.document(), block.span()));
    let own: Vec<_> = own.collect();
    if let Some(at) = used(name, &own, module, gone) {
        return Some(Needed::Used(at));
    }
    if !matches!(repo.requirer(&module.directory), Requirer::Root { .. }) {
        let mut roots = repo.roots(&module.directory);
        let caller = roots.find(|root| *root != module.directory);
        return Some(Needed::Called(caller.map(Path::to_path_buf)));
    }
    if let Some(path) = mentioned(name, module) {
        return Some(Needed::Named(path.to_path_buf()));
    }
    let mut scripts = module.around.scripts.iter();
    let passing = scripts.find(|(_, text)| set_elsewhere::passes(text, name.word()));
    passing.map(|(path, _)| Needed::Passed(path.clone()))
}

/// The first place at which the module's configuration uses the name, but for what goes and for
/// its own declarations.
pub fn used(
    name: &NamedValue,
    own: &[(&Document, Range<usize>)],
    module: &Module,
    gone: &RemovedRanges<'_>,
) -> Option<Location> {
    module.configuration().find_map(|document| {
        let mut ranges = gone.get(document.path()).cloned().unwrap_or_default();
        let own = own.iter().filter(|(of, _)| of.path() == document.path());
        ranges.extend(own.map(|(_, span)| span.clone()));
        Some(document.location(first_use(document, name, &ranges)?))
    })
}

/// A file other than the module's configuration that has the name: a test, JSON, what is not
/// understood, what Terragrunt generates from.
pub fn mentioned<'m>(name: &NamedValue, module: &'m Module) -> Option<&'m Path> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terragrunt_names_is_no_name_of_the_module() {
        let text = "a {\n  b = local.c\n}\n";
        for (path, expected) in [("a.tf", 1), ("root.hcl", 0)] {
            let document = Document::new(path.into(), text.to_owned()).unwrap();
            let module = Module::new(PathBuf::new(), vec![document]);
            let all = 0..text.len();
            let gone = RemovedRanges::from([(Path::new(path), vec![all])]);
            assert_eq!(names_gone(&module, &gone).len(), expected, "{path}");
        }
    }
}
