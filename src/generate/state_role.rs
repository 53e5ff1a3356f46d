//! The role of the state's account that CI's roles assume.

use std::collections::BTreeSet;

use anyhow::bail;
use syntax::hcl_string::quoted;

use super::RepositoryFacts;
use super::bucket_policy::{ACTIONS, resources};
use super::hcl::list;

/// The role, in Terraform.
///
/// # Errors
/// The configuration does not say which account holds the state, or no backend names a bucket.
pub fn text(facts: &RepositoryFacts) -> anyhow::Result<String> {
    let role = facts.state_role()?;
    let name = role.rsplit('/').next().unwrap_or_default();
    let partition = facts.partition();
    let buckets = facts.values("bucket");
    if buckets.is_empty() {
        bail!("no S3 backend names a bucket: what the role may reach is not known");
    }
    let roles = facts.ci_roles()?;
    // A role in each of these accounts, and no account besides.
    let roots: BTreeSet<String> = roles
        .iter()
        .filter_map(|arn| arn.split(':').nth(4))
        .map(|id| format!("arn:{partition}:iam::{id}:root"))
        .collect();
    let roots: Vec<String> = roots.into_iter().collect();
    let buckets: Vec<String> = buckets
        .iter()
        .flat_map(|bucket| resources(partition, bucket))
        .collect();
    let mut actions = ACTIONS.map(str::to_owned).to_vec();
    if !facts.values("acl").is_empty() {
        actions.push("s3:PutObjectAcl".to_owned());
    }
    let tables = match tables(facts, &role).as_slice() {
        [] => String::new(),
        tables => format!(
            "\n  statement {{\n    actions = {}\n    resources = {}\n  }}\n",
            list(&TABLE_ACTIONS.map(str::to_owned), 4),
            list(tables, 4)
        ),
    };
    Ok(format!(
        r#"# For the account that holds the state. CI's roles assume it; a condition on their names rather
# than principals, which AWS refuses for roles that do not exist yet.
data "aws_iam_policy_document" "terraform_state_trust" {{
  statement {{
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {{
      type = "AWS"
      identifiers = {}
    }}

    condition {{
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values = {}
    }}
  }}
}}

data "aws_iam_policy_document" "terraform_state_access" {{
  statement {{
    actions = {}
    resources = {}
  }}
{tables}}}

resource "aws_iam_role" "terraform_state" {{
  name               = {}
  assume_role_policy = data.aws_iam_policy_document.terraform_state_trust.json
}}

resource "aws_iam_role_policy" "terraform_state" {{
  name   = "terraform-state"
  role   = aws_iam_role.terraform_state.id
  policy = data.aws_iam_policy_document.terraform_state_access.json
}}
"#,
        list(&roots, 6),
        list(&roles, 6),
        list(&actions, 4),
        list(&buckets, 4),
        quoted(name),
    ))
}

/// What Terraform does with a lock table (documentation of the S3 backend, "DynamoDB Table Permissions").
const TABLE_ACTIONS: [&str; 4] = [
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
];

/// The lock tables of the backends, in the account of the role.
fn tables(facts: &RepositoryFacts, role: &str) -> Vec<String> {
    let (partition, account) = (
        facts.partition(),
        role.split(':').nth(4).unwrap_or_default(),
    );
    let backends = facts.inventory.backends.iter();
    let mut tables: Vec<String> = backends
        .filter_map(|backend| {
            let table = backend.settings.get("dynamodb_table")?;
            let region = backend.settings.get("region").map_or("*", String::as_str);
            Some(format!(
                "arn:{partition}:dynamodb:{region}:{account}:table/{table}"
            ))
        })
        .collect();
    tables.sort();
    tables.dedup();
    tables
}
