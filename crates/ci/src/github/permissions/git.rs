//! The credentials with which git reaches the repository.

use super::action::{input, name};
use super::step::TokenStep;
use super::token;

/// The credentials that git has for the repository, after the steps so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum GitCredentials {
    /// No step has set any.
    #[default]
    None,
    /// Not the job's token: those of an input of `actions/checkout`, or none.
    Other,
    /// The job's token.
    Job,
}

impl GitCredentials {
    /// Adds what a step leaves behind.
    pub fn add(&mut self, step: &TokenStep<'_>) {
        let is_checkout = step.uses.map(name).as_deref() == Some("actions/checkout");
        let left = match is_checkout {
            true => Self::of_checkout(step),
            // What an action is given it may pass to git; a script, by a remote with the token in its
            // address, a helper or a setting.
            false if step.run.is_some() && has_token(step) && names_git(step) => Self::Job,
            false => return,
        };
        // Several repositories may be checked out, and which of them a later `git push` is for is not
        // followed.
        if *self != Self::Job {
            *self = left;
        }
    }

    /// "Usage" in its README: the token, by default the job's, stays in the settings of git for the
    /// steps behind it; with a key, git reaches the repository by SSH.
    fn of_checkout(step: &TokenStep<'_>) -> Self {
        let may_keep = |value: &str| value.eq_ignore_ascii_case("true") || value.contains("${{");
        let keeps = input(step, "persist-credentials").is_none_or(may_keep);
        let is_job = input(step, "token").is_none_or(|value| token::is_in(value, step.env));
        let has_key = input(step, "ssh-key").is_some_and(|value| !value.is_empty());
        match keeps && is_job && !has_key {
            true => Self::Job,
            false => Self::Other,
        }
    }
}

fn has_token(step: &TokenStep<'_>) -> bool {
    !token::variables(step.env).is_empty()
        || step
            .run
            .is_some_and(|script| token::is_in(script, step.env))
}

fn names_git(step: &TokenStep<'_>) -> bool {
    let commands = step.execution.map(|it| &it.commands[..]);
    let mut words = commands.unwrap_or_default().iter().flat_map(|it| &it.words);
    words.any(|word| matches!(word.as_str(), "git" | "setup-git") || word.contains(".netrc"))
}
