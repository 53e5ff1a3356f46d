use std::ops::Range;

use diagnostics::finding::{Finding, RootEffect, Safety};
use engine::backend_keys::BackendKeyChange;
use engine::catalogue::Purpose;
use engine::index::scopes::ProviderScope;
use engine::provider_accounts::{Decision, RoleChange, decide};
use engine::repo::Repo;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Document};
use terraform::account_guard::{EXCLUSION, GUARD, admits_guard};
use terraform::backend::{BackendKind, SUBJECT, claim, claim_beside_keys, s3_blocks};
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::provider::configurations;

const ID: &str = "account_guard";

/// The guards beside those that take the place of a role: these come with its removal.
pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let is_asked_for = repo.option(ID, "everywhere") == Some(true) || repo.request().is_named(ID);
    if !is_asked_for {
        return Vec::new();
    }
    let of_provider = in_provider(module, repo);
    let backends = module.configuration().flat_map(s3_blocks);
    let in_blocks = backends.filter_map(|backend| {
        let settings: Vec<_> = backend.body().attributes().collect();
        let edits = |ids: &str| Edit::add_to_block(&backend, GUARD, ids);
        in_backend(backend.document(), backend.span(), &settings, repo, edits)
    });
    let files = module.of_kind(FileKind::BackendSettings);
    let files = files.filter(|document| repo.is_backend_file(document.path()));
    let in_files = files.filter_map(|document| {
        let settings: Vec<_> = document.body().ok()?.attributes().collect();
        let edits = |ids: &str| vec![Edit::add_to_file(document, GUARD, ids)];
        in_backend(document, settings.first()?.span(), &settings, repo, edits)
    });
    of_provider
        .into_iter()
        .chain(in_blocks)
        .chain(in_files)
        .collect()
}

/// The finding on the default provider configuration of a module that nothing calls.
fn in_provider(module: &Module, repo: &Repo) -> Option<Finding> {
    let directory = module.directory.as_path();
    let decisions = decide(ProviderScope::Module(directory), repo);
    let default = decisions.iter().find(|it| it.provider.is_default())?;
    let id = acts_in(default, repo).filter(|_| !repo.is_child(directory))?;
    let providers = configurations(module.configuration(), &module.aws_names());
    let provider = providers
        .iter()
        .find(|provider| provider.alias.is_none() && provider.name == default.provider.name)?;
    let block = provider.blocks.last()?;
    let subject = provider.reference();
    if let Some(guard) = provider.attribute(GUARD) {
        return guard_without(&subject, &guard, id);
    }
    let comes_with_removal =
        default.change == RoleChange::Remove && repo.carries_out(Purpose::RemoveRoles);
    if comes_with_removal || !admits_guard(provider) {
        return None;
    }
    let document = block.document();
    let ids = format!("[\"{id}\"]");
    // Beside a profile that needs review the guard would name an account that is not in use yet.
    let safety = match default.provider.is_ambient() {
        true => default.safety(),
        false => Safety::Safe,
    };
    let sentence = (subject, format!("may act in account {id} alone"));
    let finding = Finding::new(ID, document, block.span(), sentence).safety(safety);
    Some(finding.edits(document, Edit::add_to_block(block, GUARD, &ids)))
}

/// The account that a default provider configuration acts in after the plan, where it is known.
fn acts_in<'d>(default: &'d Decision, repo: &'d Repo) -> Option<&'d str> {
    let provider = &default.provider;
    let of_profile = |profile: &str| repo.settings().account_of(profile);
    match (&default.change, &provider.role, &provider.identity) {
        (RoleChange::Profile(profile), _, _) => of_profile(profile),
        (RoleChange::Remove | RoleChange::Manual(_), Some(role), _) => role.id(),
        (RoleChange::Keep, None, Some(identity)) if identity.setting == "profile" => {
            of_profile(&identity.value)
        }
        _ => None,
    }
}

/// The finding on the settings of an S3 backend that have the profile of the state's account, or
/// get it.
fn in_backend(
    document: &Document,
    range: Range<usize>,
    settings: &[Attribute<'_>],
    repo: &Repo,
    edits: impl FnOnce(&str) -> Vec<Edit>,
) -> Option<Finding> {
    let named = |name: &str| settings.iter().find(|setting| setting.name == name);
    let literal = |name: &str| named(name)?.value.literal();
    let profile = match named("profile") {
        Some(profile) => profile.value.literal()?,
        None => gets_profile(document, settings, repo)
            .then(|| repo.settings().profile_of_state(literal("bucket")))??,
    };
    let id = repo.settings().account_of(profile)?;
    if let Some(guard) = named(GUARD) {
        return guard_without(SUBJECT, guard, id);
    }
    if named(EXCLUSION).is_some() {
        return None;
    }
    let sentence = (SUBJECT, format!("may act in account {id} alone"));
    let is_certain =
        named("profile").is_some() || repo.settings().is_profile_certain(literal("bucket"));
    let finding = Finding::new(ID, document, range, sentence);
    let finding = match is_certain {
        true => finding,
        // The same doubt as about the profile.
        false => finding
            .safety(Safety::Review)
            .noted("its bucket is not known here: some buckets are another account's"),
    };
    let edits = edits(&format!("[\"{id}\"]"));
    let finding = finding.effect(RootEffect::Reconfigure);
    Some(finding.edits(document, edits))
}

/// Whether a backend's block or file without a profile is the one that gets it.
fn gets_profile(document: &Document, settings: &[Attribute<'_>], repo: &Repo) -> bool {
    let is_set = |name: &str| settings.iter().any(|setting| setting.name == name);
    let (has_bucket, has_key) = (is_set("bucket"), is_set("key"));
    let path = document.path();
    let is_file = repo.kind_of(path) == Some(FileKind::BackendSettings);
    let directory = match is_file {
        true => repo.backend_owner(path),
        false => path.parent(),
    };
    let Some(directory) = directory else {
        return false;
    };
    let is_decided_here = match repo.backend(directory) {
        Some(BackendKind::S3) => !is_file,
        Some(BackendKind::PartialS3 { has_bucket: block }) => match is_file {
            true => {
                !block
                    && !repo.has_backend_claim(directory)
                    && !repo.is_profile_elsewhere(path)
                    && repo.are_owners_alike(path)
            }
            false => has_bucket || repo.backend_files(directory).is_empty(),
        },
        _ => false,
    };
    let claim = match repo.backend_key_change(path) {
        BackendKeyChange::None => claim(settings),
        BackendKeyChange::Foreign | BackendKeyChange::Remove(_) => claim_beside_keys(settings),
        BackendKeyChange::Keep(_) => return false,
    };
    // Terragrunt completes a block with nothing in it.
    let is_terragrunts = !is_file && !has_bucket && !has_key && repo.has_remote_state();
    let files = repo.backend_files(directory);
    let is_free = is_file || files.iter().all(|file| repo.backend_claim(file).is_none());
    is_decided_here
        && is_free
        && repo.carries_out(Purpose::AddBackendProfile)
        && claim.is_none()
        && !is_terragrunts
}

/// The finding on a guard that does not list the account itself.
fn guard_without(subject: &str, guard: &Attribute<'_>, id: &str) -> Option<Finding> {
    let ids = guard.value.expression().as_array()?;
    let known: Option<Vec<&str>> = ids.iter().map(|id| id.as_str()).collect();
    if known?.contains(&id) {
        return None;
    }
    let message = sentence!("has `{GUARD}` without {id}, the account it acts in: not changed");
    let document = guard.value.document();
    let finding = Finding::new(ID, document, guard.span(), (subject, message));
    Some(finding.noted("either the list or the account is wrong: Terraform would refuse to run"))
}
