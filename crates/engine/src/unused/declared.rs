//! What a module declares, by name.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::removed::RemovedRanges;
use syntax::hcl::{Attribute, Block, Document};
use syntax::ranges::Ranges;
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::references::{NamedValue, References, names_in};

/// The declarations of a module and its references, looked up by name: a plan may leave as many
/// declarations unused as the module has.
pub struct Declared<'m> {
    /// The module.
    pub module: &'m Module,
    variables: HashMap<&'m str, Vec<Block<'m>>>,
    /// The values of variables in `*.tfvars` files.
    values: HashMap<&'m str, Vec<Attribute<'m>>>,
    locals: HashMap<&'m str, Vec<Attribute<'m>>>,
    /// By type, then by name.
    data: HashMap<&'m str, HashMap<&'m str, Vec<Block<'m>>>>,
    references: References<'m>,
}

impl<'m> Declared<'m> {
    /// What a module declares.
    pub fn of(module: &'m Module) -> Self {
        let mut all = Self {
            module,
            variables: HashMap::new(),
            values: HashMap::new(),
            locals: HashMap::new(),
            data: HashMap::new(),
            references: References::of(module.configuration()),
        };
        for document in module.configuration() {
            for block in document.blocks("variable") {
                if let Some(name) = block.label(0) {
                    all.variables.entry(name).or_default().push(block);
                }
            }
            for local in document
                .blocks("locals")
                .flat_map(|it| it.body().attributes())
            {
                all.locals.entry(local.name).or_default().push(local);
            }
            for block in document.blocks("data") {
                if let (Some(kind), Some(name)) = (block.label(0), block.label(1)) {
                    let of_type = all.data.entry(kind).or_default();
                    of_type.entry(name).or_default().push(block);
                }
            }
        }
        for document in module.of_kind(FileKind::Values) {
            let mut seen = HashSet::new();
            for value in document.body().into_iter().flat_map(|it| it.attributes()) {
                // The first of a file.
                if seen.insert(value.name) {
                    all.values.entry(value.name).or_default().push(value);
                }
            }
        }
        all
    }

    /// The blocks of a variable, those that override it among them.
    pub fn variable(&self, name: &str) -> Vec<Block<'m>> {
        self.variables.get(name).cloned().unwrap_or_default()
    }

    /// The values of a variable in `*.tfvars` files.
    pub fn values(&self, name: &str) -> Vec<Attribute<'m>> {
        self.values.get(name).cloned().unwrap_or_default()
    }

    /// The declarations of a local.
    pub fn local(&self, name: &str) -> &[Attribute<'m>] {
        self.locals.get(name).map_or(&[], Vec::as_slice)
    }

    /// The blocks of a data source.
    pub fn data(&self, kind: &str, name: &str) -> &[Block<'m>] {
        let found = self.data.get(kind).and_then(|of_type| of_type.get(name));
        found.map_or(&[], Vec::as_slice)
    }

    /// The declarations that the removed code of the module references, each once.
    pub fn names_removed(&self, removed: &RemovedRanges<'_>) -> BTreeSet<NamedValue> {
        let mut names = BTreeSet::new();
        for document in &self.module.documents {
            let Some(ranges) = removed.get(document.path()) else {
                continue;
            };
            names.extend(match FileKind::of(document.path()) {
                // `local.` in a Terragrunt file means the locals of that file (Terragrunt docs,
                // "Locals").
                Some(FileKind::Terragrunt) => continue,
                Some(FileKind::Configuration) => self.references.names_in(document, ranges),
                _ => names_in(document, ranges),
            });
        }
        names
    }

    /// The same, and the declarations that the locals among them reference, directly or by way of one another.
    pub fn names_through_locals(&self, removed: &RemovedRanges<'_>) -> BTreeSet<NamedValue> {
        let mut names = self.names_removed(removed);
        let mut waiting: Vec<NamedValue> = names.iter().cloned().collect();
        while let Some(name) = waiting.pop() {
            let NamedValue::Local(local) = &name else {
                continue;
            };
            for value in self.local(local) {
                let ranges = Ranges::from_iter([value.span()]);
                let inside = self.references.names_in(value.value.document(), &ranges);
                let new = inside.into_iter().filter(|it| !names.contains(it));
                waiting.extend(new);
            }
            names.extend(waiting.iter().cloned());
        }
        names
    }

    /// The first place at which the module's configuration references a declaration, but for removed
    /// ranges and for the declaration itself.
    pub fn first_reference(
        &self,
        name: &NamedValue,
        own: &[(&Document, Range<usize>)],
        removed: &RemovedRanges<'_>,
    ) -> Option<(&'m Document, usize)> {
        self.references.first_use(name, |document, at| {
            let removed = removed.get(document.path());
            let mut own = own.iter();
            !removed.is_some_and(|ranges| ranges.contains(at))
                && !own.any(|(of, span)| of.path() == document.path() && span.contains(&at))
        })
    }
}
