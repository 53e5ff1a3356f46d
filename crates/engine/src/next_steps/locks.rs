//! What lock files need after a plan.

use std::collections::BTreeSet;
use std::path::Path;

use super::terraform_in;
use crate::catalogue::Purpose;
use crate::plan::{Action, Moment, NextStep, Plan};
use crate::repo::Repo;
use syntax::{shell, visible};

/// The lock files that lose their AWS provider.
pub(super) fn relocked<'p>(
    plan: &'p Plan,
    repo: &Repo,
) -> impl Iterator<Item = &'p Path> + use<'p> {
    let relock = repo.catalogue().id_of(Purpose::Relock);
    let relocked = plan.applied();
    let relocked = relocked.filter(move |finding| finding.transform == relock);
    relocked.map(|finding| finding.at.path.as_path())
}

/// Platforms to propose, as many as the lock file had hashes of. A hash does not tell its platform
/// (Terraform docs, "Dependency Lock File"), so the most common ones come first.
const PLATFORMS: [&str; 5] = [
    "linux_amd64",
    "darwin_arm64",
    "darwin_amd64",
    "windows_amd64",
    "linux_arm64",
];

/// The step that completes lock files without their AWS provider: `init` adds the `h1:` hash of its
/// own platform alone (Terraform docs, "Dependency Lock File").
pub(super) fn locks(plan: &Plan, repo: &Repo) -> Option<NextStep> {
    let files: BTreeSet<&Path> = relocked(plan, repo).collect();
    let of_platforms = files.iter().map(|file| {
        let directory = file.parent().unwrap_or(Path::new(""));
        let count = repo.lock(directory).map_or(0, |lock| lock.platforms);
        let shown = PLATFORMS.iter().take(count.max(1));
        let platforms: String = shown.map(|it| format!(" -platform={it}")).collect();
        let were = match count {
            0 => "it had no platform's hash".to_owned(),
            1 => "it had one platform's hash".to_owned(),
            _ => format!("it had the hashes of {count} platforms"),
        };
        let terraform = terraform_in(directory, repo);
        format!(
            "{terraform} providers lock{platforms}   # {were}; a hash does not say which: put yours"
        )
    });
    let mut commands: Vec<String> = of_platforms.collect();
    let files: Vec<String> = files
        .iter()
        .map(|file| shell::operand(repo.file(file)))
        .collect();
    if !files.is_empty() {
        commands.push(format!("git add {}", files.join(" ")));
    }
    let readonly = repo.readonly_locks();
    let fails = match readonly.as_slice() {
        [] => "`init -lockfile=readonly` fails until then".to_owned(),
        [one] => format!(
            "`init -lockfile=readonly` in {} fails until then",
            visible::path(one)
        ),
        [one, rest @ ..] => format!(
            "`init -lockfile=readonly` in {} and {} more fails until then",
            visible::path(one),
            rest.len()
        ),
    };
    let why =
        format!("Lock the AWS provider for the other platforms, too, and commit it ({fails}):");
    (!commands.is_empty()).then_some(NextStep {
        why,
        commands,
        when: Moment::BeforeMerge,
        action: Action::Run,
    })
}
