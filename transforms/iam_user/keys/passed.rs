//! Static keys on their way from module to module: by locals, outputs and variables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use syntax::hcl::Block;
use terraform::module::Module;
use terraform::module_call::ModuleAddress;

use super::{Key, KeyFinder, Keys};

/// Keys by the name of an output or a variable.
type Named = BTreeMap<String, BTreeSet<Key>>;

/// The modules with their keys, and what of other modules' keys reaches them.
pub(super) fn followed<'m>(modules: &[&'m Module]) -> Vec<(&'m Module, Keys)> {
    let mut all: Vec<(&Module, Keys)> = modules.iter().map(|it| (*it, Keys::of(it))).collect();
    // Each round leads them one reference further; sets only grow, so that it ends.
    loop {
        let mut has_grown = false;
        let mut outputs: BTreeMap<PathBuf, Named> = BTreeMap::new();
        let mut inputs: BTreeMap<PathBuf, Named> = BTreeMap::new();
        for (module, keys) in &mut all {
            has_grown |= add_locals(module, keys);
            for output in module.configuration().flat_map(|it| it.blocks("output")) {
                let (Some(name), Some(value)) = (output.label(0), output.attribute("value")) else {
                    continue;
                };
                let found = KeyFinder::keys_in(keys, value.value.expression());
                let known = outputs.entry(module.directory.clone()).or_default();
                known.entry(name.to_owned()).or_default().extend(found);
            }
            for (called, call) in calls(module) {
                for input in call.body().attributes() {
                    let found = KeyFinder::keys_in(keys, input.value.expression());
                    let known = inputs.entry(called.clone()).or_default();
                    known
                        .entry(input.name.to_owned())
                        .or_default()
                        .extend(found);
                }
            }
        }
        for (module, keys) in &mut all {
            let given = inputs.remove(&module.directory).unwrap_or_default();
            for (name, found) in given {
                has_grown |= grow(keys.inputs.entry(name).or_default(), found);
            }
            for (called, call) in calls(module) {
                let name = call.label(0).unwrap_or_default();
                for (output, found) in outputs.get(&called).into_iter().flatten() {
                    let key = (name.to_owned(), output.clone());
                    has_grown |= grow(keys.outputs.entry(key).or_default(), found.clone());
                }
            }
        }
        if !has_grown {
            return all;
        }
    }
}

/// Adds the locals that are part of keys; whether there is anything new.
fn add_locals(module: &Module, keys: &mut Keys) -> bool {
    let mut has_grown = false;
    for locals in module.configuration().flat_map(|it| it.blocks("locals")) {
        for local in locals.body().attributes() {
            let found = KeyFinder::keys_in(keys, local.value.expression());
            let known = keys.locals.entry(local.name.to_owned()).or_default();
            has_grown |= grow(known, found);
        }
    }
    has_grown
}

fn grow(known: &mut BTreeSet<Key>, found: BTreeSet<Key>) -> bool {
    let before = known.len();
    known.extend(found);
    known.len() > before
}

/// The calls of modules in the tree, each with the directory.
fn calls(module: &Module) -> impl Iterator<Item = (PathBuf, Block<'_>)> {
    let blocks = module.configuration().flat_map(|it| it.blocks("module"));
    blocks.filter_map(|call| {
        let source = call.attribute("source")?;
        let source = source.value.literal()?;
        match ModuleAddress::parse(source, &module.directory) {
            ModuleAddress::Local(directory) => Some((directory, call)),
            _ => None,
        }
    })
}
