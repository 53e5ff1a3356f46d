//! Where a module's code sets and reads arguments: the blocks, paths, references and lists of names
//! that the tables of the majors speak of.

pub mod block_type;
pub mod call_arguments;
pub mod held_objects;
pub mod holders;
pub mod ignore_changes;
pub mod known_values;
pub mod mention;
pub mod passed_objects;
pub mod reference;
pub mod references;
pub mod sites;
pub mod words;
