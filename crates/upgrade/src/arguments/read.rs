//! What rows make of the references to a resource's attributes.

use std::collections::{BTreeMap, BTreeSet};

use super::Crossing;
use super::change::ArgumentChange;
use super::in_block::{Told, left};
use super::known::KnownBlock;
use super::references::{Reference, references};
use super::table::{BlockType, Row, Rule};
use diagnostics::finding::FileEdit;
use syntax::edit::Edit;
use syntax::hcl::Document;
use terraform::module::Module;

/// The references of the module to what is known of it: those to one attribute of one resource are
/// one change in each file.
pub fn changes(
    module: &Module,
    known: &[KnownBlock<'_>],
    crossing: Crossing,
) -> Vec<ArgumentChange> {
    let declared: BTreeSet<(BlockType, &str)> = known
        .iter()
        .filter(|it| it.rows.iter().any(|row| is_read(row)))
        .map(|it| (it.kind, it.of.as_str()))
        .collect();
    let mut changes = Vec::new();
    for document in module.configuration() {
        if !declared.iter().any(|(_, of)| document.text().contains(of)) {
            continue;
        }
        let found = references(document, &declared);
        let mut by_attribute: BTreeMap<(String, String), Vec<&Reference>> = BTreeMap::new();
        for reference in &found {
            let address = reference.address();
            let Some(it) = known.iter().find(|it| it.address() == address) else {
                continue;
            };
            let rows = it.rows.iter().filter(|row| is_read(row));
            for path in rows.flat_map(|row| &row.paths) {
                if reference.at(path).is_some() {
                    let key = (address.clone(), path.clone());
                    by_attribute.entry(key).or_default().push(reference);
                }
            }
        }
        for ((address, path), references) in by_attribute {
            let rows = crossing.rows(references[0].kind, &references[0].of);
            let row = rows
                .into_iter()
                .find(|row| is_read(row) && row.paths.contains(&path));
            let told = row.and_then(|row| Some((row, told(document, row, &path, &references)?)));
            changes
                .extend(told.map(|(row, told)| ArgumentChange::new(row, document, address, told)));
        }
        changes.extend(whole(document, &found, known));
    }
    changes
}

/// Whether references to what the row is about are touched by it.
fn is_read(row: &Row) -> bool {
    match row.rule {
        Rule::Rename(_) | Rule::Refer(_) | Rule::Index => true,
        _ if row.computed || row.condition.is_some() => false,
        Rule::Wrap { .. } | Rule::Delete(_) | Rule::Convert(_) => row.fails,
        Rule::Person => true,
        Rule::Bool | Rule::Pin(_) | Rule::Missing | Rule::Gone => false,
    }
}

fn told(document: &Document, row: &Row, path: &str, references: &[&Reference]) -> Option<Told> {
    let name = path.rsplit('.').next()?;
    let edit = |edit: Edit| FileEdit {
        path: document.path().to_path_buf(),
        edit,
    };
    let steps = references
        .iter()
        .filter_map(|reference| Some((reference, reference.at(path)?)));
    let (edits, message): (Vec<FileEdit>, String) = match &row.rule {
        Rule::Rename(to) | Rule::Refer(to) => {
            let edits = steps.map(|(_, step)| edit(Edit::replace(step.span.clone(), to.as_str())));
            (
                edits.collect(),
                format!("is read by `.{to}` instead of `.{name}`"),
            )
        }
        Rule::Index => {
            let bare = steps.filter(|(reference, step)| {
                let is_last = reference.steps.last().is_some_and(|last| last == *step);
                !step.is_indexed && !is_last
            });
            let edits: Vec<_> = bare
                .map(|(_, step)| {
                    edit(Edit::replace(
                        step.span.clone(),
                        format!("{}[0]", step.name),
                    ))
                })
                .collect();
            if edits.is_empty() {
                return None;
            }
            (
                edits,
                format!("has a list in `.{name}`, which is read by `[0]`"),
            )
        }
        _ => (
            Vec::new(),
            format!("is read by `.{name}`, which {}", left(row)),
        ),
    };
    let range = references.first()?.span.clone();
    let mut told = Told::left(range, counted(message, references.len()));
    told.edits = edits;
    Some(told)
}

fn counted(message: String, count: usize) -> String {
    match count {
        1 => message,
        _ => format!("{message} ({count} places here)"),
    }
}

/// Where a whole object is handed on, its attributes may be read out of sight.
fn whole(
    document: &Document,
    found: &[Reference],
    known: &[KnownBlock<'_>],
) -> Vec<ArgumentChange> {
    let mut seen = BTreeSet::new();
    let whole = found.iter().filter(|reference| reference.steps.is_empty());
    let changes = whole.filter_map(|reference| {
        let address = reference.address();
        let it = known.iter().find(|it| it.address() == address)?;
        let row = it.rows.iter().find(|row| is_renamed(row))?;
        if !seen.insert(address.clone()) {
            return None;
        }
        let names = it.rows.iter().filter(|row| is_renamed(row));
        let names: Vec<_> = names
            .flat_map(|row| row.paths.iter().map(|path| format!("`.{path}`")))
            .collect();
        let message =
            "is handed on as a whole here: what reads it elsewhere is not seen".to_owned();
        let help = format!("look for {} behind it", names.join(", "));
        let mut told = Told::left(reference.span.clone(), message);
        told.help = Some(help);
        let mut change = ArgumentChange::new(row, document, address, told);
        change.is_needed = false;
        Some(change)
    });
    changes.collect()
}

/// Whether the row gives an attribute of the resource itself another name.
fn is_renamed(row: &Row) -> bool {
    matches!(row.rule, Rule::Rename(_) | Rule::Refer(_))
        && row.needed
        && row.paths.iter().all(|path| !path.contains('.'))
}
