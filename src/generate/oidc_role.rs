//! The role that GitHub's jobs assume, trusted for what the repository's workflows run on.

use anyhow::{Context as _, anyhow, bail};
use ci::github::token::subject::DEFAULT_BRANCH;
use ci::settings::StateAccess;
use terraform::partition;

use super::RepositoryFacts;
use super::hcl::{list, quoted};
use crate::git;

/// What a token has to say of the job.
#[derive(Debug)]
pub struct Trust {
    /// `OWNER/NAME`, with ids behind both where they are given.
    repository: String,
    /// What follows in a subject: `ref:refs/heads/main`.
    subjects: Vec<String>,
}

impl Trust {
    /// The trust that the repository's jobs need.
    ///
    /// # Errors
    /// Nobody knows what the repository is called or which its default branch is, and no job signs
    /// in.
    pub fn new(
        facts: &RepositoryFacts,
        repository: Option<&str>,
        ids: Option<(u64, u64)>,
    ) -> anyhow::Result<Self> {
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
        if facts.inventory.subjects.is_empty() {
            bail!(
                "no job of the repository's workflows signs in to AWS: there is nothing to trust"
            );
        }
        // Subjects name the branch, and a trigger may only say that it is the default one.
        let branch = git::default_branch(&facts.root);
        let subjects = facts.inventory.subjects.iter().map(|subject| {
            match (subject.contains(DEFAULT_BRANCH), &branch) {
                (false, _) => Ok(subject.clone()),
                (true, Some(branch)) => Ok(subject.replace(DEFAULT_BRANCH, branch)),
                (true, None) => Err(anyhow!(
                    "a job runs on the default branch, and which that is is not known: run `git \
                     remote set-head origin --auto`, which asks GitHub"
                )),
            }
        });
        let mut subjects: Vec<String> = subjects.collect::<Result<_, _>>()?;
        subjects.sort();
        subjects.dedup();
        Ok(Self {
            repository,
            subjects,
        })
    }
}

/// The role by `unfunco/oidc-github/aws` 1.8.0.
///
/// # Errors
/// A subject that the module does not take, which knows `*` at the end only, or another audience
/// than the usual.
pub fn module(facts: &RepositoryFacts, trust: &Trust) -> anyhow::Result<String> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_.:/-".contains(it);
    let refused = trust.subjects.iter().find(|subject| {
        let start = subject.strip_suffix('*').unwrap_or(subject);
        !start.chars().all(is_plain)
    });
    if let Some(refused) = refused {
        bail!("unfunco/oidc-github/aws 1.8.0 does not take the subject `{refused}`: use --plain");
    }
    let audience = facts.audience();
    if audience != partition::audience(partition::AWS) {
        bail!("unfunco/oidc-github/aws 1.8.0 does not take the audience {audience}: use --plain");
    }
    let subjects = trust.subjects.iter();
    let subjects: Vec<String> = subjects
        .map(|subject| format!("{}:{subject}", trust.repository))
        .collect();
    let chained = match chained(facts)? {
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
        r#"# For each account that jobs work in. What they may do there is yours to say: give the policies'
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
        quoted(facts.ci_role_name()),
        list(&subjects, 2)
    ))
}

/// The role by resources of the AWS provider.
///
/// # Errors
/// The role that reaches the state is not known, and jobs go on to it.
pub fn plain(facts: &RepositoryFacts, trust: &Trust) -> anyhow::Result<String> {
    let subjects = trust.subjects.iter();
    let subjects: Vec<String> = subjects
        .map(|subject| format!("repo:{}:{subject}", trust.repository))
        .collect();
    // `StringEquals` takes `*` and `?` for themselves.
    let test = match subjects.iter().any(|subject| subject.contains(['*', '?'])) {
        true => "StringLike",
        false => "StringEquals",
    };
    let chained = match chained(facts)? {
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
        r#"# For each account that jobs work in. An account has one provider for GitHub: where it is there
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
        quoted(facts.ci_role_name()),
        audience = quoted(facts.audience()),
    ))
}

/// The role that jobs go on to from this one.
fn chained(facts: &RepositoryFacts) -> anyhow::Result<Option<String>> {
    let is_chained = facts.settings.ci.state_access == StateAccess::ChainedProfile;
    let has_state = !facts.inventory.backends.is_empty();
    (is_chained && has_state)
        .then(|| facts.state_role())
        .transpose()
}
