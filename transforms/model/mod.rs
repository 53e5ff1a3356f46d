//! What a transform reads and returns.

pub mod account;
pub mod backend;
pub mod calls;
pub mod constraint;
pub mod edit;
pub mod facts;
pub mod file_kind;
pub mod finding;
pub mod hcl;
mod insert;
mod layout;
pub mod module;
pub mod module_call;
pub mod outline;
pub mod plan;
pub mod prefilter;
pub mod repo;
pub mod requirement;
pub mod role;
pub mod s3_address;
pub mod selection;
pub mod settings;
pub mod settle;
pub mod steps;
pub mod text;
pub mod upgrade;
pub mod workflow;
