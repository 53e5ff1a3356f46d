//! What a move between two releases of a registry module changes of its resources: a table for each
//! module, evaluated with the arguments of a call.

mod argument;
mod effects;
mod formula;
mod instances;
mod proof;
mod resolver;
mod table;

pub use argument::Arguments;
pub use effects::{Effects, Side, effects, may_be_empty, nullable_outputs};

/// Whether a table knows what releases of the module make of its arguments.
pub fn has_changes(source: &str) -> bool {
    table::of_module(source).is_some()
}
