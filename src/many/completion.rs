//! How one of many repositories ended.

use engine::plan::Plan;

use crate::outcome::Outcome;

/// How it ended, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// How.
    pub outcome: Outcome,
    /// The error's text, where there was one.
    pub why: Option<String>,
    /// Findings whose edits are made.
    pub changes: usize,
    /// Files that change.
    pub files: usize,
    /// Findings that need review or manual work.
    pub open: usize,
}

impl Completion {
    /// With a plan.
    pub fn planned(plan: &Plan) -> Self {
        Self {
            outcome: Outcome::of(plan),
            why: None,
            changes: plan.applied().count(),
            files: plan.changes.len(),
            open: plan.open().count(),
        }
    }

    /// With an error.
    pub fn failed(error: &anyhow::Error) -> Self {
        Self {
            outcome: Outcome::of_error(error),
            why: Some(format!("{error:#}")),
            changes: 0,
            files: 0,
            open: 0,
        }
    }
}
