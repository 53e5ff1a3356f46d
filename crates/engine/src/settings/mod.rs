//! The configuration: what `tfkeyless.hcl` sets.

mod account_answer;
mod block;
mod error;
mod forms;
mod read;
mod read_answers;
mod repeated;
mod runner;
mod warning;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

pub use account_answer::AccountAnswer;
use account_answer::most_precise;
pub(crate) use block::is_writable;
use ci::settings::{Ci, RoleName};
use diagnostics::finding::Finding;
pub use error::{SettingsError, SettingsErrors};
pub use runner::{RunnerAnswer, RunnerBlock};
use syntax::location::Region;
use terraform::constraint::{Constraint, Dialect};
use upgrade::settings::Upgrade;
pub use warning::ID;
pub(crate) use warning::warning;

/// The configuration, with a default for all but the names only the user knows.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The names of the repository on GitHub, as `OWNER/NAME`, beside that of `origin`.
    pub repositories: Vec<String>,
    /// The profile that S3 backends get.
    pub state_profile: Option<String>,
    /// What is set for single buckets of states, by bucket.
    pub state_buckets: BTreeMap<String, StateBucket>,
    /// AWS accounts, in the order written.
    pub accounts: Vec<AccountBlock>,
    /// The places of the first account of each label and of each id.
    by_label: HashMap<String, usize>,
    by_id: HashMap<String, usize>,
    /// The IAM Identity Center portal.
    pub sso: Option<Sso>,
    /// The repository of the modules of each bucket.
    pub module_sources: BTreeMap<String, ModuleSource>,
    /// What is upgraded to what.
    pub upgrade: Upgrade,
    /// How CI signs in.
    pub ci: Ci,
    /// What is known of runners, in the order written.
    pub runners: Vec<RunnerBlock>,
    /// `keys` blocks: whose the static keys are, by the secret of the access key id.
    pub keys: Vec<AccountAnswer>,
    /// `environment` blocks: what the secrets and role variables of an environment open.
    pub environments: Vec<AccountAnswer>,
    /// `root` blocks: the account of root modules, by directory.
    pub roots: Vec<AccountAnswer>,
    /// `role` blocks: the account of roles, by the expression that names one.
    pub roles: Vec<AccountAnswer>,
    /// Switches of single transforms, by id.
    pub transforms: BTreeMap<String, Switches>,
    /// What is doubtful in it.
    pub warnings: Vec<Finding>,
}

impl Settings {
    /// The profile that an S3 backend with this bucket gets; `None` where the configuration sets
    /// none.
    pub fn profile_of_state(&self, bucket: Option<&str>) -> Option<&str> {
        let own = bucket.and_then(|bucket| self.state_buckets.get(bucket));
        let own = own.map(|own| &own.profile);
        own.or(self.state_profile.as_ref()).map(String::as_str)
    }

    /// Whether an S3 backend may get this profile.
    pub fn is_profile_of_state(&self, profile: &str) -> bool {
        let of_buckets = self.state_buckets.values().map(|bucket| &bucket.profile);
        let mut all = of_buckets.chain(&self.state_profile);
        all.any(|own| own == profile)
    }

    /// Whether the configuration says of a module, by the text of its source, that it works with the
    /// provider that is upgraded to.
    pub fn works_with_target(&self, source: &str) -> bool {
        let parse = |text: &str| Constraint::parse(text, Dialect::Provider).ok();
        let target = parse(&self.upgrade.aws_provider);
        self.module_sources.iter().any(|(bucket, modules)| {
            let is_of_them = modules.is_of(bucket, source);
            let works = modules.aws_provider.as_deref().and_then(parse);
            let both = works.and_then(|works| Some(works.and(target.clone()?)));
            is_of_them && both.is_some_and(|both| both.bounds().is_some())
        })
    }

    /// The profile of an account: the label of its `account` block.
    pub fn profile_of(&self, account: &terraform::account::Account) -> Option<&str> {
        let known = self.account_with(account.id()?);
        known.map(|known| known.label.as_str())
    }

    /// An account's id, with the label of its block, as messages name it.
    pub fn labelled(&self, id: &str) -> String {
        match self.account_with(id) {
            Some(account) => format!("{id} ({})", account.label),
            None => id.to_owned(),
        }
    }

    /// The account with a label.
    pub fn account(&self, label: &str) -> Option<&AccountBlock> {
        Some(&self.accounts[*self.by_label.get(label)?])
    }

    /// The account with an id.
    pub fn account_with(&self, id: &str) -> Option<&AccountBlock> {
        Some(&self.accounts[*self.by_id.get(id)?])
    }

    /// The id of the account of a profile.
    pub fn account_of(&self, profile: &str) -> Option<&str> {
        self.account(profile).map(|account| account.id.as_str())
    }

    /// The account of the static keys whose access key id is that secret.
    pub fn account_of_keys(&self, secret: &str) -> Option<&AccountBlock> {
        self.answered(most_precise(&self.keys, |it| it.covers(secret)))
    }

    /// The account that the secrets and role variables of an environment open.
    pub fn account_of_environment(&self, name: &str) -> Option<&AccountBlock> {
        self.answered(most_precise(&self.environments, |it| it.covers(name)))
    }

    /// The account that the root module in a directory belongs to.
    pub fn account_of_root_module(&self, directory: &Path) -> Option<&AccountBlock> {
        let covers = |it: &AccountAnswer| it.covers_directory(directory);
        self.answered(most_precise(&self.roots, covers))
    }

    /// The account of the role that an expression stands for.
    pub fn account_of_role(&self, expression: &str) -> Option<&AccountBlock> {
        let covers = |it: &AccountAnswer| it.covers_expression(expression);
        self.answered(most_precise(&self.roles, covers))
    }

    fn answered(&self, answer: Option<&AccountAnswer>) -> Option<&AccountBlock> {
        self.account(&answer?.account)
    }

    /// What is known of the runner of a file: of several blocks, the most precise one.
    pub fn about_runner(&self, file: &Path) -> Option<&RunnerAnswer> {
        runner::about(&self.runners, file).map(|block| &block.answer)
    }

    /// Whether that profile is certain: the bucket is known, or all buckets have the same.
    pub fn is_profile_certain(&self, bucket: Option<&str>) -> bool {
        bucket.is_some() || self.state_buckets.is_empty()
    }
}

/// `account "LABEL" { id = "..." }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountBlock {
    /// The AWS profile of the account.
    pub label: String,
    /// Its twelve digits.
    pub id: String,
    /// The permission set, where it is not that of the `sso` block.
    pub role_name: Option<String>,
    /// The role that jobs assume in it, where it is not that of the `ci` block.
    pub ci_role: Option<RoleName>,
}

/// `sso { ... }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sso {
    /// The start URL exactly as written: the file of the token cache is named by its SHA-1, so that
    /// `/start` and `/start/#/` are two sign-ins.
    pub start_url: String,
    /// Region of the portal.
    pub region: String,
    /// The permission set of the accounts whose block has none.
    pub role_name: String,
}

/// `state_bucket "BUCKET" { ... }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateBucket {
    /// The profile that the backends with this bucket get.
    pub profile: String,
    /// Where its label stands.
    pub at: Region,
}

/// `module_source "BUCKET" { ... }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleSource {
    /// A repository's address that Terraform resolves, without `//DIR` and `?ref`.
    pub repository: String,
    /// A git ref, [`REF`](Self::REF) where none is set; `{version}` in it stands for the version in the
    /// S3 key.
    pub git_ref: String,
    /// The releases of the AWS provider that its modules work with, as a constraint.
    pub aws_provider: Option<String>,
    /// Where its label stands.
    pub at: Region,
}

impl ModuleSource {
    /// The ref of most repositories of modules: a tag for each release.
    pub const REF: &str = "v{version}";

    /// Whether a source, as written, names the bucket of this block, or the repository.
    pub fn is_of(&self, bucket: &str, source: &str) -> bool {
        source.contains(bucket) || source.contains(&self.repository)
    }
}

/// `transform "ID" { ... }`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switches {
    /// Whether it runs; `None` where its default holds.
    pub enabled: Option<bool>,
    /// Its own options.
    pub options: BTreeMap<String, bool>,
}
