//! The role of the state's account that CI's roles assume.

use std::collections::BTreeSet;

use anyhow::bail;
use ci::settings::StateAccess;
use syntax::hcl_string::quoted;

use super::RepositoryFacts;
use super::hcl::list;
use super::oidc_role;
use super::statement::document;

/// The role, in Terraform.
///
/// # Errors
/// The configuration does not say which account holds the state, or no backend names a bucket.
pub fn text(facts: &RepositoryFacts, repository: Option<&str>) -> anyhow::Result<String> {
    let role = facts.state_role()?;
    let name = role.rsplit('/').next().unwrap_or_default();
    if facts.values("bucket").is_empty() {
        bail!("no S3 backend names a bucket: what the role may reach is not known");
    }
    if !facts.has_own_states() {
        bail!(
            "every S3 backend assumes a role of its own, which has to trust its new callers: run \
             `tfkeyless generate trust`"
        );
    }
    let trust = match facts.settings.ci.state_access {
        StateAccess::SecondLogin => format!(
            "# For the account that holds the state. Jobs sign in to it by OIDC, beside their own role.\n{}",
            oidc_role::state_trust(facts, &role, repository, "terraform_state")?
        ),
        StateAccess::ChainedProfile | StateAccess::Lockfile => by_roles(facts)?,
    };
    let account = role.split(':').nth(4);
    let access = document(
        "terraform_state_access",
        &facts.state_statements(account, false),
    );
    Ok(format!(
        r#"{trust}
{access}
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
        quoted(name),
    ))
}

/// The trust in CI's roles.
fn by_roles(facts: &RepositoryFacts) -> anyhow::Result<String> {
    let partition = facts.partition();
    let roles = facts.ci_roles()?;
    // A role in each of these accounts, and no account besides.
    let roots: BTreeSet<String> = roles
        .iter()
        .filter_map(|arn| arn.split(':').nth(4))
        .map(|id| format!("arn:{partition}:iam::{id}:root"))
        .collect();
    let roots: Vec<String> = roots.into_iter().collect();
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
"#,
        list(&roots, 6),
        list(&roles, 6),
    ))
}
