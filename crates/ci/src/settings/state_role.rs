//! The roles by which jobs reach states: one that writes them, and one for jobs that only plan.

use super::Ci;

/// The end of the names of variables that hold the ARN of a role.
const ROLE_ARN: &str = "_ROLE_ARN";

impl Ci {
    /// Expression or ARN of the role that reaches the state. A job that assumes `plan_role` has one of its own:
    /// behind the role that writes states a pull request could overwrite all of them.
    pub fn state_role_of(&self, only_plans: bool) -> String {
        let usual = &self.state_role;
        match (only_plans, usual.split_once('.')) {
            (false, _) => usual.clone(),
            (true, _) if usual.starts_with("arn:") => plan_name(usual),
            (true, Some((context, name))) => format!("{context}.{}", plan_variable(name)),
            (true, None) => plan_variable(usual),
        }
    }
}

/// The name, or ARN, of the role for jobs that only plan, beside a role.
pub fn plan_name(role: &str) -> String {
    format!("{role}-plan")
}

/// The variable for the role of jobs that only plan, beside the variable of another: `TF_STATE_PLAN_ROLE_ARN`
/// beside `TF_STATE_ROLE_ARN`.
pub fn plan_variable(name: &str) -> String {
    match name.strip_suffix(ROLE_ARN) {
        Some(start) => format!("{start}_PLAN{ROLE_ARN}"),
        None => format!("{name}_PLAN"),
    }
}
