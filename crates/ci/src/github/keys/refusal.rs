//! Why a job stays on its keys.

/// Why a job stays on its keys.
#[derive(Debug, Clone)]
pub struct JobRefusal {
    /// Byte offset in the file of what is told about.
    pub offset: usize,
    /// The reason, as a clause.
    pub why: String,
    /// What a person can do.
    pub help: Option<String>,
}

impl JobRefusal {
    /// The reason, and where.
    pub fn new(offset: usize, why: impl Into<String>) -> Self {
        let why = why.into();
        Self {
            offset,
            why,
            help: None,
        }
    }

    /// With what a person can do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
