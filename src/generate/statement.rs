//! Statements of IAM policies, as Terraform writes them.

use super::hcl::list;

/// One statement that allows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Why it is there, as a comment.
    pub why: Option<String>,
    /// What it allows.
    pub actions: Vec<String>,
    /// On what.
    pub resources: Vec<String>,
    /// Only where this holds: the operator, the key and its values.
    pub condition: Option<(&'static str, &'static str, Vec<String>)>,
}

impl Statement {
    /// A statement without a condition.
    pub fn new(actions: &[&str], resources: Vec<String>) -> Self {
        Self {
            why: None,
            actions: actions.iter().map(|&action| action.to_owned()).collect(),
            resources,
            condition: None,
        }
    }

    fn hcl(&self) -> String {
        let why = self.why.as_ref();
        let why = why.map(|why| format!("    # {why}\n")).unwrap_or_default();
        let condition = self.condition.as_ref().map(|(test, variable, values)| {
            format!(
                "\n    condition {{\n      test     = \"{test}\"\n      variable = \
                 \"{variable}\"\n      values = {}\n    }}\n",
                list(values, 6)
            )
        });
        format!(
            "  statement {{\n{why}    actions = {}\n    resources = {}\n{}  }}\n",
            list(&self.actions, 4),
            list(&self.resources, 4),
            condition.unwrap_or_default()
        )
    }
}

/// The policy document of that name, with a blank line between statements.
pub fn document(name: &str, statements: &[Statement]) -> String {
    let statements: Vec<String> = statements.iter().map(Statement::hcl).collect();
    format!(
        "data \"aws_iam_policy_document\" \"{name}\" {{\n{}}}\n",
        statements.join("\n")
    )
}
