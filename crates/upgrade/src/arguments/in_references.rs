//! What rows make of the references to a resource's attributes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::affected::AffectedBlock;
use super::code::block_type::BlockType;
use super::code::holders::Holders;
use super::code::mention::Mention;
use super::code::reference::ObjectName;
use super::code::reference::Reference;
use super::code::references::{References, references};
use super::lists_of_sets::{lists_of_sets, passed_set};
use super::major_upgrade::MajorUpgrade;
use super::site_change::{ArgumentChange, SiteChange, manual_reason};
use super::surroundings::ModuleSurroundings;
use super::table::row::{Row, Rule};
use super::whole_objects::whole_objects;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::Document;
use terraform::file_kind::FileKind;
use terraform::module::Module;

/// What becomes of the references to the blocks, and to what outputs of child modules hold: one change for
/// each attribute of a block and file.
pub fn changes(
    module: &Module,
    blocks: &[AffectedBlock<'_>],
    upgrade: MajorUpgrade,
    surroundings: ModuleSurroundings<'_>,
) -> Vec<ArgumentChange> {
    let mut by_type = BTreeMap::new();
    let mut by_address = HashMap::new();
    for block in blocks {
        if block.rows.iter().any(|row| concerns_references(row)) {
            by_type.insert((block.kind, block.type_name.as_str()), &block.rows);
        }
        by_address
            .entry(block.address())
            .or_insert_with(|| block.rows.clone());
    }
    let types: BTreeSet<(BlockType, &str)> = by_type.keys().copied().collect();
    let mut rows: HashMap<&str, Vec<&Row>> = HashMap::new();
    for ((_, type_name), own) in by_type {
        rows.entry(type_name).or_default().extend(own);
    }
    let known = KnownRows {
        by_address,
        upgrade,
    };
    let holders = Holders::of(module, &types, surroundings.passed);
    let may_count = |type_name: &str, mention: Mention<'_>| {
        let mut rows = rows.get(type_name).into_iter().flatten();
        rows.any(|row| may_concern(row, mention))
    };
    let mut changes = Vec::new();
    for document in module.configuration() {
        let references = references(document, &holders, may_count);
        changes.extend(in_document(document, &references, &known, surroundings));
    }
    let own = module.of_kind(FileKind::Test);
    let tests: Vec<&Document> = own.chain(&module.around.tests).collect();
    if !tests.is_empty() {
        let holders = holders.of_tests(module);
        for document in tests {
            let references = references(document, &holders, may_count);
            changes.extend(in_document(document, &references, &known, surroundings));
        }
    }
    changes
}

/// What becomes of the references in a document.
fn in_document(
    document: &Document,
    references: &References,
    known: &KnownRows,
    surroundings: ModuleSurroundings<'_>,
) -> Vec<ArgumentChange> {
    let mut changes = Vec::new();
    for ((address, path), (row, references)) in by_attribute(&references.read, known) {
        let change = attribute_read(document, row, &path, &references);
        changes.extend(change.map(|change| ArgumentChange::new(row, document, address, change)));
    }
    changes.extend(lists_of_sets(document, &references.lists, known));
    let passed = references.arguments.iter();
    // The callers' reads are found where they are.
    let outputs = references
        .outputs
        .iter()
        .filter(|_| !surroundings.is_called);
    let passed = passed.chain(outputs);
    changes.extend(passed.filter_map(|list| passed_set(document, list, known)));
    changes.extend(whole_objects(document, references, known, surroundings));
    changes
}

/// The rows of what references are to.
pub struct KnownRows {
    /// Those of the module's own blocks, by their addresses.
    by_address: HashMap<String, Vec<&'static Row>>,
    upgrade: MajorUpgrade,
}

impl KnownRows {
    /// The rows of a resource or data source, in the module or in one that it calls.
    pub fn of(&self, object: &ObjectName) -> Vec<&'static Row> {
        if object.module.is_empty() {
            let known = self.by_address.get(&object.address());
            return known.cloned().unwrap_or_default();
        }
        self.upgrade.rows(object.kind, &object.type_name)
    }
}

/// The references that rows are about, by the address of the block and the path of the attribute.
fn by_attribute<'r>(
    references: &'r [Reference],
    known: &KnownRows,
) -> BTreeMap<(String, String), (&'static Row, Vec<&'r Reference>)> {
    let mut found: BTreeMap<_, (&'static Row, Vec<&'r Reference>)> = BTreeMap::new();
    for reference in references {
        let is_set = |row: &Row| matches!(row.rule, Rule::Set);
        let rows = known.of(&reference.object).into_iter();
        for row in rows.filter(|row| concerns_references(row) && !is_set(row)) {
            let is_about = |path: &&String| reference.at(path).is_some();
            for path in row.paths.iter().filter(is_about) {
                let key = (reference.address(), path.clone());
                let (_, references) = found.entry(key).or_insert_with(|| (row, Vec::new()));
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
pub fn concerns_references(row: &Row) -> bool {
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
            let message = sentence!("is read by `\"{name}\"`, which is `.{to}` after the upgrade");
            (Vec::new(), message)
        }
        Rule::Rename(to) | Rule::Refer(to) => {
            let edits = steps.map(|(_, step)| Edit::replace(step.span.clone(), to.as_str()));
            let message = sentence!("is read by `.{to}` instead of `.{name}`");
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
            let message = sentence!("has a list in `.{name}`, which is read by `[0]`");
            (edits, message)
        }
        _ => {
            let message = sentence!("is read by `.{name}`, which {}", manual_reason(row));
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

/// A message about several places.
pub fn counted(message: String, count: usize) -> String {
    match count {
        1 => message,
        _ => format!("{message} ({count} places here)"),
    }
}
