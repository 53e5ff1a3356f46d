//! What an upgrade of the AWS provider and of registry modules changes: version constraints, the
//! arguments that a major removed or renamed, and what has to be upgraded together.
//!
//! Imports go one way: `joint_bump` uses `arguments` and `registry`, both use only the files here.

pub mod arguments;
pub mod joint_bump;
pub mod module_changes;
pub mod output_uses;
pub mod provider;
pub mod registry;
pub mod settings;
mod verdict;
pub mod vpc;
pub mod written_for;

pub use verdict::{Verdict, not_upgraded};
