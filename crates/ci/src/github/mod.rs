//! GitHub Actions.

pub mod permissions;
pub mod workflow;
