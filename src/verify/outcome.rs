//! How the plan of a root module ended.

use engine::verification::{Obstacle, RootPlan};

use super::failure::PlanFailure;
use super::plan_output::PlannedChange;

/// A root module in one variant, with what its plan came to.
#[derive(Debug)]
pub struct RootResult {
    /// What was to be planned.
    pub plan: RootPlan,
    /// The account in which it has to act.
    pub expected: Option<String>,
    /// The account of the credentials, as AWS says; `None` where it was not asked.
    pub found: Option<String>,
    /// How far it came.
    pub reached: Reached,
    /// What it came to.
    pub outcome: PlanOutcome,
}

/// How far a root module came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// Nothing was started.
    Nothing,
    /// The credentials are those of the account.
    Identity,
    /// `init`.
    Init,
    /// The state was read.
    State,
    /// The plan was made.
    Plan,
}

/// What a plan came to.
#[derive(Debug)]
pub enum PlanOutcome {
    /// Terraform says that there are no changes.
    NoChanges,
    /// At least one.
    Changes(Vec<(PlannedChange, ChangeStatus)>),
    /// `init`, reading the state or planning failed, or the account is another one.
    Failed(PlanFailure),
    /// Something that only a run knows is missing.
    NotVerified(Obstacle),
}

/// Why a change does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeStatus {
    /// It counts.
    New,
    /// It was planned before the migration, too.
    Before,
    /// It is listed.
    Expected,
}

impl Reached {
    /// As a word of the table and of JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Identity => "identity",
            Self::Init => "init",
            Self::State => "state",
            Self::Plan => "plan",
        }
    }
}

impl ChangeStatus {
    /// As a word of JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Before => "before",
            Self::Expected => "expected",
        }
    }
}

impl RootResult {
    /// The changes that count.
    pub fn new_changes(&self) -> impl Iterator<Item = &PlannedChange> {
        let changes = match &self.outcome {
            PlanOutcome::Changes(changes) => changes.as_slice(),
            _ => &[],
        };
        let new = changes
            .iter()
            .filter(|(_, known)| *known == ChangeStatus::New);
        new.map(|(change, _)| change)
    }

    /// Whether it is one for which the command exits with 1.
    pub fn is_found(&self) -> bool {
        matches!(self.outcome, PlanOutcome::Failed(_)) || self.new_changes().next().is_some()
    }

    /// Whether nothing is known of it.
    pub fn is_unverified(&self) -> bool {
        matches!(self.outcome, PlanOutcome::NotVerified(_))
    }
}
