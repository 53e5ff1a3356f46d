//! The roles that jobs assume by OIDC as they are, and which jobs assume the role that only plans.

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
