//! The rows of S3 backends: who reaches the state.

use std::path::{Path, PathBuf};

use super::Applied;
use super::cell::{AccountCell, laptop_in};
use super::fold::{ActsBy, IdentityRow};
use super::providers::{ambient_after, ambient_before};
use super::runners::RootRunners;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use crate::repo::runners::is_plain;
use syntax::code::sentence;
use terraform::backend::{BackendKind, BackendPart, ClaimKind};

/// What the table calls the identity of a backend.
pub(crate) const IDENTITY: &str = "state";

/// The rows of a directory's backend and of its remote states.
pub(super) fn rows(
    directory: &Path,
    (before, after): (&Repo, &Repo),
    applied: &Applied<'_>,
    runners: &RootRunners<'_>,
) -> Vec<IdentityRow> {
    let mut rows = of_remote_states(directory, (before, after), runners);
    rows.extend(of_backend(directory, (before, after), applied, runners));
    rows
}

/// The rows of the remote states of a directory. No plan changes the identity of one that has its own;
/// the others are read with the credentials of who runs Terraform.
fn of_remote_states(
    directory: &Path,
    (before, after): (&Repo, &Repo),
    runners: &RootRunners<'_>,
) -> Vec<IdentityRow> {
    let settings = before.settings();
    let facts = before.index().modules.facts(directory);
    let states = facts.flat_map(|facts| &facts.remote_states);
    let rows = states.map(|state| {
        let (cell, laptop, acts_by) = match (&state.role, &state.profile) {
            (Some((role, _)), _) => {
                let cell = AccountCell::of_id(account_of_role(role), "role", settings);
                (cell.clone(), cell.by("role kept"), ActsBy::Role)
            }
            (None, None) => {
                let scope = ProviderScope::Module(directory);
                let account = ambient_after(scope, before, after, runners);
                let laptop = laptop_in(account.as_ref(), settings);
                (
                    ambient_before(directory, before, runners),
                    laptop,
                    ActsBy::Ambient,
                )
            }
            (None, Some(profile)) => {
                let profile = profile.clone();
                let by = sentence!("profile `{profile}`");
                let cell = AccountCell::of_id(settings.account_of(&profile), by, settings);
                // One that an expression names is of an account that nobody knows, on each runner.
                let acts_by = match is_plain(&profile) {
                    true => ActsBy::Profile(profile),
                    false => ActsBy::Setting,
                };
                (cell.clone(), cell, acts_by)
            }
        };
        IdentityRow {
            acts_by,
            ..IdentityRow::new(directory, &state.reference, cell, laptop)
        }
    });
    rows.collect()
}

/// The account in the ARN of a role.
fn account_of_role(role: &str) -> Option<&str> {
    let id = role.split(':').nth(4);
    id.filter(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The rows of a directory's backend: one for each settings file of a partial one.
fn of_backend(
    directory: &Path,
    (before, after): (&Repo, &Repo),
    applied: &Applied<'_>,
    runners: &RootRunners<'_>,
) -> Vec<IdentityRow> {
    if !before.backend(directory).is_some_and(BackendKind::is_s3) {
        return Vec::new();
    }
    let is_partial = matches!(
        before.backend(directory),
        Some(BackendKind::PartialS3 { .. })
    );
    let mut units = before.deploying_units(directory);
    if is_partial && before.backend_files(directory).is_empty() && units.next().is_some() {
        return of_units(directory, (before, after), applied, runners);
    }
    let block = before.backend_blocks(directory);
    let files = before.backend_files(directory);
    let mut variants: Vec<(Option<&PathBuf>, Vec<PathBuf>)> = Vec::new();
    for file in files {
        let mut parts = block.clone();
        parts.push(file.clone());
        variants.push((Some(file), parts));
    }
    if variants.is_empty() {
        variants.push((None, block));
    }
    let is_several = variants.len() > 1;
    let variants = variants.into_iter().filter_map(|(file, parts)| {
        let found = |repo: &Repo| {
            let parts = parts.iter().rev();
            claim(
                &parts
                    .filter_map(|path| repo.backend_part(path))
                    .collect::<Vec<_>>(),
            )
        };
        let claims = (found(before), found(after));
        let bucket = parts.iter().rev().find_map(|path| {
            let part = before.backend_part(path)?;
            part.bucket.as_deref()
        });
        let waits = claims.0 == claims.1 && applied.waits(applied.backends, &parts);
        let row = row(directory, (bucket, claims, waits), (before, after), runners)?;
        let variant = file.filter(|_| is_several).map(|file| {
            let file = file.strip_prefix(directory).unwrap_or(file);
            format!("-backend-config={}", file.display())
        });
        Some(IdentityRow { variant, ..row })
    });
    variants.collect()
}

/// The rows of a backend that Terragrunt's units complete: one for each identity that they give it.
fn of_units(
    directory: &Path,
    (before, after): (&Repo, &Repo),
    applied: &Applied<'_>,
    runners: &RootRunners<'_>,
) -> Vec<IdentityRow> {
    let states = after.states_of_units(directory);
    let rows = before
        .states_of_units(directory)
        .into_iter()
        .filter_map(|(file, part)| {
            let claims = (claim(&[part]), claim(&[states.get(&file)?]));
            let waits = claims.0 == claims.1 && applied.waits(applied.backends, &[file]);
            let bucket = part.bucket.as_deref();
            row(directory, (bucket, claims, waits), (before, after), runners)
        });
    let mut found: Vec<IdentityRow> = Vec::new();
    for row in rows {
        if !found.contains(&row) {
            found.push(row);
        }
    }
    found
}

/// The row of a backend in that bucket, with its identity before and after, and whether a change of it waits;
/// `None` for an imitation of S3, which is in no account.
fn row(
    directory: &Path,
    (bucket, (was, is), waits): (Option<&str>, (Option<Claimed>, Option<Claimed>), bool),
    (before, after): (&Repo, &Repo),
    runners: &RootRunners<'_>,
) -> Option<IdentityRow> {
    if matches!(was, Some((ClaimKind::Endpoint, _))) {
        return None;
    }
    let cell = cell_before(directory, bucket, was.as_ref(), (before, runners));
    let (laptop, acts_by) = match &is {
        Some((ClaimKind::Profile, profile)) => {
            let profile = profile.clone().unwrap_or_default();
            let id = before.settings().account_of(&profile);
            let by = sentence!("profile `{profile}`");
            let cell = AccountCell::of_id(id, by, before.settings());
            (cell, ActsBy::Profile(profile))
        }
        Some((ClaimKind::Role | ClaimKind::FlatRole, _)) => (cell.by("role kept"), ActsBy::Role),
        Some(_) => (cell.clone(), ActsBy::Setting),
        None => {
            let scope = ProviderScope::Module(directory);
            let account = ambient_after(scope, before, after, runners);
            let laptop = laptop_in(account.as_ref(), before.settings());
            (laptop, ActsBy::Ambient)
        }
    };
    let laptop = match waits {
        true => laptop.by(format!("{}, a profile needs --review", laptop.by)),
        false => laptop,
    };
    Some(IdentityRow {
        acts_by,
        waits,
        changes: was != is,
        ..IdentityRow::new(directory, IDENTITY, cell, laptop)
    })
}

/// The setting that decides the identity of a backend, with its value where that is a literal.
type Claimed = (ClaimKind, Option<String>);

/// That of a backend with these parts, the decisive one first: a settings file adds to its block, and
/// overrides it.
fn claim(parts: &[&BackendPart]) -> Option<Claimed> {
    let claims = parts.iter().flat_map(|part| &part.claims);
    let (kind, name) = claims.min_by_key(|(kind, _)| *kind)?;
    // Keys are secrets, and no part of any text.
    let value = match kind {
        ClaimKind::Keys => None,
        // As a setting, or in the object `assume_role`.
        ClaimKind::Role | ClaimKind::FlatRole => {
            let mut roles = parts.iter().filter_map(|part| part.role.as_ref());
            roles.next().map(|(role, _)| role.clone())
        }
        _ => parts
            .iter()
            .find_map(|part| part.literals.get(name))
            .cloned(),
    };
    Some((*kind, value))
}

fn cell_before(
    directory: &Path,
    bucket: Option<&str>,
    claim: Option<&Claimed>,
    (repo, runners): (&Repo, &RootRunners<'_>),
) -> AccountCell {
    let settings = repo.settings();
    match claim {
        Some((ClaimKind::Profile, Some(profile))) => {
            let id = settings.account_of(profile);
            AccountCell::of_id(id, sentence!("profile `{profile}`"), settings)
        }
        Some((ClaimKind::Role | ClaimKind::FlatRole, role)) => {
            let id = role.as_deref().and_then(account_of_role);
            AccountCell::of_id(id, "role", settings)
        }
        Some((ClaimKind::Keys, _)) => {
            AccountCell::of_id(None, "static keys of the backend", settings)
        }
        Some((kind, _)) => {
            let by = match kind {
                ClaimKind::CredentialsFile => "a credentials file",
                _ => "a profile known only when Terraform runs",
            };
            AccountCell::of_id(None, by, settings)
        }
        None => {
            let own = ambient_before(directory, repo, runners);
            let is_keyed = runners.key_account(directory, repo).is_some();
            match settings.profile_of_state(bucket) {
                Some(profile) if !is_keyed => {
                    AccountCell::of_id(settings.account_of(profile), own.by, settings)
                }
                _ => own,
            }
        }
    }
}
