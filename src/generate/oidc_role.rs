//! The role that GitHub's jobs assume, trusted for what the repository's workflows run on.

use std::collections::BTreeSet;

use anyhow::{Context as _, anyhow, bail};
use ci::github::token::subject::DEFAULT_BRANCH;
use ci::settings::StateAccess;
use engine::inventory::CiAccount;
use syntax::hcl_string::quoted;
use syntax::visible;
use terraform::partition;

use super::RepositoryFacts;
use super::hcl::list;
use crate::git;

/// What a token has to say of the job, for one role.
#[derive(Debug)]
pub struct Trust<'f> {
    /// The account that the role is in, and its jobs.
    account: &'f CiAccount,
    /// Whether there are roles in other accounts, too.
    is_one_of_several: bool,
    /// `OWNER/NAME`, with ids behind both where they are given.
    repository: String,
    /// What follows in a subject: `ref:refs/heads/main`.
    subjects: Vec<String>,
}

impl<'f> Trust<'f> {
    /// The trust that the repository's jobs need, for each role that they assume.
    ///
    /// # Errors
    /// Nobody knows what the repository is called or which its default branch is, and no job signs
    /// in.
    pub fn of_jobs(
        facts: &'f RepositoryFacts,
        repository: Option<&str>,
        ids: Option<(u64, u64)>,
    ) -> anyhow::Result<Vec<Self>> {
        let repository = repository.map(str::to_owned);
        let repository = repository.or_else(|| git::github_repository(&facts.root));
        let repository = repository.context(
            "what the repository is called on GitHub is not known; say it with --repository \
             OWNER/NAME",
        )?;
        let (owner, name) = repository
            .split_once('/')
            .context("--repository takes OWNER/NAME")?;
        let repository = match ids {
            Some((owner_id, id)) => format!("{owner}@{owner_id}/{name}@{id}"),
            None => repository,
        };
        let accounts = &facts.inventory.ci_accounts;
        if accounts.is_empty() {
            bail!(
                "no job of the repository's workflows signs in to AWS: there is nothing to trust"
            );
        }
        // Subjects name the branch, and a trigger may only say that it is the default one.
        let branch = git::default_branch(&facts.root);
        let trusts = accounts.iter().map(|account| {
            Ok(Self {
                account,
                is_one_of_several: accounts.len() > 1,
                repository: repository.clone(),
                subjects: on_branch(&account.subjects, branch.as_deref())?,
            })
        });
        trusts.collect()
    }

    /// The name of the role.
    fn role_name(&self, facts: &'f RepositoryFacts) -> &'f str {
        let own = self.account.role_name.as_deref();
        own.unwrap_or_else(|| facts.ci_role_name())
    }

    /// For which account the section is, as the start of a comment.
    fn place(&self) -> String {
        match self.is_one_of_several {
            false => "For each account that jobs work in.".to_owned(),
            true => format!("For {}.", visible::line(&self.account.name)),
        }
    }

    /// For whom GitHub makes out the tokens.
    fn audience(&self, facts: &RepositoryFacts) -> &'static str {
        let arn = self.account.arn.as_deref();
        match arn.and_then(partition::of_arn) {
            Some(known) => partition::audience(known),
            None => facts.audience(),
        }
    }
}

/// Subjects with the name of the default branch in place of its placeholder, each once.
fn on_branch(subjects: &BTreeSet<String>, branch: Option<&str>) -> anyhow::Result<Vec<String>> {
    let named = subjects
        .iter()
        .map(|subject| match (subject.contains(DEFAULT_BRANCH), branch) {
            (false, _) => Ok(subject.clone()),
            (true, Some(branch)) => Ok(subject.replace(DEFAULT_BRANCH, branch)),
            (true, None) => Err(anyhow!(
                "a job runs on the default branch, and which that is is not known: run `git \
                 remote set-head origin --auto`, which asks GitHub"
            )),
        });
    let named: BTreeSet<String> = named.collect::<Result<_, _>>()?;
    Ok(named.into_iter().collect())
}

/// The role by `unfunco/oidc-github/aws` 1.8.0.
///
/// # Errors
/// A subject that the module does not take, which knows `*` at the end only, or another audience
/// than the usual.
pub fn module(facts: &RepositoryFacts, trust: &Trust<'_>) -> anyhow::Result<String> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_.:/-".contains(it);
    let refused = trust.subjects.iter().find(|subject| {
        let start = subject.strip_suffix('*').unwrap_or(subject);
        !start.chars().all(is_plain)
    });
    if let Some(refused) = refused {
        bail!("unfunco/oidc-github/aws 1.8.0 does not take the subject `{refused}`: use --plain");
    }
    let audience = trust.audience(facts);
    if audience != partition::audience(partition::AWS) {
        bail!("unfunco/oidc-github/aws 1.8.0 does not take the audience {audience}: use --plain");
    }
    let subjects = trust.subjects.iter();
    let subjects: Vec<String> = subjects
        .map(|subject| format!("{}:{subject}", trust.repository))
        .collect();
    let chained = match chained(facts, trust)? {
        None => String::new(),
        Some(role) => format!(
            r#"
  iam_role_inline_policies = {{
    terraform-state = jsonencode({{
      Version = "2012-10-17"
      Statement = [{{
        Effect   = "Allow"
        Action   = ["sts:AssumeRole", "sts:TagSession"]
        Resource = {}
      }}]
    }})
  }}
"#,
            quoted(&role)
        ),
    };
    Ok(format!(
        r#"# {place} What they may do there is yours to say: give the policies'
# ARNs in iam_role_policy_arns. The module itself attaches ReadOnlyAccess unless
# attach_read_only_policy = false.
module "oidc_github" {{
  source  = "unfunco/oidc-github/aws"
  version = "1.8.0"

  iam_role_name       = {}
  attach_admin_policy = false

  github_repositories = {}
{chained}}}
"#,
        quoted(trust.role_name(facts)),
        list(&subjects, 2),
        place = trust.place(),
    ))
}

/// The role by resources of the AWS provider.
///
/// # Errors
/// The role that reaches the state is not known, and jobs go on to it.
pub fn plain(facts: &RepositoryFacts, trust: &Trust<'_>) -> anyhow::Result<String> {
    let subjects = trust.subjects.iter();
    let subjects: Vec<String> = subjects
        .map(|subject| format!("repo:{}:{subject}", trust.repository))
        .collect();
    // `StringEquals` takes `*` and `?` for themselves.
    let test = match subjects.iter().any(|subject| subject.contains(['*', '?'])) {
        true => "StringLike",
        false => "StringEquals",
    };
    let chained = match chained(facts, trust)? {
        None => String::new(),
        Some(role) => format!(
            r#"
data "aws_iam_policy_document" "github_state" {{
  statement {{
    actions   = ["sts:AssumeRole", "sts:TagSession"]
    resources = [{}]
  }}
}}

resource "aws_iam_role_policy" "github_state" {{
  name   = "terraform-state"
  role   = aws_iam_role.github.id
  policy = data.aws_iam_policy_document.github_state.json
}}
"#,
            quoted(&role)
        ),
    };
    Ok(format!(
        r#"# {place} An account has one provider for GitHub: where it is there
# already, import it. What jobs may do there is yours to say: attach policies to the role.
resource "aws_iam_openid_connect_provider" "github" {{
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = [{audience}]
}}

data "aws_iam_policy_document" "github_trust" {{
  statement {{
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {{
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }}

    condition {{
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = [{audience}]
    }}

    condition {{
      test     = "{test}"
      variable = "token.actions.githubusercontent.com:sub"
      values = {}
    }}
  }}
}}

resource "aws_iam_role" "github" {{
  name               = {}
  assume_role_policy = data.aws_iam_policy_document.github_trust.json
}}
{chained}"#,
        list(&subjects, 6),
        quoted(trust.role_name(facts)),
        audience = quoted(trust.audience(facts)),
        place = trust.place(),
    ))
}

/// The role that jobs go on to from this one.
fn chained(facts: &RepositoryFacts, trust: &Trust<'_>) -> anyhow::Result<Option<String>> {
    let is_chained = facts.settings.ci.state_access == StateAccess::ChainedProfile;
    let has_state = !facts.inventory.backends.is_empty() && trust.account.runs_terraform;
    (is_chained && has_state)
        .then(|| facts.state_role())
        .transpose()
}
