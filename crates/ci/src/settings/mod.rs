//! The `ci` and `job` blocks of the configuration.

mod job;
mod role_name;
mod session_name;
mod state_role;

use std::fmt;
use std::path::Path;

pub use job::{JobBlock, is_directory};
pub use role_name::{ACCOUNT, RoleName};
pub use session_name::SessionName;
pub use state_role::{is_plan_variable, plan_name, plan_variable};

use crate::github::permissions::{DefaultToken, Scopes};

/// `ci { ... }`, and the `job` blocks.
#[derive(Debug, Clone)]
pub struct Ci {
    /// The role that jobs assume.
    pub role: RoleName,
    /// The role of jobs that only plan, where it is another.
    pub plan_role: Option<RoleName>,
    /// Expression or ARN of the role that reaches the state.
    pub state_role: String,
    /// How a job reaches the state.
    pub state_access: StateAccess,
    /// Rights of the repository's default `GITHUB_TOKEN`.
    pub default_token: DefaultToken,
    /// Whether jobs of `pull_request_target` and `workflow_run` may assume a role: they run with
    /// the repository's secrets on what others wrote.
    pub allow_pull_request_target: bool,
    /// Who makes out the tokens of jobs, as an address without a slash at the end.
    pub issuer: String,
    /// What is known of jobs, in the order written.
    pub jobs: Vec<JobBlock>,
    /// Whether releases of actions that cannot sign in by OIDC, and refs that are no release, are replaced.
    pub bump_action: bool,
    /// The name of the sessions of jobs, which CloudTrail records.
    pub session_name: Option<SessionName>,
}

/// Who makes out the tokens of jobs on github.com (GitHub docs, "OpenID Connect").
pub const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// The host of GitHub that an issuer belongs to: `token.actions.SUBDOMAIN.ghe.com` is of a subdomain, and an
/// enterprise of github.com may have its name behind the usual issuer (GitHub docs, "OpenID Connect").
pub fn host(issuer: &str) -> &str {
    let rest = issuer.strip_prefix("https://").unwrap_or(issuer);
    let host = rest.split('/').next().unwrap_or(rest);
    match host.strip_prefix("token.actions.") {
        Some("githubusercontent.com") => "github.com",
        Some(subdomain) => subdomain,
        None => host,
    }
}

impl Default for Ci {
    fn default() -> Self {
        Self {
            role: RoleName::variable("AWS_OIDC_ROLE_ARN"),
            plan_role: None,
            state_role: "vars.TF_STATE_ROLE_ARN".to_owned(),
            state_access: StateAccess::default(),
            default_token: DefaultToken::default(),
            allow_pull_request_target: false,
            bump_action: false,
            session_name: None,
            issuer: ISSUER.to_owned(),
            jobs: Vec::new(),
        }
    }
}

impl Ci {
    /// The block that tells where a job of the workflow at `path` signs in: of several, the most
    /// precise one.
    pub fn about_job(&self, path: &Path, job: &str) -> Option<&JobBlock> {
        let blocks = self.jobs.iter().filter(|block| block.is_about_sign_in());
        most_precise(blocks, path, job)
    }

    /// The permissions that a job of the workflow at `path` needs, by the most precise block that
    /// lists any.
    pub fn permissions_of(&self, path: &Path, job: &str) -> Option<&Scopes> {
        let blocks = self.jobs.iter().filter(|it| it.permissions.is_some());
        most_precise(blocks, path, job)?.permissions.as_ref()
    }
}

fn most_precise<'b>(
    blocks: impl Iterator<Item = &'b JobBlock>,
    path: &Path,
    job: &str,
) -> Option<&'b JobBlock> {
    let found = blocks.filter_map(|block| Some((block.precision(path, job)?, block)));
    let best = found.max_by_key(|(precision, _)| *precision);
    best.map(|(_, block)| block)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_follows_from_the_issuer() {
        for (issuer, expected) in [
            (ISSUER, "github.com"),
            (
                "https://token.actions.githubusercontent.com/acme",
                "github.com",
            ),
            ("https://token.actions.acme.ghe.com", "acme.ghe.com"),
            (
                "https://github.acme.example/_services/token",
                "github.acme.example",
            ),
        ] {
            assert_eq!(host(issuer), expected);
        }
    }
}
