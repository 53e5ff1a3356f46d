//! What a module declares and only code used that a plan takes out of it: directly, or by way of
//! one another.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::proposals::Earlier;
use crate::repo::Repo;
use crate::unused_variables::{Needed, RemovedRanges, Variable, gone, mentioned, names_gone, used};
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Block, Document};
use syntax::text::is_blank;
use terraform::module::Module;
use terraform::provider::{Provider, configurations};
use terraform::references::{NamedValue, names_in, words};

/// Something that only code used which goes.
#[derive(Debug)]
pub struct Orphan<'m> {
    /// What it is.
    pub name: NamedValue,
    /// Its declarations, those that override it among them, and its values in files.
    pub spans: Vec<(&'m Document, Range<usize>)>,
    /// The variable, where it is one. What it is needed for by others than code keeps it.
    pub variable: Option<Variable<'m>>,
    /// Whether nothing keeps it, and all of its files may be edited.
    pub goes: bool,
}

/// The names that the code uses which the plan takes out of a module so far, each once.
pub fn names_in_edits(module: &Module, earlier: Earlier<'_>) -> BTreeSet<NamedValue> {
    names_gone(module, &gone(earlier.edits()))
}

/// The orphans that a plan makes in a module, by name.
pub fn orphans<'m>(module: &'m Module, earlier: Earlier<'_>, repo: &Repo) -> Vec<Orphan<'m>> {
    let mut gone = gone(earlier.edits());
    let mut orphans = BTreeMap::new();
    // What goes leaves more behind, until nothing more is found.
    loop {
        let mut names = names_gone(module, &gone);
        names.retain(|name| !orphans.contains_key(name) && !is_decided(name, earlier));
        let found = names.iter();
        let found = found.filter_map(|name| orphan(name, module, earlier, repo, &gone));
        let found: Vec<_> = found.collect();
        if found.is_empty() {
            return orphans.into_values().collect();
        }
        for orphan in found {
            for (document, span) in orphan.spans.iter().filter(|_| orphan.goes) {
                let ranges = gone.entry(document.path()).or_default();
                ranges.push(span.clone());
            }
            orphans.insert(orphan.name.clone(), orphan);
        }
    }
}

/// Whether another transform has spoken of it, or the code that the plan puts in uses it.
fn is_decided(name: &NamedValue, earlier: Earlier<'_>) -> bool {
    let subject = name.subject();
    let reference = name.to_string();
    let mut edits = earlier.edits();
    earlier.0.iter().any(|finding| finding.subject == subject)
        || edits.any(|edit| !words(&edit.edit.text, &reference).is_empty())
}

fn orphan<'m>(
    name: &NamedValue,
    module: &'m Module,
    earlier: Earlier<'_>,
    repo: &Repo,
    gone: &RemovedRanges<'_>,
) -> Option<Orphan<'m>> {
    let is_used = |spans: &[(&Document, Range<usize>)]| {
        used(name, spans, module, gone).is_some() || mentioned(name, module).is_some()
    };
    let mut variable = None;
    let spans = match name {
        NamedValue::Variable(_) => {
            let found = Variable::new(name, module, repo, gone);
            if matches!(found.needed, Some(Needed::Used(_) | Needed::Named(_))) {
                return None;
            }
            let spans = found.spans();
            // A value alone declares nothing.
            found.blocks.first()?;
            variable = Some(found);
            spans
        }
        NamedValue::Local(local) => {
            let blocks = blocks(module, "locals");
            let all = blocks.iter().flat_map(|block| block.body().attributes());
            let own = all.filter(|attribute| attribute.name == local);
            own.map(|it| (it.value.document(), it.span())).collect()
        }
        NamedValue::Data(kind, label) => {
            let blocks = blocks(module, "data").into_iter();
            let is_it =
                |block: &Block<'_>| (block.label(0), block.label(1)) == (Some(kind), Some(label));
            let own: Vec<_> = blocks.filter(is_it).collect();
            // One with conditions is there to check something.
            let mut lifecycles = own.iter().flat_map(|block| block.blocks("lifecycle"));
            if lifecycles.next().is_some() {
                return None;
            }
            own.iter().map(|it| (it.document(), it.span())).collect()
        }
    };
    if spans.is_empty() || is_edited(&spans, earlier) || variable.is_none() && is_used(&spans) {
        return None;
    }
    let is_free = spans.iter().all(|(document, _)| {
        let path = document.path();
        repo.is_editable(path) && module.obstacle(path).is_none()
    });
    let is_needed = variable.as_ref().is_some_and(|it| it.needed.is_some());
    Some(Orphan {
        name: name.clone(),
        spans,
        variable,
        goes: is_free && !is_needed,
    })
}

fn blocks<'m>(module: &'m Module, kind: &'m str) -> Vec<Block<'m>> {
    let documents = module.configuration();
    documents
        .flat_map(|document| document.blocks(kind))
        .collect()
}

/// Whether the plan changes what stands there.
fn is_edited(spans: &[(&Document, Range<usize>)], earlier: Earlier<'_>) -> bool {
    let mut edits = earlier.edits();
    edits.any(|edit| {
        let range = &edit.edit.range;
        let mut spans = spans.iter();
        spans.any(|(document, span)| {
            document.path() == edit.path
                && range.start < span.end
                && span.start < range.end.max(range.start + 1)
        })
    })
}

/// The edits that take an orphan out; a `locals` block of which `all` orphans leave nothing goes
/// whole.
pub fn edits<'m>(orphan: &Orphan<'m>, all: &[Orphan<'m>]) -> Vec<(&'m Document, Edit)> {
    let edits = orphan.spans.iter().map(|(document, span)| {
        let blocks = document.blocks("locals");
        let mut blocks = blocks.filter(|block| {
            let around = block.span();
            around.start <= span.start && span.end <= around.end
        });
        let emptied = blocks.find(|block| is_emptied(block, all));
        let span = emptied.map_or_else(|| span.clone(), |block| block.span());
        (*document, Edit::remove(document, span))
    });
    edits.collect()
}

/// Whether nothing is left in a `locals` block, no comment either.
fn is_emptied(locals: &Block<'_>, all: &[Orphan<'_>]) -> bool {
    let document = locals.document();
    let text = document.text();
    let goes = |attribute: &Attribute<'_>| {
        let mut going = all.iter().filter(|orphan| orphan.goes);
        going.any(|orphan| orphan.name == NamedValue::Local(attribute.name.to_owned()))
    };
    let attributes: Vec<_> = locals.body().attributes().collect();
    let open = text[locals.span()].find('{');
    let mut at = locals.span().start + open.map_or(0, |open| open + 1);
    let is_bare = attributes.iter().all(|attribute| {
        let edit = Edit::remove(document, attribute.span());
        let between = at.min(edit.range.start)..edit.range.start;
        at = at.max(edit.range.end);
        is_blank(text, between)
    });
    is_bare
        && attributes.iter().all(goes)
        && is_blank(text, at.min(locals.closing())..locals.closing())
}

/// Variables that hold secrets, whatever they are called: those that feed keys of the module's
/// providers, and those that it marks as sensitive.
#[derive(Debug, Default)]
pub struct SecretVariables<'m> {
    /// Those that feed keys, by name.
    pub keys: BTreeSet<String>,
    /// What all of them may have for values.
    pub values: Vec<Attribute<'m>>,
}

/// The variables of a module that hold secrets, `module` being as it was read.
pub fn secrets<'m>(module: &'m Module, repo: &Repo) -> SecretVariables<'m> {
    let providers = configurations(module.configuration(), &module.aws_names());
    let keys = providers.iter().flat_map(Provider::keys);
    let names = keys.flat_map(|key| names_in(key.value.document(), &[key.span()]));
    let keys = names.filter(|name| matches!(name, NamedValue::Variable(_)));
    let keys: BTreeSet<_> = keys.collect();
    let sensitive = blocks(module, "variable").into_iter().filter(|block| {
        let sensitive = block.attribute("sensitive");
        sensitive.is_some_and(|found| found.value.expression().as_bool() == Some(true))
    });
    let sensitive = sensitive.filter_map(|block| block.label(0));
    let sensitive = sensitive.map(|label| NamedValue::Variable(label.to_owned()));
    let all: BTreeSet<_> = keys.iter().cloned().chain(sensitive).collect();
    let values = all.iter().flat_map(|name| {
        let variable = Variable::new(name, module, repo, &RemovedRanges::new());
        variable.all_values()
    });
    SecretVariables {
        values: values.collect(),
        keys: keys.iter().map(|name| name.word().to_owned()).collect(),
    }
}
