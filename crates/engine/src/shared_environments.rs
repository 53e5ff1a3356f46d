//! Scripts and targets that people call once for root modules of several accounts. The static keys served all of them;
//! one `AWS_PROFILE` serves those of one account.

use std::path::Path;

use ci::systems::SharedEnvironment;
use diagnostics::ask::Help;
use syntax::code::sentence;
use syntax::location::Location;

use crate::asks;
use crate::repo::Repo;
use crate::repo::shared_roots::own_account;
use crate::settings::RunnerAnswer;

/// A call that runs a root module beside one of another account.
pub(crate) struct SharedCall<'r> {
    shared: &'r SharedEnvironment,
    at: &'r Location,
    /// The other root module, and its account where that is known.
    other: &'r Path,
    account: Option<&'r str>,
}

impl<'r> SharedCall<'r> {
    /// The first such call of the root module in a directory, which loses its role.
    pub fn of(directory: &'r Path, repo: &'r Repo) -> Option<Self> {
        let shared = &repo.index().shared_environments;
        if shared.is_empty() {
            return None;
        }
        let own = own_account(directory, repo)?;
        let roots = repo.shared_roots();
        let calls = roots.calls(directory, repo).into_iter();
        let mut calls = calls.filter(|(call, _)| {
            let file = &shared[*call].at.path;
            match repo.settings().about_runner(file) {
                Some(RunnerAnswer::NoTerraform | RunnerAnswer::OwnAccounts) => false,
                Some(RunnerAnswer::Account(label)) => repo.settings().account_of(label) != own.id(),
                None => true,
            }
        });
        calls.find_map(|(call, run)| {
            let (other, account) = roots.other(call, (directory, &own), repo)?;
            let shared = &shared[call];
            Some(Self {
                shared,
                at: &shared.runs[run].at,
                other,
                account,
            })
        })
    }

    /// Why the role waits, as a clause.
    pub fn message(&self, repo: &Repo) -> String {
        let (path, line) = (self.at.path.display(), self.at.line);
        let other = match self.other.as_os_str().is_empty() {
            true => "the root directory".to_owned(),
            false => sentence!("`{}`", self.other.display()),
        };
        let account = match self.account {
            Some(id) => format!("account {}", repo.settings().labelled(id)),
            None => "another account".to_owned(),
        };
        let system = self.shared.system;
        format!(
            "{system} ({path}:{line}) runs it and {other}, which is in {account}, with one environment"
        )
    }

    /// What to do about it.
    pub fn help(&self, repo: &Repo) -> Help {
        let ask = asks::runner(&self.shared.at.path.to_string_lossy(), repo);
        let text = sentence!(
            "set `AWS_PROFILE` for each command there, or add `{}` to tfkeyless.hcl where each root module gets its \
             own account's credentials",
            ask.answered("*")
        );
        Help::asking(text, [ask])
    }
}
