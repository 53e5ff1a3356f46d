//! Calls of registry modules: what the configured upgrade makes of their `version`, and which of
//! their releases do not work with a major of the AWS provider.

mod call;
mod call_override;
mod conflict;
mod incompatibility;
mod relevant_calls;
mod requirements;
mod rewrite;
mod table;

pub use call::RegistryCall;
pub use call_override::CallOverride;
pub use conflict::{conflict, with_upper_bound};
pub use incompatibility::{Conflict, Incompatibility};
pub use relevant_calls::{is_relevant, module_calls, unknown_modules};
pub use requirements::required_provider;
pub use table::{SOURCES, is_known, newest_major};
