//! The questions that several findings ask, with the answers that the repository knows.

use std::path::Path;

use diagnostics::ask::{Ask, Help};
use diagnostics::finding::Finding;
use syntax::code::{self, sentence};
use syntax::hcl_string::quoted;

use crate::decisions::role_hold::{HoldReason, RoleHold};
use crate::repo::Repo;
use crate::settings::Settings;

/// Which profile S3 backends get.
pub fn state_profile(repo: &Repo) -> Ask {
    let why = "which AWS profile is that of the account that holds the state?";
    Ask::new("state_profile", why, "state_profile = \"...\"").choices(labels(repo))
}

/// Which profile is that of an account.
pub fn account(id: &str) -> Ask {
    let why = format!("which AWS profile is that of account {id}?");
    Ask::new(
        "account",
        why,
        format!("account \"...\" {{ id = \"{id}\" }}"),
    )
}

/// Which root modules a job, `FILE:JOB`, runs.
pub fn job_roots(job: &str, repo: &Repo) -> Ask {
    let why = sentence!("which root modules does job `{job}` run? The list takes several");
    let snippet = format!("job {} {{ roots = [\"...\"] }}", quoted(job));
    let modules = &repo.index().modules;
    let roots = modules.all().map(|(number, _)| modules.path(number));
    let roots = roots.filter(|root| modules.is_own_root(root) && !modules.is_called(root));
    let names = roots.map(|root| match root.to_string_lossy() {
        name if name.is_empty() => ".".to_owned(),
        name => name.into_owned(),
    });
    Ask::new("job.roots", why, snippet)
        .choices(names)
        .example("DIRECTORY")
}

/// In which account a job, `FILE:JOB`, signs in.
pub fn job_account(job: &str, repo: &Repo) -> Ask {
    let why = sentence!("in which account does job `{job}` sign in?");
    let snippet = format!("job {} {{ account = \"...\" }}", quoted(job));
    Ask::new("job.account", why, snippet)
        .choices(labels(repo))
        .example("LABEL")
}

/// Of which account the static keys are, by the secret with the access key id.
pub fn keys(secret: &str, repo: &Repo) -> Ask {
    let why = sentence!("to which account do the static keys with the secret `{secret}` belong?");
    let snippet = format!("keys {} {{ account = \"...\" }}", quoted(secret));
    Ask::new("keys", why, snippet)
        .choices(labels(repo))
        .example("LABEL")
}

/// Of which account the role is that an expression names.
pub fn role(expression: &str, repo: &Repo) -> Ask {
    let why = format!(
        "in which account is the role that {} names?",
        code::quoted(expression)
    );
    let snippet = format!("role {} {{ account = \"...\" }}", quoted(expression));
    Ask::new("role", why, snippet)
        .choices(labels(repo))
        .example("LABEL")
}

/// In which account all runs of a root module act.
pub fn root(directory: &Path, repo: &Repo) -> Ask {
    let name = match directory.to_string_lossy() {
        name if name.is_empty() => ".".to_owned(),
        name => name.into_owned(),
    };
    let why = sentence!("in which account do all runs of root module `{name}` act?");
    let snippet = format!("root {} {{ account = \"...\" }}", quoted(&name));
    Ask::new("root", why, snippet)
        .choices(labels(repo))
        .example("LABEL")
}

/// Of which account the credentials are of a runner beside laptops and GitHub's jobs, by its file.
pub fn runner(path: &str, repo: &Repo) -> Ask {
    let why = sentence!(
        "to which account do the credentials of `{path}` belong? `*`: each root module gets those of its own \
         account, and the profiles that the code names exist there"
    );
    let snippet = format!("runner {} {{ account = \"...\" }}", quoted(path));
    let each = std::iter::once("*".to_owned());
    Ask::new("runner", why, snippet)
        .choices(each.chain(labels(repo)))
        .example("*")
}

/// What to do about a job that holds roles.
pub fn of_hold(hold: &RoleHold, repo: &Repo) -> Option<Help> {
    match &hold.reason {
        HoldReason::StaticKeys
        | HoldReason::Elsewhere {
            account: Some(_), ..
        } => None,
        HoldReason::CallersElsewhere => {
            let text =
                "let every caller pass the role of this account before the role here is removed";
            Some(text.into())
        }
        HoldReason::Elsewhere {
            role: None, label, ..
        } => {
            let ask = job_account(label, repo);
            let line = ask.shown();
            let text = sentence!("say which account that is: `{line}` in tfkeyless.hcl");
            Some(Help::asking(text, [ask]))
        }
        HoldReason::Elsewhere {
            role: Some(role), ..
        } => {
            let ask = self::role(role, repo);
            let line = ask.shown();
            let text = sentence!("say which account that is: `{line}` in tfkeyless.hcl");
            Some(Help::asking(text, [ask]))
        }
        HoldReason::Called { label, .. } => {
            let (roots, account) = (job_roots(label, repo), job_account(label, repo));
            let text = sentence!(
                "say which root modules the job runs: `{}` in tfkeyless.hcl, or where it signs in: `{}`",
                roots.shown(),
                account.shown()
            );
            Some(Help::asking(text, [roots, account]))
        }
        HoldReason::SeveralAccounts { help, .. } => Some(Help::clone(help)),
        HoldReason::SharedRole { .. } => {
            Some("give the role of each account a variable of its own".into())
        }
    }
}

/// Drops the questions whose blocks the configuration has already: no block may stand there twice, and its
/// answer did not settle the finding.
pub(crate) fn retain_open(finding: &mut Finding, settings: &Settings) {
    let header = |kind: &str, label: &str| format!("{kind} {}", quoted(label)).to_lowercase();
    let jobs = settings.ci.jobs.iter();
    let jobs = jobs.map(|it| header("job", &it.pattern));
    let runners = settings.runners.iter();
    let runners = runners.map(|it| header("runner", &it.pattern));
    let keys = settings.keys.iter().map(|it| header("keys", &it.pattern));
    let roles = settings.roles.iter().map(|it| header("role", &it.pattern));
    let known: Vec<String> = jobs.chain(runners).chain(keys).chain(roles).collect();
    let is_open = |ask: &Ask| {
        let header = ask.snippet.split(" {").next().unwrap_or_default();
        !known.contains(&header.to_lowercase())
    };
    finding.questions.retain(is_open);
    if let Some(help) = &mut finding.help {
        help.asks.retain(is_open);
    }
}

fn labels(repo: &Repo) -> Vec<String> {
    let accounts = repo.settings().accounts.iter();
    accounts.map(|account| account.label.clone()).collect()
}
