//! The account proof, seen from outside: for every identity of every run, the account after is the
//! account before, or the change waits for `--review`.
//!
//! What is evaluated here shares no code with the engine. `PROPTEST_CASES` sets how many repositories
//! are tried.

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
mod violations;
mod workflow;
mod yaml;

use engine::plan::Plan;
use engine::selection::Selection;
use proptest::prelude::*;

use crate::support::{Tree, reviewed};

use model::Repository;
use violations::{Violation, violations};

fn commands(plan: &Plan) -> Vec<String> {
    let commands = plan.steps.iter().flat_map(|step| &step.commands);
    commands.cloned().collect()
}

/// The files of a repository, and what was found, for people.
fn shown(repository: &Repository, tree: &Tree, plan: &Plan, found: &[Violation]) -> String {
    let mut text = String::new();
    for violation in found {
        text.push_str(&format!("{violation}\n"));
    }
    let config = repository.config.text(repository.other);
    text.push_str(&format!("--- tfkeyless.hcl\n{config}"));
    for (path, file) in &tree.0 {
        text.push_str(&format!("--- {}\n{file}", path.display()));
    }
    for change in &plan.changes {
        text.push_str(&format!("+++ {}\n{}", change.path.display(), change.after));
    }
    text
}

proptest! {
    #[test]
    #[ignore = "the decisions about jobs are not made yet"]
    fn no_identity_moves_unasked(repository in generator::repository()) {
        let (tree, config) = (repository.tree(), repository.config.text(repository.other));
        let plan = tree.plan(&config, Selection::default()).expect("a plan");
        let found = violations(&config, &tree, &tree.with(&plan), &commands(&plan));
        prop_assert!(found.is_empty(), "{}", shown(&repository, &tree, &plan, &found));
    }

    #[test]
    #[ignore = "the decisions about jobs are not made yet"]
    fn with_review_no_identity_moves_to_another_known_account(repository in generator::repository()) {
        let (tree, config) = (repository.tree(), repository.config.text(repository.other));
        let plan = tree.plan(&config, reviewed()).expect("a plan");
        let mut found = violations(&config, &tree, &tree.with(&plan), &commands(&plan));
        found.retain(Violation::is_certain);
        prop_assert!(found.is_empty(), "{}", shown(&repository, &tree, &plan, &found));
    }
}
