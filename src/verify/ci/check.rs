//! What a job needs to sign in, and whether it is there.

use std::path::PathBuf;

/// A job in one environment.
#[derive(Debug)]
pub struct JobChecks {
    /// The workflow, relative to the root.
    pub path: PathBuf,
    /// The line of the first step that signs in.
    pub line: usize,
    pub job: String,
    pub environment: Option<String>,
    pub checks: Vec<Check>,
}

/// Something that a job needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub need: Need,
    /// The name: `vars.NAME`, an ARN, a subject.
    pub name: String,
    pub state: State,
    /// Where it was found, or what is wrong.
    pub detail: String,
    /// The commands that help, in their order.
    pub cures: Vec<String>,
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Variable,
    Secret,
    /// A role, by its ARN.
    Role,
    /// An OIDC provider with the audience.
    Provider,
    /// That the role's trust policy admits a subject.
    Subject,
    /// That the role's trust policy admits another role.
    Caller,
}

/// Whether it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Found,
    Missing,
    /// It is there, and another one than the job needs.
    Wrong,
    NotVerified,
}

impl Need {
    /// As a word of the table and of JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Variable => "variable",
            Self::Secret => "secret",
            Self::Role => "role",
            Self::Provider => "provider",
            Self::Subject => "subject",
            Self::Caller => "caller",
        }
    }

    /// Whether it is asked of a trust policy.
    fn is_trust(self) -> bool {
        matches!(self, Self::Subject | Self::Caller)
    }
}

impl Check {
    /// The state as a word of JSON.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::Found if self.need.is_trust() => "admitted",
            State::Found => "found",
            State::Missing => "missing",
            State::Wrong => "wrong",
            State::NotVerified => "not_verified",
        }
    }
}
