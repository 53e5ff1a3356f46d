//! The role that GitHub's jobs assume, trusted for what the repository's workflows run on.

mod forms;
mod rights_to_add;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, anyhow, bail};
use ci::github::token::subject::DEFAULT_BRANCH;
use ci::settings::{ISSUER, StateAccess};
use engine::inventory::{Backend, CiAccount, KnownIdentityProvider};
use engine::reached_states::ReachedState;
use engine::staying_roles::RoleCaller;
use syntax::hcl_string::quoted;
use syntax::visible;
use terraform::partition;
use terraform::session_rights::SessionRights;

use super::RepositoryFacts;
use super::bucket_policy::resources;
use super::hcl::list;
use super::names::path_of;
use super::statement::Statement;
use crate::git;
use crate::repository::name_on_github;
use forms::whose;
pub use forms::{module, path_line, plain};

/// What a token has to say of the job, for one role.
#[derive(Debug)]
pub struct Trust<'f> {
    /// The account that the role is in, and its jobs.
    account: &'f CiAccount,
    /// Whether there are other roles, too.
    is_one_of_several: bool,
    /// Whether an earlier section is about the same account, and has its OIDC provider.
    is_second: bool,
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
        let repository = repository.or_else(|| name_on_github(&facts.root, &facts.settings));
        let repository = repository.context(
            "the name of the repository on GitHub is not known\nhelp: pass --repository OWNER/NAME",
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
        let trusts = accounts.iter().enumerate().map(|(index, account)| {
            let mut before = accounts[..index].iter();
            Ok(Self {
                account,
                is_second: account.id.is_some() && before.any(|it| it.id == account.id),
                is_one_of_several: accounts.len() > 1,
                repository: repository.clone(),
                subjects: on_branch(&account.subjects, branch.as_deref())?,
            })
        });
        trusts.collect()
    }

    /// The name of the role.
    fn role_name(&self, facts: &'f RepositoryFacts) -> &'f str {
        let account = self.account.id.as_deref();
        let own = self.account.role_name.as_deref();
        own.unwrap_or_else(|| facts.job_role_name(account, self.account.is_plan))
    }

    /// The path of the role, which belongs to the ARN that jobs assume.
    fn role_path(&self, facts: &RepositoryFacts) -> Option<String> {
        let account = self.account.id.as_deref().unwrap_or_default();
        let arn = self.account.arn.as_deref();
        let arn = facts.job_role(Some(account), arn, self.account.is_plan)?;
        path_of(&arn).map(str::to_owned)
    }

    /// For which account the section is, as the start of a comment.
    fn place(&self) -> String {
        match self.is_one_of_several {
            false => "For each account that jobs work in.".to_owned(),
            true if self.account.is_until_review => format!(
                "For {}, until the changes that need review are made.",
                visible::line(&self.account.name)
            ),
            true => format!("For {}.", visible::line(&self.account.name)),
        }
    }

    /// How the role is named in Terraform: an account's first one is `github`.
    fn label(&self, facts: &RepositoryFacts) -> String {
        match (self.is_second, self.account.is_plan) {
            (false, _) => "github".to_owned(),
            (true, true) => "github_plan".to_owned(),
            (true, false) => {
                let name = self.role_name(facts);
                let name = name
                    .chars()
                    .map(|it| if it.is_ascii_alphanumeric() { it } else { '_' });
                format!("github_{}", name.collect::<String>())
            }
        }
    }

    /// The OIDC provider that the tree has in the role's account already.
    fn known_provider(&self, facts: &'f RepositoryFacts) -> Option<&'f KnownIdentityProvider> {
        let mut providers = facts.inventory.identity_providers.iter();
        let issuer = &facts.settings.ci.issuer;
        providers.find(|it| {
            let is_here = self
                .account
                .id
                .as_ref()
                .is_none_or(|id| it.accounts.contains(id));
            it.block.is_of(issuer, ISSUER) && (it.accounts.is_empty() || is_here)
        })
    }

    /// The OIDC provider, and the policy document `LABEL_trust` that admits the subjects.
    pub fn web_identity(&self, facts: &RepositoryFacts, label: &str) -> String {
        let subjects = self.subjects.iter();
        let subjects: Vec<String> = subjects
            .map(|subject| format!("repo:{}:{subject}", self.repository))
            .collect();
        // `StringEquals` takes `*` and `?` for themselves.
        let test = match subjects.iter().any(|subject| subject.contains(['*', '?'])) {
            true => "StringLike",
            false => "StringEquals",
        };
        let known = self.known_provider(facts);
        let audiences: Vec<String> = self.audiences(facts).iter().map(|it| quoted(it)).collect();
        let audiences = audiences.join(", ");
        let url = quoted(&facts.settings.ci.issuer);
        let provider = match (known, self.is_second) {
            (_, true) => String::new(),
            (Some(known), false) => format!(
                "{}data \"aws_iam_openid_connect_provider\" \"github\" {{\n  url = {url}\n}}\n\n",
                whose(known)
            ),
            (None, false) => format!(
                r#"resource "aws_iam_openid_connect_provider" "github" {{
  url            = {url}
  client_id_list = [{audiences}]
}}

"#
            ),
        };
        let data = if known.is_some() { "data." } else { "" };
        format!(
            r#"{provider}data "aws_iam_policy_document" "{label}_trust" {{
  statement {{
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {{
      type        = "Federated"
      identifiers = [{data}aws_iam_openid_connect_provider.github.arn]
    }}

    condition {{
      test     = "StringEquals"
      variable = "{issuer}:aud"
      values   = [{audiences}]
    }}

    condition {{
      test     = "{test}"
      variable = "{issuer}:sub"
      values = {}
    }}
  }}
}}
"#,
            list(&subjects, 6),
            issuer = facts.issuer(),
        )
    }

    /// What the repository's jobs need for the state and for the roles that stay.
    fn statements(&self, facts: &RepositoryFacts) -> anyhow::Result<Vec<Statement>> {
        let mut statements = Vec::new();
        let runs = self.account.runs_terraform();
        if runs && facts.has_own_states() {
            match facts.settings.ci.state_access {
                StateAccess::ChainedProfile => {
                    let actions = ["sts:AssumeRole", "sts:TagSession"];
                    let roles = self.state_roles(facts)?;
                    if !roles.is_empty() {
                        statements.push(Statement::new(&actions, roles));
                    }
                }
                // Another account's bucket takes both: its policy, and that of the role.
                StateAccess::Lockfile => {
                    let buckets = self.buckets(facts);
                    let is_one = |backend: &Backend| {
                        let own = backend.settings.get("bucket");
                        buckets
                            .as_ref()
                            .is_none_or(|it| own.is_none_or(|own| it.contains(&own)))
                    };
                    let account = self.account.id.as_deref();
                    let reads = !self.account.writes_states;
                    statements.extend(facts.state_statements(account, reads, &is_one));
                }
                StateAccess::SecondLogin => {}
            }
        }
        let reads = facts.state_reads.iter().filter(|it| !it.writes);
        let reads = reads.filter(|it| {
            self.account
                .id
                .as_ref()
                .is_some_and(|id| it.accounts.contains(id))
        });
        let buckets: BTreeSet<&String> = reads.filter_map(|it| it.bucket.as_ref()).collect();
        if runs && !buckets.is_empty() {
            let all = buckets
                .iter()
                .flat_map(|it| resources(facts.partition(), it));
            let actions = ["s3:ListBucket", "s3:GetObject"];
            statements.push(Statement {
                why: Some("The states that `terraform_remote_state` reads.".to_owned()),
                ..Statement::new(&actions, all.collect())
            });
        }
        let chained: BTreeSet<String> = statements
            .iter()
            .flat_map(|it| it.resources.iter().cloned())
            .collect();
        for until_review in [false, true] {
            let roles = facts.staying_roles.iter();
            let roles = roles.filter(|role| role.until_review == until_review);
            let roles = roles.filter(|role| role.callers.iter().any(|it| self.is_caller(it)));
            let mut by_rights: BTreeMap<SessionRights, Vec<String>> = BTreeMap::new();
            for role in roles {
                let arn = role.arn.iter();
                let arns = by_rights.entry(role.rights).or_default();
                arns.extend(arn.filter(|arn| !chained.contains(*arn)).cloned());
            }
            by_rights.retain(|_, arns| !arns.is_empty());
            for (rights, arns) in by_rights {
                let why = "Until the changes that need review are made.".to_owned();
                statements.push(Statement {
                    why: until_review.then_some(why),
                    ..Statement::new(&rights.actions(), arns)
                });
            }
        }
        Ok(statements)
    }

    /// What the jobs of this role reach by profiles; `None` where it is not known which jobs are its.
    fn reached<'a>(&self, facts: &'a RepositoryFacts) -> Option<Vec<&'a ReachedState>> {
        let all = &facts.reached_states;
        let is_known = |caller: &RoleCaller| match caller {
            RoleCaller::Job(job) => job.account.is_some(),
            RoleCaller::People(_) | RoleCaller::UnknownPeople(_) | RoleCaller::Role(_) => false,
        };
        let is_all_known = all.iter().flat_map(|it| &it.callers).all(is_known);
        let own = all
            .iter()
            .filter(|it| it.callers.iter().any(|it| self.is_caller(it)));
        (!all.is_empty() && is_all_known && self.account.id.is_some()).then(|| own.collect())
    }

    /// The roles by which its jobs reach states.
    fn state_roles(&self, facts: &RepositoryFacts) -> anyhow::Result<Vec<String>> {
        let Some(reached) = self.reached(facts) else {
            let account = self.account;
            let by = [(false, account.writes_states), (true, account.reads_states)];
            let by = by.into_iter().filter(|(_, is_so)| *is_so);
            return by.map(|(reads, _)| facts.state_role(reads)).collect();
        };
        let with_states = facts.accounts_of_states();
        let reached = reached.into_iter().map(|it| (it.account.as_str(), it));
        let mut roles = BTreeSet::new();
        for (account, state) in reached.filter(|(id, _)| with_states.contains(id)) {
            for caller in state.callers.iter().filter(|it| self.is_caller(it)) {
                if let RoleCaller::Job(job) = caller {
                    roles.insert(facts.state_role_in(account, job.reads_states)?);
                }
            }
        }
        Ok(roles.into_iter().collect())
    }

    /// The buckets of the states that its jobs reach; `None` where they are not known.
    fn buckets<'a>(&self, facts: &'a RepositoryFacts) -> Option<BTreeSet<&'a String>> {
        let reached = self.reached(facts)?;
        Some(reached.iter().filter_map(|it| it.bucket.as_ref()).collect())
    }

    /// Whether a caller is this role.
    fn is_caller(&self, caller: &RoleCaller) -> bool {
        let RoleCaller::Job(job) = caller else {
            return false;
        };
        let account = self.account;
        (&job.account, &job.arn, job.is_plan) == (&account.id, &account.arn, account.is_plan)
    }

    /// For whom GitHub makes out the tokens.
    fn audiences(&self, facts: &RepositoryFacts) -> Vec<String> {
        let arn = self.account.arn.as_deref();
        let usual = match arn.and_then(partition::of_arn) {
            Some(known) => partition::audience(known),
            None => facts.audience(),
        };
        let named = self.account.audiences.iter();
        let named = named.map(|it| it.as_deref().unwrap_or(usual).to_owned());
        let named: BTreeSet<String> = named.collect();
        match named.is_empty() {
            true => vec![usual.to_owned()],
            false => named.into_iter().collect(),
        }
    }
}

/// The trust of a role with which the jobs that run Terraform sign in for the state, as
/// [`Trust::web_identity`] writes it: those that only plan where `reads` is set, else the others. `None` where there is
/// none of them.
///
/// # Errors
/// Those of [`Trust::of_jobs`].
pub fn state_trust(
    facts: &RepositoryFacts,
    (role, reads): (&str, bool),
    repository: Option<&str>,
    label: &str,
) -> anyhow::Result<Option<String>> {
    let trusts = Trust::of_jobs(facts, repository, None)?;
    let running = trusts.iter().filter(|trust| match reads {
        true => trust.account.reads_states,
        false => trust.account.writes_states,
    });
    let (mut subjects, mut audiences) = (BTreeSet::new(), BTreeSet::new());
    for trust in running {
        subjects.extend(trust.subjects.iter().cloned());
        audiences.extend(trust.account.audiences.iter().cloned());
    }
    if subjects.is_empty() {
        return Ok(None);
    }
    let account = CiAccount {
        id: role.split(':').nth(4).map(str::to_owned),
        name: "the account of the state".to_owned(),
        arn: Some(role.to_owned()),
        role_name: None,
        is_plan: false,
        subjects: BTreeSet::new(),
        audiences,
        reads_states: reads,
        writes_states: !reads,
        is_until_review: false,
    };
    let trust = Trust {
        account: &account,
        is_one_of_several: false,
        // The role that writes states, before it, has the provider.
        is_second: reads && trusts.iter().any(|trust| trust.account.writes_states),
        repository: trusts[0].repository.clone(),
        subjects: subjects.into_iter().collect(),
    };
    Ok(Some(trust.web_identity(facts, label)))
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
