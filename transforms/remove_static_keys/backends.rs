//! Static keys of S3 backends.

use super::{ID, looks_in_file, with_revocation};
use diagnostics::ask::Help;
use diagnostics::finding::{Finding, RootEffect, Safety};
use engine::asks;
use engine::backend_keys::{BackendKeepReason, BackendKeyChange};
use engine::repo::Repo;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Body, Document};
use syntax::visible;
use terraform::backend::{BackendKind, ClaimKind, SUBJECT, claim};
use terraform::file_kind::{FileKind, is_example};
use terraform::static_keys::{is_key, named, revocation};

/// The finding on the content of a `backend "s3"` block or of a `*.tfbackend` file.
pub fn in_backend(document: &Document, body: &Body<'_>, repo: &Repo) -> Option<Finding> {
    let keys: Vec<_> = body.attributes().filter(is_key).collect();
    match repo.backend_key_change(document.path()) {
        BackendKeyChange::Foreign => None,
        BackendKeyChange::None => {
            let settings: Vec<_> = body.attributes().collect();
            let claim = claim(&settings)?;
            match claim.kind {
                ClaimKind::CredentialsFile => looks_in_file(SUBJECT, &claim.setting),
                ClaimKind::Keys => unowned(document, body, &keys, repo),
                _ => None,
            }
        }
        BackendKeyChange::Remove(safety) => removal(document, &keys, safety),
        BackendKeyChange::Keep(reason) => kept(document, &keys, reason, repo),
    }
}

/// Why the profile of a backend needs review whose bucket another place says.
const UNKNOWN_BUCKET: &str = "its bucket is not known here: some buckets need another profile";

/// The finding that removes keys: a profile is there or is added.
fn removal(document: &Document, keys: &[Attribute<'_>], safety: Safety) -> Option<Finding> {
    let message = format!("loses {}: its profile takes their place", named(keys));
    let first = keys.first()?;
    let mut finding = Finding::new(ID, document, first.span(), (SUBJECT, message));
    finding.safety = safety;
    // After any change of a backend plain `init` stops with "Backend configuration changed".
    finding.effect = Some(RootEffect::InitReconfigure);
    if safety == Safety::Review {
        finding = finding.noted(UNKNOWN_BUCKET);
    }
    finding.help = revocation(keys).map(Help::from);
    for key in keys {
        finding = finding.edit(document, Edit::remove(document, key.span()));
    }
    Some(finding)
}

/// The finding on keys that are kept, unless a comment ignores them.
fn kept(
    document: &Document,
    keys: &[Attribute<'_>],
    reason: BackendKeepReason,
    repo: &Repo,
) -> Option<Finding> {
    let names = named(keys);
    let (message, help) = match reason {
        BackendKeepReason::Declined => return None,
        BackendKeepReason::UnknownProfile => {
            let message = format!(
                "keeps {names} until it has the profile of the account that holds the state"
            );
            let finding = Finding::new(ID, document, keys.first()?.span(), (SUBJECT, message));
            return Some(finding.needs(asks::state_profile(repo)));
        }
        BackendKeepReason::ProfileNotAdded => (
            format!("keeps {names}: no profile is added in their place"),
            "run set_backend_profile too".to_owned(),
        ),
        BackendKeepReason::OtherSetting(setting, path) => (
            match path == document.path() {
                true => sentence!("has {names} beside `{setting}`: not changed"),
                false => sentence!("keeps {names}: {} sets `{setting}`", path.display()),
            },
            sentence!(
                "decide which identity it uses: remove the keys, or `{setting}` and run again"
            ),
        ),
        BackendKeepReason::OtherProfile(path) => (
            match path == document.path() {
                true => format!(
                    "has {names} beside a profile that is not the one wanted here: not changed"
                ),
                false => format!(
                    "keeps {names}: {} has a profile that is not the one wanted",
                    path.display()
                ),
            },
            "change the profile by hand, or name this bucket in a `state_bucket` block".to_owned(),
        ),
        BackendKeepReason::Given(setting, at) => (
            sentence!(
                "keeps {names}: the command at {}:{} sets `{setting}`",
                visible::path(&at.path),
                at.line
            ),
            sentence!(
                "decide which identity it uses: remove the keys, or `{setting}` and run again"
            ),
        ),
        BackendKeepReason::NotAlike(path) => (
            match path == document.path() {
                true => format!("keeps {names}: it completes backends that differ"),
                false => format!(
                    "keeps {names}: {} completes backends that differ",
                    path.display()
                ),
            },
            "give each of these root modules a file of its own, and run again".to_owned(),
        ),
        BackendKeepReason::NotEdited(path, why) => (
            format!("keeps {names}: {} {why}", path.display()),
            "change that setting first: profile and keys change together or not at all".to_owned(),
        ),
    };
    let finding = Finding::new(ID, document, keys.first()?.span(), (SUBJECT, message));
    Some(finding.help(with_revocation(help, keys)))
}

/// The finding on a settings file with keys that completes no S3 backend of the repository.
fn unowned(
    document: &Document,
    body: &Body<'_>,
    keys: &[Attribute<'_>],
    repo: &Repo,
) -> Option<Finding> {
    let owner = repo.backend_owner(document.path());
    let is_of_another = owner.and_then(|owner| repo.backend(owner)) == Some(BackendKind::Other);
    let is_s3 = body.attribute("bucket").is_some() || body.attribute("secret_key").is_some();
    let is_file = FileKind::of(document.path()) == Some(FileKind::BackendSettings);
    if !is_file || !is_s3 || is_of_another || is_example(document.path()) {
        return None;
    }
    let message = format!(
        "keeps {} in this file, which completes no S3 backend here",
        named(keys)
    );
    let help = "check that it gets the profile and loses the keys if it is used";
    let finding = Finding::new(ID, document, keys.first()?.span(), (SUBJECT, message));
    Some(finding.help(with_revocation(help.to_owned(), keys)))
}
