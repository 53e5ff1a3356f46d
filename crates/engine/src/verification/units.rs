//! The units of Terragrunt.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::identity::unknown;
use super::{AskedVariant, PlanIdentity, PlanVariant, Program, RootPlan};
use crate::error::PlanError;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use crate::source::Source;
use terraform::file_kind::{is_terragrunts, is_unit};

/// The directories of units: those with a `terragrunt.hcl` that has no other one below it, which it
/// would be for all of them to include.
pub(super) fn units(source: &dyn Source) -> Result<BTreeSet<PathBuf>, PlanError> {
    let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
    let tree = source.tree().map_err(unreadable)?.into_iter();
    let files = tree.filter(|path| is_unit(path));
    let all: BTreeSet<PathBuf> = files
        .filter_map(|path| path.parent().map(Path::to_path_buf))
        .collect();
    let above = all
        .iter()
        .flat_map(|directory| directory.ancestors().skip(1));
    let above: BTreeSet<&Path> = above.collect();
    let units = all
        .iter()
        .filter(|directory| !above.contains(directory.as_path()));
    Ok(units.cloned().collect())
}

/// The plan of a unit, in the one account that the files around it name.
pub(super) fn plan(directory: &Path, repo: &Repo, asked: &AskedVariant) -> RootPlan {
    let settings = repo.settings();
    let answer = settings.account_of_root_module(directory);
    let account = answer.or_else(|| {
        let id = generated(directory, repo)?;
        settings.account_with(&id)
    });
    let identity = account.map(|it| PlanIdentity::Profile(it.label.clone(), it.id.clone()));
    let keys = repo.key_holder(directory);
    RootPlan {
        directory: directory.to_path_buf(),
        program: Program::Terragrunt,
        variant: PlanVariant {
            workspace: asked.workspace.clone(),
            var_files: asked.var_files.clone(),
            ..PlanVariant::default()
        },
        identity: identity.ok_or_else(|| unknown(directory)),
        keys_account: keys.and_then(|it| it.id).map(str::to_owned),
        obstacle: None,
    }
}

/// The account of the default provider configuration that the Terragrunt files from a directory upwards
/// generate, where they agree on one.
fn generated(directory: &Path, repo: &Repo) -> Option<String> {
    let modules = &repo.index().modules;
    let mut ids = BTreeSet::new();
    for above in directory.ancestors() {
        let files = modules.files(above).into_iter().flatten();
        let files = files.map(|(name, _)| above.join(name));
        for file in files.filter(|file| is_terragrunts(file)) {
            let providers = repo.providers(ProviderScope::File(&file));
            for provider in providers.iter().filter(|it| it.is_default()) {
                ids.insert(provider.account()?.id()?.to_owned());
            }
        }
    }
    let mut ids = ids.into_iter();
    ids.next().filter(|_| ids.next().is_none())
}
