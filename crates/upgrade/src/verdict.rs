//! The decision about one version constraint.

use diagnostics::finding::Safety;
use syntax::code;

/// What becomes of a version constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It stays, and nothing is reported.
    Keep,
    /// It is rewritten, or added where there is none.
    Change {
        /// The new constraint.
        to: String,
        /// Whether the change needs review.
        safety: Safety,
        /// Why it needs review, a clause each.
        reasons: Vec<String>,
        /// What to do for the review, a line each.
        help: Vec<String>,
    },
    /// It stays, for the reason that is reported.
    Leave(String),
    /// It stays since it is at the target or beyond: a note, which says where.
    Beyond(String),
}

/// The predicate of a finding about a constraint that is not moved.
pub fn not_upgraded(from: Option<&str>, to: &str) -> String {
    let from = from.map_or(String::new(), |from| {
        format!(" from {}", code::quoted(from))
    });
    format!("is not upgraded{from} to {}", code::quoted(to))
}

impl Verdict {
    /// Whether it is a change that is made, with or without `--review`.
    pub fn is_made(&self, review: bool) -> bool {
        matches!(self, Self::Change { safety, .. } if *safety == Safety::Safe || review)
    }
}
