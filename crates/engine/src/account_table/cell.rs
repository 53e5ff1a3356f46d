//! The cells of the account table.

use std::path::PathBuf;

use crate::settings::Settings;
use terraform::account::Account;

/// In which account an identity acts, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountCell {
    /// The twelve digits; `None` where they are not known.
    pub account: Option<String>,
    /// The label of that account in the configuration.
    pub label: Option<String>,
    /// By what: `role`, `static keys`, `AWS_PROFILE=dev`, `vars.AWS_OIDC_ROLE_ARN`.
    pub by: String,
}

/// By what some runners act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerCell {
    /// The same for all of them.
    pub cell: AccountCell,
    /// The runners, in order.
    pub runners: Vec<RunnerName>,
}

/// A runner other than a laptop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunnerName {
    /// What people call the system.
    pub system: &'static str,
    /// The file that defines it.
    pub path: PathBuf,
    /// The job of a workflow; `None` for a runner of another system.
    pub job: Option<String>,
}

impl AccountCell {
    /// The cell of an account with this id.
    pub(super) fn of_id(id: Option<&str>, by: impl Into<String>, settings: &Settings) -> Self {
        let block = id.and_then(|id| settings.account_with(id));
        Self {
            account: id.map(str::to_owned),
            label: block.map(|it| it.label.clone()),
            by: by.into(),
        }
    }

    /// The same account, by something else.
    pub(super) fn by(&self, by: impl Into<String>) -> Self {
        let by = by.into();
        Self { by, ..self.clone() }
    }

    /// The account as messages name it: `111111111111 (dev)`.
    pub fn account_text(&self) -> String {
        match (&self.account, &self.label) {
            (Some(id), Some(label)) => format!("{id} ({label})"),
            (Some(id), None) => id.clone(),
            (None, _) => "unknown".to_owned(),
        }
    }
}

/// How a laptop signs in to an account: by the profile that is named like it.
pub(super) fn laptop_in(account: Option<&Account>, settings: &Settings) -> AccountCell {
    let id = account.and_then(Account::id);
    let cell = AccountCell::of_id(id, "", settings);
    let by = match (&cell.label, id, account) {
        (Some(label), ..) => format!("AWS_PROFILE={label}"),
        (None, Some(id), _) => format!("AWS_PROFILE of {id}"),
        (None, None, Some(account)) => format!("AWS_PROFILE of {account}"),
        (None, None, None) => "AWS_PROFILE".to_owned(),
    };
    cell.by(by)
}
