//! The roles that jobs assume by OIDC, one by one, each with the subjects of the tokens.

use std::collections::BTreeSet;

use ci::github::expression::expressions;
use ci::github::role_text::settled;
use ci::github::values::Values;
use ci::github::workflow::StepOwner;
use ci::settings::{ACCOUNT, RoleName};
use diagnostics::finding::{AssumedRole, SignedIn};
use syntax::code::sentence;

use super::label;
use crate::repo::Repo;
use crate::settings::Settings;

/// One role that a job assumes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TrustedRole {
    /// Its account, where that is known.
    pub account: Option<String>,
    /// The expression that names it, without braces; `None` where that chooses from several.
    pub variable: Option<String>,
    /// Its ARN, where the repository or the configuration tells.
    pub arn: Option<String>,
}

/// The roles that a job assumes once it is signed in, with the subjects of its tokens: nothing for an
/// action, and for a job that calls a workflow, whose own jobs have the tokens.
pub(crate) fn assumed_roles(signed_in: &SignedIn, repo: &Repo) -> Vec<(TrustedRole, Vec<String>)> {
    let Some(job) = owner_of(signed_in, repo) else {
        return Vec::new();
    };
    let workflows = &repo.index().workflows;
    let mut found = Vec::new();
    for role in &signed_in.roles {
        if !is_passed(&role.text) {
            let own = roles_of(role, repo.settings()).into_iter();
            found.extend(own.map(|it| (it, workflows.subjects(job))));
            continue;
        }
        // Its callers pass the role.
        for (_, passed) in repo.jobs().roles.all().filter(|(it, _)| *it == job) {
            let Ok(sign_in) = &passed.sign_in else {
                continue;
            };
            let subjects = workflows.subjects_from(job, passed.started);
            let own = roles_of(&sign_in.role, repo.settings()).into_iter();
            found.extend(own.map(|it| (it, subjects.clone())));
        }
    }
    found.retain(|(_, subjects)| !subjects.is_empty());
    found
}

/// The job that a finding is about.
pub(crate) fn owner_of(signed_in: &SignedIn, repo: &Repo) -> Option<StepOwner> {
    let workflows = &repo.index().workflows;
    let source = workflows.number(&signed_in.path)?;
    let jobs = &workflows.sources[source].workflow()?.jobs;
    let job = jobs
        .iter()
        .position(|job| Some(job.id.as_str()) == signed_in.job.as_deref())?;
    Some(StepOwner {
        source,
        job: Some(job),
    })
}

/// Whether the callers of a workflow pass the role.
fn is_passed(text: &str) -> bool {
    text.replace(' ', "").starts_with("${{inputs.")
}

/// The roles that one value of `role-to-assume` may be.
pub(crate) fn roles_of(role: &AssumedRole, settings: &Settings) -> Vec<TrustedRole> {
    let variable = bare(&role.text);
    let is_choice = role.text.contains("fromJSON(");
    let accounts: BTreeSet<&String> = role.accounts.iter().collect();
    let of = |account: Option<&String>| TrustedRole {
        account: account.cloned(),
        arn: match (variable, account) {
            (None, _) if !role.text.contains("${{") => Some(role.text.clone()),
            // Roles of a matrix are written as one expression.
            (_, Some(account)) if is_choice => chosen_arn(&role.text, account),
            _ => None,
        },
        variable: match (variable, account) {
            (Some(text), Some(account)) if is_choice => chosen(text, account, settings),
            (Some(text), _) if !is_choice => Some(text.to_owned()),
            _ => None,
        },
    };
    match accounts.is_empty() {
        true => vec![of(None)],
        false => accounts.into_iter().map(|it| of(Some(it))).collect(),
    }
}

/// A role and its accounts in one context of its job, whose values make the choice that the text
/// leaves open.
pub(super) fn in_context(
    role: &AssumedRole,
    values: &Values,
    settings: &Settings,
) -> (String, Vec<String>) {
    let text = settled(&role.text, values);
    if text == role.text {
        return (text, role.accounts.clone());
    }
    let is_it = |account: &&String| {
        let variable = bare(&role.text).and_then(|it| chosen(it, account, settings));
        text.contains(&format!(":{account}:"))
            || variable.is_some() && variable.as_deref() == bare(&text)
    };
    let own: Vec<String> = role.accounts.iter().filter(is_it).cloned().collect();
    match own.as_slice() {
        [_] => (text, own),
        _ => (role.text.clone(), role.accounts.clone()),
    }
}

impl TrustedRole {
    /// As messages name it: its ARN, or what holds it.
    pub fn text(&self, settings: &Settings) -> String {
        if let Some(arn) = &self.arn {
            return arn.clone();
        }
        let account = self.account.as_ref();
        let account = account.map(|id| format!(" in account {}", settings.labelled(id)));
        let account = account.unwrap_or_default();
        match &self.variable {
            Some(variable) => sentence!("the role of `{variable}`{account}"),
            None => format!("the job's role{account}"),
        }
    }
}

/// Of an expression that chooses from accounts or from ARNs, the ARN in that account.
fn chosen_arn(text: &str, account: &str) -> Option<String> {
    let ranges = expressions(text);
    if let (true, [only]) = (text.starts_with("arn:"), ranges.as_slice()) {
        let (start, end) = (&text[..only.start - 3], &text[only.end + 2..]);
        return Some(format!("{start}{account}{end}"));
    }
    let in_account = format!(":{account}:");
    let mut arns = text.split('"').filter(|it| it.starts_with("arn:"));
    arns.find(|it| it.contains(&in_account)).map(str::to_owned)
}

/// Whether a role is that of jobs which only plan.
pub(crate) fn is_plan_role(role: &TrustedRole, settings: &Settings) -> bool {
    let Some(plan) = &settings.ci.plan_role else {
        return false;
    };
    let in_account = role.account.as_ref().and_then(|id| plan.arn_in(id));
    if role.arn.is_some() {
        return in_account == role.arn || plan.arn() == role.arn.as_deref();
    }
    let written = plan.to_string();
    // Of a variable whose account nothing tells, the name does.
    let accounts: Vec<&String> = match &role.account {
        Some(id) => vec![id],
        None => settings.accounts.iter().map(|it| &it.id).collect(),
    };
    let labels = accounts
        .into_iter()
        .filter_map(|id| label::of_account(id, settings));
    let own = labels.map(|label| written.replace(ACCOUNT, &label));
    let mut names = own.chain([written.clone()]);
    names.any(|name| Some(&name) == role.variable.as_ref())
}

/// The name of the role that the configuration gives jobs in an account.
pub(crate) fn role_name_in<'s>(id: Option<&str>, settings: &'s Settings) -> Option<&'s str> {
    let mut accounts = settings.accounts.iter();
    let own = accounts.find(|it| Some(it.id.as_str()) == id);
    let own = own.and_then(|it| it.ci_role.as_ref());
    own.and_then(RoleName::role).or(settings.ci.role.role())
}

/// Of an expression that chooses from variables by their names, the one for an account.
fn chosen(text: &str, account: &str, settings: &Settings) -> Option<String> {
    let label = format!("{}_", label::of_account(account, settings)?);
    let context = text.split('[').next()?;
    let mut names = text.split('"').filter(|it| it.starts_with(&label));
    names.next().map(|name| format!("{context}.{name}"))
}

/// The expression that a text consists of, without its braces.
fn bare(text: &str) -> Option<&str> {
    let [only] = expressions(text).try_into().ok()?;
    let is_all = only.start == 3 && text[only.end..].trim_end() == "}}";
    is_all.then(|| text[only].trim())
}
