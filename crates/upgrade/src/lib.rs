//! What an upgrade does to each constraint, and what has to move together.

pub mod arguments;
pub mod moves;
pub mod provider;
pub mod registry;
pub mod settings;
pub mod together;
pub mod vpc;

use diagnostics::finding::Safety;

/// What becomes of a version constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It fits: nothing to do, nothing to say.
    Keep,
    /// It is rewritten, or added where there is none.
    Change {
        /// The new constraint.
        to: String,
        /// Whether a person has to agree.
        safety: Safety,
        /// What a person should know before agreeing.
        why: Option<String>,
    },
    /// It is left, and a person should know why.
    Leave(String),
}

impl Verdict {
    /// The change, where it is made under a selection that admits Review or not.
    pub fn is_made(&self, review: bool) -> bool {
        matches!(self, Self::Change { safety, .. } if *safety == Safety::Safe || review)
    }
}
