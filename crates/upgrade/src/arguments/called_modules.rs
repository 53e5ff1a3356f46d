//! What modules pass to their callers by outputs: whole resources and data sources, and attributes of
//! them that become sets.

use std::collections::{BTreeMap, BTreeSet};

use super::affected::{AffectedBlock, affected_blocks};
use super::code::block_type::BlockType;
use super::code::held_objects::{Content, Held};
use super::code::holders::Holders;
use super::code::reference::ObjectName;
use super::in_references::concerns_references;
use super::major_upgrade::MajorUpgrade;
use super::table::row::Rule;
use terraform::module::Module;

/// What the outputs of a module hold that the upgrade changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldOutputs(BTreeMap<String, Held>);

/// What the calls of a module hold with the outputs of the modules that they call, by label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalledModules(pub(super) BTreeMap<String, Held>);

/// What is known of the modules around one.
#[derive(Debug, Clone, Copy)]
pub struct ModuleSurroundings<'s> {
    /// What its calls hold.
    pub called: &'s CalledModules,
    /// Whether another module of the repository calls it.
    pub is_called: bool,
}

impl HeldOutputs {
    /// Whether they hold nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl CalledModules {
    /// Whether they hold nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a call. `is_repeated` is whether it has `count` or `for_each`.
    pub fn add(&mut self, label: &str, is_repeated: bool, outputs: &HeldOutputs) {
        let module = format!("module.{label}.");
        let fields = outputs.0.iter().map(|(name, held)| {
            let held = held.clone().of_module(&module);
            (name.clone(), (Some(held), false))
        });
        let held = Held {
            levels: usize::from(is_repeated),
            content: Content::Fields(fields.collect()),
        };
        self.0.insert(label.to_owned(), held);
    }
}

/// What the outputs of a module hold, with what its own calls hold.
pub fn held_outputs(module: &Module, upgrade: MajorUpgrade, called: &CalledModules) -> HeldOutputs {
    let blocks = affected_blocks(module, upgrade);
    let concerns =
        |block: &&AffectedBlock<'_>| block.rows.iter().any(|row| concerns_references(row));
    let types = blocks.iter().filter(concerns);
    let types: BTreeSet<(BlockType, &str)> =
        types.map(|it| (it.kind, it.type_name.as_str())).collect();
    if types.is_empty() && called.is_empty() {
        return HeldOutputs::default();
    }
    // A value of which no more is read is read where it is; a set may be indexed by a caller.
    let counts = |object: &ObjectName, path: &str| {
        let rows = upgrade.rows(object.kind, &object.type_name);
        let mut paths = rows
            .iter()
            .flat_map(|row| row.paths.iter().map(move |path| (row, path)));
        paths.any(|(row, it)| match it.strip_prefix(path) {
            Some("") => matches!(row.rule, Rule::Set),
            Some(rest) => rest.starts_with('.') && concerns_references(row),
            None => false,
        })
    };
    let outputs = Holders::of(module, &types, &called.0).outputs(module);
    let outputs = outputs
        .into_iter()
        .filter_map(|(name, held)| Some((name, held.filtered(&counts)?)));
    HeldOutputs(outputs.collect())
}
