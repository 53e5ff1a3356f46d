//! The references in a module's code to attributes of its resources and data sources.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use hcl_edit::structure::Body;

use super::block_type::BlockType;
use super::held_objects::{Held, Iteration, ListUse, ObjectReader, Scope};
use super::holders::Holders;
use super::mention::Mention;
use super::reference::{ObjectName, Reference};
use syntax::hcl::{Block, Document};
use terraform::file_kind::FileKind;

/// The references in a document.
#[derive(Debug, Default)]
pub struct References {
    /// Those that read an attribute, by whatever name, and those to whole objects of which it is not
    /// seen what reads them.
    pub read: Vec<Reference>,
    /// Those to whole objects by their address.
    pub whole: Vec<Reference>,
    /// Those to whole objects that an output holds.
    pub passed: Vec<Reference>,
    /// Those to whole objects of which a called module takes these attributes.
    pub taken: Vec<(Reference, BTreeSet<String>)>,
    /// What takes an attribute for a list.
    pub lists: Vec<ListUse>,
    /// What passes an attribute to a module that is called.
    pub arguments: Vec<ListUse>,
    /// What passes an attribute over by an output.
    pub outputs: Vec<ListUse>,
}

/// The references in a document to resources and data sources of some types, and what reads
/// attributes of those that are passed on within an expression or by a local. `depends_on` and the
/// blocks `moved`, `import` and `removed` take whole addresses, read no attribute and are left out, as
/// are those of blocks in which no mention of a type counts.
pub fn references(
    document: &Document,
    holders: &Holders<'_>,
    counts: impl Fn(&str, Mention<'_>) -> bool,
) -> References {
    let names = holders.names();
    let mut references = References::default();
    let foreign_runs = foreign_runs(document);
    let is_test = FileKind::of(document.path()) == Some(FileKind::Test);
    for top in document.tops() {
        // The labels of a block refer to nothing.
        let (_, content) = top.text().split_once('{').unwrap_or_default();
        let may_read_itself = content.contains(SELF);
        if !may_read_itself && !holders.may_be_in(content, &counts) {
            continue;
        }
        let Ok(block) = top.parse() else { continue };
        if ["moved", "import", "removed"].contains(&block.kind()) {
            continue;
        }
        if block.kind() == "run" && block.label(0).is_some_and(|it| foreign_runs.contains(it)) {
            continue;
        }
        let values = Values::of(&block);
        let mut reader = ObjectReader::new(&names, block.offset());
        reader.foreign_runs = &foreign_runs;
        reader.is_test = is_test;
        let itself = itself(&block).filter(|it| names.types.contains(&it.of_type()));
        let itself = itself.map_or(Scope::Other, |object| Scope::Value(Held::itself(object)));
        reader.with(SELF, itself, |reader| {
            read_body(reader, &block.parsed().body, values);
        });
        references.read.extend(reader.found);
        references.whole.extend(reader.whole);
        references.passed.extend(reader.passed);
        references.taken.extend(reader.taken);
        references.lists.extend(reader.lists);
        match block.kind() {
            "output" => references.outputs.extend(reader.passed_lists),
            _ => references.arguments.extend(reader.passed_lists),
        }
    }
    // Of a `for`, the collection is read before its elements; findings stand in the order of the code.
    references.read.sort_by_key(|it| it.span.start);
    references.lists.sort_by_key(|it| it.operand.start);
    references
}

/// The runs of a test that are of another module than the one that it tests.
fn foreign_runs(document: &Document) -> BTreeSet<String> {
    let runs = document.blocks("run");
    let foreign = runs.filter(|run| run.blocks("module").next().is_some());
    let names = foreign.filter_map(|run| run.label(0).map(str::to_owned));
    names.collect()
}

/// The name of a resource or data source in its own conditions, provisioners and connections (Terraform
/// docs, "References to Resource Attributes").
const SELF: &str = "self";

/// The resource or data source of a block.
fn itself(block: &Block<'_>) -> Option<ObjectName> {
    let kinds = [BlockType::Resource, BlockType::Data];
    let kind = kinds.into_iter().find(|it| it.keyword() == block.kind())?;
    Some(ObjectName {
        module: String::new(),
        kind,
        type_name: block.label(0)?.to_owned(),
        name: block.label(1)?.to_owned(),
    })
}

/// What becomes of the values of a block's attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values<'b> {
    /// They have names in the module: what locals hold is followed where they are read.
    Named,
    /// They are passed to the module that the block calls by this label.
    Passed(&'b str),
    /// They are passed to the callers of the module.
    Output,
    /// They are used.
    Used,
}

impl<'b> Values<'b> {
    /// Those of a block.
    fn of(block: &Block<'b>) -> Self {
        match block.kind() {
            "locals" => Self::Named,
            "module" => Self::Passed(block.label(0).unwrap_or_default()),
            "output" => Self::Output,
            _ => Self::Used,
        }
    }
}

/// Reads a body.
fn read_body(reader: &mut ObjectReader<'_>, body: &Body, values: Values<'_>) {
    match body.get_attribute("for_each") {
        None => read_content(reader, body, values),
        Some(for_each) => {
            let element = reader.element_of(&for_each.value);
            let element = element.map_or(Scope::Other, Scope::Value);
            reader.with("each.value", element, |reader| {
                read_content(reader, body, values);
            });
        }
    }
}

fn read_content(reader: &mut ObjectReader<'_>, body: &Body, values: Values<'_>) {
    for attribute in body.attributes() {
        let name = attribute.key.as_str();
        if ["for_each", "depends_on"].contains(&name) {
            continue;
        }
        // It takes whole objects by their addresses, and attributes.
        // So does what a test overrides, by its address alone.
        if name == "replace_triggered_by" || reader.is_test && name == "target" {
            reader.reference(&attribute.value);
            continue;
        }
        match values {
            Values::Named => drop(reader.read(&attribute.value)),
            Values::Passed(label) => {
                reader.argument(&attribute.value, label, name);
            }
            Values::Output => reader.output(&attribute.value),
            Values::Used => {
                let held = reader.read(&attribute.value);
                reader.leaves(held);
            }
        }
    }
    for block in body.blocks() {
        match block.ident.as_str() {
            "dynamic" => read_dynamic(reader, block),
            _ => read_body(reader, &block.body, Values::Used),
        }
    }
}

/// Reads a `dynamic` block, in which its label, or the name in `iterator`, has the element.
fn read_dynamic(reader: &mut ObjectReader<'_>, block: &hcl_edit::structure::Block) {
    let for_each = block.body.get_attribute("for_each");
    let Iteration { key, value } = for_each
        .map(|it| reader.iteration(&it.value))
        .unwrap_or_default();
    let iterator = block.body.get_attribute("iterator");
    let iterator = iterator.and_then(|it| it.value.as_variable().map(hcl_edit::Ident::as_str));
    let label = block
        .labels
        .first()
        .map(hcl_edit::structure::BlockLabel::as_str);
    let name = iterator.or(label).unwrap_or_default();
    reader.with(&format!("{name}.key"), key, |reader| {
        reader.with(&format!("{name}.value"), value, |reader| {
            for content in block.body.get_blocks("content") {
                read_body(reader, &content.body, Values::Used);
            }
            for attribute in block.body.attributes() {
                if !["for_each", "iterator"].contains(&attribute.key.as_str()) {
                    let held = reader.read(&attribute.value);
                    reader.leaves(held);
                }
            }
        });
    });
}
