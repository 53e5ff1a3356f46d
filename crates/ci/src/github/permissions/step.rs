//! A step as the rules of the token see it.

use std::fmt;

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
