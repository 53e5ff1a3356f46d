//! The `ci` and `job` blocks of the configuration.

use std::collections::BTreeMap;
use std::fmt;

use crate::github::permissions::{DefaultToken, Scopes};

/// `ci { ... }`, and the `job` blocks.
#[derive(Debug, Clone)]
pub struct Ci {
    /// Expression or ARN of the role that jobs assume.
    pub role: String,
    /// Expression or ARN of the role that reaches the state.
    pub state_role: String,
    /// How a job reaches the state.
    pub state_access: StateAccess,
    /// Rights of the repository's default `GITHUB_TOKEN`.
    pub default_token: DefaultToken,
    /// Whether jobs of `pull_request_target` and `workflow_run` may assume a role: they run with
    /// the repository's secrets on what others wrote.
    pub allow_pull_request_target: bool,
    /// `job` blocks: the permissions that a job needs, by `FILE:JOB`.
    pub jobs: BTreeMap<String, Scopes>,
    /// Whether releases of actions that cannot sign in by OIDC are replaced.
    pub bump_action: bool,
}

impl Default for Ci {
    fn default() -> Self {
        Self {
            role: "vars.AWS_OIDC_ROLE_ARN".to_owned(),
            state_role: "vars.TF_STATE_ROLE_ARN".to_owned(),
            state_access: StateAccess::default(),
            default_token: DefaultToken::default(),
            allow_pull_request_target: false,
            bump_action: false,
            jobs: BTreeMap::new(),
        }
    }
}

/// `ci.state_access`: how a job reaches a state in an account other than its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StateAccess {
    /// A profile that assumes the state role with the job's credentials.
    #[default]
    ChainedProfile,
    /// A second OIDC sign-in, into the profile.
    SecondLogin,
    /// No profile: the bucket's policy admits the job, and the lock is a file in the bucket.
    Lockfile,
}

impl StateAccess {
    /// All values, in the order in which the documentation lists them.
    pub const ALL: [Self; 3] = [Self::ChainedProfile, Self::SecondLogin, Self::Lockfile];
}

impl fmt::Display for StateAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChainedProfile => "chained_profile",
            Self::SecondLogin => "second_login",
            Self::Lockfile => "lockfile",
        })
    }
}
