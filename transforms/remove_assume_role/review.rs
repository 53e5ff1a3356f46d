//! Why the removal of a role needs review.

use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use engine::asks;
use engine::catalogue::Purpose;
use engine::index::ambient_commands::AmbientKind;
use engine::provider_accounts::{Decision, ReviewReason};
use engine::repo::Repo;
use syntax::code::sentence;
use terraform::account::Account;
use terraform::account_guard::{EXCLUSION, GUARD, SKIP};

/// The finding with the reason of its review, and what can be done about it.
pub(super) fn reasoned(finding: Finding, decision: &Decision, repo: &Repo) -> Finding {
    let Some(reason) = decision.review else {
        return finding;
    };
    let why = match reason {
        ReviewReason::Command => {
            return match command(decision, repo) {
                Some((runs, cure)) => finding.noted(runs).help(cure),
                None => finding,
            };
        }
        // What was set of the session is named in any case.
        ReviewReason::SessionPolicy => return finding,
        ReviewReason::Cluster if !signs_in_by(decision, repo) => {
            "`exec` of a provider signs in to its cluster by the role of another provider configuration, which \
             waits for review: all roles of the module are removed together"
        }
        ReviewReason::Cluster => {
            "`exec` of a provider signs in to its cluster by this role, too: both are changed together, \
             once the cluster admits the new callers"
        }
        ReviewReason::Choice => {
            let why = "the workspace or a variable chose the account: without the role AWS_PROFILE does, \
                       whatever is chosen";
            let finding = finding.noted(why);
            let file = decision.provider.files.first();
            let Some(directory) = file.and_then(|file| file.parent()) else {
                return finding;
            };
            let ask = asks::root(directory, repo);
            let text = sentence!(
                "add `{}` to tfkeyless.hcl where all runs are of one account",
                ask.shown()
            );
            return finding.help(Help::asking(text, [ask]));
        }
        ReviewReason::Unit => {
            "Terragrunt fills in the account: without the role AWS_PROFILE decides, the same for every \
             unit of a run"
        }
        ReviewReason::Conditional => {
            "a role beside it is only assumed under a condition: without it, that provider \
             acts as AWS_PROFILE says then, no longer in the account of the keys"
        }
        ReviewReason::Unguarded => return unguarded(finding, decision),
        ReviewReason::Guard => {
            "the default provider acts in that account without a role: this one would have \
             the same permissions"
        }
        ReviewReason::Backend => {
            let ask = asks::state_profile(repo);
            let text = sentence!(
                "set `{}` in tfkeyless.hcl, which `tfkeyless init` proposes",
                ask.shown()
            );
            let why = "its S3 backend has no profile: init and plan would look for state and lock in that account";
            return finding.noted(why).help(Help::asking(text, [ask]));
        }
        ReviewReason::BackendOff => {
            let id = repo.catalogue().id_of(Purpose::AddBackendProfile);
            let why = sentence!(
                "its S3 backend gets no profile, since `{id}` is off: init and plan would look for state and lock in \
                 that account"
            );
            return finding.noted(why);
        }
        ReviewReason::BackendWaits => {
            "its S3 backend does not get its profile without review, or cannot be edited: init \
             and plan would look for state and lock in that account"
        }
        ReviewReason::MayBeCalled => {
            "a module `source` of the repository is not known before the run and may name this directory: as a child \
             module it would act with the credentials of its caller"
        }
        ReviewReason::Caller => {
            "a role beside it is in the account of its caller identity: without its own role, a \
             wrong AWS_PROFILE would move both"
        }
        ReviewReason::Together => {
            "its account is not known here while a role beside it waits for review: a later run could take \
             this provider for one of the keys' account"
        }
        ReviewReason::Ambient | ReviewReason::Profile => {
            "another provider beside it or in a child module uses ambient credentials: it gets the profile \
             of the keys' account with this change"
        }
    };
    finding.noted(why)
}

/// The finding where no guard can take the place of the role, with what to write.
fn unguarded(finding: Finding, decision: &Decision) -> Finding {
    let Some(setting) = decision.provider.guard_obstacle else {
        return finding;
    };
    let why = match setting {
        EXCLUSION => sentence!("`{GUARD}` does not go with `{setting}`"),
        SKIP => sentence!("`{setting}` turns `{GUARD}` off"),
        _ => sentence!("`{setting}` does not name the account"),
    };
    let id = decision.provider.role.as_ref().and_then(Account::id);
    let guard = id.map_or_else(
        || sentence!("`{GUARD}` with the account of the role"),
        |id| sentence!("`{GUARD} = [\"{id}\"]`"),
    );
    let cure = match setting {
        SKIP => sentence!("remove `{setting}`, and run again"),
        _ => sentence!("write {guard} in the place of `{setting}`, and run again"),
    };
    let why = format!("{why}: without the role nothing would stop a run in another account");
    finding.noted(why).help(cure)
}

/// Whether `exec` of a provider signs in by the role that is removed.
fn signs_in_by(decision: &Decision, repo: &Repo) -> bool {
    let file = decision.provider.files.first();
    let roles = file.and_then(|file| Some(repo.plugin_roles(file.parent()?)));
    let own = decision.provider.role_arn.as_ref();
    own.is_some_and(|own| roles.unwrap_or_default().contains(own))
}

/// The command that would use the credentials of another account, and what to do about it.
pub(super) fn command(decision: &Decision, repo: &Repo) -> Option<(String, String)> {
    let directory = decision.provider.files.first()?.parent()?;
    let mut roots = std::iter::once(directory).chain(repo.roots(directory));
    let account = decision.provider.role.as_ref().and_then(Account::id);
    let command = roots.find_map(|it| repo.ambient_command(it, account))?;
    let (of, path, line) = (&command.of, command.at.path.display(), command.at.line);
    let runs = match (&command.what, command.kind) {
        (Some(what), AmbientKind::Configuration(_)) => {
            format!("{of} ({path}:{line}) {what} and uses the ambient credentials")
        }
        (Some(what), _) => format!("{of} ({path}:{line}) runs {what} with the ambient credentials"),
        (None, _) => format!("{of} ({path}:{line}) runs a command that is not known here"),
    };
    let moves = "in the account of the keys before, in that of AWS_PROFILE after";
    let cure = match command.kind {
        AmbientKind::Token => "give it `--role-arn` or `--profile`, and run again".to_owned(),
        AmbientKind::Command => {
            "give it `--profile`, or AWS_PROFILE in its `environment`, and run again".to_owned()
        }
        AmbientKind::Configuration(cure) => format!("{cure}, and run again"),
    };
    Some((format!("{runs}: {moves}"), cure))
}
