//! The account proof, seen from outside: for every identity of every run, the account after is the
//! account before, or the change waits for `--review`.
//!
//! What is evaluated here shares no code with the engine. `PROPTEST_CASES` sets how many repositories
//! are tried.

mod above;
mod account;
mod answers;
mod evaluator;
mod expression;
mod generator;
mod hcl;
mod job;
mod kinds;
mod model;
mod modules;
mod runners;
mod step;
mod units;
mod violations;
mod workflow;
mod yaml;

use std::collections::BTreeSet;

use diagnostics::finding::{Finding, Safety};
use engine::declined::FindingName;
use engine::plan::Plan;
use engine::selection::Selection;
use proptest::prelude::*;

use crate::support::{Tree, reviewed};
use model::Repository;
use violations::{Violation, violations};
use workflow::{Job, jobs};

fn commands(plan: &Plan) -> Vec<String> {
    let commands = plan.steps.iter().flat_map(|step| &step.commands);
    commands.cloned().collect()
}

/// What moves, with the files before and after; `None` where nothing does. `counts` is told the jobs that
/// have keys afterwards.
fn moved(
    repository: &Repository,
    selection: Selection,
    counts: impl Fn(&Violation, &[Job]) -> bool,
) -> Option<String> {
    let (tree, config) = (repository.tree(), repository.config.text(repository.other));
    let mut text = format!("--- tfkeyless.hcl\n{config}");
    for (path, file) in &tree.0 {
        text.push_str(&format!("--- {}\n{file}", path.display()));
    }
    let plan = match tree.plan(&config, selection) {
        Ok(plan) => plan,
        Err(error) => return Some(format!("refused: {error}\n{text}")),
    };
    moved_by(&plan, (&config, &tree, text), counts)
}

/// The same for a plan.
fn moved_by(
    plan: &Plan,
    (config, tree, mut text): (&str, &Tree, String),
    counts: impl Fn(&Violation, &[Job]) -> bool,
) -> Option<String> {
    for change in &plan.changes {
        text.push_str(&format!("+++ {}\n{}", change.path.display(), change.after));
    }
    let after = tree.with(plan);
    let mut staying = jobs(&after);
    staying.retain(Job::has_keys);
    let mut found = violations(config, tree, &after, &commands(plan));
    found.retain(|it| counts(it, &staying));
    let lines: String = found.iter().map(|it| format!("{it}\n")).collect();
    (!found.is_empty()).then(|| format!("{lines}{text}"))
}

/// What a plan changes or moves although it is declined; `None` where that is nothing. `chosen` is the
/// number of a finding.
fn moved_declining(repository: &Repository, chosen: usize) -> Option<String> {
    let (tree, config) = (repository.tree(), repository.config.text(repository.other));
    let all = tree.plan(&config, reviewed()).ok()?;
    let changes: Vec<&Finding> = all.applied().collect();
    // All that waits for review is declined, and one more: what is left needs nobody.
    let chosen = changes.get(chosen % changes.len().max(1))?;
    let is_declined = |it: &&&Finding| {
        it.safety == Safety::Review || FindingName::of(it) == FindingName::of(chosen)
    };
    let mut declined: BTreeSet<FindingName> = changes
        .iter()
        .filter(is_declined)
        .map(|it| FindingName::of(it))
        .collect();
    // What waits for review because of the others that are declined is declined with them.
    let plan = loop {
        let plan = match tree.plan_declining(&config, reviewed(), declined.clone()) {
            Ok(plan) => plan,
            Err(error) => {
                return Some(format!(
                    "refused: {error}\n{declined:?}\n{tree:?}\n{config}"
                ));
            }
        };
        let is_declined = |it: &&Finding| declined.contains(&FindingName::of(it));
        if let Some(made) = plan.applied().find(is_declined) {
            return Some(format!("made: {made:?}\n{tree:?}\n{config}"));
        }
        let before = declined.len();
        let waiting = plan.applied().filter(|it| it.safety == Safety::Review);
        declined.extend(waiting.map(FindingName::of));
        if declined.len() == before {
            break plan;
        }
    };
    let mut text = format!("declined: {declined:?}\n--- tfkeyless.hcl\n{config}");
    for (path, file) in &tree.0 {
        text.push_str(&format!("--- {}\n{file}", path.display()));
    }
    moved_by(&plan, (&config, &tree, text), |_, _| true)
}

proptest! {
    #[test]
    fn what_is_declined_moves_no_identity(
        repository in generator::repository(),
        chosen in 0..32_usize,
    ) {
        let found = moved_declining(&repository, chosen);
        prop_assert!(found.is_none(), "{}", found.unwrap_or_default());
    }

    #[test]
    fn no_identity_moves_unasked(repository in generator::repository()) {
        let found = moved(&repository, Selection::default(), |_, _| true);
        prop_assert!(found.is_none(), "{}", found.unwrap_or_default());
    }

    // What keeps its own credentials, a role that a job has already or another system, moves with
    // --review where the message says so.
    #[test]
    fn with_review_no_converted_job_moves_to_another_known_account(
        repository in generator::repository()
    ) {
        let is_of_job = |it: &Violation| it.who.starts_with("main.yml") && !it.who.contains("backend");
        let found = moved(&repository, reviewed(), |it, staying| {
            let stays = staying.iter().any(|job| it.who.starts_with(&format!("{}:", job.name)));
            it.is_certain() && is_of_job(it) && !stays && repository.has_keys_alone()
        });
        prop_assert!(found.is_none(), "{}", found.unwrap_or_default());
    }
}
