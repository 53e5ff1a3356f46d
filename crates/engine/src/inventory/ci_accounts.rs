//! The accounts that jobs sign in to by OIDC, with what their roles have to trust.

use std::collections::{BTreeMap, BTreeSet};

use ci::github::workflow::StepOwner;
use diagnostics::finding::Finding;
use syntax::code::sentence;

use crate::jobs::{
    TrustedRole, assumed_roles, is_plan_role, oidc_roles, owner_of, reading_roles, role_name_in,
};
use crate::repo::Repo;

/// A role that jobs assume, or several in one account of which no ARN is known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "properties that have nothing to do with each other"
)]
pub struct CiAccount {
    /// The twelve digits; `None` where they are not known.
    pub id: Option<String>,
    /// As messages name it: `account 111111111111 (dev)`, `the account of the keys
    /// AWS_ACCESS_KEY_ID`.
    pub name: String,
    /// The ARN of the role, where the repository or the configuration tells.
    pub arn: Option<String>,
    /// The name of the role, where the configuration tells.
    pub role_name: Option<String>,
    /// Whether it is `ci.plan_role`.
    pub is_plan: bool,
    /// The OIDC subjects of the jobs, behind `repo:ORG/REPO:`.
    pub subjects: BTreeSet<String>,
    /// The audiences that steps of the jobs name; `None` where the usual one is meant.
    pub audiences: BTreeSet<Option<String>>,
    /// Whether a job that only plans runs Terraform by it, and so reads the state.
    pub reads_states: bool,
    /// Whether another job runs Terraform by it.
    pub writes_states: bool,
    /// Whether jobs assume it only until the changes that need review are made.
    pub is_until_review: bool,
}

impl CiAccount {
    /// Whether one of the jobs runs Terraform, and so reaches the state.
    pub fn runs_terraform(&self) -> bool {
        self.reads_states || self.writes_states
    }
}

/// What tells roles apart: the account, the ARN, whether it only plans, and the account in words.
type RoleKey = (Option<String>, Option<String>, bool, String);

/// All of them: of jobs that sign in already, and of those that these findings sign in.
pub(super) fn ci_accounts(repo: &Repo, findings: &[Finding]) -> Vec<CiAccount> {
    let mut found = BTreeMap::new();
    for signed_in in findings.iter().flat_map(|finding| &finding.signed_in) {
        let keys = signed_in.keys.first();
        let roles = assumed_roles(signed_in, repo);
        let owner = owner_of(signed_in, repo);
        let reading = reading_roles(roles.iter().map(|(role, _)| role), (owner, repo));
        for (role, subjects) in roles {
            let unknown = || match (keys, &role.arn, &role.variable) {
                (Some(key), ..) => format!("the account of the keys {key}"),
                (None, None, Some(variable)) => sentence!("the account of `{variable}`"),
                _ => "the account of the keys".to_owned(),
            };
            let subjects = (subjects, reading.contains(&role));
            add(&mut found, &role, subjects, (owner, repo), unknown);
        }
    }
    let workflows = &repo.index().workflows;
    for owner in workflows.owners().filter(|owner| owner.job.is_some()) {
        let roles = oidc_roles(workflows, owner, repo);
        let reading = reading_roles(roles.iter().map(|(role, _)| role), (Some(owner), repo));
        for (role, subjects) in roles {
            let unknown = || match &role.variable {
                Some(variable) => sentence!("the account of `{variable}`"),
                None => "the account of another role".to_owned(),
            };
            let subjects = (subjects, reading.contains(&role));
            add(&mut found, &role, subjects, (Some(owner), repo), unknown);
        }
    }
    found.into_values().collect()
}

fn add(
    found: &mut BTreeMap<RoleKey, CiAccount>,
    role: &TrustedRole,
    (subjects, only_plans): (Vec<String>, bool),
    (owner, repo): (Option<StepOwner>, &Repo),
    unknown: impl Fn() -> String,
) {
    let settings = repo.settings();
    let name = match &role.account {
        Some(id) => format!("account {}", settings.labelled(id)),
        None => unknown(),
    };
    let arn = role.arn.clone();
    let is_plan = is_plan_role(role, settings);
    let key = (role.account.clone(), arn.clone(), is_plan, name.clone());
    let known = found.entry(key).or_insert_with(|| CiAccount {
        id: role.account.clone(),
        name,
        role_name: match &arn {
            Some(arn) => arn.rsplit('/').next().map(str::to_owned),
            None if is_plan => None,
            None => role_name_in(role.account.as_deref(), settings).map(str::to_owned),
        },
        arn,
        is_plan,
        subjects: BTreeSet::new(),
        audiences: BTreeSet::new(),
        reads_states: false,
        writes_states: false,
        is_until_review: false,
    });
    known.subjects.extend(subjects);
    let workflows = &repo.index().workflows;
    let audiences = owner.map(|owner| workflows.audiences(owner));
    let audiences = audiences.unwrap_or_default().into_iter();
    known
        .audiences
        .extend(audiences.map(|it| it.map(str::to_owned)));
    if owner.is_some_and(|owner| !workflows.runs(owner).is_empty()) {
        known.reads_states |= only_plans;
        known.writes_states |= !only_plans;
    }
}
