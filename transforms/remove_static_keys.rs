mod accounts;
mod backends;
mod calls;
mod locals;
mod terragrunt;
mod variables;

use diagnostics::ask::Help;
use diagnostics::finding::{Finding, Safety};
use diagnostics::ignore::Ignore;
use engine::repo::Repo;
use engine::scan::Earlier;
use engine::static_keys::{KeepReason, KeyChange, KeyScope};
use engine::unused::declared::Declared;
use engine::unused::variables::variables_left_unused;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::Attribute;
use syntax::text::shown;
use terraform::backend::{ClaimKind, claims, s3_blocks};
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::provider::{Provider, configurations};
use terraform::remote_state::{RemoteState, remote_states};
use terraform::static_keys::{KEYS, is_credentials_file, is_key, named, revocation};

const ID: &str = "remove_static_keys";

pub fn scan(module: &Module, earlier: Earlier<'_>, repo: &Repo) -> Vec<Finding> {
    let names = module.aws_names();
    let own = configurations(module.configuration(), &names);
    let default = own.iter().find(|provider| provider.alias.is_none());
    let scope = KeyScope {
        default,
        directory: &module.directory,
        is_test: false,
        repo,
    };
    let of_own = own.iter().filter_map(|provider| {
        let finding = in_provider(provider, &scope)?;
        let is_removal = !finding.edits.is_empty();
        let doubt = || accounts::doubt(provider, &provider.keys(), &own, module, repo);
        Some(match is_removal.then(doubt).flatten() {
            Some(why) => with_review(finding, &why),
            None => finding,
        })
    });
    let mut findings: Vec<_> = of_own.collect();
    // A test file's provider blocks override those of the module and leave the others as they are
    // (Terraform docs, "Tests": Providers).
    for test in module.of_kind(FileKind::Test) {
        let providers = configurations([test], &names);
        let mut defaults = providers.iter().filter(|provider| provider.alias.is_none());
        let scope = KeyScope {
            default: defaults.next().or(default),
            is_test: true,
            ..scope
        };
        findings.extend(
            providers
                .iter()
                .filter_map(|provider| in_provider(provider, &scope)),
        );
    }
    for document in module.configuration() {
        findings.extend(
            s3_blocks(document)
                .filter_map(|backend| backends::in_backend(document, &backend.body(), repo)),
        );
        findings.extend(remote_states(document).iter().filter_map(in_remote_state));
    }
    findings.extend(
        module
            .of_kind(FileKind::Terragrunt)
            .flat_map(terragrunt::scan),
    );
    for document in module.of_kind(FileKind::BackendSettings) {
        let body = document.body();
        findings.extend(
            body.ok()
                .and_then(|body| backends::in_backend(document, &body, repo)),
        );
    }
    findings.extend(calls::in_calls(module, repo));
    let removed = findings.iter().filter(|finding| is_made(finding, repo));
    let mut edits: Vec<_> = removed.flat_map(|finding| finding.edits.clone()).collect();
    if edits.is_empty() {
        return findings;
    }
    let declared = Declared::of(module);
    let of_locals = locals::left_unused(&declared, earlier, repo, &edits);
    let made = of_locals.iter().filter(|finding| is_made(finding, repo));
    edits.extend(made.flat_map(|finding| finding.edits.clone()));
    findings.extend(of_locals);
    let unused = variables_left_unused(&declared, earlier, repo, &edits);
    findings.extend(unused.iter().filter_map(variables::in_variable));
    findings
}

/// Whether the plan will make the finding's edits.
fn is_made(finding: &Finding, repo: &Repo) -> bool {
    let mut edits = finding.edits.iter();
    repo.selection().admits(finding.safety)
        && edits.all(|edit| repo.is_editable(&edit.path, ID))
        && !repo.declines(ID, &finding.at.path, &finding.subject)
}

/// The finding on the static keys or the credentials file of a provider configuration.
fn in_provider(provider: &Provider<'_>, scope: &KeyScope<'_, '_>) -> Option<Finding> {
    let keys = provider.keys();
    let names = named(&keys);
    let (message, help) = match scope.change(provider) {
        KeyChange::None => return in_credentials_file(provider),
        KeyChange::Remove => {
            let finding = without_keys(provider, &keys);
            return Some(match scope.names_kept_role(provider) {
                false => finding,
                true => with_review(
                    finding,
                    "a role beside it is in the account of its caller identity: that has to be the \
                     account of AWS_PROFILE, too",
                ),
            });
        }
        // The finding on the role covers its keys.
        KeyChange::Keep(KeepReason::Declined | KeepReason::AssumesRole) => return None,
        KeyChange::Keep(KeepReason::Temporary) => (
            format!("keeps {names} that Vault makes for the run: they are not static"),
            "remove them with the data source if the signed-in role is to take their place"
                .to_owned(),
        ),
        KeyChange::Keep(KeepReason::Template) => (
            format!("of a template has {names}, which what fills it in decides: not changed"),
            "change it where that is known, or leave it out with an ignore comment".to_owned(),
        ),
        KeyChange::Keep(KeepReason::OtherIdentity(other)) => (
            sentence!(
                "keeps {names} beside `{other}`: without them it would act as what that names"
            ),
            sentence!("decide which identity it uses: remove the keys, or `{other}` too"),
        ),
        KeyChange::Keep(KeepReason::Called(caller)) => (
            match caller {
                Some(caller) => format!(
                    "of a called module keeps {names}: {} calls it",
                    shown(&caller)
                ),
                None => format!("of a module that is passed providers has {names}: not changed"),
            },
            "pass the module a provider with `providers`, or give this one a `profile`".to_owned(),
        ),
        KeyChange::Keep(KeepReason::Tested(module)) => (
            format!(
                "of a test keeps {names}, which {} does not act by: they may be of another account",
                shown(&module)
            ),
            "give it the `profile` of that account, and remove the keys".to_owned(),
        ),
        KeyChange::Keep(KeepReason::Alias { default_loses_keys }) => (
            match default_loses_keys {
                true => format!(
                    "keeps {names}, which are not those of the default provider: they may be of another account"
                ),
                false => format!(
                    "keeps {names}, which no default provider beside it loses: they may be of another account"
                ),
            },
            "give it the `profile` of that account, and remove the keys".to_owned(),
        ),
    };
    let first = keys.first()?;
    let sentence = (provider.reference(), message);
    let finding = Finding::new(ID, first.value.document(), first.span(), sentence);
    Some(finding.help(with_revocation(help, &keys)))
}

/// Asks for review, and says why.
fn with_review(finding: Finding, why: &str) -> Finding {
    finding.noted(why).safety(Safety::Review)
}

fn without_keys(provider: &Provider<'_>, keys: &[Attribute<'_>]) -> Finding {
    let message = format!(
        "loses {}: credentials come from the environment",
        named(keys)
    );
    let first = &keys[0];
    let sentence = (provider.reference(), message);
    let mut finding = Finding::new(ID, first.value.document(), first.span(), sentence);
    finding.help = revocation(keys).map(Into::into);
    for key in keys {
        let document = key.value.document();
        finding = finding.edit(document, Edit::remove(document, key.span()));
    }
    finding
}

/// The finding on a provider configuration without keys that reads them from a file.
fn in_credentials_file(provider: &Provider<'_>) -> Option<Finding> {
    let blocks = provider.blocks.iter();
    let mut settings = blocks.flat_map(|block| block.body().attributes());
    let setting = settings.find(is_credentials_file)?;
    // Keys here are placeholders, and the finding on a role covers the settings beside it.
    if !provider.keys().is_empty() || !provider.roles().is_empty() {
        return None;
    }
    looks_in_file(provider.reference(), &setting)
}

/// The finding on a setting that names a credentials file, unless a comment ignores it.
fn looks_in_file(subject: impl Into<String>, setting: &Attribute<'_>) -> Option<Finding> {
    if Ignore::keeps_setting(setting, ID) {
        return None;
    }
    let message = sentence!(
        "looks for profiles in the file of `{}`: not changed",
        setting.name
    );
    let help = sentence!(
        "remove `{}` and give the profile: SSO profiles belong in ~/.aws/config",
        setting.name
    );
    let document = setting.value.document();
    Some(Finding::new(ID, document, setting.span(), (subject, message)).help(help))
}

/// The finding on a remote state. It gets no profile: a read takes no lock, so that the bucket
/// policy is enough, and a profile does not exist on a GitHub runner, where the plan would fail.
fn in_remote_state(state: &RemoteState<'_>) -> Option<Finding> {
    let document = state.block.document();
    let subject = state.reference();
    if let Some(config) = &state.unread {
        let mut names = KEYS.into_iter().filter(|name| config.text().contains(name));
        if Ignore::keeps(document, config.span().start, ID) {
            return None;
        }
        let message = sentence!("has `{}` in an expression: not changed", names.next()?);
        let help = "remove it by hand and let the signed-in role read the bucket";
        return Some(Finding::new(ID, document, config.span(), (subject, message)).help(help));
    }
    let claim = claims(state.settings.iter().cloned()).min_by_key(|claim| {
        // Another setting beside the keys takes over once they are removed, so it is looked at
        // first.
        (claim.kind == ClaimKind::Keys, claim.kind)
    })?;
    let keys: Vec<_> = state
        .settings
        .iter()
        .filter(|found| is_key(found))
        .cloned()
        .collect();
    if keys.iter().any(|key| Ignore::keeps_setting(key, ID)) {
        return None;
    }
    let finding = |at: &Attribute<'_>, message: String| {
        Finding::new(ID, document, at.span(), (subject.clone(), message))
    };
    match (claim.kind, keys.first()) {
        (ClaimKind::CredentialsFile, None) => looks_in_file(subject, &claim.setting),
        (ClaimKind::Endpoint, _) | (_, None) => None,
        (ClaimKind::Keys, Some(first)) => {
            let message = format!(
                "loses {}: the signed-in role reads the bucket",
                named(&keys)
            );
            let help = "let that role read it in the bucket's policy".to_owned();
            let mut finding = finding(first, message).help(with_revocation(help, &keys));
            for edit in state.remove(is_key) {
                finding = finding.edit(document, edit);
            }
            Some(finding)
        }
        (_, Some(first)) => {
            let name = claim.setting.name;
            let message = sentence!("has {} beside `{name}`: not changed", named(&keys));
            let help = sentence!("remove the keys and see what `{name}` can read without them");
            Some(finding(first, message).help(with_revocation(help, &keys)))
        }
    }
}

/// Help, and how to revoke keys whose literal values are in the repository.
fn with_revocation(help: String, keys: &[Attribute<'_>]) -> Help {
    let help = std::iter::once(help).chain(revocation(keys));
    Help::joined(help.map(Help::from)).unwrap_or_default()
}
