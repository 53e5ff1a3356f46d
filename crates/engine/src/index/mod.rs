//! Everything of a repository that has to be read.

pub mod around;
pub mod breaks;
pub mod document;
pub mod facts;
pub mod names;
pub mod prefilter;
pub mod readers;
pub mod set_elsewhere;
pub mod survey;
