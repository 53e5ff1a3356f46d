//! The middle way: a job signs in as its keys did, and the roles of its root modules stay.

use std::cell::LazyCell;
use std::sync::Arc;

use ci::github::expression::references;
use ci::github::keys::key_start::KeyStart;
use ci::github::workflow::model::Text;
use ci::settings::RoleName;
use diagnostics::ask::{Ask, Help};
use syntax::code::sentence;

use super::start::{ContextNeeds, keys_target};
use super::{JobSignIns, Targets};
use crate::asks;
use crate::decisions::role_hold::HoldReason;
use crate::jobs::job::JobFacts;
use crate::jobs::need::Target;
use crate::jobs::step_need::{Others, StepNeed};
use crate::repo::Repo;

impl JobSignIns {
    /// Signs a job in as its keys did, and holds the roles of the root modules that need another
    /// account.
    pub(super) fn as_keys(
        &mut self,
        job: &JobFacts<'_>,
        id: &Text,
        start: &KeyStart,
        contexts: &[ContextNeeds<'_>],
        repo: &Repo,
    ) -> Targets {
        let all = || contexts.iter().flat_map(|(_, needs)| needs);
        let keys = keys_target(start, contexts, repo);
        let elsewhere: Vec<StepNeed> = all()
            .filter(|need| need.root.is_some() && need.target != keys)
            .cloned()
            .collect();
        let others = Others::among(all());
        let which_roots = LazyCell::new(|| which_roots(job, repo));
        for need in elsewhere {
            let other = others.than(&need.target);
            let ask = whose(start, repo);
            let label = need.target.id().and_then(|id| {
                let mut accounts = repo.settings().accounts.iter();
                accounts.find(|account| account.id == id)
            });
            let help = match (other, ask, label) {
                (Some(other), ..) if need.is_guess || other.is_guess => Arc::clone(&which_roots),
                _ if matches!(need.target, Target::Open(_)) => {
                    let ask = asks::job_account(&job.file_and_id(), repo);
                    let line = ask.shown();
                    let text = sentence!("say where the job signs in: `{line}` in tfkeyless.hcl");
                    Arc::new(Help::asking(text, [ask]))
                }
                (
                    Some(StepNeed {
                        target: Target::Keys,
                        ..
                    }),
                    Some((ask, what)),
                    Some(account),
                ) => {
                    let line = ask.answered(&account.label);
                    let text =
                        sentence!("add `{line}` to tfkeyless.hcl if its {what} of that account");
                    Arc::new(Help::asking(text, [ask]))
                }
                (None, ..) => Arc::new(
                    "let `ci.role` name a role of each account: \
                     \"arn:aws:iam::{id}:role/NAME\""
                        .into(),
                ),
                _ => Arc::new(SPLIT.into()),
            };
            let only = match (&need.target, &repo.settings().ci.role) {
                (Target::Open(_), _) => {
                    "may sign in to several accounts, of which one is not known"
                }
                (_, RoleName::Literal(_)) => "has one role for all accounts, `ci.role`",
                _ => "is called for root modules of several accounts with keys of its environment",
            };
            let other = other.map_or_else(|| only.to_owned(), |other| other.what.clone());
            let reason = HoldReason::SeveralAccounts { other, help };
            if let Some(root) = &need.root {
                self.hold(root, job, id.offset, reason);
            }
        }
        Targets::One(keys)
    }
}

/// What asks which root modules a job runs.
pub(super) fn which_roots(job: &JobFacts<'_>, repo: &Repo) -> Arc<Help> {
    let ask = asks::job_roots(&job.file_and_id(), repo);
    let line = ask.shown();
    let text = sentence!("say which root modules the job runs: `{line}` in tfkeyless.hcl");
    Arc::new(Help::asking(text, [ask]))
}

/// The question of which account the keys are, or the role that an earlier run wrote in their place, and what
/// these are called.
fn whose(start: &KeyStart, repo: &Repo) -> Option<(Ask, &'static str)> {
    let mut read = references(&start.id.value).into_iter();
    let read = read.find(|it| it.name.is_some())?;
    let name = read.name.as_deref()?;
    Some(match &*read.context {
        "vars" => (asks::role(&format!("vars.{name}"), repo), "role is"),
        _ => (asks::keys(name, repo), "keys are"),
    })
}

/// What to do where one sign-in would have to serve several accounts.
pub(super) const SPLIT: &str = "give each account a job of its own";
