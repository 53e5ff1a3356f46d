//! The names of the roles that `generate` makes, where the configuration names none.

/// The role that jobs assume.
pub const CI_ROLE: &str = "github-ci";

/// The role of jobs that only plan.
pub const PLAN_ROLE: &str = "github-ci-plan";

/// The role that reaches the states in an account.
pub const STATE_ROLE: &str = "terraform-state";

/// The same where jobs only plan.
pub const PLAN_STATE_ROLE: &str = "terraform-state-plan";
