//! The roles by which jobs reach states: one that writes them, and one for jobs that only plan.

use super::{ACCOUNT, Ci, RoleName};

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

    /// The expression, without braces, that is the first of these roles where callers pass `plan_role` as that input,
    /// and the second where they pass another; `None` where no expression tells. Neither takes the other's place where
    /// its variable is empty.
    pub fn chosen_by_input(&self, input: &str, [plan, other]: [&str; 2]) -> Option<String> {
        let (is_plan, is_other) = match self.plan_role.as_ref()? {
            RoleName::Template(arn) => {
                let (_, name) = arn.split_once("{id}")?;
                let ends = format!("endsWith(inputs.{input}, '{name}')");
                (ends.clone(), format!("!{ends}"))
            }
            RoleName::Literal(arn) => (
                format!("inputs.{input} == '{arn}'"),
                format!("inputs.{input} != '{arn}'"),
            ),
            // A called workflow has the variables of its callers, and not their secrets.
            RoleName::Variable { context, name }
                if context == "vars" && !name.contains(ACCOUNT) =>
            {
                (
                    format!("inputs.{input} == vars.{name}"),
                    format!("inputs.{input} != vars.{name}"),
                )
            }
            RoleName::Variable { .. } => return None,
        };
        let value = |role: &str| match role.starts_with("arn:") {
            true => format!("'{role}'"),
            false => role.to_owned(),
        };
        let (plan, other) = (value(plan), value(other));
        Some(format!("{is_plan} && {plan} || {is_other} && {other}"))
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

/// Whether a name is that of such a variable.
pub fn is_plan_variable(name: &str) -> bool {
    name.to_ascii_uppercase()
        .trim_end_matches(ROLE_ARN)
        .ends_with("_PLAN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_callers_pass_chooses_the_role_of_the_state() {
        for (role, expected) in [
            (
                "arn:aws:iam::{id}:role/plan",
                Some(
                    "endsWith(inputs.r, ':role/plan') && vars.P || !endsWith(inputs.r, ':role/plan') && vars.W",
                ),
            ),
            (
                "arn:aws:iam::111111111111:role/plan",
                Some(
                    "inputs.r == 'arn:aws:iam::111111111111:role/plan' && vars.P || inputs.r != 'arn:aws:iam::111111111111:role/plan' && vars.W",
                ),
            ),
            (
                "vars.PLAN",
                Some("inputs.r == vars.PLAN && vars.P || inputs.r != vars.PLAN && vars.W"),
            ),
            ("vars.{ACCOUNT}_PLAN", None),
            ("secrets.PLAN", None),
        ] {
            let ci = Ci {
                plan_role: RoleName::parse(role).ok(),
                ..Ci::default()
            };
            let found = ci.chosen_by_input("r", ["vars.P", "vars.W"]);
            assert_eq!(found.as_deref(), expected, "{role}");
        }
        let ci = Ci {
            plan_role: RoleName::parse("vars.PLAN").ok(),
            ..Ci::default()
        };
        let found = ci.chosen_by_input("r", ["arn:p", "arn:w"]);
        assert_eq!(
            found.as_deref(),
            Some("inputs.r == vars.PLAN && 'arn:p' || inputs.r != vars.PLAN && 'arn:w'")
        );
        assert_eq!(
            Ci::default().chosen_by_input("r", ["vars.P", "vars.W"]),
            None
        );
    }
}
