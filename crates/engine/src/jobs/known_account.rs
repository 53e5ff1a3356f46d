//! The accounts of keys and of roles that workflows name, as far as the repository or its configuration
//! tells.

use std::collections::BTreeSet;

use ci::github::expression::references;
use ci::github::workflow::model::Text;
use ci::github::workflow::{StepOwner, Workflows};
use ci::settings::RoleName;

use super::own_role::account_of_own;
use crate::repo::Repo;

/// The account of static keys, or of the role that an earlier run wrote in their place, where the configuration
/// tells: of the environment that they are stored in, of the secret, or of the role. A `ci.role` that is one ARN
/// stands for the pair `AWS_ACCESS_KEY_ID`.
pub(super) fn account_of_keys(id: &Text, environment: Option<&str>, repo: &Repo) -> Option<String> {
    let settings = repo.settings();
    let of_environment = environment.and_then(|name| settings.account_of_environment(name));
    if let Some(account) = of_environment {
        return Some(account.id.clone());
    }
    if let Some(own) = account_of_own(&id.value, repo) {
        return Some(own);
    }
    let found = references(&id.value);
    let secrets: Option<Vec<&str>> = found.iter().map(|it| it.name.as_deref()).collect();
    let secrets = secrets.filter(|it| !it.is_empty())?;
    let accounts: Option<BTreeSet<&str>> = secrets
        .iter()
        .map(|secret| settings.account_of_keys(secret).map(|it| it.id.as_str()))
        .collect();
    if let Some([only]) = accounts
        .map(|it| it.into_iter().collect::<Vec<_>>())
        .as_deref()
    {
        return Some((*only).to_owned());
    }
    let usual = "AWS_ACCESS_KEY_ID";
    let is_usual = secrets.iter().all(|it| it.eq_ignore_ascii_case(usual));
    match &settings.ci.role {
        RoleName::Literal(arn) if is_usual => arn.split(':').nth(4).map(str::to_owned),
        _ => None,
    }
}

impl Repo {
    /// The accounts of the keys of all jobs, where the configuration answers each of them; `None` where one is not
    /// known, and where no job has keys.
    pub fn accounts_of_all_keys(&self) -> Option<BTreeSet<String>> {
        let workflows = &self.index().workflows;
        let mut accounts = BTreeSet::new();
        for owner in workflows.owners() {
            let environment = workflows
                .job(owner)
                .and_then(|it| it.environment.as_deref());
            for pair in workflows.key_pairs(owner).iter() {
                for account in accounts_of_keys(&pair.id, environment, self) {
                    accounts.insert(account?);
                }
            }
        }
        // What other runners have, and what the configuration says of them, is another question.
        let is_all = self.settings().runners.is_empty();
        (!accounts.is_empty() && is_all).then_some(accounts)
    }
}

/// The same of keys that an expression chooses from several secrets: the account of each, `None` where nothing tells.
pub(super) fn accounts_of_keys(
    id: &Text,
    environment: Option<&str>,
    repo: &Repo,
) -> BTreeSet<Option<String>> {
    let known = account_of_keys(id, environment, repo);
    let found = references(&id.value);
    let secrets = found.iter().filter(|it| it.context == "secrets");
    let secrets: Vec<&str> = secrets.filter_map(|it| it.name.as_deref()).collect();
    if known.is_some() || secrets.len() < 2 {
        return BTreeSet::from([known]);
    }
    let settings = repo.settings();
    let accounts = secrets.into_iter().map(|it| settings.account_of_keys(it));
    accounts.map(|it| it.map(|it| it.id.clone())).collect()
}

/// The account of a role that a workflow names.
pub(crate) fn account_of_role(
    text: &str,
    environment: Option<&str>,
    repo: &Repo,
) -> Option<String> {
    let mut parts = text.split(':');
    let is_arn = parts.next() == Some("arn");
    let account = parts.nth(3).filter(|_| is_arn);
    let is_id = |it: &&str| it.len() == 12 && it.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(id) = account.filter(is_id) {
        return Some(id.to_owned());
    }
    let settings = repo.settings();
    let answered = settings.account_of_role(text);
    let of_environment = || settings.account_of_environment(environment?);
    let account = answered.or_else(of_environment)?;
    Some(account.id.clone())
}

/// The account that a job signs in to by an answer of the configuration.
pub(super) fn answered_account(
    workflows: &Workflows,
    owner: StepOwner,
    repo: &Repo,
) -> Option<String> {
    let job = workflows.job(owner)?;
    let path = &workflows.source(owner).path;
    let answer = repo.settings().ci.about_job(path, &job.id)?;
    let account = repo.settings().account_of(answer.account.as_deref()?)?;
    Some(account.to_owned())
}
