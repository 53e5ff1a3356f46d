//! What the steps of a job use the token for.

use std::fmt;

use super::effective::Effective;
use super::scope::{Level, Scope, Scopes};
use super::{PermissionsBlock, action, run};

/// A step, as far as it matters. Where a local composite action stands, its steps do.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokenStep<'s> {
    /// The action, with its version.
    pub uses: Option<&'s str>,
    /// Its inputs. In a called workflow, inputs and secrets stand as the caller gives them.
    pub with: &'s [(&'s str, &'s str)],
    /// The environment it runs in: the workflow's, the job's and its own, the innermost last.
    pub env: &'s [(&'s str, &'s str)],
    /// The script.
    pub run: Option<&'s str>,
}

/// Why it is not known what a step uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownNeed {
    /// The table does not have this action.
    Action(String),
    /// This command gets the token, or may use it otherwise.
    Command(String),
    /// A script calls this of GitHub's API.
    Call(String),
    /// This input or variable of an action carries the token.
    Token(String),
}

impl fmt::Display for UnknownNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action(name) => write!(f, "the action {name}"),
            Self::Command(command) => write!(f, "the command `{command}`, which may use the token"),
            Self::Call(call) => write!(f, "the call `{call}` of GitHub's API"),
            Self::Token(name) => write!(f, "the token in `{name}`"),
        }
    }
}

/// A step of which it is not known what it uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Its index in the job.
    pub step: usize,
    /// Why.
    pub why: UnknownNeed,
}

/// What the steps of a job use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// What is known, each scope at the highest level.
    pub scopes: Scopes,
    /// What is not.
    pub unknown: Vec<Unknown>,
}

impl Needs {
    /// Of all steps of a job.
    pub fn of(steps: &[TokenStep<'_>]) -> Self {
        let mut needs = Self::default();
        for (index, step) in steps.iter().enumerate() {
            let used = match (step.uses, step.run) {
                (Some(uses), _) => action::uses(uses, step, steps),
                (None, Some(script)) => run::uses(script, step.env),
                (None, None) => Ok(Scopes::new()),
            };
            match used {
                Ok(scopes) => needs.add(scopes),
                Err(why) => needs.unknown.push(Unknown { step: index, why }),
            }
        }
        needs
    }

    /// Adds what something else uses: the jobs of a called workflow, an image of a container.
    pub fn add(&mut self, scopes: impl IntoIterator<Item = (Scope, Level)>) {
        raise(&mut self.scopes, scopes);
    }

    /// What a job may not lose of it, where all is known.
    pub fn rights(&self) -> Option<Effective> {
        let block = || PermissionsBlock::Scopes(self.scopes.clone());
        self.unknown
            .is_empty()
            .then(|| Effective::exactly(&block()))
    }
}

/// Brings every scope to at least that level.
pub(super) fn raise(scopes: &mut Scopes, to: impl IntoIterator<Item = (Scope, Level)>) {
    for (scope, level) in to {
        let known = scopes.entry(scope).or_default();
        *known = level.max(*known);
    }
}
