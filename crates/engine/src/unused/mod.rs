//! Declarations that nothing references any more once a plan has removed code: directly, or by way
//! of one another.

pub mod declared;
mod exported;
pub(crate) mod passing_scripts;
mod removed;
pub mod secrets;
pub mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use crate::repo::Repo;
use crate::scan::Earlier;
use declared::Declared;
use diagnostics::finding::FileEdit;
pub(crate) use removed::names_in_edits;
use removed::{RemovedRanges, removed_ranges};
use syntax::edit::Edit;
use syntax::hcl::{Block, Document};
use syntax::ranges::Ranges;
use syntax::text::is_blank;
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::references::{NamedValue, named_values};
use variables::{KeptBy, Variable, mentioned};

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
    declared: &Declared<'m>,
    earlier: Earlier<'_>,
    repo: &Repo,
    transform: &str,
) -> Vec<UnusedDeclaration<'m>> {
    let mut removed = removed_ranges(earlier.edits());
    let mut new = removed.clone();
    let decided = Decided::by(earlier);
    let mut unused = BTreeMap::new();
    let mut waiting = BTreeSet::new();
    // A removed declaration may leave others unused. Each round adds at least one of the names that
    // the module declares, so this ends. Only what a round removes is looked through for more names:
    // locals may be a chain as long as the file.
    loop {
        let named = declared.names_removed(&new).into_iter();
        waiting.extend(named.filter(|name| !unused.contains_key(name) && !decided.has(name)));
        new.clear();
        let found = waiting.iter();
        let found = found
            .filter_map(|name| declaration(name, declared, (&decided, transform), repo, &removed));
        let found: Vec<_> = found.collect();
        if found.is_empty() {
            return unused.into_values().collect();
        }
        for declaration in found {
            let is_removed = declaration.is_removed;
            for (document, span) in declaration.spans.iter().filter(|_| is_removed) {
                removed.entry(document.path()).or_default().add(span);
                new.entry(document.path()).or_default().add(span);
            }
            waiting.remove(&declaration.name);
            unused.insert(declaration.name.clone(), declaration);
        }
    }
}

/// The locals of a module that only code references which `edits` of a transform remove, directly or by way of
/// one another. What the plan removes before does not count as a reference.
pub fn locals_left_unused<'m>(
    declared: &Declared<'m>,
    earlier: Earlier<'_>,
    repo: &Repo,
    (edits, transform): (&[FileEdit], &str),
) -> Vec<UnusedDeclaration<'m>> {
    let mut removed = removed_ranges(edits.iter().chain(earlier.edits()));
    let mut new = removed_ranges(edits);
    let decided = Decided::by(earlier);
    let mut unused: Vec<UnusedDeclaration<'m>> = Vec::new();
    // Each round takes at least one more local, so this ends.
    loop {
        let named = declared.names_removed(&new).into_iter();
        let locals = named.filter(|name| matches!(name, NamedValue::Local(_)));
        let locals = locals.filter(|name| !unused.iter().any(|it| it.name == *name));
        let found = locals
            .filter_map(|name| declaration(&name, declared, (&decided, transform), repo, &removed));
        let found: Vec<_> = found.filter(|it| it.is_removed).collect();
        if found.is_empty() {
            return unused;
        }
        new.clear();
        for (document, span) in found.iter().flat_map(|local| &local.spans) {
            removed.entry(document.path()).or_default().add(span);
            new.entry(document.path()).or_default().add(span);
        }
        unused.extend(found);
    }
}

/// What other transforms say of the module.
struct Decided<'f> {
    /// What they have reported.
    subjects: BTreeSet<&'f str>,
    /// The references of the code that they add, as written; a path of which these are the first
    /// steps is one, too.
    added: BTreeSet<String>,
    /// The ranges that they edit, by file, and the places at which they insert.
    edited: BTreeMap<&'f Path, Ranges>,
}

impl<'f> Decided<'f> {
    fn by(earlier: Earlier<'f>) -> Self {
        let mut edited: BTreeMap<&Path, Ranges> = BTreeMap::new();
        let mut added = BTreeSet::new();
        for edit in earlier.edits() {
            let range = &edit.edit.range;
            // An insertion edits what stands where it is made.
            let range = range.start..range.end.max(range.start + 1);
            edited.entry(&edit.path).or_default().add(&range);
            added.extend(named_values(&edit.edit.text));
        }
        Self {
            subjects: earlier.0.iter().map(|it| it.subject.as_str()).collect(),
            added,
            edited,
        }
    }

    /// Whether another transform has reported a declaration, or the code that the plan adds
    /// references it.
    fn has(&self, name: &NamedValue) -> bool {
        self.subjects.contains(name.subject().as_str()) || self.added.contains(&name.to_string())
    }

    /// Whether the plan edits any of these spans.
    fn edits(&self, spans: &[(&Document, Range<usize>)]) -> bool {
        spans.iter().any(|(document, span)| {
            let edited = self.edited.get(document.path());
            edited.is_some_and(|ranges| ranges.touches(span))
        })
    }
}

/// The unused declaration of that name; `None` where it is used, or is not one that can be removed.
fn declaration<'m>(
    name: &NamedValue,
    declared: &Declared<'m>,
    (decided, transform): (&Decided<'_>, &str),
    repo: &Repo,
    removed: &RemovedRanges<'_>,
) -> Option<UnusedDeclaration<'m>> {
    let module = declared.module;
    let (spans, variable) = match name {
        NamedValue::Variable(_) => {
            let variable = Variable::new(name, declared, repo, removed);
            // A value in a `*.tfvars` file declares nothing.
            variable.blocks.first()?;
            (variable.spans(), Some(variable))
        }
        NamedValue::Local(local) => (spans_of_local(local, declared), None),
        NamedValue::Data(kind, label) => (spans_of_data(kind, label, declared)?, None),
    };
    if spans.is_empty() || decided.edits(&spans) {
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
            let reference = declared.first_reference(name, &spans, removed);
            reference.is_some() || mentioned(name, module).is_some()
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

fn spans_of_local<'m>(local: &str, declared: &Declared<'m>) -> Spans<'m> {
    let own = declared.local(local).iter();
    own.map(|it| (it.value.document(), it.span())).collect()
}

/// The blocks of a data source; `None` where it has conditions.
fn spans_of_data<'m>(kind: &str, label: &str, declared: &Declared<'m>) -> Option<Spans<'m>> {
    let own = declared.data(kind, label);
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

/// The `locals` blocks of which a plan leaves nothing: they are removed whole.
pub struct EmptiedLocals<'m>(BTreeMap<&'m Path, BTreeMap<usize, Range<usize>>>);

impl<'m> EmptiedLocals<'m> {
    /// Those that `unused` empties.
    pub fn by(unused: &[UnusedDeclaration<'m>]) -> Self {
        let removed = unused.iter().filter(|it| it.is_removed);
        let removed = removed.filter_map(|it| match &it.name {
            NamedValue::Local(name) => Some((name.as_str(), &it.spans)),
            NamedValue::Variable(_) | NamedValue::Data(..) => None,
        });
        let removed: Vec<_> = removed.collect();
        let names: BTreeSet<&str> = removed.iter().map(|(name, _)| *name).collect();
        let documents = removed.iter().flat_map(|(_, spans)| spans.iter());
        let documents: BTreeMap<&Path, &'m Document> = documents
            .map(|(document, _)| (document.path(), *document))
            .collect();
        let emptied = documents.into_iter().map(|(path, document)| {
            let blocks = document.blocks("locals");
            let emptied = blocks.filter(|block| is_emptied(block, &names));
            let spans = emptied.map(|block| (block.span().start, block.span()));
            (path, spans.collect())
        });
        Self(emptied.collect())
    }

    /// The block that is removed whole around a declaration.
    fn around(&self, document: &Document, span: &Range<usize>) -> Option<Range<usize>> {
        let blocks = self.0.get(document.path())?;
        let (_, block) = blocks.range(..=span.start).next_back()?;
        (span.end <= block.end).then(|| block.clone())
    }
}

/// The edits that remove a declaration.
pub fn removal_edits<'m>(
    declaration: &UnusedDeclaration<'m>,
    emptied: &EmptiedLocals<'m>,
) -> Vec<(&'m Document, Edit)> {
    let edits = declaration.spans.iter().map(|(document, span)| {
        let whole = emptied.around(document, span);
        let span = whole.unwrap_or_else(|| span.clone());
        (*document, Edit::remove(document, span))
    });
    edits.collect()
}

/// Whether nothing is left in a `locals` block without these locals, not even a comment.
fn is_emptied(locals: &Block<'_>, removed: &BTreeSet<&str>) -> bool {
    let document = locals.document();
    let text = document.text();
    let attributes: Vec<_> = locals.body().attributes().collect();
    if !attributes.iter().all(|it| removed.contains(it.name)) {
        return false;
    }
    let open = text[locals.span()].find('{');
    let mut at = locals.span().start + open.map_or(0, |open| open + 1);
    let is_bare = attributes.iter().all(|attribute| {
        let edit = Edit::remove(document, attribute.span());
        let between = at.min(edit.range.start)..edit.range.start;
        at = at.max(edit.range.end);
        is_blank(text, between)
    });
    is_bare && is_blank(text, at.min(locals.closing())..locals.closing())
}
