//! Makefiles: what `make` runs for the targets and the variables of a call.
//!
//! Source: the manual of GNU Make.

mod call;
mod file;
mod functions;
mod patterns;
mod run;
#[cfg(test)]
mod tests;

pub use call::MakeCall;
pub use file::Makefile;
