//! A role that stays, and who assumes it where.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::jobs::{TrustedRole, is_plan_role};
use crate::repo::Repo;
use terraform::session_rights::SessionRights;

/// A role that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayingRole {
    /// Its ARN, where the code tells all of it.
    pub arn: Option<String>,
    /// As messages name it: its ARN, or what assumes it.
    pub name: String,
    /// What assumes it.
    pub uses: BTreeSet<RoleUse>,
    /// What its callers have to be allowed.
    pub rights: SessionRights,
    /// The principals that assume it.
    pub callers: BTreeSet<RoleCaller>,
    /// Whether it stays only until the changes that need review are made.
    pub until_review: bool,
}

/// A place that assumes a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleUse {
    /// The file, relative to the root.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What it is: `the S3 backend`, `provider "aws.dns"`.
    pub what: String,
}

/// Who assumes a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleCaller {
    /// Jobs by the role that they sign in with.
    Job(JobRole),
    /// People with the profile of an account.
    People(String),
    /// People who run the root module of that directory, whose account is not known.
    UnknownPeople(PathBuf),
    /// The role before it in a chain, by its ARN.
    Role(String),
}

/// The role that a job signs in with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobRole {
    /// Its account, where that is known.
    pub account: Option<String>,
    /// Its ARN, where the repository or the configuration tells.
    pub arn: Option<String>,
    /// As messages name it.
    pub name: String,
    /// Whether it is `ci.plan_role`.
    pub is_plan: bool,
    /// Whether its jobs assume `ci.plan_role` alone, and so reach states by the role that reads them.
    pub reads_states: bool,
    /// Whether the job is on static keys before the plan, so that the role is a new caller.
    pub is_new: bool,
}

impl JobRole {
    pub(crate) fn of(role: &TrustedRole, reads_states: bool, is_new: bool, repo: &Repo) -> Self {
        Self {
            account: role.account.clone(),
            arn: role.arn.clone(),
            name: role.text(repo.settings()),
            is_plan: is_plan_role(role, repo.settings()),
            reads_states,
            is_new,
        }
    }
}
