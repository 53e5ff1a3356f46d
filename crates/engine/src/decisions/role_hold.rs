//! Why the roles of a root module stay, or need review, because of a job that runs it.

use std::sync::Arc;

use ci::runner::JobLocation;
use diagnostics::ask::Help;
use syntax::code::sentence;

use crate::settings::Settings;

/// Why the roles of a root module stay, or need review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleHold {
    /// The job that runs it.
    pub job: JobLocation,
    /// Why the job cannot follow.
    pub reason: HoldReason,
}

/// Why a job cannot follow a root module whose role is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldReason {
    /// It keeps static keys, of an account that is not known to be the role's.
    StaticKeys,
    /// Jobs of other repositories call its workflow: each passes keys until it passes a role.
    CallersElsewhere,
    /// It acts in an account that is not known to be the role's: as this role, or as its machine.
    Elsewhere {
        /// By what it acts: "as the role X", "as its machine".
        by: String,
        /// The expression that names the role, where it is one.
        role: Option<String>,
        /// The twelve digits, where they are known.
        account: Option<String>,
        /// The job, as a `job` block labels it.
        label: String,
    },
    /// It calls a workflow whose file is not read, or has another machine do it: that may run it, in an
    /// account that is not known to be the role's.
    Called {
        /// By what: "through `OWNER/REPOSITORY/PATH`", "on another machine".
        by: String,
        /// The twelve digits, where they are known.
        account: Option<String>,
        /// The job, as a `job` block labels it.
        label: String,
    },
    /// One sign-in of it serves several accounts: this is what needs another.
    SeveralAccounts {
        /// The other need, as a clause: "runs `live`, which is in account 222222222222".
        other: String,
        /// What makes it sign in to one: the line to add to tfkeyless.hcl, or a way to change the
        /// job. One for all root modules that wait for it: it may offer each of them.
        help: Arc<Help>,
    },
    /// It signs in by a role by which another job runs a root module of another account.
    SharedRole {
        /// The expression that names the role.
        role: String,
        /// The other job and what it runs, as a clause.
        other: String,
    },
}

impl RoleHold {
    /// Whether nothing lifts it: then the roles stay, even with `--review`.
    pub fn is_certain(&self) -> bool {
        matches!(
            self.reason,
            HoldReason::SeveralAccounts { .. } | HoldReason::SharedRole { .. }
        )
    }

    /// Which job cannot follow, and why, as a clause.
    pub fn message(&self, settings: &Settings) -> String {
        let job = &self.job;
        match &self.reason {
            HoldReason::StaticKeys => format!("{job} runs it and stays on static keys"),
            HoldReason::CallersElsewhere => {
                format!("{job} runs it with the keys that callers in other repositories pass")
            }
            HoldReason::Elsewhere { by, account, .. } => match account {
                Some(id) => format!("{job} runs it {by}, in account {}", settings.labelled(id)),
                None => format!("{job} runs it {by}, whose account is not known"),
            },
            HoldReason::Called { by, account, .. } => {
                let account = match account {
                    Some(id) => format!("in account {}", settings.labelled(id)),
                    None => "whose account is not known".to_owned(),
                };
                format!("{job} may run it {by}, {account}")
            }
            HoldReason::SeveralAccounts { other, .. } => {
                format!("{job}, which runs it, also {other}")
            }
            HoldReason::SharedRole { role, other } => {
                sentence!("{job} runs it as the role `{role}`, shared with {other}")
            }
        }
    }
}
