//! The code of a module, looked up by name: as many blocks may be converted as there are.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::code::block_type::BlockType;
use super::code::holders::Holders;
use super::code::passed_objects::PassedObjects;
use super::code::reference::Reference;
use super::code::references::references;
use syntax::hcl::{Block, Document};
use terraform::file_kind::FileKind;
use terraform::module::Module;

/// What takes objects by their addresses, in any block.
const DEPENDS_ON: &str = "depends_on";

/// The references to one type, by the names of the blocks that they read.
pub type ReferencesByName<'m> = HashMap<String, Vec<(&'m Document, Reference)>>;

/// Places in a module's code, by the names of the blocks that they name.
pub type PlacesByName<'m> = HashMap<String, Vec<(&'m Document, Range<usize>)>>;

/// The code of a module.
pub struct ModuleCode<'m> {
    module: &'m Module,
    /// Resources and data sources by kind and type.
    blocks: OnceCell<HashMap<(&'m str, &'m str), Vec<Block<'m>>>>,
    references: RefCell<HashMap<(BlockType, &'static str), Rc<ReferencesByName<'m>>>>,
    dependencies: RefCell<HashMap<&'static str, Rc<PlacesByName<'m>>>>,
}

impl<'m> ModuleCode<'m> {
    /// The code of `module`; nothing is looked up yet.
    pub fn of(module: &'m Module) -> Self {
        Self {
            module,
            blocks: OnceCell::new(),
            references: RefCell::default(),
            dependencies: RefCell::default(),
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

    /// The tests of the module.
    pub fn tests(&self) -> impl Iterator<Item = &'m Document> {
        let own = self.module.of_kind(FileKind::Test);
        own.chain(&self.module.around.tests)
    }

    /// Where `depends_on` names objects of a type, by their names: the bytes of the type's name.
    pub fn dependencies(&self, type_name: &'static str) -> Rc<PlacesByName<'m>> {
        let mut known = self.dependencies.borrow_mut();
        let found = known.entry(type_name).or_insert_with(|| {
            let mut by_name = PlacesByName::new();
            for document in self.module.configuration() {
                for top in document.tops() {
                    let text = top.text();
                    if !text.contains(DEPENDS_ON) || !text.contains(type_name) {
                        continue;
                    }
                    if let Ok(block) = top.parse() {
                        add_dependencies(&block, type_name, &mut by_name);
                    }
                }
            }
            Rc::new(by_name)
        });
        Rc::clone(found)
    }

    /// The references to blocks of a kind and type, in the module's configuration and its tests.
    pub fn references(&self, kind: BlockType, type_name: &'static str) -> Rc<ReferencesByName<'m>> {
        let mut known = self.references.borrow_mut();
        let found = known.entry((kind, type_name)).or_insert_with(|| {
            let types = BTreeSet::from([(kind, type_name)]);
            let none = PassedObjects::default();
            // As tests see it: the configuration has no `output.NAME` and `run.NAME`.
            let holders = Holders::of(self.module, &types, &none).of_tests(self.module);
            let mut by_name = ReferencesByName::new();
            for document in self.module.configuration().chain(self.tests()) {
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

fn add_dependencies<'m>(block: &Block<'m>, type_name: &str, by_name: &mut PlacesByName<'m>) {
    let list = block.attribute(DEPENDS_ON);
    let items = list.map(|it| it.value.elements());
    for item in items.into_iter().flatten() {
        let text = item.text();
        let address = text.find(type_name).and_then(|at| {
            let rest = text[at + type_name.len()..].strip_prefix('.')?;
            let is_word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
            let end = rest.find(|char| !is_word(char)).unwrap_or(rest.len());
            Some((at, &rest[..end]))
        });
        if let Some((at, name)) = address {
            let start = item.span().start + at;
            let place = (item.document(), start..start + type_name.len());
            by_name.entry(name.to_owned()).or_default().push(place);
        }
    }
    for inner in block.body().blocks() {
        add_dependencies(&inner, type_name, by_name);
    }
}
