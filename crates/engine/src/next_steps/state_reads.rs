//! What the policies of state buckets have to allow before the merge.

use crate::plan::{Action, Moment, NextStep, Plan};
use crate::repo::Repo;
use syntax::{shell, text};

/// The step that lets new accounts reach states in the buckets of others.
pub(super) fn state_reads(plan: &Plan, repo: &Repo) -> Vec<NextStep> {
    let steps = plan.state_reads.iter().map(|read| {
        let accounts = read.accounts.iter().map(|id| repo.settings().labelled(id));
        let accounts: Vec<String> = accounts.collect();
        let readers: Vec<String> = read.readers.iter().cloned().collect();
        let bucket = read.bucket.as_deref().unwrap_or("<BUCKET>");
        NextStep {
            why: format!(
                "Let account {} reach the state of {}, by a statement in the policy of its bucket:",
                text::series(&accounts),
                readers.join(", ")
            ),
            commands: vec![format!(
                "tfkeyless generate bucket-policy --bucket {}",
                shell::quoted(bucket)
            )],
            action: Action::Run,
            when: Moment::BeforeMerge,
        }
    });
    steps.collect()
}
