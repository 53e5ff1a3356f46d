//! Roles, static keys and modules in S3 that Terraform and Terragrunt files have.

use std::path::Path;

use crate::backend_keys::BackendKeyChange;
use crate::catalogue::Purpose;
use crate::repo::Repo;
use crate::static_keys::{KeepReason, KeyChange, KeyScope};
use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use syntax::code::sentence;
use syntax::hcl::{Attribute, Document};
use terraform::backend::{ClaimKind, SUBJECT, claims, s3_blocks};
use terraform::file_kind::{FileKind, is_example};
use terraform::module::Module;
use terraform::module_call::{ModuleCall, deployed};
use terraform::provider::{Provider, configurations};
use terraform::remote_state::{RemoteState, remote_states};
use terraform::requirement::AwsNames;
use terraform::static_keys::{KEYS, has_endpoints, is_credentials_file, is_key, named, revocation};
use terraform::terragrunt::generated::Generated;
use terraform::terragrunt::{self, iam_role};
use upgrade::registry::module_calls;

/// The findings on one module.
pub fn findings(module: &Module, repo: &Repo) -> Vec<Finding> {
    let names = module.aws_names();
    let own = configurations(module.configuration(), &names);
    let mut findings = in_providers(&own, &module.directory, false, repo);
    for test in module.of_kind(FileKind::Test) {
        let providers = configurations([test], &names);
        findings.extend(in_providers(&providers, &module.directory, true, repo));
    }
    for document in module.configuration() {
        let calls = module_calls(document, &repo.settings().upgrade);
        findings.extend(calls.filter_map(|call| in_call(&call, repo)));
        findings.extend(
            remote_states(document)
                .iter()
                .filter_map(|state| in_remote_state(state, repo)),
        );
        findings.extend(in_backend(document, repo));
    }
    for settings in module.of_kind(FileKind::BackendSettings) {
        findings.extend(in_backend(settings, repo));
    }
    for document in module.of_kind(FileKind::Terragrunt) {
        findings.extend(in_terragrunt(document, &module.directory, repo));
    }
    findings
}

fn in_call(call: &ModuleCall<'_>, repo: &Repo) -> Option<Finding> {
    let value = call.source.value;
    let sentence = (call.reference(), "comes from an S3 bucket");
    let id = repo.catalogue().id_of(Purpose::MoveModuleSources);
    let finding = Finding::new(id, value.document(), value.span(), sentence);
    let finding = finding.help("point it at a tag of the repository that it lives in");
    call.is_in_s3().then_some(finding)
}

fn in_providers(
    providers: &[Provider<'_>],
    directory: &Path,
    is_test: bool,
    repo: &Repo,
) -> Vec<Finding> {
    let mut defaults = providers.iter().filter(|provider| provider.alias.is_none());
    let scope = KeyScope {
        default: defaults.next(),
        directory,
        is_test,
        repo,
    };
    let mut findings = Vec::new();
    for provider in providers {
        // Custom endpoints are an emulator or another service: its keys are no keys of AWS.
        if has_endpoints(&provider.blocks) {
            continue;
        }
        findings.extend(provider.roles().into_iter().map(|role| {
            let sentence = (provider.reference(), "assumes a role");
            let id = repo.catalogue().id_of(Purpose::RemoveRoles);
            let document = role.block.document();
            Finding::new(id, document, role.block.span(), sentence)
                .help("use ambient credentials, or the profile of its account")
        }));
        let keys = match scope.change(provider) {
            // Keys that are made for the run are not static.
            KeyChange::None | KeyChange::Keep(KeepReason::Temporary) => Vec::new(),
            KeyChange::Remove | KeyChange::Keep(_) => provider.keys(),
        };
        let blocks = provider.blocks.iter();
        let mut settings = blocks.flat_map(|block| block.body().attributes());
        let file = settings.find(is_credentials_file);
        findings.extend(keyed(&provider.reference(), &keys, file.as_ref(), repo));
    }
    findings
}

/// The finding on static keys, or else on a file that may hold them.
fn keyed(
    subject: &str,
    keys: &[Attribute<'_>],
    file: Option<&Attribute<'_>>,
    repo: &Repo,
) -> Option<Finding> {
    let (at, message) = match (keys.first(), file) {
        (Some(first), _) => (first, format!("has {}", named(keys))),
        (None, Some(file)) => (
            file,
            sentence!("looks for keys in the file of `{}`", file.name),
        ),
        (None, None) => return None,
    };
    let help = "remove it: credentials come from the environment or a profile".to_owned();
    let help = std::iter::once(help).chain(revocation(keys));
    let document = at.value.document();
    let remover = repo.catalogue().id_of(Purpose::RemoveStaticKeys);
    let mut finding = Finding::new(remover, document, at.span(), (subject, message));
    finding.help = Help::joined(help.map(Help::from));
    Some(finding)
}

/// The finding on static keys in settings of an S3 backend or state, unless they are another
/// service's.
fn in_settings(subject: &str, settings: &[Attribute<'_>], repo: &Repo) -> Option<Finding> {
    let mut claims = claims(settings.iter().cloned());
    if claims.any(|claim| claim.kind == ClaimKind::Endpoint) {
        return None;
    }
    let keys: Vec<_> = settings.iter().filter(|it| is_key(it)).cloned().collect();
    let file = settings.iter().find(|it| is_credentials_file(it));
    keyed(subject, &keys, file, repo)
}

fn in_remote_state(state: &RemoteState<'_>, repo: &Repo) -> Option<Finding> {
    let Some(config) = &state.unread else {
        return in_settings(&state.reference(), &state.settings, repo);
    };
    let mut names = KEYS.into_iter().filter(|name| config.text().contains(name));
    let message = sentence!("has `{}` in an expression", names.next()?);
    let sentence = (state.reference(), message);
    Some(Finding::new(
        repo.catalogue().id_of(Purpose::RemoveStaticKeys),
        state.block.document(),
        config.span(),
        sentence,
    ))
}

/// The backend block of a file, or the settings of a `*.tfbackend` file.
fn in_backend(document: &Document, repo: &Repo) -> Vec<Finding> {
    // Another service's keys, and those of an example, are no keys of AWS.
    let is_foreign = repo.backend_key_change(document.path()) == BackendKeyChange::Foreign;
    if is_foreign || is_example(document.path()) {
        return Vec::new();
    }
    if FileKind::of(document.path()) == Some(FileKind::BackendSettings) {
        let settings = document.body().map(|body| body.attributes().collect());
        let settings: Vec<_> = settings.unwrap_or_default();
        return in_settings(SUBJECT, &settings, repo).into_iter().collect();
    }
    let settings =
        s3_blocks(document).map(|backend| backend.body().attributes().collect::<Vec<_>>());
    settings
        .filter_map(|settings| in_settings(SUBJECT, &settings, repo))
        .collect()
}

fn in_terragrunt(document: &Document, directory: &Path, repo: &Repo) -> Vec<Finding> {
    let generated = Generated::of(document);
    let generated = &generated.documents;
    let names = AwsNames::of_all(generated.iter().map(AwsNames::of)).known();
    let providers = configurations(generated, &names);
    let mut findings = in_providers(&providers, directory, true, repo);
    findings.extend(
        generated
            .iter()
            .flat_map(|document| in_backend(document, repo)),
    );
    findings.extend(iam_role(document).map(|role| {
        let sentence = ("Terragrunt", "assumes a role for every command");
        let id = repo.catalogue().id_of(Purpose::RemoveRoles);
        Finding::new(id, document, role.span(), sentence)
            .help("use ambient credentials, or the profile of its account")
    }));
    findings.extend(deployed(document).filter_map(|call| in_call(&call, repo)));
    let states = terragrunt::remote_states(document).filter(terragrunt::RemoteStateBlock::is_s3);
    findings.extend(
        states.filter_map(|state| in_settings("remote_state", &state.config.value.entries(), repo)),
    );
    findings
}
