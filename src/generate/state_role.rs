//! The roles of the state's account that CI's roles assume.

use std::collections::BTreeSet;

use anyhow::bail;
use ci::settings::StateAccess;
use engine::inventory::Backend;
use syntax::hcl_string::quoted;
use syntax::visible;

use super::RepositoryFacts;
use super::hcl::list;
use super::names::path_of;
use super::oidc_role;
use super::statement::document;

/// The roles, in Terraform: a section for each account that holds states, and one more where jobs only plan.
///
/// # Errors
/// The configuration does not say which account holds the state, or no backend names a bucket.
pub fn text(facts: &RepositoryFacts, repository: Option<&str>) -> anyhow::Result<String> {
    let role = facts.state_role(false)?;
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
    let is_one = facts.settings.ci.state_role.starts_with("arn:") || accounts.len() < 2;
    let accounts: Vec<Option<&str>> = match is_one {
        true => vec![None],
        false => accounts.into_iter().map(Some).collect(),
    };
    let mut sections = Vec::new();
    for of_several in accounts {
        for reads in [false, true] {
            let role = match of_several {
                None => facts.state_role(reads)?,
                Some(account) => facts.state_role_in(account, reads)?,
            };
            let section = StateRole {
                facts,
                account: role.split(':').nth(4),
                arn: &role,
                reads,
                of_several,
            };
            sections.extend(section.text(repository)?);
        }
    }
    if sections.is_empty() {
        bail!("no job reaches the states behind {}", visible::line(&role));
    }
    Ok(sections.join("\n"))
}

/// The role of one account.
struct StateRole<'f> {
    facts: &'f RepositoryFacts,
    arn: &'f str,
    account: Option<&'f str>,
    /// Whether it is that of jobs that only plan: they read states, and write their locks alone. Whoever opens a pull
    /// request chooses what such a job runs.
    reads: bool,
    /// The account, where others hold states, too.
    of_several: Option<&'f str>,
}

impl StateRole<'_> {
    /// Its section; `None` where no job assumes it.
    fn text(&self, repository: Option<&str>) -> anyhow::Result<Option<String>> {
        let facts = self.facts;
        let label = match self.reads {
            false => "terraform_state",
            true => "terraform_state_plan",
        };
        let trust = match facts.settings.ci.state_access {
            StateAccess::SecondLogin => {
                let trust =
                    oidc_role::state_trust(facts, (self.arn, self.reads), repository, label)?;
                let intro = "Jobs sign in to it by OIDC, beside their own role.";
                trust.map(|trust| format!("# For {}.\n# {intro}\n{trust}", self.place()))
            }
            StateAccess::ChainedProfile | StateAccess::Lockfile => self.by_roles(label)?,
        };
        let Some(trust) = trust else {
            return Ok(None);
        };
        let lies_here =
            |backend: &Backend| self.of_several.is_none_or(|id| facts.lies_in(backend, id));
        let access = document(
            &format!("{label}_access"),
            &facts.state_statements(self.account, self.reads, &lies_here),
        );
        let name = self.arn.rsplit('/').next().unwrap_or_default();
        Ok(Some(format!(
            r#"{trust}
{access}
{more}resource "aws_iam_role" "{label}" {{
  name               = {}
{path}  assume_role_policy = data.aws_iam_policy_document.{label}_trust.json
}}

resource "aws_iam_role_policy" "{label}" {{
  name   = "terraform-state"
  role   = aws_iam_role.{label}.id
  policy = data.aws_iam_policy_document.{label}_access.json
}}
"#,
            quoted(name),
            path = oidc_role::path_line(path_of(self.arn)),
            more = self.rights_to_add(),
        )))
    }

    /// Where it is, as a comment goes on.
    fn place(&self) -> String {
        let account = match self.of_several {
            None => "the account that holds the state".to_owned(),
            Some(id) => format!(
                "account {}",
                visible::line(&self.facts.settings.labelled(id))
            ),
        };
        match self.reads {
            false => account,
            true => format!("{account}, for jobs that only plan"),
        }
    }

    /// What providers need of it, as a comment.
    fn rights_to_add(&self) -> String {
        let mut reached = self.facts.reached_states.iter();
        let of_account = |account: &str| Some(account) == self.account;
        match reached.any(|it| it.is_provider && of_account(&it.account)) {
            false => String::new(),
            true => format!(
                "# Providers have the profile of this account, too: give the role what they {} there.\n",
                if self.reads { "read" } else { "do" }
            ),
        }
    }

    /// The trust in CI's roles; `None` where none of them assumes it.
    fn by_roles(&self, label: &str) -> anyhow::Result<Option<String>> {
        let facts = self.facts;
        let partition = facts.partition();
        let known = self
            .account
            .and_then(|id| facts.callers_of_states(id, self.reads));
        let roles: Vec<String> = match known {
            Some(known) => known.into_iter().collect(),
            None => facts.ci_roles(self.reads)?,
        };
        if roles.is_empty() {
            return Ok(None);
        }
        // A role in each of these accounts, and no account besides.
        let roots: BTreeSet<String> = roles
            .iter()
            .filter_map(|arn| arn.split(':').nth(4))
            .map(|id| format!("arn:{partition}:iam::{id}:root"))
            .collect();
        let roots: Vec<String> = roots.into_iter().collect();
        Ok(Some(format!(
            r#"# For {}.
# CI's roles assume it; a condition on their names rather than principals, which AWS refuses for
# roles that do not exist yet.
data "aws_iam_policy_document" "{label}_trust" {{
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
            self.place(),
            list(&roots, 6),
            list(&roles, 6),
        )))
    }
}
