//! Texts in HCL, JSON and YAML: located by parsers, changed by byte-range edits, never printed back.
//! Words of a shell and strings of HCL: quoted. Whatever is shown: made visible. Patterns for paths and
//! names: matched.
//!
//! Knows no Terraform beyond the JSON syntax of its configuration, and no file system.

// `sentence!` calls `::syntax`, in this crate as in those above.
extern crate self as syntax;

pub mod code;
pub mod edit;
pub mod fmt;
pub mod glob;
pub mod hcl;
pub mod hcl_string;
pub mod json;
pub mod lexer;
pub mod location;
pub mod outline;
mod raise;
pub mod ranges;
pub mod shell;
pub mod text;
pub mod visible;
pub mod yaml;
