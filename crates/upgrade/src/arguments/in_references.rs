//! What rows make of the references to a resource's attributes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::affected::AffectedBlock;
use super::code::block_type::BlockType;
use super::code::held_objects::ListUse;
use super::code::mention::Mention;
use super::code::references::{Holders, Reference, references};
use super::site_change::{ArgumentChange, SiteChange, manual_reason};
use super::table::row::{Row, Rule};
use syntax::edit::Edit;
use syntax::hcl::Document;
use terraform::module::Module;

/// What becomes of the references to the blocks: one change for each attribute of a block and file.
pub fn changes(module: &Module, blocks: &[AffectedBlock<'_>]) -> Vec<ArgumentChange> {
    let mut by_type = BTreeMap::new();
    let mut by_address = ByAddress::new();
    for block in blocks {
        if block.rows.iter().any(|row| concerns_references(row)) {
            by_type.insert((block.kind, block.type_name.as_str()), &block.rows);
        }
        by_address.entry(block.address()).or_insert(block);
    }
    let types: BTreeSet<(BlockType, &str)> = by_type.keys().copied().collect();
    let mut rows: HashMap<&str, Vec<&Row>> = HashMap::new();
    for ((_, type_name), own) in by_type {
        rows.entry(type_name).or_default().extend(own);
    }
    let holders = Holders::of(module, &types);
    let mut changes = Vec::new();
    for document in module.configuration() {
        let references = references(document, &holders, |type_name, mention| {
            let mut rows = rows.get(type_name).into_iter().flatten();
            rows.any(|row| may_concern(row, mention))
        });
        for ((address, path), (row, references)) in by_attribute(&references.read, &by_address) {
            let change = attribute_read(document, row, path, &references);
            changes
                .extend(change.map(|change| ArgumentChange::new(row, document, address, change)));
        }
        changes.extend(lists_of_sets(document, &references.lists, &by_address));
        changes.extend(whole_objects(document, &references.read, &by_address));
    }
    changes
}

/// The first block of each address.
type ByAddress<'b> = HashMap<String, &'b AffectedBlock<'b>>;

/// The references that rows are about, by the address of the block and the path of the attribute.
fn by_attribute<'r>(
    references: &'r [Reference],
    blocks: &'r ByAddress<'_>,
) -> BTreeMap<(String, &'r str), (&'static Row, Vec<&'r Reference>)> {
    let mut found: BTreeMap<_, (&'static Row, Vec<&'r Reference>)> = BTreeMap::new();
    for reference in references {
        let address = reference.address();
        let Some(block) = blocks.get(&address) else {
            continue;
        };
        let is_set = |row: &Row| matches!(row.rule, Rule::Set);
        let rows = block.rows.iter();
        for row in rows.filter(|row| concerns_references(row) && !is_set(row)) {
            let is_about = |path: &&String| reference.at(path).is_some();
            for path in row.paths.iter().filter(is_about) {
                let key = (address.clone(), path.as_str());
                let (_, references) = found.entry(key).or_insert_with(|| (*row, Vec::new()));
                references.push(reference);
            }
        }
    }
    found
}

/// Whether the row may change what a mention reads.
pub fn may_concern(row: &Row, mention: Mention<'_>) -> bool {
    let reads = |name: &[u8]| {
        let firsts = row.paths.iter().filter_map(|path| path.split('.').next());
        firsts.map(str::as_bytes).any(|first| first == name)
    };
    concerns_references(row)
        && match mention {
            Mention::None => false,
            // What reads a whole object may stand anywhere: `values(aws_x.y)[*].name`.
            Mention::Unclear | Mention::Whole => true,
            Mention::Attribute(name) => reads(name),
            Mention::Keyed(key, name) => reads(key) || reads(name),
        }
}

/// Whether the row changes what references read.
fn concerns_references(row: &Row) -> bool {
    match row.rule {
        Rule::Rename(_) | Rule::Refer(_) | Rule::Index | Rule::Set => true,
        _ if row.computed || row.condition.is_some() => false,
        Rule::Wrap { .. } | Rule::Delete(_) | Rule::Convert(_) => row.fails,
        Rule::Manual => true,
        Rule::Bool | Rule::Pin(_) | Rule::Missing | Rule::RemovedType => false,
    }
}

/// What a row makes of the references to one attribute; `None` where they work as they are.
fn attribute_read(
    document: &Document,
    row: &Row,
    path: &str,
    references: &[&Reference],
) -> Option<SiteChange> {
    let name = path.rsplit('.').next()?;
    let steps = references
        .iter()
        .filter_map(|reference| Some((reference, reference.at(path)?)));
    let (edits, message): (Vec<Edit>, String) = match &row.rule {
        Rule::Rename(to) | Rule::Refer(to)
            if to.contains('[') && references.iter().any(|it| is_quoted(it, path)) =>
        {
            let message = format!("is read by `\"{name}\"`, which is `.{to}` after the upgrade");
            (Vec::new(), message)
        }
        Rule::Rename(to) | Rule::Refer(to) => {
            let edits = steps.map(|(_, step)| Edit::replace(step.span.clone(), to.as_str()));
            let message = format!("is read by `.{to}` instead of `.{name}`");
            (edits.collect(), message)
        }
        Rule::Index => {
            // A reference that ends here takes the list as a whole, one with an index has it.
            let without_index = steps.filter(|(reference, step)| {
                let is_last = reference.steps.last().is_some_and(|last| last == *step);
                !step.is_indexed && !is_last
            });
            let edits = without_index
                .map(|(_, step)| Edit::replace(step.span.clone(), format!("{}[0]", step.name)));
            let edits: Vec<_> = edits.collect();
            if edits.is_empty() {
                return None;
            }
            let message = format!("has a list in `.{name}`, which is read by `[0]`");
            (edits, message)
        }
        _ => {
            let message = format!("is read by `.{name}`, which {}", manual_reason(row));
            (Vec::new(), message)
        }
    };
    let range = references.first()?.span.clone();
    let message = counted(message, references.len());
    Some(SiteChange::edited(range, message, document, edits))
}

/// Whether the attribute is named by a text, which an index does not go into.
fn is_quoted(reference: &Reference, path: &str) -> bool {
    reference.at(path).is_some_and(|step| step.is_quoted)
}

/// What becomes of the places that take a set for a list: one change for those of an attribute that
/// can go through `tolist()`, and one for those that cannot.
fn lists_of_sets(
    document: &Document,
    lists: &[ListUse],
    blocks: &ByAddress<'_>,
) -> Vec<ArgumentChange> {
    let mut found: BTreeMap<_, (&Row, Vec<&ListUse>)> = BTreeMap::new();
    for list in lists {
        let (address, path) = (list.address(), list.attribute.path());
        let rows = blocks.get(&address).map(|block| &block.rows);
        let mut rows = rows.into_iter().flatten();
        let is_set = |row: &&&Row| matches!(row.rule, Rule::Set) && row.paths.contains(&path);
        if let Some(row) = rows.find(is_set) {
            let key = (address, path, list.is_wrappable);
            let (_, lists) = found.entry(key).or_insert_with(|| (row, Vec::new()));
            lists.push(list);
        }
    }
    let changes = found
        .into_iter()
        .map(|((address, path, is_wrappable), (row, lists))| {
            let name = path.rsplit('.').next().unwrap_or_default();
            let (message, edits) = match is_wrappable {
                true => {
                    let edits = lists.iter().flat_map(|list| {
                        let Range { start, end } = list.operand;
                        [Edit::insert(start, "tolist("), Edit::insert(end, ")")]
                    });
                    let message =
                        format!("has a set in `.{name}`, which is read through `tolist()`");
                    (message, edits.collect())
                }
                false => {
                    let message = format!("is read by an index in `.{name}`, which is a set");
                    (message, Vec::new())
                }
            };
            let message = counted(message, lists.len());
            let range = lists[0].operand.clone();
            let change = SiteChange::edited(range, message, document, edits);
            ArgumentChange::new(row, document, address, change)
        });
    changes.collect()
}

fn counted(message: String, count: usize) -> String {
    match count {
        1 => message,
        _ => format!("{message} ({count} places here)"),
    }
}

/// Reports each place where a whole object leaves the code that is followed: what gets it may read the
/// renamed attributes under a name that says nothing of the resource. Where attributes are removed
/// alone, which hardly anything reads, that is a note.
fn whole_objects(
    document: &Document,
    references: &[Reference],
    blocks: &ByAddress<'_>,
) -> Vec<ArgumentChange> {
    let whole = references.iter().filter(|it| it.steps.is_empty());
    let changes = whole.filter_map(|reference| {
        let address = reference.address();
        let block = blocks.get(&address)?;
        let of_object =
            |row: &&&Row| row.needed && row.paths.iter().all(|path| !path.contains('.'));
        let rows: Vec<&Row> = block.rows.iter().filter(of_object).copied().collect();
        let is_rename = |row: &&Row| matches!(row.rule, Rule::Rename(_) | Rule::Refer(_));
        let is_removal = |row: &&Row| matches!(row.rule, Rule::Manual) && concerns_references(row);
        let is_renamed = rows.iter().any(is_rename);
        let changed = rows
            .into_iter()
            .filter(|row| is_rename(row) || is_removal(row));
        let changed: Vec<&Row> = changed.collect();
        let row = changed.first()?;
        let paths = changed.iter().flat_map(|row| &row.paths);
        let names: Vec<_> = paths.map(|path| format!("`.{path}`")).collect();
        let message =
            "is passed as a whole here: references to its attributes elsewhere are not seen"
                .to_owned();
        let mut change = SiteChange::manual(reference.span.clone(), message);
        change.help = Some(format!("look for {} behind it", names.join(", ")));
        let mut change = ArgumentChange::new(row, document, address, change);
        change.finding.is_note = !is_renamed;
        change.is_needed = false;
        change.is_listed = true;
        Some(change)
    });
    changes.collect()
}
