//! What holds whole resources and data sources in a module, or attributes of them: its locals, and the calls of
//! modules and the variables that pass them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use memchr::memmem::Finder;

use super::block_type::{BlockType, header};
use super::held_objects::{Held, Names, ObjectReader};
use super::mention::{Mention, mentions};
use super::passed_objects::PassedObjects;
use syntax::hcl::{Block, Document};
use terraform::module::Module;

/// Rounds in which locals are followed into each other at most.
const ROUNDS: usize = 8;

/// What holds whole resources and data sources of some types in a module.
pub struct Holders<'t> {
    types: &'t BTreeSet<(BlockType, &'t str)>,
    /// The names of the types.
    finders: Vec<(&'t str, Finder<'t>)>,
    /// The addresses of blocks with `count` or `for_each`.
    repeated: BTreeSet<String>,
    locals: HashMap<String, Held>,
    /// What its outputs hold, where tests name them.
    outputs: BTreeMap<String, Held>,
    passed: &'t PassedObjects,
}

impl<'t> Holders<'t> {
    /// Those of the module. `passed` is what it gets from the modules around it.
    pub fn of(
        module: &Module,
        types: &'t BTreeSet<(BlockType, &'t str)>,
        passed: &'t PassedObjects,
    ) -> Self {
        let names: BTreeSet<&str> = types.iter().map(|(_, type_name)| *type_name).collect();
        let finders = names.into_iter().map(|name| (name, Finder::new(name)));
        let mut holders = Self {
            types,
            finders: finders.collect(),
            repeated: BTreeSet::new(),
            locals: HashMap::new(),
            outputs: BTreeMap::new(),
            passed,
        };
        if types.is_empty() && passed.is_empty() {
            return holders;
        }
        // The headers tell which of the blocks are worth parsing.
        for top in module.configuration().flat_map(Document::tops) {
            let Some((kind, [type_name, name])) = header(top.text()) else {
                continue;
            };
            let repeats = |block: &Block<'_>| {
                let mut arguments = ["count", "for_each"].into_iter();
                arguments.any(|it| block.attribute(it).is_some())
            };
            if types.contains(&(kind, type_name)) && top.parse().is_ok_and(|it| repeats(&it)) {
                holders.repeated.insert(kind.address(type_name, name));
            }
        }
        for _ in 0..ROUNDS {
            let known = holders.locals.len();
            holders.add_locals(module);
            if holders.locals.len() == known {
                break;
            }
        }
        holders
    }

    fn add_locals(&mut self, module: &Module) {
        let mut found = Vec::new();
        for document in module.configuration() {
            for block in document.blocks("locals") {
                if !self.may_be_in(block.text(), |_, mention| mention != Mention::None) {
                    continue;
                }
                for local in block.body().attributes() {
                    let names = self.names();
                    let mut reader = ObjectReader::new(&names, block.offset());
                    let held = reader.read(local.value.expression());
                    found.extend(held.map(|held| (local.name.to_owned(), held)));
                }
            }
        }
        self.locals.extend(found);
    }

    pub(super) fn names(&self) -> Names<'_> {
        Names {
            types: self.types,
            repeated: &self.repeated,
            locals: &self.locals,
            outputs: &self.outputs,
            called: &self.passed.called,
            variables: &self.passed.variables,
            followed: &self.passed.followed,
            typed: &self.passed.typed,
        }
    }

    /// Whether a text mentions a type in a way that counts, or a local that holds such objects.
    pub(super) fn may_be_in(&self, text: &str, counts: impl Fn(&str, Mention<'_>) -> bool) -> bool {
        let mut finders = self.finders.iter();
        let has = |root: &str, name: &String| text.contains(root) && text.contains(name.as_str());
        finders.any(|(name, finder)| mentions(text.as_bytes(), finder, |it| counts(name, it)))
            || self.locals.keys().any(|name| has("local.", name))
            || self.passed.called.keys().any(|label| has("module.", label))
            || self.passed.variables.keys().any(|name| has("var.", name))
            || self
                .outputs
                .keys()
                .any(|name| has("output.", name) || has("run.", name))
    }

    /// The same as the tests of the module see it, which name its outputs, too.
    #[must_use]
    pub fn of_tests(mut self, module: &Module) -> Self {
        self.outputs = self.outputs(module);
        self
    }

    /// What the values of the module's outputs hold, by their names.
    pub fn outputs(&self, module: &Module) -> BTreeMap<String, Held> {
        let mut outputs = BTreeMap::new();
        for document in module.configuration() {
            for block in document.blocks("output") {
                if !self.may_be_in(block.text(), |_, mention| mention != Mention::None) {
                    continue;
                }
                let (Some(name), Some(value)) = (block.label(0), block.attribute("value")) else {
                    continue;
                };
                let names = self.names();
                let mut reader = ObjectReader::new(&names, block.offset());
                let held = reader.read(value.value.expression());
                outputs.extend(held.map(|held| (name.to_owned(), held)));
            }
        }
        outputs
    }
}
