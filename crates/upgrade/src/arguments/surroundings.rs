//! What a module passes to those around it, with what it gets from them.

use std::collections::BTreeSet;

use super::affected::AffectedBlock;
use super::code::block_type::BlockType;
use super::code::call_arguments::call_arguments;
use super::code::holders::Holders;
use super::code::passed_objects::{CallArguments, HeldOutputs, PassedObjects};
use super::code::reference::ObjectName;
use super::in_references::concerns_references;
use super::major_upgrade::MajorUpgrade;
use super::table::row::Rule;
use terraform::module::Module;

/// What is known of the modules around one.
#[derive(Debug, Clone, Copy)]
pub struct ModuleSurroundings<'s> {
    /// What passes between them and the module.
    pub passed: &'s PassedObjects,
    /// Whether another module of the repository calls it.
    pub is_called: bool,
}

/// The types of a module's blocks with a row that changes what references to them read.
fn types<'b>(blocks: &'b [AffectedBlock<'_>]) -> BTreeSet<(BlockType, &'b str)> {
    let concerns =
        |block: &&AffectedBlock<'_>| block.rows.iter().any(|row| concerns_references(row));
    let types = blocks.iter().filter(concerns);
    types.map(|it| (it.kind, it.type_name.as_str())).collect()
}

/// What a module with these affected blocks passes to the modules around it, with what its own calls and variables hold.
pub fn passed_on(
    module: &Module,
    blocks: &[AffectedBlock<'_>],
    upgrade: MajorUpgrade,
    passed: &PassedObjects,
) -> (HeldOutputs, Vec<CallArguments>) {
    let types = types(blocks);
    let holders = Holders::of(module, &types, passed);
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
    let outputs = holders.outputs(module).into_iter();
    let outputs = outputs.filter_map(|(name, held)| Some((name, held.filtered(&counts)?)));
    (
        HeldOutputs(outputs.collect()),
        call_arguments(module, &holders),
    )
}
