//! The profile with which a root module is planned.

use std::path::Path;

use syntax::code::sentence;
use terraform::account::Account;
use terraform::account_guard::{AccountGuard, guarded_role};
use terraform::backend::BackendKind;
use terraform::file_kind::FileKind;
use terraform::provider::configurations;

use super::{Obstacle, PlanIdentity, PlanVariant};
use crate::error::PlanError;
use crate::index::document::document;
use crate::index::scopes::ProviderScope;
use crate::index::{around, names};
use crate::jobs::account_in;
use crate::repo::Repo;
use crate::source::Source;
use ci::variant::Variant;

/// The profile of the account that a root module works in, in one variant.
pub(super) fn of(
    directory: &Path,
    variant: &PlanVariant,
    repo: &Repo,
    source: &dyn Source,
) -> Result<Result<PlanIdentity, Obstacle>, PlanError> {
    let settings = repo.settings();
    if let Some(answer) = settings.account_of_root_module(directory) {
        return Ok(Ok(profile(&answer.label, &answer.id)));
    }
    let account = match repo.account_of_root(directory) {
        Some(account) => Some(account),
        None => guarded(directory, repo, source)?,
    };
    let id = account.as_ref().and_then(|account| {
        let variant = as_run(variant);
        account_in(account, directory, &variant, repo)
    });
    if let Some(id) = id {
        let mut accounts = settings.accounts.iter();
        let known = accounts.find(|account| account.id == id);
        let known = known.map(|account| profile(&account.label, &account.id));
        return Ok(known.ok_or_else(|| Obstacle {
            reason: format!("its account {id} has no `account` block, and so no profile"),
            cure: sentence!("add `account \"LABEL\" {{ id = \"{id}\" }}` to tfkeyless.hcl"),
        }));
    }
    let holder = repo.key_holder(directory);
    let holder = holder.filter(|_| account.is_none() && !repo.is_migrated(directory));
    if let Some((label, id)) = holder.and_then(|it| Some((it.profile, it.id?))) {
        return Ok(Ok(profile(label, id)));
    }
    if account.is_none() && !uses_aws(directory, repo, source)? {
        return Ok(Ok(PlanIdentity::Unneeded));
    }
    Ok(Err(unknown(directory)))
}

fn profile(label: &str, id: &str) -> PlanIdentity {
    PlanIdentity::Profile(label.to_owned(), id.to_owned())
}

/// The obstacle of a root module whose account is not known.
pub(super) fn unknown(directory: &Path) -> Obstacle {
    let directory = match directory.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => directory.to_string_lossy().into_owned(),
    };
    let directory = syntax::hcl_string::quoted(&directory);
    Obstacle {
        reason: "its account is not known".to_owned(),
        cure: sentence!("add `root {directory} {{ account = \"LABEL\" }}` to tfkeyless.hcl"),
    }
}

/// The variant as decisions about accounts take it.
fn as_run(variant: &PlanVariant) -> Variant {
    let mut variables = variant.environment.clone();
    variables.extend(variant.variables.clone());
    Variant {
        workspace: variant.workspace.clone(),
        var_files: variant.var_files.clone(),
        variables,
        weak_variables: variant.environment.keys().cloned().collect(),
        ..Variant::default()
    }
}

/// The account that an expression in the guard of the default provider configuration gives.
fn guarded(
    directory: &Path,
    repo: &Repo,
    source: &dyn Source,
) -> Result<Option<Account>, PlanError> {
    let providers = repo.providers(ProviderScope::Module(directory));
    let default = providers.iter().find(|it| it.is_default());
    if default.is_none_or(|it| it.guard != Some(AccountGuard::Expression)) {
        return Ok(None);
    }
    let modules = &repo.index().modules;
    let mut documents = Vec::new();
    for (path, text) in texts(directory, source)? {
        // A file that is not closed was refused before.
        documents.extend(document(path, text).ok());
    }
    let providers = configurations(&documents, &modules.aws_names(directory));
    let default = providers.iter().find(|it| it.alias.is_none());
    let Some(role) = default.and_then(guarded_role) else {
        return Ok(None);
    };
    let scripts = around::scripts(source)?;
    let learned = names::learn(
        source,
        vec![directory.to_path_buf()],
        Some(&scripts),
        modules,
    )?;
    let number = modules.number(directory);
    let names = number.and_then(|number| learned.get(&number));
    Ok(names.map(|names| Account::of(&role, names)))
}

/// Whether anything in a root module, or in a module that it calls, may use AWS: one word tells, and a
/// module from elsewhere may.
fn uses_aws(directory: &Path, repo: &Repo, source: &dyn Source) -> Result<bool, PlanError> {
    let modules = &repo.index().modules;
    let number = modules.number(directory);
    let called = number.map(|number| modules.graph().tree(number));
    let called = called
        .into_iter()
        .flatten()
        .map(|number| modules.path(number));
    for directory in std::iter::once(directory).chain(called) {
        let mut facts = modules.facts(directory);
        if facts.any(|facts| facts.unknown_module.is_some() || facts.has_s3_source) {
            return Ok(true);
        }
        let is_s3 = repo.backend(directory).is_some_and(BackendKind::is_s3);
        let is_ambient = is_s3
            && repo.backend_blocks(directory).iter().any(|path| {
                let part = repo.backend_part(path);
                part.is_none_or(|part| part.claims.is_empty())
            });
        let texts = texts(directory, source)?;
        if is_ambient || texts.iter().any(|(_, text)| text.contains("aws")) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The configuration files of a directory.
fn texts(
    directory: &Path,
    source: &dyn Source,
) -> Result<Vec<(std::path::PathBuf, String)>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
    let mut texts = Vec::new();
    let mut buffer = Vec::new();
    for path in source.files(directory).map_err(unreadable)? {
        if FileKind::of(&path) == Some(FileKind::Configuration) {
            let read = source.read(&path, &mut buffer);
            read.map_err(|error| PlanError::Unreadable(path.clone(), error))?;
            texts.push((path, String::from_utf8_lossy(&buffer).into_owned()));
        }
    }
    Ok(texts)
}
