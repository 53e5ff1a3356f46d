//! The edits of one transaction while they are collected.

use super::Yaml;
use super::remove::RemovedLines;
use crate::edit::Edit;

/// The edits of one transaction while they are collected.
pub struct Draft<'y> {
    pub yaml: &'y Yaml,
    pub edits: Vec<Edit>,
    /// Lines that are removed. Their edits are made last, when all others are known.
    pub gone: Vec<RemovedLines>,
}
