//! Accounts, known or not, and what those that are free have to be.

use std::collections::BTreeMap;
use std::fmt;

/// An account. What is not known equals itself alone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Account {
    /// Its twelve digits.
    Id(String),
    /// That of the keys in a secret, as an environment ("" for none) has it.
    Keys(String, String),
    /// That of a role by a variable of GitHub's, as an environment ("" for none) has it.
    Variable(String, String),
    /// That of a role whose ARN in a root module is not known.
    Role(String, String),
    /// That of a profile which has no matching `account` block.
    Profile(String),
    /// That of a runner's own credentials.
    Runner(String),
    /// That of `AWS_PROFILE` on a laptop, once it is switched, in one root module.
    Laptop(String),
}

impl Account {
    /// The account of an ARN with twelve digits.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let id = arn.split(':').nth(4)?;
        let is_id = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        (arn.starts_with("arn:") && is_id).then(|| Self::Id(id.to_owned()))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id),
            Self::Keys(name, environment) => write!(f, "keys {name} ({environment})"),
            Self::Variable(name, environment) => write!(f, "vars.{name} ({environment})"),
            Self::Role(root, text) => write!(f, "{text} of {root}"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Runner(name) => write!(f, "credentials of {name}"),
            Self::Laptop(root) => write!(f, "AWS_PROFILE in {root}"),
        }
    }
}

/// What each account that the migration leaves open has to be, by who needs it.
#[derive(Default)]
pub struct Demands(BTreeMap<Account, Vec<Account>>);

/// Two accounts that had to be one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    pub before: Account,
    pub after: Account,
}

impl Difference {
    /// Both are known.
    pub fn is_certain(&self) -> bool {
        matches!(
            (&self.before, &self.after),
            (Account::Id(_), Account::Id(_))
        )
    }
}

impl Demands {
    /// Whether somebody needs that account already.
    pub fn has(&self, account: &Account) -> bool {
        self.0.contains_key(account)
    }

    /// Demands that `after` be `before`; `is_free` says that who migrates may choose `after`.
    pub fn equal(
        &mut self,
        before: &Account,
        after: &Account,
        is_free: bool,
    ) -> Option<Difference> {
        if before == after {
            return None;
        }
        let different = |after: &Account| Difference {
            before: before.clone(),
            after: after.clone(),
        };
        if !is_free {
            return Some(different(after));
        }
        let demands = self.0.entry(after.clone()).or_default();
        if !demands.contains(before) {
            demands.push(before.clone());
        }
        let others = || demands.iter().filter(|other| *other != before);
        // Of several the one that is known says more.
        let known = others().find(|other| matches!(other, Account::Id(_)));
        known.or_else(|| others().next()).map(different)
    }
}
