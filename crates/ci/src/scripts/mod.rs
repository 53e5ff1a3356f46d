//! Scripts, Makefiles and the files of other CI systems, read as text.

pub mod aws_files;
pub mod aws_scripts;
pub mod aws_use;
pub(crate) mod brought_credentials;
pub mod cluster_use;
pub(crate) mod configuration_files;
pub mod invocation;
pub mod key_arguments;
pub mod local_commands;
pub mod profile;
pub mod profile_file;
pub mod program;
mod program_commands;
pub mod reader;
pub mod shell;
pub mod static_keys;
pub mod tasks;
pub(crate) mod terragrunt_role;
pub mod terratest;
pub mod tree;
pub mod user_calls;
pub mod values_lines;
pub(crate) mod windows;
pub mod working_directory;
