//! GitHub's workflows and actions: what their jobs do, and how they hang together.

pub mod configure;
pub mod expression;
pub mod origin;
pub mod plumbing;
pub mod role;
pub mod terraform;
pub mod triggers;
