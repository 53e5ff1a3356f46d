//! What GitHub and AWS were asked, and what is known of it.

use std::fmt;

/// Something that was asked and is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Why, as a clause.
    pub reason: String,
    /// A command, where one helps.
    pub cure: Option<String>,
}

/// What is known, or why it is not.
pub type Known<T> = Result<T, Unread>;

impl Unread {
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            cure: None,
        }
    }

    /// The same with the command that helps.
    pub fn cured_by(self, cure: impl Into<String>) -> Self {
        Self {
            cure: Some(cure.into()),
            ..self
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}
