//! The proof that jobs follow the root modules that they run: each job is read again as it will be,
//! and every role that its steps may act by is held against the accounts that it would have to serve.
//! A mistake of the decision would have to be made twice.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use ci::github::keys::flow::KeyFlow;
use ci::github::values::{Values, fill};
use ci::github::workflow::model::entry;
use ci::github::workflow::{StepOwner, Workflows};
use ci::terraform_run::{RunEffect, RunsIn};
use terraform::account::Account;
use terraform::file_kind::FileKind;

use super::credentials::{Credentials, JobCredentials};
use super::known_account::{account_of_keys, account_of_role, answered_account};
use super::need::{Target, may_include};
use super::variant;
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;

/// A role that is lost.
struct LostRole {
    by: Loser,
    account: Account,
}

/// Whose provider configuration loses a role.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Loser {
    /// That of a root module.
    Module,
    /// One that Terragrunt generates.
    Terragrunt,
    /// That of a test, or of a module that tests run.
    Test,
}

/// What a role would have to be: an account, or that of a root module.
type Served = BTreeMap<String, String>;

/// The first job that would run a root module in another account than before, as a message with its
/// file; `None` where there is none. `workflows` are those after the plan.
pub(crate) fn moved(before: &Repo, after: &Repo, workflows: &Workflows) -> Option<String> {
    // With --review changes are made that depend on what a person knows.
    if before.selection().review || !before.has_roles() {
        return None;
    }
    let lost = lost_roles(before, after);
    if lost.is_empty() {
        return None;
    }
    let mut served = Served::new();
    let mut owners = workflows.owners().filter(|owner| owner.job.is_some());
    owners.find_map(|owner| moved_in(owner, workflows, &lost, &mut served, before))
}

/// The scopes whose default provider loses a role, each with the directory in which it is run.
fn lost_roles(before: &Repo, after: &Repo) -> Vec<(PathBuf, LostRole)> {
    let modules = &before.index().modules;
    let scopes = modules.provider_scopes().into_iter();
    let lost = scopes.flat_map(|(directory, file)| {
        let scope = match &file {
            None => ProviderScope::Module(&directory),
            Some(file) => ProviderScope::File(file),
        };
        let role = default_of(scope, before).and_then(|it| it.role);
        let now = default_of(scope, after);
        let now = now.filter(|now| now.role.is_none() && now.identity.is_none());
        let by = match &file {
            None => Loser::Module,
            Some(file) if FileKind::of(file) == Some(FileKind::Test) => Loser::Test,
            Some(_) => Loser::Terragrunt,
        };
        let own = match by {
            Loser::Test => modules.module_of(scope).to_path_buf(),
            Loser::Module | Loser::Terragrunt => directory.clone(),
        };
        let tested = modules.testers(&directory).filter(|_| by == Loser::Module);
        let tested = tested.map(|it| (it.to_path_buf(), Loser::Test));
        let all = std::iter::once((own, by)).chain(tested);
        let lost = role.zip(now).map(|(account, _)| {
            let of = |(directory, by)| {
                let account = account.clone();
                (directory, LostRole { by, account })
            };
            all.map(of).collect::<Vec<_>>()
        });
        lost.into_iter().flatten().collect::<Vec<_>>()
    });
    lost.collect()
}

fn default_of(scope: ProviderScope<'_>, repo: &Repo) -> Option<ProviderIdentity> {
    let mut providers = repo.providers(scope).iter();
    providers.find(|it| it.is_default()).cloned()
}

fn moved_in(
    owner: StepOwner,
    workflows: &Workflows,
    lost: &[(PathBuf, LostRole)],
    served: &mut Served,
    repo: &Repo,
) -> Option<String> {
    let job = workflows.job(owner).filter(|job| job.uses.is_none())?;
    let uses = KeyFlow { workflows }.key_uses(owner);
    let stays = repo.jobs().unmoved.contains(owner);
    let credentials = JobCredentials::of(workflows, owner, &uses, stays);
    let answer = repo
        .settings()
        .ci
        .about_job(&workflows.source(owner).path, &job.id);
    for context in workflows.contexts(owner).iter() {
        let environment = job.environment.as_ref();
        let environment = environment.map(|name| fill(name, &context.values));
        let runs = workflows.runs_with(owner, &context.values).into_iter();
        // What another machine runs is held (`calls.rs`), whatever the job acts by.
        let runs = runs.filter(|it| it.run.runs_in != RunsIn::Elsewhere);
        for run in runs.filter(|it| it.run.effect != RunEffect::State) {
            let roots = lost.iter().filter(|(root, lost)| {
                let is_named = run.run.directory.is_none()
                    && answer.is_some_and(|it| it.roots.is_some() && !it.runs(root));
                let may_run = match lost.by {
                    Loser::Module => run.run.may_run(root),
                    Loser::Terragrunt => may_include(&run.run, root),
                    Loser::Test => run.run.variant.is_test && run.run.may_run(root),
                };
                may_run && !is_named
            });
            let answered = answered_account(workflows, owner, repo);
            let is_answered = |account: &String| answered.as_ref() == Some(account);
            // What a job has written is not known: what is said of it counts.
            let is_said = run.run.variant.has_unknown_configuration && answered.is_some();
            for (root, LostRole { account, .. }) in roots.filter(|_| !is_said) {
                let account = match variant::target(account, root, &run.run.variant, &job.id, repo)
                {
                    Target::Id(id) => id,
                    // A symbol, which no id equals.
                    other => format!("{other:?}"),
                };
                for index in credentials.of_step(workflows, owner, run.step) {
                    let is_there = match &credentials.all[index] {
                        Credentials::Keys {
                            id, is_of_workflow, ..
                        } => {
                            let environment = environment.as_deref().filter(|_| !is_of_workflow);
                            let own = account_of_keys(id, environment, repo);
                            own.as_ref() == Some(&account)
                        }
                        Credentials::Role(role) => {
                            let step = &workflows.steps(owner)[run.step];
                            let values = &context.values;
                            let text = workflows.filled_in(owner, step, values, &role.value);
                            let named = passed(&text, context.started, workflows);
                            // An environment's answer is about what it holds already.
                            let is_new =
                                is_assigned(&role.value, repo) || is_assigned(&named, repo);
                            let environment = environment.as_deref().filter(|_| !is_new);
                            let text = chosen(&named, &context.start_values);
                            let text = formatted(&text, &context.start_values);
                            let own = account_of_role(&text, environment, repo);
                            match own {
                                Some(own) => own == account,
                                None => is_answered(&account) || serves(&text, &account, served),
                            }
                        }
                        Credentials::Profile(name) => {
                            let name = fill(name, &context.values);
                            match repo.settings().account_of(&name) {
                                Some(own) => own == account,
                                None => is_answered(&account),
                            }
                        }
                        Credentials::Unknown(_) => is_answered(&account),
                    };
                    if !is_there {
                        let path = workflows.source(owner).path.display();
                        return Some(format!(
                            "{path}: job {} would run {} in another account",
                            job.id,
                            root.display()
                        ));
                    }
                }
            }
        }
    }
    None
}

/// Whether the plan itself names that role.
fn is_assigned(text: &str, repo: &Repo) -> bool {
    let roles = repo.jobs().roles.all();
    let mut roles = roles.filter_map(|(_, role)| role.sign_in.as_ref().ok());
    roles.any(|it| it.role.text == text || it.switches.iter().any(|(_, role)| role.text == text))
}

/// Whether a variable may hold the role of that account: nothing else reads it for another.
fn serves(text: &str, account: &str, served: &mut Served) -> bool {
    let known = served.entry(text.to_ascii_uppercase());
    known.or_insert_with(|| account.to_owned()) == account
}

/// A role as the job that an event starts names it, where the text is an input of its call.
fn passed(text: &str, started: StepOwner, workflows: &Workflows) -> String {
    let inside = text.trim().strip_prefix("${{");
    let inside = inside.and_then(|it| it.strip_suffix("}}")).map(str::trim);
    let input = inside.and_then(|inside| inside.strip_prefix("inputs."));
    let with = workflows.job(started).map(|job| &job.with[..]);
    let given = input.and_then(|input| entry(with.unwrap_or_default(), input));
    given.map_or(text, |given| &given.value.value).to_owned()
}

/// `fromJSON('{...}')[PROPERTY]` in a text, replaced by the value that it chooses.
fn chosen(text: &str, values: &Values) -> String {
    let replaced = || {
        let (start, rest) = text.split_once("fromJSON('")?;
        let (map, rest) = rest.split_once("')[")?;
        let (property, end) = rest.split_once(']')?;
        let (_, value) = map.split_once(&format!("\"{}\":\"", values.get(property)?))?;
        let (value, _) = value.split_once('"')?;
        let end = end.trim_start();
        let text = match start.trim_end().strip_suffix("${{") {
            // The whole expression is the choice.
            Some(start) => format!("{start}{value}{}", end.strip_prefix("}}").unwrap_or(end)),
            None => format!("{start}{value}{end}"),
        };
        Some(text)
    };
    replaced().unwrap_or_else(|| text.to_owned())
}

/// `format('{0}_NAME', PROPERTY)` in a text, replaced by what it gives.
fn formatted(text: &str, values: &Values) -> String {
    let replaced = || {
        let (start, rest) = text.split_once("format('")?;
        let (template, rest) = rest.split_once('\'')?;
        let (arguments, end) = rest.split_once(')')?;
        let mut result = template.to_owned();
        for (index, argument) in arguments.split(',').skip(1).enumerate() {
            let value = values.get(argument.trim())?;
            result = result.replace(&format!("{{{index}}}"), value);
        }
        Some(format!("{start}{result}{end}"))
    };
    replaced().unwrap_or_else(|| text.to_owned())
}
