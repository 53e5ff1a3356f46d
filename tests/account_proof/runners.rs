//! What runs root modules beside laptops and GitHub's jobs, of the files that tests write.

use super::account::Account;
use super::answers::{Answers, RunnerAnswer};
use super::modules::RootModule;
use crate::support::Tree;
use std::collections::BTreeMap;

/// A runner that keeps credentials of its own.
pub struct Runner {
    pub path: String,
    /// The root modules that it runs; `None` for any.
    pub roots: Option<Vec<String>>,
    pub account: RunnerAnswer,
    /// Whether it runs where a person has profiles.
    pub has_profiles: bool,
}

const SYSTEMS: [&str; 9] = [
    "Jenkinsfile",
    ".gitlab-ci.yml",
    "atlantis.yaml",
    ".circleci/config.yml",
    "bitbucket-pipelines.yml",
    "buildspec.yml",
    "azure-pipelines.yml",
    ".travis.yml",
    ".buildkite/pipeline.yml",
];

/// The other runners of a repository.
pub fn runners(
    tree: &Tree,
    roots: &BTreeMap<String, RootModule>,
    answers: &Answers,
) -> Vec<Runner> {
    let mut runners = Vec::new();
    for (path, text) in &tree.0 {
        let path = path.display().to_string();
        let is_system = SYSTEMS.contains(&&*path);
        let touches = ["init", "plan", "apply"]
            .iter()
            .any(|word| text.contains(word));
        let runs = path == "atlantis.yaml"
            || (text.contains("terraform") && touches && !text.contains("-backend=false"));
        let pinned = text
            .split_once("AWS_PROFILE=")
            .map(|(_, rest)| rest.split_whitespace().next().unwrap_or_default());
        let pinned = pinned.filter(|profile| !profile.contains('$'));
        let account = match (answers.runner(&path), pinned) {
            (RunnerAnswer::Nothing, Some(profile)) => {
                RunnerAnswer::Account(answers.profile(profile))
            }
            (RunnerAnswer::Nothing, None) => RunnerAnswer::Account(Account::Runner(path.clone())),
            (answer, _) => answer,
        };
        let is_runner = is_system || (pinned.is_some() && path.ends_with("Makefile"));
        if is_runner && runs && account != RunnerAnswer::NoTerraform {
            let has_profiles = !is_system;
            runners.push(Runner {
                roots: named(text),
                account,
                has_profiles,
                path,
            });
        }
    }
    for (directory, _) in roots.iter().filter(|(_, root)| root.is_remote) {
        let path = format!("the workspace of {directory}");
        let account = RunnerAnswer::Account(Account::Runner(path.clone()));
        runners.push(Runner {
            roots: Some(vec![directory.clone()]),
            account,
            has_profiles: false,
            path,
        });
    }
    runners
}

/// The directories that a file names.
fn named(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for before in ["-chdir=", "cd ", "dir('", "dir: "] {
        let pieces = text.split(before).skip(1);
        found.extend(pieces.map(|rest| {
            let end = rest.find([' ', '\'', '\n', '"', ';']).unwrap_or(rest.len());
            rest[..end].to_owned()
        }));
    }
    let is_known = !found.is_empty() && !found.iter().any(|it| it.contains('$'));
    is_known.then_some(found)
}
