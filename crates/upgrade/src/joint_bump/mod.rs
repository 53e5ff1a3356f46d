//! The decision about the constraints of all modules that depend on each other, taken together:
//! what `terraform init` does with them after the plan is applied.

mod breaks;
mod connected_modules;
mod groups;
mod module_constraints;
mod policy;
mod resolution;
mod root_tree;

pub use breaks::Breaks;
pub use groups::{holds, major_upgrades, tree};
pub use module_constraints::{Editable, Holds, ModuleConstraints};
pub use policy::UpgradePolicy;
pub use resolution::Resolution;
pub use root_tree::RootTree;
