//! Scripts and targets that people call once for root modules of several accounts. The static keys served all of them;
//! one `AWS_PROFILE` serves those of one account.

use std::path::Path;

use ci::systems::SharedEnvironment;
use diagnostics::ask::Help;
use syntax::location::Location;
use terraform::account::Account;

use crate::asks;
use crate::repo::Repo;
use crate::settings::RunnerAnswer;

/// A call that runs a root module beside one of another account.
pub(crate) struct SharedCall<'r> {
    shared: &'r SharedEnvironment,
    at: &'r Location,
    /// The other root module, and its account where that is known.
    other: &'r Path,
    account: Option<String>,
}

impl<'r> SharedCall<'r> {
    /// The first such call of the root module in a directory, which loses its role.
    pub fn of(directory: &'r Path, repo: &'r Repo) -> Option<Self> {
        let calls = &repo.index().shared_environments;
        if calls.is_empty() {
            return None;
        }
        let own = own_account(directory, repo)?;
        let roots = std::iter::once(directory).chain(repo.roots(directory));
        let roots: Vec<&Path> = roots.collect();
        calls.iter().find_map(|shared| {
            let mut roots = roots.iter();
            let run = roots.find_map(|root| shared.run_in(root))?;
            let file = &shared.at.path;
            let is_harmless = match repo.settings().about_runner(file) {
                Some(RunnerAnswer::NoTerraform | RunnerAnswer::OwnAccounts) => true,
                Some(RunnerAnswer::Account(label)) => repo.settings().account_of(label) == own.id(),
                None => false,
            };
            if is_harmless {
                return None;
            }
            let (other, account) = other(shared, directory, &own, repo)?;
            Some(Self {
                shared,
                at: &run.at,
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
            false => format!("`{}`", self.other.display()),
        };
        let account = match &self.account {
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
        let text = format!(
            "set `AWS_PROFILE` for each command there, or add `{}` to tfkeyless.hcl where each root module gets its \
             own account's credentials",
            ask.answered("*")
        );
        Help::asking(text, [ask])
    }
}

/// The account that the default provider configuration of a directory reaches by the ambient credentials; `None` where
/// it has none, or others.
fn own_account(directory: &Path, repo: &Repo) -> Option<Account> {
    let account = repo.deploys_to(directory);
    account.or_else(|| repo.generates_for(directory))
}

/// The first root module that the call runs, too, and that is not known to be in that account.
fn other<'r>(
    shared: &SharedEnvironment,
    directory: &Path,
    own: &Account,
    repo: &'r Repo,
) -> Option<(&'r Path, Option<String>)> {
    let modules = &repo.index().modules;
    let others = (0..modules.count()).map(|number| modules.path(number));
    let mut others = others.filter(|other| {
        let is_root = !modules.is_child(other);
        *other != directory && is_root && shared.run_in(other).is_some()
    });
    others.find_map(|other| {
        let account = own_account(other, repo);
        let needs = account.is_some() || repo.is_ambient_root(other);
        let id = account.as_ref().and_then(Account::id).map(str::to_owned);
        // Without a role and a guard it acts in the account of the keys.
        let of_keys = || repo.key_holder(other)?.id.map(str::to_owned);
        let id = id.or_else(|| of_keys().filter(|_| account.is_none()));
        let is_same = id.is_some() && id.as_deref() == own.id();
        (needs && !is_same).then_some((other, id))
    })
}
