//! The roles that jobs assume by OIDC as they are, and which jobs assume the role that only plans.

use std::collections::BTreeSet;

use ci::github::role_text::settled;
use ci::github::sign_ins::SignInMethod;
use ci::github::workflow::{StepOwner, Workflows};
use diagnostics::finding::AssumedRole;

use super::{TrustedRole, account_of_role, is_plan_role, roles_of};
use crate::repo::Repo;
use crate::settings::Settings;

impl Repo {
    /// Whether a job that signs in by OIDC in these workflows assumes `ci.plan_role` alone, whoever starts it.
    pub fn assumes_plan_role(&self, workflows: &Workflows, owner: StepOwner) -> bool {
        let roles = oidc_roles(workflows, owner, self);
        only_plan_roles(roles.iter().map(|(role, _)| role), self.settings())
    }

    /// The input by which some callers of a job pass `ci.plan_role`, and others another role.
    pub fn plan_role_input(&self, workflows: &Workflows, owner: StepOwner) -> Option<String> {
        let roles = oidc_roles(workflows, owner, self);
        let plans = roles
            .iter()
            .filter(|(role, _)| is_plan_role(role, self.settings()));
        if [0, roles.len()].contains(&plans.count()) {
            return None;
        }
        let sign_ins = workflows.sign_ins(owner);
        let passed = sign_ins.iter().filter_map(|sign_in| match &sign_in.how {
            SignInMethod::Role {
                role,
                is_web_identity: true,
            } => Some(passed_input(role)),
            _ => None,
        });
        let passed: Option<BTreeSet<String>> = passed.collect();
        let mut passed = passed?.into_iter();
        passed.next().filter(|_| passed.next().is_none())
    }
}

/// The input that a role is, as a whole.
fn passed_input(role: &str) -> Option<String> {
    let inside = role.trim().strip_prefix("${{")?.strip_suffix("}}")?;
    let name = inside.trim().strip_prefix("inputs.")?;
    let is_name = |it: char| it.is_ascii_alphanumeric() || "_-".contains(it);
    name.chars().all(is_name).then(|| name.to_owned())
}

/// Which of the roles of a job reach states as `ci.plan_role` does: all, where all are that one; and each that is, where
/// its callers choose the role, and the role of the state with it.
pub(crate) fn reading_roles<'r>(
    roles: impl IntoIterator<Item = &'r TrustedRole> + Clone,
    (owner, repo): (Option<StepOwner>, &Repo),
) -> BTreeSet<TrustedRole> {
    let settings = repo.settings();
    let is_all = only_plan_roles(roles.clone(), settings);
    let is_chosen = || {
        let can_choose = settings.ci.chosen_by_input("role", ["", ""]).is_some();
        can_choose && owner.is_some_and(|owner| is_chosen_by_callers(owner, repo))
    };
    let plans = roles
        .into_iter()
        .filter(|role| is_plan_role(role, settings));
    let plans: BTreeSet<TrustedRole> = plans.cloned().collect();
    match plans.is_empty() || is_all || is_chosen() {
        true => plans,
        false => BTreeSet::new(),
    }
}

/// Whether the callers of a job pass the role that takes the place of its keys, or that it has.
fn is_chosen_by_callers(owner: StepOwner, repo: &Repo) -> bool {
    let new = repo.jobs().roles.of_job(owner);
    let is_passed = !new.is_empty() && new.iter().all(|it| it.started != owner);
    is_passed
        || repo
            .plan_role_input(&repo.index().workflows, owner)
            .is_some()
}

/// Whether these are roles of jobs that only plan, all of them. No role is none of those.
pub(crate) fn only_plan_roles<'r>(
    roles: impl IntoIterator<Item = &'r TrustedRole>,
    settings: &Settings,
) -> bool {
    let mut roles = roles.into_iter().peekable();
    roles.peek().is_some() && roles.all(|role| is_plan_role(role, settings))
}

/// The roles that a job assumes by OIDC as it is.
pub(crate) fn oidc_roles(
    workflows: &Workflows,
    owner: StepOwner,
    repo: &Repo,
) -> Vec<(TrustedRole, Vec<String>)> {
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
            let text = settled(&text, &context.values);
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
