//! The code of a module, looked up by name: as many blocks may be converted as there are.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::rc::Rc;

use super::code::block_type::BlockType;
use super::code::references::{Reference, references};
use diagnostics::finding::FileEdit;
use std::ops::Range;
use syntax::edit::Edit;
use syntax::hcl::{Block, Document};
use terraform::module::Module;

/// The references to one type, by the names of the blocks that they read.
pub type ReferencesByName<'m> = HashMap<String, Vec<(&'m Document, Reference)>>;

/// The code of a module.
pub struct ModuleCode<'m> {
    module: &'m Module,
    /// Resources and data sources by kind and type.
    blocks: OnceCell<HashMap<(&'m str, &'m str), Vec<Block<'m>>>>,
    references: RefCell<HashMap<(BlockType, &'static str), Rc<ReferencesByName<'m>>>>,
}

impl<'m> ModuleCode<'m> {
    /// That of a module.
    pub fn of(module: &'m Module) -> Self {
        Self {
            module,
            blocks: OnceCell::new(),
            references: RefCell::default(),
        }
    }

    /// The blocks of a kind, `resource` or `data`, that have a type.
    pub fn blocks(&self, kind: &str, type_name: &str) -> &[Block<'m>] {
        let blocks = self.blocks.get_or_init(|| {
            let mut all: HashMap<_, Vec<Block<'m>>> = HashMap::new();
            for kind in ["resource", "data"] {
                let documents = self.module.configuration();
                for block in documents.flat_map(|document| document.blocks(kind)) {
                    let type_name = block.label(0).unwrap_or_default();
                    all.entry((kind, type_name)).or_default().push(block);
                }
            }
            all
        });
        let found = blocks
            .iter()
            .find(|((of, name), _)| *of == kind && *name == type_name);
        found.map_or(&[], |(_, blocks)| blocks.as_slice())
    }

    /// The references to blocks of a type.
    pub fn references(&self, kind: BlockType, type_name: &'static str) -> Rc<ReferencesByName<'m>> {
        let mut known = self.references.borrow_mut();
        let found = known.entry((kind, type_name)).or_insert_with(|| {
            let types = BTreeSet::from([(kind, type_name)]);
            let mut by_name = ReferencesByName::new();
            for document in self.module.configuration() {
                for reference in references(document, &types, |_, _| true) {
                    let name = reference.name.clone();
                    by_name.entry(name).or_default().push((document, reference));
                }
            }
            Rc::new(by_name)
        });
        Rc::clone(found)
    }
}

/// The edits that other rows make in the module, by file and place.
#[derive(Debug, Default)]
pub struct InnerEdits(HashMap<PathBuf, Vec<Edit>>);

impl InnerEdits {
    /// Those edits; edits at one place stay in their order.
    pub fn of<'e>(edits: impl IntoIterator<Item = &'e FileEdit>) -> Self {
        let mut all: HashMap<PathBuf, Vec<Edit>> = HashMap::new();
        for edit in edits {
            let of_file = all.entry(edit.path.clone()).or_default();
            of_file.push(edit.edit.clone());
        }
        for edits in all.values_mut() {
            edits.sort_by_key(|edit| edit.range.start);
        }
        Self(all)
    }

    /// Those inside of a range of a document.
    pub fn inside(&self, document: &Document, range: &Range<usize>) -> Vec<&Edit> {
        let edits = self.0.get(document.path()).map_or(&[][..], Vec::as_slice);
        let from = edits.partition_point(|edit| edit.range.start < range.start);
        let near = edits[from..].iter();
        let near = near.take_while(|edit| edit.range.start <= range.end);
        near.filter(|edit| edit.range.end <= range.end).collect()
    }
}
