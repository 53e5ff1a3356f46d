//! The identity that root modules are initialized as.

use super::init::{InitTarget, RootInit, RootNeed};
use crate::repo::Repo;
use syntax::code::sentence;
use syntax::shell;
use terraform::account::Account;

/// The identity that a root module is initialized as.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum InitIdentity {
    /// The same as before.
    Unchanged,
    /// A profile of the configuration.
    Profile(String),
    /// An account without an `account` block.
    Account(String),
    /// One of several accounts, or one that only an expression gives.
    OneOf(String),
    /// Not known.
    Unknown,
}

impl InitIdentity {
    /// That of an account.
    pub fn of(account: Option<Account>, repo: &Repo) -> Self {
        let Some(account) = account else {
            return Self::Unknown;
        };
        match repo.settings().profile_of(&account) {
            Some(profile) => Self::Profile(profile.to_owned()),
            None if account.id().is_some() => Self::Account(account.to_string()),
            None => Self::OneOf(account.to_string()),
        }
    }

    /// The profile to sign in with, and a comment on it; `None` where no sign-in is needed.
    pub fn profile(&self) -> Option<(&str, String)> {
        match self {
            Self::Unchanged => None,
            Self::Profile(profile) => Some((profile, String::new())),
            Self::Account(account) => {
                let note = format!(
                    "   # of {}: an account block would name it",
                    shell::inert(account)
                );
                Some(("PROFILE", note))
            }
            Self::OneOf(accounts) => {
                Some(("PROFILE", format!("   # of {}", shell::inert(accounts))))
            }
            Self::Unknown => Some((
                "PROFILE",
                "   # of the account that it deploys to".to_owned(),
            )),
        }
    }

    /// The heading of the commands for these root modules.
    pub fn why(&self, roots: &[(&InitTarget, &RootInit<'_>)]) -> String {
        let is_init = roots
            .iter()
            .any(|(_, init)| init.needs.contains(&RootNeed::Init));
        let doing = match is_init {
            true => "Reinitialize",
            false => "Check the first plan",
        };
        match self {
            Self::Unchanged => "Reinitialize the root modules:".to_owned(),
            Self::Profile(profile) => sentence!("{doing} with profile `{profile}`:"),
            Self::Account(account) => format!("{doing} with the profile of {account}:"),
            Self::OneOf(_) => {
                format!("{doing} with the profile of the account that each run deploys to:")
            }
            Self::Unknown => {
                format!("{doing} with the profile of the account that each root module deploys to:")
            }
        }
    }
}
