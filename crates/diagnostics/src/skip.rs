//! Input that was not read, or not edited, with the reason.

use std::path::PathBuf;

/// Something that was passed over, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skip {
    /// Path relative to the repository's root.
    pub path: PathBuf,
    /// The line that it is about; `None` for the whole of it.
    pub line: Option<usize>,
    /// The reason, as a phrase that follows the path.
    pub reason: String,
}
