//! The code of a module, looked up by name: as many blocks may be converted as there are.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::code::block_type::BlockType;
use super::code::holders::Holders;
use super::code::passed_objects::PassedObjects;
use super::code::reference::Reference;
use super::code::references::references;
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
    /// The code of `module`; nothing is looked up yet.
    pub fn of(module: &'m Module) -> Self {
        Self {
            module,
            blocks: OnceCell::new(),
            references: RefCell::default(),
        }
    }

    /// The blocks of a kind, `resource` or `data`, that have a type.
    pub fn blocks(&self, kind: &'static str, type_name: &'static str) -> &[Block<'m>] {
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
        let found = blocks.get(&(kind, type_name));
        found.map_or(&[], Vec::as_slice)
    }

    /// The references to blocks of a kind and type.
    pub fn references(&self, kind: BlockType, type_name: &'static str) -> Rc<ReferencesByName<'m>> {
        let mut known = self.references.borrow_mut();
        let found = known.entry((kind, type_name)).or_insert_with(|| {
            let types = BTreeSet::from([(kind, type_name)]);
            let none = PassedObjects::default();
            let holders = Holders::of(self.module, &types, &none);
            let mut by_name = ReferencesByName::new();
            for document in self.module.configuration() {
                let found = references(document, &holders, |_, _| true);
                let mut all = found.whole;
                for reference in found.read.into_iter().chain(found.passed) {
                    if !all.contains(&reference) {
                        all.push(reference);
                    }
                }
                for reference in all {
                    let name = reference.object.name.clone();
                    by_name.entry(name).or_default().push((document, reference));
                }
            }
            Rc::new(by_name)
        });
        Rc::clone(found)
    }
}
