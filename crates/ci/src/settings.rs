//! What the configuration says of CI.

use std::collections::BTreeMap;

/// `ci { ... }`.
#[derive(Debug, Clone)]
pub struct Ci {
    /// Expression or ARN of the role that jobs assume.
    pub role: String,
    /// Expression or ARN of the role that reaches the state.
    pub state_role: String,
    /// How a job reaches the state.
    pub state_access: String,
    /// Rights of the repository's default `GITHUB_TOKEN`.
    pub default_token: String,
    /// Whether jobs of `pull_request_target` and `workflow_run` may assume a role: they run with
    /// the repository's rights on what others wrote.
    pub allow_pull_request_target: bool,
    /// Permissions that a job needs, by `FILE:JOB`, then by scope.
    pub jobs: BTreeMap<String, BTreeMap<String, String>>,
    /// Whether releases of actions that cannot sign in by OIDC are replaced.
    pub bump_action: bool,
}

impl Default for Ci {
    fn default() -> Self {
        Self {
            role: "vars.AWS_OIDC_ROLE_ARN".to_owned(),
            state_role: "vars.TF_STATE_ROLE_ARN".to_owned(),
            state_access: "chained_profile".to_owned(),
            default_token: "unknown".to_owned(),
            allow_pull_request_target: false,
            bump_action: false,
            jobs: BTreeMap::new(),
        }
    }
}
