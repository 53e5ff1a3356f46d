//! From the files of a repository to its plan.

pub mod audit;
pub mod backend_keys;
pub mod decisions;
mod edited;
pub mod error;
pub mod index;
pub mod init;
pub mod inventory;
mod left_out;
pub mod next_steps;
pub mod plan;
pub mod planner;
pub mod proposals;
mod proved;
pub mod provider_accounts;
pub mod repo;
pub mod request;
mod runners;
pub mod selection;
pub mod settings;
pub mod source;
pub mod static_keys;
pub mod transform;
pub mod unused;
pub mod unused_variables;
