//! The names of roles that the tool itself writes.

use ci::settings::{ACCOUNT, RoleName};

use super::label::{self, USUAL};
use crate::repo::Repo;

/// The account of a role as the configuration names it for that account alone. The label of an account in a
/// variable may be part of the name of a secret, too: it tells the account where keys are said to be of that.
pub(super) fn account_of_own(text: &str, repo: &Repo) -> Option<String> {
    let settings = repo.settings();
    let found = settings.accounts.iter().find(|account| {
        let own = account.ci_role.iter().chain(written(repo));
        let mut arns = own.filter_map(|name| name.arn_in(&account.id));
        // Without roles in the code nothing tells the partition any more.
        let is_same = |arn: &str| {
            let rest = |arn: &str| arn.splitn(3, ':').nth(2).map(str::to_owned);
            arn == text.trim() || text.starts_with("arn:") && rest(arn) == rest(text.trim())
        };
        let of_account = account.ci_role.as_ref();
        let is_own = of_account.is_some_and(|role| is_written(text, &role.to_string()));
        let mut keys = settings.keys.iter();
        arns.any(|arn| is_same(&arn))
            || is_own
            || keys.any(|it| it.account == account.label) && is_labelled(text, &account.id, repo)
    });
    found.map(|account| account.id.clone())
}

/// Whether it is the variable of an account with its label.
pub(super) fn is_labelled(text: &str, id: &str, repo: &Repo) -> bool {
    let label = label::of_account(id, repo.settings());
    label.is_some_and(|label| is_variable(text, Some(&label), repo))
}

/// Whether it is the variable that takes the place of `AWS_ACCESS_KEY_ID`, with that label.
pub(super) fn is_variable(text: &str, label: Option<&str>, repo: &Repo) -> bool {
    let named = written(repo).filter_map(|role| match role {
        RoleName::Variable { context, name } => Some((context.as_str(), name.as_str())),
        RoleName::Template(_) | RoleName::Literal(_) => None,
    });
    // Where the account is not known, no ARN can be written.
    let mut named = named.chain([("vars", USUAL)]);
    named.any(|(context, name)| {
        let name = match label {
            Some(label) if name.contains(ACCOUNT) => name.replace(ACCOUNT, label),
            Some(label) => format!("{label}_{name}"),
            None => name.replace(ACCOUNT, "").trim_matches('_').to_owned(),
        };
        is_written(text, &format!("{context}.{name}"))
    })
}

/// Whether a text is that expression.
fn is_written(text: &str, expression: &str) -> bool {
    let inside = text.trim().strip_prefix("${{");
    let inside = inside.and_then(|it| it.strip_suffix("}}"));
    inside.is_some_and(|it| it.trim().eq_ignore_ascii_case(expression))
}

/// The roles that the configuration names.
fn written(repo: &Repo) -> impl Iterator<Item = &RoleName> {
    let ci = &repo.settings().ci;
    std::iter::once(&ci.role).chain(&ci.plan_role)
}
