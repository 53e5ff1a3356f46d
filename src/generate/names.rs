//! The names that the generated parts know each other by.

use std::collections::BTreeSet;

use anyhow::{Context as _, anyhow};
use ci::settings::RoleName;
use engine::generated_roles::{CI_ROLE, PLAN_ROLE, PLAN_STATE_ROLE, STATE_ROLE};
use engine::staying_roles::RoleCaller;
use terraform::partition;

use super::RepositoryFacts;

/// The path of a role, where its ARN has one: `/ci/` of `arn:aws:iam::111111111111:role/ci/github`.
pub fn path_of(arn: &str) -> Option<&str> {
    let (_, resource) = arn.split_once(":role")?;
    let path = &resource[..=resource.rfind('/')?];
    (path.len() > 1).then_some(path)
}

impl RepositoryFacts {
    /// The partition that the repository's backends lie in.
    pub fn partition(&self) -> &'static str {
        let regions = self.values("region").into_iter();
        let mut partitions = regions.map(partition::of_region);
        // One region of China or of GovCloud tells: accounts do not reach across partitions.
        let other = partitions.find(|it| *it != partition::AWS);
        other.unwrap_or(partition::AWS)
    }

    /// For whom GitHub makes out the tokens with which jobs assume the role.
    pub fn audience(&self) -> &'static str {
        let named = self.settings.ci.role.partition();
        partition::audience(named.unwrap_or(self.partition()))
    }

    /// Who makes out the tokens of jobs, as the keys of conditions begin.
    pub fn issuer(&self) -> &str {
        let issuer = &self.settings.ci.issuer;
        issuer.strip_prefix("https://").unwrap_or(issuer)
    }

    /// The account that holds a bucket's state: that of the profile the backend gets.
    pub fn state_account(&self, bucket: Option<&str>) -> Option<&str> {
        let profile = self.settings.profile_of_state(bucket)?;
        self.settings.account_of(profile)
    }

    /// The ids of all accounts but the owner's.
    ///
    /// # Errors
    /// There is none.
    pub fn other_accounts(&self, owner: Option<&str>) -> anyhow::Result<Vec<&str>> {
        let accounts = self.settings.accounts.iter();
        let mut others: Vec<&str> = accounts
            .map(|account| account.id.as_str())
            .filter(|id| Some(*id) != owner)
            .collect();
        others.sort_unstable();
        others.dedup();
        let is_single = owner.is_some() && !self.settings.accounts.is_empty();
        match others.is_empty() {
            true if is_single => Err(anyhow!(
                "no account but that of the state is in tfkeyless.hcl: roles of the bucket's and the key's own account \
                 need no policy of theirs"
            )),
            true => Err(anyhow!(
                "the accounts to allow are not known\nhelp: write into tfkeyless.hcl, for each account:\n  \
                 account \"PROFILE\" {{ id = \"...\" }}"
            )),
            false => Ok(others),
        }
    }

    /// The ARN of the role that reaches the state; of that for jobs that only plan where `reads` is set.
    pub fn state_role(&self, reads: bool) -> anyhow::Result<String> {
        let named = self.settings.ci.state_role_of(reads);
        if named.starts_with("arn:") {
            return Ok(named);
        }
        let account = self.state_account(None).context(
            "the account that holds the state is not known\nhelp: write into tfkeyless.hcl:\n  \
             state_profile = \"PROFILE\"\n  account \"PROFILE\" { id = \"...\" }",
        )?;
        Ok(self.usual_state_role(account, reads))
    }

    /// The ARN of the role in an account, where the configuration names none.
    fn usual_state_role(&self, account: &str, reads: bool) -> String {
        let name = if reads { PLAN_STATE_ROLE } else { STATE_ROLE };
        format!("arn:{}:iam::{account}:role/{name}", self.partition())
    }

    /// The ARN of the role that reaches the states in an account, as [`Self::state_role`] has it.
    pub fn state_role_in(&self, account: &str, reads: bool) -> anyhow::Result<String> {
        let named = &self.settings.ci.state_role;
        // A role that the configuration names is that of all states.
        if named.starts_with("arn:") || self.state_account(None) == Some(account) {
            return self.state_role(reads);
        }
        Ok(self.usual_state_role(account, reads))
    }

    /// The name of the role that jobs assume.
    pub fn ci_role_name(&self) -> &str {
        self.settings.ci.role.role().unwrap_or(CI_ROLE)
    }

    /// The name of the role that jobs assume in an account.
    pub fn job_role_name(&self, account: Option<&str>, is_plan: bool) -> &str {
        if is_plan {
            let plan = self.settings.ci.plan_role.as_ref();
            return plan.and_then(RoleName::role).unwrap_or(PLAN_ROLE);
        }
        let mut accounts = self.settings.accounts.iter();
        let own = accounts.find(|it| Some(it.id.as_str()) == account);
        let own = own.and_then(|it| it.ci_role.as_ref()?.role());
        own.unwrap_or_else(|| self.ci_role_name())
    }

    /// The ARN of the role that jobs assume; `None` where its account is not known.
    pub fn job_role(
        &self,
        account: Option<&str>,
        arn: Option<&str>,
        is_plan: bool,
    ) -> Option<String> {
        if let Some(arn) = arn {
            return Some(arn.to_owned());
        }
        let (id, named) = (account?, &self.settings.ci);
        let plan = named.plan_role.as_ref().filter(|_| is_plan);
        let mut accounts = self.settings.accounts.iter();
        let own = accounts.find(|account| account.id == id);
        let own = own.and_then(|account| account.ci_role.as_ref());
        let role = plan.or(own).unwrap_or(&named.role);
        Some(role.arn_in(id).unwrap_or_else(|| {
            let name = self.job_role_name(account, is_plan);
            format!("arn:{}:iam::{id}:role/{name}", self.partition())
        }))
    }

    /// The ARNs of the roles that reach the states in an account from jobs, where all of them are known:
    /// those of the jobs that run the root modules; of the ones that only plan where `reads` is set. `None` where
    /// one is not known, and where no job is known to reach them.
    pub fn callers_of_states(&self, account: &str, reads: bool) -> Option<BTreeSet<String>> {
        let reached = self
            .reached_states
            .iter()
            .filter(|it| it.account == account);
        let roles = reached
            .flat_map(|it| &it.callers)
            .map(|caller| match caller {
                RoleCaller::Job(job) => {
                    let (account, arn) = (job.account.as_deref(), job.arn.as_deref());
                    let arn = self.job_role(account, arn, job.is_plan)?;
                    Some((arn, job.reads_states))
                }
                RoleCaller::People(_) | RoleCaller::UnknownPeople(_) | RoleCaller::Role(_) => None,
            });
        let roles: BTreeSet<(String, bool)> = roles.collect::<Option<_>>()?;
        if roles.is_empty() {
            return None;
        }
        let own = roles.into_iter().filter(|(_, it)| *it == reads);
        Some(own.map(|(arn, _)| arn).collect())
    }

    /// The ARNs of the roles that reach the state from jobs: those that jobs which run Terraform
    /// assume, and one in each account but the state's.
    /// Those of jobs that only plan where `reads` is set, which may be none.
    pub fn ci_roles(&self, reads: bool) -> anyhow::Result<Vec<String>> {
        let named = &self.settings.ci.role;
        let accounts = self.inventory.ci_accounts.iter();
        let reaching = accounts.filter(|account| match reads {
            true => account.reads_states,
            false => account.writes_states,
        });
        let assumed = reaching.filter_map(|account| {
            self.job_role(
                account.id.as_deref(),
                account.arn.as_deref(),
                account.is_plan,
            )
        });
        let mut roles: BTreeSet<String> = assumed.collect();
        if reads {
            return Ok(roles.into_iter().collect());
        }
        match (named, self.other_accounts(self.state_account(None))) {
            (RoleName::Literal(arn), _) => {
                roles.insert(arn.clone());
            }
            (_, Ok(others)) => {
                // An account whose role is known otherwise has that one.
                let is_known = |id: &str| {
                    let infix = format!(":iam::{id}:");
                    roles.iter().any(|role| role.contains(&infix))
                };
                let others: Vec<&str> = others.into_iter().filter(|id| !is_known(id)).collect();
                roles.extend(
                    others
                        .into_iter()
                        .filter_map(|id| self.job_role(Some(id), None, false)),
                );
            }
            (_, Err(error)) if roles.is_empty() => return Err(error),
            (_, Err(_)) => {}
        }
        Ok(roles.into_iter().collect())
    }
}
