//! Declarations that nothing references any more once a plan has removed code: directly, or by way
//! of one another.

mod removed;
pub mod secrets;
pub mod variables;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::repo::Repo;
use crate::scan::Earlier;
pub(crate) use removed::names_in_edits;
use removed::{RemovedRanges, names_removed, removed_ranges};
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Block, Document};
use syntax::text::is_blank;
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::references::{NamedValue, words};
use variables::{KeptBy, Variable, first_reference, mentioned};

/// A declaration that only removed code references.
#[derive(Debug)]
pub struct UnusedDeclaration<'m> {
    /// Its name.
    pub name: NamedValue,
    /// Its declarations, those that override it among them, and its values in files.
    pub spans: Vec<(&'m Document, Range<usize>)>,
    /// The variable, where it is one, with what keeps it.
    pub variable: Option<Variable<'m>>,
    /// Whether it is removed: nothing keeps it, and all of its files may be edited.
    pub is_removed: bool,
}

/// The declarations of a module that a plan leaves unused, by name, for the transform that removes
/// them.
pub fn unused_declarations<'m>(
    module: &'m Module,
    earlier: Earlier<'_>,
    repo: &Repo,
    transform: &str,
) -> Vec<UnusedDeclaration<'m>> {
    let mut removed = removed_ranges(earlier.edits());
    let mut unused = BTreeMap::new();
    // A removed declaration may leave others unused. Each round adds at least one of the names that
    // the module declares, so this ends.
    loop {
        let mut names = names_removed(module, &removed);
        names.retain(|name| !unused.contains_key(name) && !is_decided(name, earlier));
        let found = names.iter();
        let found = found
            .filter_map(|name| declaration(name, module, (earlier, transform), repo, &removed));
        let found: Vec<_> = found.collect();
        if found.is_empty() {
            return unused.into_values().collect();
        }
        for declaration in found {
            let is_removed = declaration.is_removed;
            for (document, span) in declaration.spans.iter().filter(|_| is_removed) {
                let ranges = removed.entry(document.path()).or_default();
                ranges.push(span.clone());
            }
            unused.insert(declaration.name.clone(), declaration);
        }
    }
}

/// Whether another transform has reported it, or the code that the plan adds references it.
fn is_decided(name: &NamedValue, earlier: Earlier<'_>) -> bool {
    let subject = name.subject();
    let reference = name.to_string();
    let mut edits = earlier.edits();
    earlier.0.iter().any(|finding| finding.subject == subject)
        || edits.any(|edit| !words(&edit.edit.text, &reference).is_empty())
}

/// The unused declaration of that name; `None` where it is used, or is not one that can be removed.
fn declaration<'m>(
    name: &NamedValue,
    module: &'m Module,
    (earlier, transform): (Earlier<'_>, &str),
    repo: &Repo,
    removed: &RemovedRanges<'_>,
) -> Option<UnusedDeclaration<'m>> {
    let (spans, variable) = match name {
        NamedValue::Variable(_) => {
            let variable = Variable::new(name, module, repo, removed);
            // A value in a `*.tfvars` file declares nothing.
            variable.blocks.first()?;
            (variable.spans(), Some(variable))
        }
        NamedValue::Local(local) => (spans_of_local(local, module), None),
        NamedValue::Data(kind, label) => (spans_of_data(kind, label, module)?, None),
    };
    if spans.is_empty() || is_edited(&spans, earlier) {
        return None;
    }
    let is_disputed = |document: &Document, span: &Range<usize>| {
        let found = repo.disagreement(document.path(), transform);
        found.is_some_and(|found| found.concerns(span))
    };
    // Another module has the declaration by a link, and needs it.
    let is_needed = spans.iter().any(|(document, span)| {
        FileKind::of(document.path()) == Some(FileKind::Configuration)
            && is_disputed(document, span)
    });
    if is_needed {
        return None;
    }
    let is_used = match &variable {
        Some(variable) => {
            let kept_by = variable.kept_by.as_ref();
            matches!(kept_by, Some(KeptBy::Reference(_) | KeptBy::Mention(_)))
        }
        None => {
            first_reference(name, &spans, module, removed).is_some()
                || mentioned(name, module).is_some()
        }
    };
    if is_used {
        return None;
    }
    let is_free = spans.iter().all(|(document, span)| {
        let path = document.path();
        let is_fixed = repo
            .obstacle(path)
            .or_else(|| module.obstacle(path))
            .is_some();
        repo.is_in_scope(path) && !is_fixed && !is_disputed(document, span)
    });
    let is_kept = variable.as_ref().is_some_and(|it| it.kept_by.is_some());
    Some(UnusedDeclaration {
        name: name.clone(),
        spans,
        variable,
        is_removed: is_free && !is_kept,
    })
}

/// Ranges of declarations, by document.
type Spans<'m> = Vec<(&'m Document, Range<usize>)>;

fn spans_of_local<'m>(local: &str, module: &'m Module) -> Spans<'m> {
    let blocks = blocks(module, "locals");
    let all = blocks.iter().flat_map(|block| block.body().attributes());
    let own = all.filter(|attribute| attribute.name == local);
    own.map(|it| (it.value.document(), it.span())).collect()
}

/// The blocks of a data source; `None` where it has conditions.
fn spans_of_data<'m>(kind: &str, label: &str, module: &'m Module) -> Option<Spans<'m>> {
    let blocks = blocks(module, "data").into_iter();
    let is_it = |block: &Block<'_>| (block.label(0), block.label(1)) == (Some(kind), Some(label));
    let own: Vec<_> = blocks.filter(is_it).collect();
    // One with `precondition` or `postcondition` is there to check something (Terraform docs,
    // "Custom Conditions").
    let mut lifecycles = own.iter().flat_map(|block| block.blocks("lifecycle"));
    if lifecycles.next().is_some() {
        return None;
    }
    Some(own.iter().map(|it| (it.document(), it.span())).collect())
}

fn blocks<'m>(module: &'m Module, kind: &'m str) -> Vec<Block<'m>> {
    let documents = module.configuration();
    documents
        .flat_map(|document| document.blocks(kind))
        .collect()
}

/// Whether the plan edits any of these spans.
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

/// The edits that remove a declaration. A `locals` block of which `all` declarations leave nothing
/// is removed whole.
pub fn removal_edits<'m>(
    declaration: &UnusedDeclaration<'m>,
    all: &[UnusedDeclaration<'m>],
) -> Vec<(&'m Document, Edit)> {
    let edits = declaration.spans.iter().map(|(document, span)| {
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

/// Whether nothing is left in a `locals` block, not even a comment.
fn is_emptied(locals: &Block<'_>, all: &[UnusedDeclaration<'_>]) -> bool {
    let document = locals.document();
    let text = document.text();
    let is_removed = |attribute: &Attribute<'_>| {
        let mut removed = all.iter().filter(|it| it.is_removed);
        removed.any(|it| it.name == NamedValue::Local(attribute.name.to_owned()))
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
        && attributes.iter().all(is_removed)
        && is_blank(text, at.min(locals.closing())..locals.closing())
}
