//! Scripts, Makefiles and the files of other CI systems, read as text.

pub mod aws_scripts;
pub mod shell;
pub mod static_keys;
