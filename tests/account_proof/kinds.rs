//! Small repositories, kind by kind, and the outcome of each: what goes unasked, and what waits.

mod harmless;
mod row;
mod waiting;

use std::path::Path;

use engine::selection::Selection;

use super::commands;
use super::modules::{Credentials, Program, Reading, root_modules};
use super::violations::violations;
use super::workflow::jobs;
use crate::support::Tree;
use row::{Row, rows};

/// The outcome of a row's repository.
fn outcome(row: &Row) -> String {
    let (repository, tree) = (&row.repository, row.repository.tree());
    let config = repository.config.text(repository.other);
    let plan = match tree.plan(&config, Selection::default()) {
        Ok(plan) => plan,
        Err(error) => return format!("refused: {error}"),
    };
    let after = tree.with(&plan);
    let found = violations(&config, &tree, &after, &commands(&plan));
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    let mut words = vec![roots(&tree, &after)];
    if repository.workflow.is_some() {
        words.push(jobs_by_letter(&tree, &after));
    }
    words.extend(found.first().map(|first| format!("({first})")));
    words.join(" ")
}

/// A letter for each provider configuration, in the order of the row.
fn roots(before: &Tree, after: &Tree) -> String {
    let [terraform, opentofu] =
        [Program::Terraform, Program::OpenTofu].map(|program| letters(program, before, after));
    let words = terraform.into_iter().zip(opentofu);
    let words: Vec<String> = words
        .map(|(one, other)| match one == other {
            true => one,
            false => format!("{one}~{other}"),
        })
        .collect();
    words.join(" ")
}

/// A word for each root module, as that program reads it.
fn letters(program: Program, before: &Tree, after: &Tree) -> Vec<String> {
    let reading = Reading {
        program,
        ..Reading::TERRAFORM
    };
    let (before, after) = (root_modules(before, reading), root_modules(after, reading));
    let mut words = Vec::new();
    for (directory, root) in &before {
        let mut word = String::new();
        for name in ["aws", "aws.dns", "aws.logs"] {
            let is_there = |credentials: Option<&Credentials>| {
                let own = credentials
                    .map(|it| matches!(it, Credentials::Role(_) | Credentials::Variable(_)));
                own == Some(true)
            };
            let Some(was) = root.identities.get(name) else {
                continue;
            };
            let is = after[directory].identities.get(name);
            word.push(match (is_there(Some(was)), is_there(is)) {
                (false, _) => '.',
                (true, false) => '-',
                (true, true) => '=',
            });
        }
        words.push((Path::new(directory).to_owned(), word));
    }
    words.sort_by_key(|(directory, _)| {
        let mut known = super::model::DIRECTORIES.iter();
        known.position(|known| Path::new(known) == directory)
    });
    words.into_iter().map(|(_, word)| word).collect()
}

/// A letter for each job, those of a matrix and of several callers once.
fn jobs_by_letter(before: &Tree, after: &Tree) -> String {
    let (before, after) = (jobs(before), jobs(after));
    let mut letters = String::new();
    let mut last = String::new();
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(was.name, is.name);
        let name = was.name.split('[').next().unwrap_or_default();
        let name = name.split('-').next().unwrap_or_default().to_owned();
        if name == last {
            continue;
        }
        last = name;
        letters.push(match (was.has_keys(), is.has_keys()) {
            (false, _) => '.',
            (true, false) => 'o',
            (true, true) => 'k',
        });
    }
    letters
}

/// The rows whose outcome is another, with that.
fn wrong(lines: &[&str]) -> Vec<String> {
    let rows = lines.iter().flat_map(|line| rows(line));
    let outcomes = rows.map(|row| (outcome(&row), row));
    let wrong = outcomes.filter(|(outcome, row)| *outcome != row.outcome);
    wrong
        .map(|(outcome, row)| format!("{} -> {outcome}", row.text))
        .collect()
}

#[test]
fn what_a_runner_cannot_follow_waits() {
    assert_eq!(wrong(waiting::ROWS), [""; 0]);
}

#[test]
fn nothing_waits_where_every_runner_follows() {
    assert_eq!(wrong(harmless::ROWS), [""; 0]);
}

#[test]
fn there_are_as_many_rows_as_kinds() {
    let count = |lines: &[&str]| lines.iter().map(|line| rows(line).len()).sum::<usize>();
    let (waiting, harmless) = (count(waiting::ROWS), count(harmless::ROWS));
    assert!(
        waiting + harmless >= 160 && harmless >= 30,
        "{waiting} + {harmless}"
    );
}
