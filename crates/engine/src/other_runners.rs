//! Runners beside laptops and GitHub's jobs: they keep their credentials, and what changes the
//! identity of a root module that they run needs review until the account of those is known.

use std::path::Path;

use ci::systems::{Grade, SystemRunner};
use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use syntax::code::{self, sentence};
use syntax::location::Location;
use terraform::account::Account;

use crate::asks;
use crate::catalogue::{Purpose, Transform};
use crate::repo::Repo;
use crate::settings::RunnerAnswer;
use crate::shared_environments::SharedCall;

/// Asks for review of edits in the root modules of such a runner, unless what is known of it makes
/// them harmless there.
pub(crate) fn ask(finding: &mut Finding, transform: &Transform, repo: &Repo) {
    let Some((reason, help)) = reason(finding, transform, repo) else {
        return;
    };
    finding.ask_for_review(&reason);
    finding.help = Help::joined(finding.help.take().into_iter().chain(help));
}

fn reason(finding: &Finding, transform: &Transform, repo: &Repo) -> Option<(String, Option<Help>)> {
    let modules = &repo.index().modules;
    let paths = finding.edits.iter().map(|edit| edit.path.as_path());
    // A settings file may lie outside of the root module whose backend it completes.
    let directories = paths.flat_map(|path| {
        let owners = modules.backend_owners(path);
        path.parent().into_iter().chain(owners)
    });
    let mut waiting = directories.clone().flat_map(|directory| {
        let runners = repo.index().runners.iter();
        runners.filter_map(move |runner| Waiting::new(runner, directory, repo))
    });
    if let Some(waiting) = waiting.find(|it| !it.is_harmless(finding, transform)) {
        return Some((waiting.message(finding), waiting.help()));
    }
    // A profile in the code serves whoever calls it.
    let removes_role =
        transform.purpose == Some(Purpose::RemoveRoles) && finding.profiles.is_empty();
    let mut directories = directories.filter(|_| removes_role);
    let shared = directories.find_map(|directory| SharedCall::of(directory, repo))?;
    Some((shared.message(repo), Some(shared.help(repo))))
}

/// Whether such a runner, or a call that runs a root module of another account, too, makes the removal of a role need
/// review in a root module.
pub(crate) fn hold_role(directory: &Path, repo: &Repo) -> bool {
    let mut runners = repo.index().runners.iter();
    let waits = runners.any(|runner| {
        let waiting = Waiting::new(runner, directory, repo);
        waiting.is_some_and(|it| !it.is_harmless_for_role())
    });
    waits || SharedCall::of(directory, repo).is_some()
}

/// The runner of a root module that is known to act in another account than that of a role, as a
/// clause.
pub(crate) fn in_another_account(
    directory: &Path,
    role: Option<&Account>,
    repo: &Repo,
) -> Option<String> {
    let mut runners = repo.index().runners.iter();
    runners.find_map(|runner| {
        let waiting = Waiting::new(runner, directory, repo)?;
        let Some(RunnerAnswer::Account(label)) = &waiting.answer else {
            return None;
        };
        let known = repo.settings().account_of(label)?;
        let is_same = role.and_then(Account::id) == Some(known);
        let start = waiting.start();
        (!is_same).then(|| format!("{start} credentials of {}", repo.settings().labelled(known)))
    })
}

/// Whether such a runner may lack a profile that a root module gets.
pub(crate) fn hold_profile(directory: &Path, repo: &Repo) -> bool {
    let mut runners = repo.index().runners.iter();
    runners.any(|runner| {
        let waiting = Waiting::new(runner, directory, repo);
        waiting.is_some_and(|it| !it.has_profiles())
    })
}

/// A runner, and the root module of an edit that it may run.
struct Waiting<'r> {
    runner: &'r SystemRunner,
    at: &'r Location,
    /// The account of the root module's default provider, before and after the edit.
    own: Option<String>,
    answer: Option<RunnerAnswer>,
    /// The account that its file signs all its commands in to which may run there.
    signed_in: Option<&'r str>,
    repo: &'r Repo,
}

impl<'r> Waiting<'r> {
    fn new(runner: &'r SystemRunner, directory: &'r Path, repo: &'r Repo) -> Option<Self> {
        let roots = std::iter::once(directory).chain(repo.roots(directory));
        let roots = roots.chain(repo.index().modules.tested_with(directory));
        // Jobs above the root have blocks of their own.
        let job = runner.job.as_deref();
        let job = job.and_then(|job| repo.settings().ci.about_job(&runner.at.path, job));
        let may_run = |root: &&Path| match job {
            Some(job) if !job.runs(root) => {
                let mut named = runner.runs.iter().filter(|it| it.run.directory.is_some());
                named.any(|it| it.run.may_run(root))
            }
            _ => runner.may_run(root),
        };
        let roots: Vec<&Path> = roots.filter(may_run).collect();
        let root = *roots.last()?;
        let mut runs = runner.runs.iter();
        let run = runs.find(|it| it.run.may_run(root));
        let account = repo.deploys_to(root).or_else(|| repo.deploys_to(directory));
        let account = account.or_else(|| repo.generates_for(directory));
        let file = &runner.at.path;
        let of_job = job.and_then(|job| job.account.clone());
        let of_job = of_job.map(RunnerAnswer::Account);
        let answer = of_job.or_else(|| repo.settings().about_runner(file).cloned());
        // The profile of a laptop is the account that the configuration gives its name to.
        let pinned = runner.profile.as_ref();
        let pinned = pinned.filter(|label| repo.settings().account_of(label).is_some());
        let pinned = pinned.map(|label| RunnerAnswer::Account(label.clone()));
        let mut there = runner.runs.iter().filter(|it| it.run.may_run(root));
        let signed_in = there.next().and_then(|it| it.account.as_deref());
        let is_one = there.all(|it| it.account.as_deref() == signed_in);
        Some(Self {
            runner,
            signed_in: signed_in.filter(|_| is_one),
            // What pins an identity tells more than the command.
            at: match runner.is_wrapper {
                true => &runner.at,
                false => run.map_or(&runner.at, |run| &run.at),
            },
            own: account.and_then(|account| account.id().map(str::to_owned)),
            answer: answer.or(pinned),
            repo,
        })
    }

    fn is_harmless(&self, finding: &Finding, transform: &Transform) -> bool {
        match &self.answer {
            _ if !finding.profiles.is_empty() => self.has_profiles(),
            Some(RunnerAnswer::NoTerraform | RunnerAnswer::OwnAccounts) => true,
            _ => {
                // What a backend does with the credentials is no matter of the providers' account.
                let is_backend = transform.purpose == Some(Purpose::RemoveStaticKeys)
                    && !finding.subject.starts_with("provider");
                !is_backend && self.is_harmless_for_role()
            }
        }
    }

    /// Whether the runner has the profiles that the code names.
    fn has_profiles(&self) -> bool {
        match &self.answer {
            Some(RunnerAnswer::NoTerraform | RunnerAnswer::OwnAccounts) => true,
            // Whoever pins a profile has profiles.
            _ => self.runner.profile.is_some(),
        }
    }

    /// Whether the runner acts in the account of the root module's role, too.
    fn is_harmless_for_role(&self) -> bool {
        match &self.answer {
            Some(RunnerAnswer::NoTerraform | RunnerAnswer::OwnAccounts) => true,
            Some(RunnerAnswer::Account(label)) => {
                let known = self.repo.settings().account_of(label);
                known.is_some() && known == self.own.as_deref()
            }
            None => self.signed_in.is_some() && self.signed_in == self.own.as_deref(),
        }
    }

    /// Who runs it, as the start of a clause about credentials.
    fn start(&self) -> String {
        let Self { runner, at, .. } = self;
        let runs = match runner.grade {
            Grade::Certain => "runs",
            Grade::Possible => "may run",
        };
        let (path, line) = (at.path.display(), at.line);
        match &runner.job {
            Some(job) => format!("job {job} ({path}:{line}) {runs} it with"),
            None => format!("{} ({path}:{line}) {runs} it with", runner.system),
        }
    }

    fn message(&self, finding: &Finding) -> String {
        let Self { runner, .. } = self;
        let start = self.start();
        if !finding.profiles.is_empty() {
            let plural = if finding.profiles.len() == 1 { "" } else { "s" };
            let profiles = code::listed(&finding.profiles);
            return format!(
                "{start} credentials of its own: it may lack the profile{plural} {profiles}"
            );
        }
        let own = self
            .own
            .as_deref()
            .map(|id| self.repo.settings().labelled(id));
        let instead = own.map(|own| format!(", not in {own}")).unwrap_or_default();
        let settings = self.repo.settings();
        let known = match &self.answer {
            Some(RunnerAnswer::Account(label)) => settings.account_of(label),
            _ => self.signed_in,
        };
        match (known, &runner.profile) {
            (Some(id), _) => {
                let account = self.repo.settings().labelled(id);
                format!(
                    "{start} credentials of {account}: after the change it would act there{instead}"
                )
            }
            (None, Some(profile)) => {
                sentence!(
                    "{start} profile `{profile}`: after the change it would act in its account{instead}"
                )
            }
            (None, None) => format!(
                "{start} credentials of its own: after the change it would act in their account{instead}"
            ),
        }
    }

    /// What to answer; `None` where that is done.
    fn help(&self) -> Option<Help> {
        let file = &self.runner.at.path;
        if self.repo.settings().about_runner(file).is_some() {
            return None;
        }
        let ask = asks::runner(&self.runner.at.path.to_string_lossy(), self.repo);
        let each = sentence!(
            "`{}` where each root module gets its own account's credentials, and the profiles that the code names",
            ask.answered("*")
        );
        let text = match self.repo.settings().accounts.is_empty() {
            false => sentence!(
                "add `{}` to tfkeyless.hcl where its credentials are of one account, {each}",
                ask.shown()
            ),
            true => format!("add to tfkeyless.hcl {each}"),
        };
        // A plan at the top level reads what is above this root, and changes it.
        let text = match file.starts_with("..") {
            true => format!(
                "move tfkeyless.hcl to the top level of the git repository, where the plan covers this file, too, or {text}"
            ),
            false => text,
        };
        Some(Help::asking(text, [ask]))
    }
}
