//! What a review comes to.

use super::kept::Kept;
use crate::report;
use crate::repository::Planned;
use crate::terminal;

/// The plan by the answers of a review, and what they were.
pub struct Reviewed {
    /// The plan by the answers.
    pub planned: Planned,
    /// What it holds beside changes: the answers that are kept.
    pub kept: Kept,
    /// How many changes are not made.
    pub declined: usize,
    /// Whether files were edited meanwhile.
    pub is_edited: bool,
}

impl Reviewed {
    /// What is kept, as a diff, and how much all of it is: `Plan: 0 changes, 1 ignore comment in dev/main.tf;
    /// 19 declined.`
    pub fn shown(&self) -> String {
        let kept = self.kept.shown(&self.planned);
        let kept = match kept.is_empty() {
            true => kept,
            false => format!("\nKept answers:\n{kept}"),
        };
        let files = self.kept.others(&self.planned);
        let (counts, plan) = (self.kept.counts(), &self.planned.plan);
        let summary = report::reviewed(plan, files, &counts, self.declined);
        format!("{kept}\n{}\n", terminal::folded(&summary))
    }
}
