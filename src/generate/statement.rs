//! Statements of IAM policies, as Terraform writes them and as IAM takes them.

use serde_json::json;

use super::hcl::list;
use crate::json_text;

/// One statement that allows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Why it is there, as a comment.
    pub why: Option<String>,
    /// Whom, in the policy of a resource: ARNs.
    pub principals: Vec<String>,
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
            principals: Vec::new(),
            actions: actions.iter().map(|&action| action.to_owned()).collect(),
            resources,
            condition: None,
        }
    }

    /// A statement of the policy of a state's bucket or key, which lets these accounts use it.
    pub fn for_accounts(
        ids: &[&str],
        partition: &str,
        actions: &[&str],
        resources: Vec<String>,
    ) -> Self {
        let principals = ids.iter();
        let principals = principals.map(|id| format!("arn:{partition}:iam::{id}:root"));
        Self {
            principals: principals.collect(),
            ..Self::new(actions, resources)
        }
    }

    /// The policy of a resource with this statement alone, as IAM takes it.
    pub fn policy(&self) -> String {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": SID,
                "Effect": "Allow",
                "Principal": { "AWS": self.principals },
                "Action": self.actions,
                "Resource": self.resources,
            }],
        });
        json_text::pretty(&policy) + "\n"
    }

    fn hcl(&self) -> String {
        let why = self.why.as_ref();
        let why = why.map(|why| format!("    # {why}\n")).unwrap_or_default();
        let (sid, principals) = match self.principals.is_empty() {
            true => (String::new(), String::new()),
            false => (
                format!("    sid = \"{SID}\"\n"),
                format!(
                    "\n    principals {{\n      type = \"AWS\"\n      identifiers = {}\n    }}\n",
                    list(&self.principals, 6)
                ),
            ),
        };
        let condition = self.condition.as_ref().map(|(test, variable, values)| {
            format!(
                "\n    condition {{\n      test     = \"{test}\"\n      variable = \
                 \"{variable}\"\n      values = {}\n    }}\n",
                list(values, 6)
            )
        });
        format!(
            "  statement {{\n{why}{sid}    actions = {}\n    resources = {}\n{principals}{}  }}\n",
            list(&self.actions, 4),
            list(&self.resources, 4),
            condition.unwrap_or_default()
        )
    }
}

/// The name of a statement in the policy of a resource.
const SID: &str = "TerraformState";

/// The policy document of that name, with a blank line between statements.
pub fn document(name: &str, statements: &[Statement]) -> String {
    let statements: Vec<String> = statements.iter().map(Statement::hcl).collect();
    format!(
        "data \"aws_iam_policy_document\" \"{name}\" {{\n{}}}\n",
        statements.join("\n")
    )
}
