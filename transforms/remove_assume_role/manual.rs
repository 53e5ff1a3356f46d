//! What needs a person: roles that are kept, and provider configurations that change account
//! without an edit.

use super::{ID, about, about_roles, described};
use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use diagnostics::ignore::Ignore;
use engine::asks;
use engine::provider_accounts::{ManualReason, PinObstacle};
use engine::repo::Repo;
use engine::repo::units::UnitObstacle;
use syntax::code::sentence;
use syntax::hcl::{Block, Document};
use syntax::location::Location;
use syntax::text::shown;
use terraform::account::Account;
use terraform::provider::Provider;
use terraform::static_keys::CREDENTIALS_FILES;
use terraform::terragrunt::iam_role;

/// The finding on the role that Terragrunt itself assumes, unless a comment ignores it.
pub(super) fn in_terragrunt(document: &Document, repo: &Repo) -> Option<Finding> {
    let role = iam_role(document)?;
    if Ignore::keeps_setting(&role, ID) {
        return None;
    }
    let message = format!(
        "assumes {} for every command, whatever AWS_PROFILE says: not changed",
        role.value.text()
    );
    let help = "remove `iam_role` once the signed-in profile is of that account, or let that profile assume the role";
    let mut help = vec![Help::from(help)];
    if let Some(job) = terragrunt_job(document, repo) {
        // An empty token leaves laptops to assume the role by their own credentials (Terragrunt docs,
        // "Attributes"; its source checks for an empty token).
        help.push(Help::from(sentence!(
            "write `iam_web_identity_token = get_env(\"OIDC_TOKEN\", \"\")` beside it for job `{job}`, set \
             OIDC_TOKEN in the job to its OIDC token for `sts.amazonaws.com`, and admit the job in the role's \
             trust policy"
        )));
    }
    let mut finding = Finding::new(ID, document, role.span(), ("Terragrunt", message));
    finding.help = Help::joined(help);
    Some(finding)
}

/// The first of GitHub's jobs that may run the units of a Terragrunt file.
fn terragrunt_job(document: &Document, repo: &Repo) -> Option<String> {
    let directory = document.path().parent()?;
    let workflows = &repo.index().workflows;
    let mut jobs = workflows.owners().filter(|owner| owner.job.is_some());
    let job = jobs.find(|owner| {
        let runs = workflows.runs(*owner);
        let mut runs = runs.iter().map(|run| &run.run);
        runs.any(|run| run.is_terragrunt && repo.is_run(directory, run))
    });
    workflows.job(job?).map(|job| job.id.clone())
}

/// The finding on a role that is kept, with what a person can do about it.
pub(super) fn manual(
    provider: &Provider<'_>,
    account: &Account,
    why: &ManualReason,
    repo: &Repo,
) -> Finding {
    let there = described(account, provider, repo);
    let (message, help) = match why {
        ManualReason::OtherIdentity(identity) => {
            let identity = as_written(identity, provider);
            (
                sentence!(
                    "has `{identity}` beside its role: without the role it would use that identity, not ambient credentials"
                ),
                match identity {
                    "profile" => {
                        "write `allowed_account_ids = [\"ID\"]` beside it and run again if the \
                     role is in one account"
                            .to_owned()
                    }
                    _ => sentence!("remove `{identity}` and the role together"),
                },
            )
        }
        ManualReason::Caller(caller) => (
            format!(
                "of a called module assumes a role in {there}, where its caller {} is not known to act",
                shown(caller)
            ),
            "pass the module a provider with `providers`, or give this one a `profile`".to_owned(),
        ),
        ManualReason::Tested(module) => (
            format!(
                "assumes a role in {there} in tests of {}, which is not known to act there",
                shown(module)
            ),
            "give it the `profile` of that account, or let the signed-in role assume this one"
                .to_owned(),
        ),
        ManualReason::SameAccount => (
            format!(
                "assumes a role in {there}, the caller's own account: the role only changes permissions"
            ),
            "check that the signed-in role may assume it, or remove it if its rights are enough"
                .to_owned(),
        ),
        ManualReason::DefaultKeepsRole => (
            format!(
                "assumes a role in {there}, the account of the default provider, which keeps its own"
            ),
            "follow what is reported of the default provider".to_owned(),
        ),
        ManualReason::Template => (
            format!(
                "of a template assumes a role in {there}, which what fills it in decides: not changed"
            ),
            "change it where that is known, or leave it out with an ignore comment".to_owned(),
        ),
        ManualReason::NoAccountBlock(id) => {
            let message =
                format!("assumes a role in {there}, which has no matching `account` block");
            return about_roles(provider, message).needs(asks::account(id));
        }
        ManualReason::AmbientBeside(obstacle) => return ambient_beside(provider, obstacle, repo),
        ManualReason::Job(hold) => {
            let why = hold.message(repo.settings());
            let message = format!("keeps its role in {there}: {why}");
            let help = asks::of_hold(hold, repo).unwrap_or_default();
            return about_roles(provider, message).help(help);
        }
        ManualReason::Unit(obstacle) => return unit(provider, &there, obstacle),
        ManualReason::UnknownAccount | ManualReason::Ambient | ManualReason::Declined => {
            unknown(provider, account, &there)
        }
    };
    about_roles(provider, message).help(help)
}

/// The finding on a role that is kept because a provider with ambient credentials beside it cannot be pinned.
fn ambient_beside(provider: &Provider<'_>, obstacle: &PinObstacle, repo: &Repo) -> Finding {
    let (message, help) = match obstacle {
        PinObstacle::UnknownProfile => {
            let message =
                "keeps its role: a provider with ambient credentials would change account, since \
            the profile of the keys' account is not known"
                    .to_owned();
            return about_roles(provider, message).needs(asks::state_profile(repo));
        }
        PinObstacle::NotEditable(file) => (
            format!(
                "keeps its role: a provider in {}, which cannot be edited, uses ambient credentials and would \
                 change account with the migration",
                file.display()
            ),
            "give that provider the profile of the keys' account, and run again".to_owned(),
        ),
        PinObstacle::Declined(other) => (
            format!(
                "keeps its role: {other} uses ambient credentials and its profile is declined, so that it would \
                 change account with the migration"
            ),
            format!("give {other} the profile of the keys' account, and run again"),
        ),
        PinObstacle::NoBlock(module) => (
            format!(
                "keeps its role: {}, which tests of this module run, uses ambient credentials and would change \
                 account with the migration",
                shown(module)
            ),
            format!(
                "give {} a provider with the profile of the keys' account, and run again",
                shown(module)
            ),
        ),
    };
    about_roles(provider, message).help(help)
}

/// The finding on a role that is kept for all units of Terragrunt, because of one.
fn unit(provider: &Provider<'_>, there: &str, obstacle: &UnitObstacle) -> Finding {
    let start = format!("keeps its role in {there} for all units");
    let (why, help) = match obstacle {
        UnitObstacle::UnknownInclude(file) => (
            format!("{} includes a file that is not known here", file.display()),
            "name the file by `find_in_parent_folders(\"...\")`, and run again".to_owned(),
        ),
        UnitObstacle::NoFile(unit, file) => (
            format!("unit {} has no {file} above it", unit.display()),
            format!("add {file} with the unit's account, and run again"),
        ),
        UnitObstacle::NotPlain(unit, file, local) => (
            sentence!(
                "{}, which unit {} reads, does not name the account in `{local}` as plain text",
                file.display(),
                unit.display()
            ),
            sentence!(
                "write the account as `{local}` in the `locals` of a file that holds nothing else, \
                 and run again"
            ),
        ),
        UnitObstacle::NoAccountBlock(unit, file, id) => {
            let message = format!(
                "{start}: account {id} of unit {} ({}) has no matching `account` block",
                unit.display(),
                file.display()
            );
            return about_roles(provider, message).needs(asks::account(id));
        }
    };
    about_roles(provider, format!("{start}: {why}")).help(help)
}

/// An identity setting by the name that the provider has it under: `shared_credentials_file` is counted
/// as its newer form.
fn as_written<'n>(setting: &'n str, provider: &Provider<'_>) -> &'n str {
    let [old, new] = CREDENTIALS_FILES;
    let mut blocks = provider.blocks.iter();
    let is_new = blocks.any(|block| block.attribute(new).is_some());
    if setting == old && is_new {
        new
    } else {
        setting
    }
}

/// Message and help about a role whose account, described as `there`, is not known or is several.
fn unknown(provider: &Provider<'_>, account: &Account, there: &str) -> (String, String) {
    if matches!(account, Account::OneOf(_)) {
        return (
            format!("assumes a role in {there}: not changed, no one profile stands for them"),
            "give it a `profile` of that account, or let the signed-in role assume this one"
                .to_owned(),
        );
    }
    // OpenTofu docs, "Provider Configuration": `for_each` makes an instance for each key.
    if provider
        .blocks
        .iter()
        .any(|block| block.attribute("for_each").is_some())
    {
        return (
            format!(
                "assumes a role in {there}, one for each of its instances: not changed, AWS_PROFILE \
                 is of one account"
            ),
            "write `profile = each.key` in place of the role if the keys of `for_each` are the names of \
             profiles, or let the signed-in role assume these"
                .to_owned(),
        );
    }
    let roles = provider.roles();
    let is_conditional = roles.iter().any(|role| role.arn.is_conditional());
    let message = match is_conditional {
        true => format!(
            "may assume a role in {there}, which is not known here: without the role it could act in another account"
        ),
        false => format!(
            "assumes a role in {there}, which is not known here: without the role it could act in another account"
        ),
    };
    let help = "write `allowed_account_ids = [\"ID\"]` beside the role and run again if it is one account, \
                or let the signed-in role assume this one";
    (message, help.to_owned())
}

/// The finding on a provider configuration without credentials of its own, which changes account
/// with the ambient credentials.
pub(super) fn ambient(provider: &Provider<'_>, repo: &Repo) -> Finding {
    let message = "has no credentials of its own: it used the static keys' account and would use the account of AWS_PROFILE";
    let directory = provider.blocks[0].document().path().parent();
    let holder = directory.and_then(|directory| repo.key_holder(directory));
    let help = match holder {
        Some(holder) => sentence!(
            "run it with AWS_PROFILE={profile} or give it `profile = \"{profile}\"` if its resources \
             belong to the keys' account",
            profile = holder.profile
        ),
        None => {
            "give it the `profile` of the keys' account if its resources belong there".to_owned()
        }
    };
    about(provider, &provider.blocks[0], message).help(help)
}

/// The finding on a default provider configuration without a block: Terraform makes an empty one
/// (Terraform docs, "Provider Configuration"), which changes account with the ambient credentials.
pub(super) fn implicit(block: &Block<'_>, at: &Location) -> Finding {
    let message = format!(
        "has no block here: for {}:{} it used the static keys' account and would use the account of \
         AWS_PROFILE",
        at.path.display(),
        at.line
    );
    let help = "run this module with the AWS_PROFILE of the keys' account, or give it a block with \
                that profile";
    let sentence = ("the default provider", message);
    Finding::new(ID, block.document(), block.span(), sentence).help(help)
}
