//! A problem that the doctor finds.

use std::path::PathBuf;

/// What was seen, where, and the command that fixes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Which check speaks, in `snake_case`.
    pub check: &'static str,
    /// The file; `None` for the environment.
    pub file: Option<PathBuf>,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// What was seen and what comes of it.
    pub message: String,
    /// What cures it: a command, mostly.
    pub cure: String,
}

impl Problem {
    /// Something about the environment.
    pub fn new(check: &'static str, message: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            check,
            file: None,
            line: None,
            message: message.into(),
            cure: cure.into(),
        }
    }

    /// The same, in a file.
    #[must_use]
    pub fn at(mut self, file: impl Into<PathBuf>, line: usize) -> Self {
        self.file = Some(file.into());
        self.line = Some(line);
        self
    }
}
