//! The edits of findings that are not made, whatever is asked for: what is decided counts on none of
//! them.

use crate::declined::Declined;
use crate::disagreements::Disagreements;
use crate::left_out::LeftOut;

/// The edits that are not made, by why.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnmadeEdits {
    /// Not all modules of a linked file would get them.
    pub disagreements: Disagreements,
    /// The request or a comment declines them.
    pub declined: Declined,
    /// They conflict with those of another transform.
    pub left_out: LeftOut,
}
