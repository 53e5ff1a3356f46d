//! What is reported about a repository: findings with their locations, edits and safety, inputs that
//! were skipped, and the comments that silence findings.

pub mod ask;
pub mod finding;
pub mod ignore;
pub mod skip;
pub mod suggestion;
