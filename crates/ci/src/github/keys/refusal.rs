//! Why a job keeps its static keys.

/// Why a job keeps its static keys.
#[derive(Debug, Clone)]
pub struct JobRefusal {
    /// Byte offset of what prevents the conversion.
    pub offset: usize,
    /// The reason, as a clause.
    pub why: String,
    /// What a person can do about it.
    pub help: Option<String>,
    /// Whether `ci.default_token` would settle it.
    pub waits_for_token: bool,
}

impl JobRefusal {
    /// A refusal without help.
    pub fn new(offset: usize, why: impl Into<String>) -> Self {
        let why = why.into();
        Self {
            offset,
            why,
            help: None,
            waits_for_token: false,
        }
    }

    /// Adds what a person can do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
