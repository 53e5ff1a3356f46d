//! A step, as far as its use of the token is concerned.

use std::fmt;

use syntax::code::sentence;

use crate::scripts::reader::Execution;

/// A step; the steps of a local composite action take the place of the one that uses it.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokenStep<'s> {
    /// `uses:`.
    pub uses: Option<&'s str>,
    /// `with:`; in a called workflow with the caller's inputs and secrets substituted.
    pub with: &'s [(&'s str, &'s str)],
    /// All `env:` that it runs in: the workflow's, the job's, its own; the innermost last.
    pub env: &'s [(&'s str, &'s str)],
    /// `run:`.
    pub run: Option<&'s str>,
    /// What the script of the step executes: that of `run:`, or of an input of the action.
    pub execution: Option<&'s Execution>,
}

/// Why it is unknown what a step uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownNeed {
    /// The action is not in the table.
    Action(String),
    /// The command, as a message names it, gets the token, or may use it.
    Command(String),
    /// A script makes this call to GitHub's API.
    Call(String),
    /// This action gets the token in this input or variable.
    Token(String, String),
    /// The command cannot be read, while git has the token.
    Unread(String),
}

impl fmt::Display for UnknownNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action(name) => write!(f, "the action {name}"),
            Self::Command(command) => write!(f, "the command {command}, which may use the token"),
            Self::Call(call) => f.write_str(&sentence!("the call `{call}` of GitHub's API")),
            Self::Unread(command) => write!(f, "{command} cannot be read and may push"),
            Self::Token(action, name) => f.write_str(&sentence!(
                "the action {action}, which has the token in `{name}`"
            )),
        }
    }
}
