//! Static AWS keys in workflows: where they come from, which steps get them, what replaces them.

mod exported;
pub mod flow;
pub mod job_role;
pub mod key_start;
pub mod key_use;
pub mod origin;
pub mod pair;
pub mod passed_on;
pub mod refusal;
pub mod role_choice;
pub mod role_passage;
pub mod role_variable;
mod taken_role;
mod unconvertible;
pub mod written_profiles;
