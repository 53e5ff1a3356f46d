//! Why a job keeps its static keys.

use diagnostics::ask::{Ask, Help};

/// Why a job keeps its static keys.
#[derive(Debug, Clone)]
pub struct JobRefusal {
    /// Byte offset of what prevents the conversion.
    pub offset: usize,
    /// The reason, as a clause.
    pub why: String,
    /// What a person can do about it.
    pub help: Option<Help>,
    /// Questions that its reason asks.
    pub questions: Vec<Ask>,
}

impl JobRefusal {
    /// A refusal without help.
    pub fn new(offset: usize, why: impl Into<String>) -> Self {
        let why = why.into();
        Self {
            offset,
            why,
            help: None,
            questions: Vec::new(),
        }
    }

    /// Adds what a person can do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<Help>) -> Self {
        self.help = Some(help.into());
        self
    }
}
