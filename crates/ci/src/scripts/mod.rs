//! Scripts, Makefiles and the files of other CI systems, read as text.

pub mod aws_scripts;
pub mod static_keys;
