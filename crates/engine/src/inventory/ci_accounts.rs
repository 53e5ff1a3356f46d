//! The accounts that jobs sign in to by OIDC, with what their roles have to trust.

use std::collections::{BTreeMap, BTreeSet};

use ci::github::sign_ins::SignInMethod;
use ci::github::workflow::StepOwner;
use diagnostics::finding::{AssumedRole, Finding};

use crate::jobs::{
    TrustedRole, account_of_role, assumed_roles, is_plan_role, owner_of, role_name_in, roles_of,
};
use crate::repo::Repo;

/// A role that jobs assume, or several in one account of which no ARN is known.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Whether one of the jobs runs Terraform, and so reaches the state.
    pub runs_terraform: bool,
    /// Whether jobs assume it only until the changes that need review are made.
    pub is_until_review: bool,
}

/// What tells roles apart: the account, the ARN, whether it only plans, and the account in words.
type RoleKey = (Option<String>, Option<String>, bool, String);

/// All of them: of jobs that sign in already, and of those that these findings sign in.
pub(super) fn ci_accounts(repo: &Repo, findings: &[Finding]) -> Vec<CiAccount> {
    let mut found = BTreeMap::new();
    for signed_in in findings.iter().flat_map(|finding| &finding.signed_in) {
        let keys = signed_in.keys.first();
        for (role, subjects) in assumed_roles(signed_in, repo) {
            let unknown = || match (keys, &role.arn, &role.variable) {
                (Some(key), ..) => format!("the account of the keys {key}"),
                (None, None, Some(variable)) => format!("the account of `{variable}`"),
                _ => "the account of the keys".to_owned(),
            };
            let owner = owner_of(signed_in, repo);
            add(&mut found, &role, subjects, (owner, repo), unknown);
        }
    }
    let workflows = &repo.index().workflows;
    for owner in workflows.owners().filter(|owner| owner.job.is_some()) {
        for (role, subjects) in signed_in_already(owner, repo) {
            let unknown = || match &role.variable {
                Some(variable) => format!("the account of `{variable}`"),
                None => "the account of another role".to_owned(),
            };
            add(&mut found, &role, subjects, (Some(owner), repo), unknown);
        }
    }
    found.into_values().collect()
}

/// The roles that a job assumes by OIDC as it is.
fn signed_in_already(owner: StepOwner, repo: &Repo) -> Vec<(TrustedRole, Vec<String>)> {
    let workflows = &repo.index().workflows;
    let mut found = Vec::new();
    for sign_in in workflows.sign_ins(owner).iter() {
        let SignInMethod::Role {
            role,
            is_web_identity: true,
        } = &sign_in.how
        else {
            continue;
        };
        for context in workflows.contexts(owner).iter() {
            let step = &workflows.steps(owner)[sign_in.step];
            let text = workflows.filled_in(owner, step, &context.values, role);
            let environment = workflows
                .job(owner)
                .and_then(|job| job.environment.as_ref())
                .map(|name| ci::github::values::fill(name, &context.values));
            let account = account_of_role(&text, environment.as_deref(), repo);
            let role = AssumedRole {
                text,
                accounts: account.into_iter().collect(),
            };
            let subjects = workflows.subjects_from(owner, context.started);
            let roles = roles_of(&role, repo.settings()).into_iter();
            found.extend(roles.map(|role| (role, subjects.clone())));
        }
    }
    found
}

fn add(
    found: &mut BTreeMap<RoleKey, CiAccount>,
    role: &TrustedRole,
    subjects: Vec<String>,
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
        runs_terraform: false,
        is_until_review: false,
    });
    known.subjects.extend(subjects);
    let workflows = &repo.index().workflows;
    let audiences = owner.map(|owner| workflows.audiences(owner));
    let audiences = audiences.unwrap_or_default().into_iter();
    known
        .audiences
        .extend(audiences.map(|it| it.map(str::to_owned)));
    known.runs_terraform |= owner.is_some_and(|owner| !workflows.runs(owner).is_empty());
}
