//! How the static keys and their user go, once the migration is merged: in an order in which each step can
//! be taken back until nothing uses the keys any more.

use std::collections::BTreeSet;

use diagnostics::finding::{Finding, KeyRemnant};
use syntax::{shell, visible};

use super::init::{InitTarget, InitTool, inits};
use super::terraform_in;
use crate::plan::{Action, Moment, NextStep, Plan};
use crate::repo::Repo;

/// The steps before secrets are deleted: the keys stay, are deactivated, and are published no more.
pub(super) fn before_secrets(plan: &Plan, repo: &Repo) -> Vec<NextStep> {
    let mut signed_in = plan.applied().flat_map(|finding| &finding.signed_in);
    if signed_in.next().is_none() && remnants(plan).next().is_none() {
        return Vec::new();
    }
    vec![
        NextStep {
            why: "Keep the static keys active until every root module has run once in CI. Until then, \
                  this is the way back in each of them:"
                .to_owned(),
            commands: way_back(plan, repo),
            when: Moment::AfterMerge,
            action: Action::Run,
        },
        NextStep {
            why: "Then deactivate the keys that Terraform makes: set `status = \"Inactive\"` in these resources, \
                  in a module by its argument for that, and apply. What the AWS CLI deactivates, the next apply \
                  activates again:"
                .to_owned(),
            commands: places(plan, |it| *it == KeyRemnant::Key),
            when: Moment::AfterMerge,
            action: Action::Enter,
        },
        deactivation(plan),
        NextStep {
            why: "Remove the resources that publish the keys, and apply:".to_owned(),
            commands: places(plan, |it| matches!(it, KeyRemnant::Published(_))),
            when: Moment::AfterMerge,
            action: Action::Enter,
        },
    ]
}

/// The steps behind: what names the user, and the user.
pub(super) fn after_secrets(plan: &Plan) -> Vec<NextStep> {
    let user = places(plan, |it| matches!(it, KeyRemnant::User | KeyRemnant::Key));
    let withheld = plan.free_secrets.iter().filter_map(|name| {
        let writer = writer(name, plan)?;
        Some(format!("{}   # {}", visible::line(name), place(writer)))
    });
    let shared = plan.shared_secrets.iter().flat_map(|(name, readers)| {
        let readers = readers.iter().map(move |reader| {
            let at = &reader.at;
            let place = format!("{}:{} {}", visible::path(&at.path), at.line, reader.what);
            format!("{}   # {}", visible::line(name), visible::line(&place))
        });
        readers.collect::<Vec<_>>()
    });
    let (keys, action) = match user.is_empty() && !plan.free_secrets.is_empty() {
        true => {
            let command = format!("aws iam delete-access-key {}", key(plan));
            (vec![command], Action::Run)
        }
        false => (user, Action::Enter),
    };
    vec![
        NextStep {
            why: "Do not delete these secrets while Terraform has the resource that would write them again:"
                .to_owned(),
            commands: withheld.collect(),
            when: Moment::AfterMerge,
            action: Action::Enter,
        },
        NextStep {
            why: "Delete these secrets only once it is known that none of these jobs uses them:"
                .to_owned(),
            commands: shared.collect(),
            when: Moment::AfterMerge,
            action: Action::Enter,
        },
        NextStep {
            why: "Take the user out of the policies that name it:".to_owned(),
            commands: places(plan, |it| matches!(it, KeyRemnant::Policy { .. })),
            when: Moment::AfterMerge,
            action: Action::Enter,
        },
        NextStep {
            why: "Last of all, remove the keys and the user that has no others:".to_owned(),
            commands: keys,
            when: Moment::AfterMerge,
            action,
        },
    ]
}

/// How the keys go out of use that no resource makes, and how it shows that nothing uses them any more.
fn deactivation(plan: &Plan) -> NextStep {
    let is_managed = remnants(plan).any(|(remnant, _)| *remnant == KeyRemnant::Key);
    let mut jobs = plan.applied().flat_map(|finding| &finding.signed_in);
    let is_published = |name: &String| writer(name, plan).is_some();
    // Of a pair one secret tells that both are of a key that Terraform makes.
    let has_others = jobs.any(|job| !job.keys.is_empty() && !job.keys.iter().any(is_published));
    let last_used = format!(
        "aws iam get-access-key-last-used --access-key-id {}",
        shell::quoted(KEY_ID)
    );
    let (why, commands) = match is_managed && !has_others {
        true => (
            "Watch for as long as the rarest job takes whether something still uses the keys:",
            vec![last_used],
        ),
        false => (
            match is_managed {
                true => {
                    "Deactivate the other keys by the AWS CLI, and watch for as long as the rarest job takes \
                     whether something still uses them:"
                }
                false => {
                    "Then deactivate the keys, and watch for as long as the rarest job takes whether something \
                     still uses them:"
                }
            },
            vec![
                format!("aws iam update-access-key --status Inactive {}", key(plan)),
                last_used,
            ],
        ),
    };
    NextStep {
        why: why.to_owned(),
        commands,
        when: Moment::AfterMerge,
        action: Action::Run,
    }
}

/// What takes the change back, and the root modules to the backends before it.
fn way_back(plan: &Plan, repo: &Repo) -> Vec<String> {
    let inits = inits(plan, repo);
    let is_terraforms = |target: &InitTarget| target.tool == InitTool::Terraform;
    let mut commands = vec![format!("git revert {}", shell::quoted(COMMIT))];
    if inits.is_empty() || inits.keys().any(is_terraforms) {
        commands.push(format!(
            "{} init -reconfigure",
            terraform_in("".as_ref(), repo)
        ));
    }
    if !inits.keys().all(is_terraforms) {
        commands.push("terragrunt init -reconfigure   # in a unit of Terragrunt".to_owned());
    }
    commands
}

/// Stands for the commit of the change, which only `apply --commit` knows.
pub const COMMIT: &str = "<COMMIT>";

const KEY_ID: &str = "<ACCESS_KEY_ID>";

/// The options that name a key: the user, where policies name one alone.
fn key(plan: &Plan) -> String {
    let users = remnants(plan).filter_map(|(remnant, _)| match remnant {
        KeyRemnant::Policy { user } => user.rsplit('/').next(),
        KeyRemnant::Published(_) | KeyRemnant::User | KeyRemnant::Key => None,
    });
    let users: BTreeSet<&str> = users.collect();
    let user = match users.len() {
        1 => users.first().copied().unwrap_or_default(),
        _ => "<USER>",
    };
    let (user, id) = (shell::quoted(user), shell::quoted(KEY_ID));
    format!("--user-name {user} --access-key-id {id}")
}

/// The finding on the resource that writes a secret of GitHub's.
pub(super) fn writer<'p>(secret: &str, plan: &'p Plan) -> Option<&'p Finding> {
    let mut findings = plan.findings.iter();
    findings.find(|finding| match &finding.remnant {
        Some(KeyRemnant::Published(Some(names))) => {
            names.iter().any(|name| name.eq_ignore_ascii_case(secret))
        }
        // Of names that are not known any may be the secret's.
        Some(KeyRemnant::Published(None)) => true,
        _ => false,
    })
}

fn remnants(plan: &Plan) -> impl Iterator<Item = (&KeyRemnant, &Finding)> {
    let findings = plan.findings.iter();
    findings.filter_map(|finding| Some((finding.remnant.as_ref()?, finding)))
}

/// The places of what is left of the keys' user, of some kinds.
fn places(plan: &Plan, is_it: impl Fn(&KeyRemnant) -> bool) -> Vec<String> {
    let found = remnants(plan).filter(|(remnant, _)| is_it(remnant));
    let places: BTreeSet<String> = found.map(|(_, finding)| place(finding)).collect();
    places.into_iter().collect()
}

fn place(finding: &Finding) -> String {
    let at = &finding.at;
    let place = format!(
        "{}:{} {}",
        visible::path(&at.path),
        at.line,
        finding.subject
    );
    visible::line(&place).to_string()
}
