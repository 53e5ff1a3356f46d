//! How the run over one repository ended.

use std::fmt;

use anstream::adapter::strip_str;
use engine::plan::Plan;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Files would change, or were written.
    Changed,
    /// Nothing changes, and something needs a person.
    Person,
    /// Nothing changes, and nothing needs one.
    Nothing,
    /// Something about the repository has to be mended first.
    Refused,
    /// It could not be read or written.
    Failed,
}

impl Outcome {
    /// All of them, in the order they are listed.
    pub const ALL: [Self; 5] = [
        Self::Failed,
        Self::Refused,
        Self::Person,
        Self::Changed,
        Self::Nothing,
    ];

    /// What a plan comes to.
    pub fn of(plan: &Plan) -> Self {
        match (plan.changes.is_empty(), plan.open().next()) {
            (false, _) => Self::Changed,
            (true, Some(_)) => Self::Person,
            (true, None) => Self::Nothing,
        }
    }

    /// What an error comes to.
    pub fn of_error(error: &anyhow::Error) -> Self {
        match error.is::<Refusal>() || error.is::<WrongConfiguration>() {
            true => Self::Refused,
            false => Self::Failed,
        }
    }

    /// As ledgers and other machines read it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Person => "person",
            Self::Nothing => "nothing",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// As people read it, of a run that writes or only plans.
    pub fn title(self, writes: bool) -> &'static str {
        match self {
            Self::Changed if writes => "changed",
            Self::Changed => "would change",
            Self::Person => "needs review or manual work",
            Self::Nothing => "nothing to do",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// Whether the repository was neither planned nor written.
    pub fn is_error(self) -> bool {
        matches!(self, Self::Refused | Self::Failed)
    }
}

/// The error of a repository that has to be mended first.
#[derive(Debug)]
pub struct Refusal(pub String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

/// The errors of a configuration, with their lines: coloured, and fit to be shown as they are.
#[derive(Debug)]
pub struct WrongConfiguration(pub String);

impl fmt::Display for WrongConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        strip_str(&self.0).fmt(f)
    }
}

impl std::error::Error for WrongConfiguration {}
