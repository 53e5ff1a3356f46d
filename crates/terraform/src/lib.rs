//! Terraform and Terragrunt configurations, read: modules, providers, backends, accounts.

pub mod account;
pub mod account_guard;
pub mod ambient_use;
pub mod assume_role;
pub mod backend;
pub mod caller_identity;
pub mod constraint;
pub mod file_kind;
pub mod identity_provider;
pub mod linked_directories;
pub mod local_command;
pub mod lock;
pub mod module;
pub mod module_call;
pub mod module_graph;
pub mod partition;
pub mod provider;
pub mod references;
pub mod remote_state;
pub mod requirement;
pub mod s3_address;
pub mod static_keys;
pub mod template;
pub mod terragrunt;
pub mod values_file;
pub mod version_file;
