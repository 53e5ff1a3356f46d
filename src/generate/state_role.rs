//! The role of the state's account that CI's roles assume.

use std::collections::BTreeSet;

use anyhow::bail;
use ci::settings::StateAccess;
use engine::inventory::Backend;
use syntax::hcl_string::quoted;
use syntax::visible;

use super::RepositoryFacts;
use super::hcl::list;
use super::oidc_role;
use super::statement::document;

/// The role, in Terraform: a section for each account that holds states.
///
/// # Errors
/// The configuration does not say which account holds the state, or no backend names a bucket.
pub fn text(facts: &RepositoryFacts, repository: Option<&str>) -> anyhow::Result<String> {
    let role = facts.state_role()?;
    if facts.values("bucket").is_empty() {
        bail!("no S3 backend names a bucket: what the role may reach is not known");
    }
    if !facts.has_own_states() {
        bail!(
            "every S3 backend assumes a role of its own, which has to trust its new callers: run \
             `tfkeyless generate trust`"
        );
    }
    let accounts = facts.accounts_of_states();
    if facts.settings.ci.state_role.starts_with("arn:") || accounts.len() < 2 {
        return section(facts, repository, &role, None);
    }
    let sections = accounts.into_iter().map(|account| {
        let role = facts.state_role_in(account)?;
        section(facts, repository, &role, Some(account))
    });
    Ok(sections.collect::<anyhow::Result<Vec<_>>>()?.join("\n"))
}

/// The role of one account: `of_several` where others hold states, too.
fn section(
    facts: &RepositoryFacts,
    repository: Option<&str>,
    role: &str,
    of_several: Option<&str>,
) -> anyhow::Result<String> {
    let name = role.rsplit('/').next().unwrap_or_default();
    let place = match of_several {
        None => "the account that holds the state".to_owned(),
        Some(id) => format!("account {}", visible::line(&facts.settings.labelled(id))),
    };
    let account = role.split(':').nth(4);
    let trust = match facts.settings.ci.state_access {
        StateAccess::SecondLogin => format!(
            "# For {place}. Jobs sign in to it by OIDC, beside their own role.\n{}",
            oidc_role::state_trust(facts, role, repository, "terraform_state")?
        ),
        StateAccess::ChainedProfile | StateAccess::Lockfile => by_roles(facts, account, &place)?,
    };
    let lies_here = |backend: &Backend| of_several.is_none_or(|id| facts.lies_in(backend, id));
    let access = document(
        "terraform_state_access",
        &facts.state_statements(account, false, &lies_here),
    );
    let mut reached = facts.reached_states.iter();
    let has_provider = reached.any(|it| it.is_provider && Some(it.account.as_str()) == account);
    let more = match has_provider {
        false => "",
        true => {
            "# Providers have the profile of this account, too: give the role what they do there.\n"
        }
    };
    Ok(format!(
        r#"{trust}
{access}
{more}resource "aws_iam_role" "terraform_state" {{
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
fn by_roles(facts: &RepositoryFacts, account: Option<&str>, place: &str) -> anyhow::Result<String> {
    let partition = facts.partition();
    let known = account.and_then(|id| facts.callers_of_states(id));
    let roles = match known {
        Some(known) => known.into_iter().collect(),
        None => facts.ci_roles()?,
    };
    // A role in each of these accounts, and no account besides.
    let roots: BTreeSet<String> = roles
        .iter()
        .filter_map(|arn| arn.split(':').nth(4))
        .map(|id| format!("arn:{partition}:iam::{id}:root"))
        .collect();
    let roots: Vec<String> = roots.into_iter().collect();
    Ok(format!(
        r#"# For {place}. CI's roles assume it; a condition on their names rather
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
