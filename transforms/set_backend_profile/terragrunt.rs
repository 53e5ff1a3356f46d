//! The `remote_state` blocks of Terragrunt, which write backends.

use super::{ID, about_claim, insertion};
use diagnostics::finding::Finding;
use engine::repo::Repo;
use syntax::code::sentence;
use syntax::edit::Edit;
use terraform::backend::{SUBJECT, claim};
use terraform::terragrunt::RemoteStateBlock;

/// The finding on the `remote_state` block of a Terragrunt file.
pub(super) fn in_remote_state(state: &RemoteStateBlock<'_>, repo: &Repo) -> Option<Finding> {
    let (document, config) = (state.block.document(), &state.config);
    let left = |range, message: &str| {
        let help =
            "give its `config` the profile of the account that holds the state if it is of S3";
        Some(Finding::new(ID, document, range, ("this `remote_state`", message)).help(help))
    };
    match state.backend.value.literal() {
        Some("s3") => {}
        Some(_) => return None,
        None => {
            return left(
                state.backend.span(),
                "has a `backend` that is no plain string: not changed",
            );
        }
    }
    if !config.value.expression().is_object() {
        return left(
            config.span(),
            "has a `config` that is no plain object: not changed",
        );
    }
    let settings = config.value.entries();
    if let Some(claim) = claim(&settings) {
        return about_claim(document, &settings, &claim, repo);
    }
    // A bucket or key with the caller's account in its name would be another one after the
    // migration.
    let by_caller = settings.iter().find_map(|setting| {
        let mut callers = CALLERS.into_iter();
        let function = callers.find(|function| setting.value.text().contains(function))?;
        Some((setting, function))
    });
    if let Some((setting, function)) = by_caller {
        let message = sentence!(
            "sets `{}` by `{function}`, which after the migration is evaluated with AWS_PROFILE, not \
             with the keys: not changed",
            setting.name
        );
        let help = "write what it returns in the account that holds the state, and run again";
        let finding = Finding::new(ID, document, setting.span(), (SUBJECT, message));
        return Some(finding.help(help));
    }
    let edits = |profile: &str| vec![Edit::add_to_object(&config.value, "profile", profile)];
    Some(insertion(
        document,
        state.block.span(),
        super::bucket(&settings),
        repo,
        edits,
    ))
}

/// Functions of Terragrunt that return facts about its caller's identity (Terragrunt docs,
/// "Functions"): after the migration the caller is AWS_PROFILE, not the static keys.
const CALLERS: [&str; 2] = ["get_aws_account_id", "get_aws_caller_identity"];
