//! What the configuration says of accounts.

use super::account::Account;
use super::hcl::Body;

/// The answers of a configuration.
pub struct Answers(Body);

/// What a `runner` block says.
#[derive(Clone, Debug, PartialEq)]
pub enum RunnerAnswer {
    Nothing,
    NoTerraform,
    OwnAccounts,
    Account(Account),
}

impl Answers {
    pub fn read(config: &str) -> Self {
        Self(Body::read(config))
    }

    /// Whether somebody said that the state is that profile's.
    pub fn is_state_profile(&self, profile: &str) -> bool {
        let buckets = self.0.blocks("state_bucket");
        let own = buckets.map(|block| block.body.text("profile"));
        own.chain([self.0.text("state_profile")])
            .any(|it| it == Some(profile))
    }

    /// The account of the static keys on laptops: that of the state, where it is said.
    pub fn laptop_keys(&self) -> Account {
        match self.0.text("state_profile") {
            Some(profile) => self.profile(profile),
            None => Account::Runner("the laptop".to_owned()),
        }
    }

    /// The account of a profile.
    pub fn profile(&self, profile: &str) -> Account {
        match self.id(profile) {
            Some(id) => Account::Id(id),
            None => Account::Profile(profile.to_owned()),
        }
    }

    fn id(&self, label: &str) -> Option<String> {
        let mut accounts = self.0.blocks("account");
        let account = accounts.find(|block| block.label(0) == label)?;
        account.body.text("id").map(str::to_owned)
    }

    /// The account as the answers tell it.
    pub fn known(&self, account: Account) -> Account {
        let (kind, label, environment) = match &account {
            Account::Keys(name, environment) => ("keys", name.clone(), environment),
            Account::Variable(name, environment) => ("role", format!("vars.{name}"), environment),
            _ => return account,
        };
        let about = |kind: &'static str, label: &str| {
            let mut blocks = self.0.blocks(kind);
            let block = blocks.find(|block| block.label(0) == label)?;
            self.id(block.body.text("account")?)
        };
        // One ARN stands for the pair of keys of this name: it says whose they are.
        let role = || {
            let ci = self.0.blocks("ci").next()?;
            let id = ci.body.text("role")?.split(':').nth(4)?.to_owned();
            let is_id = id.bytes().all(|byte| byte.is_ascii_digit());
            (kind == "keys" && label == "AWS_ACCESS_KEY_ID" && is_id).then_some(id)
        };
        let id = about(kind, &label).or_else(|| about("environment", environment));
        let id = id.or_else(role);
        id.map_or(account, Account::Id)
    }

    /// The directories that a job runs, where it is said; a job is named `FILE:JOB`.
    pub fn roots(&self, job: &str) -> Option<Vec<String>> {
        let mut blocks = self.0.blocks("job");
        let block = blocks.find(|block| block.label(0) == job)?;
        let roots = block.body.argument("roots")?.trim_matches(['[', ']']);
        let roots = roots.split(',').map(|root| root.trim().trim_matches('"'));
        Some(roots.map(str::to_owned).collect())
    }

    /// What is said of the runner of a file.
    pub fn runner(&self, path: &str) -> RunnerAnswer {
        let mut blocks = self.0.blocks("runner");
        let Some(block) = blocks.find(|block| block.label(0) == path) else {
            return RunnerAnswer::Nothing;
        };
        match block.body.text("account") {
            None => RunnerAnswer::NoTerraform,
            Some("*") => RunnerAnswer::OwnAccounts,
            Some(label) => RunnerAnswer::Account(self.profile(label)),
        }
    }
}
