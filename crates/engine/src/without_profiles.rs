//! Runs that would not get the profile which the backend of their root module gets: the change then
//! needs review, with all others that change an identity there, since half of them would leave the
//! state where the other half does not look for it.

use std::collections::BTreeSet;
use std::path::Path;

use ci::github::brought_credentials::Reach;
use ci::github::permissions::DefaultToken;
use ci::github::workflow::{StepOwner, Workflows};
use ci::runner::{CiSystem as _, JobLocation, Runner};
use ci::terraform_run::RunsIn;
use diagnostics::ask::Help;
use diagnostics::finding::{Finding, JobWithoutProfiles};
use terraform::backend::{BackendKind, ClaimKind};
use terraform::constraint::Version;

use crate::catalogue::Purpose;
use crate::repo::Repo;
use crate::repo::runners::RunnerWithoutProfiles;
use crate::scan::Introduced;
use syntax::code::{self, sentence};

/// The first Terraform whose S3 backend reads SSO profiles (Terraform's changelog, 0.14.6).
const SSO: Version = Version::new(0, 14, 6);

/// The jobs that findings on signed-in workflows report, but for those without any credentials, of their
/// own or of a backend: their Terraform does not reach the state today either.
pub(crate) fn reported(
    findings: &[Finding],
    workflows: &Workflows,
    repo: &Repo,
) -> Vec<RunnerWithoutProfiles> {
    let reported = findings.iter().filter_map(|finding| {
        let job = finding.without_profiles.as_ref()?;
        Some((finding, job))
    });
    let mut reported = reported.peekable();
    if reported.peek().is_none() {
        return Vec::new();
    }
    let runners = workflows.runners(&repo.settings().ci);
    let found = reported.filter_map(|(finding, job)| {
        let is_it = |runner: &&Runner| runner.path == finding.at.path && runner.job == job.job;
        let runner = runners.iter().find(is_it)?;
        may_reach_state(runner, workflows, repo).then(|| RunnerWithoutProfiles {
            runner: runner.clone(),
            at: JobLocation {
                at: finding.at.clone(),
                job: job.job.clone(),
            },
            job: job.clone(),
        })
    });
    found.collect()
}

/// The jobs that run a root module which the plan makes name a profile, where the transform that gives jobs their
/// profiles is off. A job may have the profile from elsewhere: what needs review is not proved.
pub(crate) fn unserved(
    introduced: &Introduced,
    workflows: &Workflows,
    repo: &Repo,
) -> Vec<RunnerWithoutProfiles> {
    if repo.carries_out(Purpose::AddJobProfiles) || introduced.profiles.is_empty() {
        return Vec::new();
    }
    let runners = workflows.runners(&repo.settings().ci).into_iter();
    let found = runners.filter_map(|runner| {
        let named = introduced.profiles.iter().filter(|(path, _)| {
            let owners = repo.backend_owners(path);
            let mut directories = path.parent().into_iter().chain(owners);
            let mut runs = runner.runs.iter().filter(|it| it.run.reads_backend);
            directories.any(|at| runs.any(|it| repo.is_run(at, &it.run)))
        });
        let profiles: BTreeSet<&String> = named.map(|(_, profile)| profile).collect();
        let at = runner
            .running_terraform()
            .filter(|_| !profiles.is_empty())?;
        let profiles = profiles.into_iter().cloned().collect();
        let id = repo.catalogue().id_of(Purpose::AddJobProfiles);
        may_reach_state(&runner, workflows, repo).then(|| RunnerWithoutProfiles {
            job: JobWithoutProfiles {
                job: runner.job.clone(),
                profiles,
                why: sentence!("`{id}`, which would add it, is off"),
                help: None,
            },
            at,
            runner,
        })
    });
    found.collect()
}

/// Whether a job may have credentials of AWS: without any its Terraform does not reach the state today either.
fn may_reach_state(runner: &Runner, workflows: &Workflows, repo: &Repo) -> bool {
    let mut owners = workflows.owners().filter(|owner| {
        let id = workflows.job(*owner).map(|job| &job.id);
        workflows.source(*owner).path == runner.path && id == Some(&runner.job)
    });
    let Some(owner) = owners.next() else {
        return false;
    };
    // Another machine has its own, whatever the job has.
    let mut runs = runner.runs.iter();
    let is_elsewhere = runs.any(|it| it.run.runs_in == RunsIn::Elsewhere);
    !runner.credentials.is_empty()
        || is_elsewhere
        || has_backend_keys(runner, repo)
        || may_have_credentials(workflows, owner, repo.settings().ci.default_token)
}

/// Whether a backend that a runner reaches holds keys itself.
fn has_backend_keys(runner: &Runner, repo: &Repo) -> bool {
    let mut run = repo.directories().filter(|it| runner.may_run(it));
    run.any(|directory| {
        let blocks = repo.backend_blocks(directory).into_iter();
        let mut files = blocks.chain(repo.backend_files(directory).iter().cloned());
        files.any(|file| {
            let part = repo.backend_part(&file);
            part.is_some_and(|part| part.has(ClaimKind::Keys))
        })
    })
}

/// Whether a job in which no credentials are seen may have some: of a runner of its own, or from an
/// action or a command that is not known.
fn may_have_credentials(workflows: &Workflows, owner: StepOwner, default: DefaultToken) -> bool {
    let brought = workflows.brought_credentials(owner);
    if brought.iter().any(|it| it.reach == Reach::Unread) {
        return true;
    }
    let is_hosted = workflows.job(owner).is_some_and(|job| job.is_hosted);
    if is_hosted
        && !workflows.may_ever_fetch_id_token(owner, default)
        && !workflows.is_given_secrets(owner)
        && workflows.sign_ins(owner).is_empty()
    {
        return false;
    }
    let mut steps = workflows.steps(owner).iter();
    !is_hosted
        || steps.any(|step| {
            let uses = step.uses.as_ref().map(|uses| uses.value.as_str());
            let is_installer = |uses: &str| {
                let name = uses.rsplit('/').next().unwrap_or_default();
                uses.starts_with("actions/") || name.starts_with("setup-")
            };
            let run = step.run.as_ref().map(|run| run.value.to_ascii_lowercase());
            let speaks = |text: &String| ["aws", "vault"].iter().any(|word| text.contains(word));
            uses.is_some_and(|uses| !is_installer(uses))
                || run.is_some_and(|run| speaks(&run))
                || step
                    .env
                    .iter()
                    .any(|it| speaks(&it.name.to_ascii_lowercase()))
        })
}

/// Whether a run of a root module would not get the profile of its backend.
pub(crate) fn holds(root: &Path, repo: &Repo) -> bool {
    reason(root, repo).is_some()
}

/// Asks for review of a finding where the backend of a root module that it is about gets a profile, and
/// a run of it does not.
pub(crate) fn ask(finding: &mut Finding, repo: &Repo) {
    let Some((why, help)) = reason_of(finding, repo) else {
        return;
    };
    finding.ask_for_review(&why);
    finding.help = Help::joined(finding.help.take().into_iter().chain(help));
}

fn reason_of(finding: &Finding, repo: &Repo) -> Option<(String, Option<Help>)> {
    let modules = &repo.index().modules;
    let paths = finding.edits.iter().map(|edit| edit.path.as_path());
    let directories = paths.flat_map(|path| {
        let owners = modules.backend_owners(path);
        path.parent().into_iter().chain(owners)
    });
    let directories: Vec<&Path> = directories.collect();
    let roots = directories.iter().copied();
    let mut roots = roots.flat_map(|it| std::iter::once(it).chain(repo.roots(it)));
    let of_root = roots.find_map(|root| reason(root, repo));
    // Terragrunt's files and child modules have no backend of their own.
    let lacks = |it: &&RunnerWithoutProfiles| {
        let mut named = finding.profiles.iter();
        let is_named = named.any(|profile| it.job.profiles.contains(profile));
        let mut runs = it.runner.runs.iter();
        is_named && runs.any(|run| directories.iter().any(|at| repo.is_run(at, &run.run)))
    };
    let of_profile = || repo.without_profiles().iter().find(lacks).map(described);
    of_root.or_else(of_profile)
}

/// Why a run of a root module would not get the profile of its backend, as a clause, and what to do.
fn reason(root: &Path, repo: &Repo) -> Option<(String, Option<Help>)> {
    let is_s3 = repo.backend(root).is_some_and(BackendKind::is_s3);
    let gets_profile = repo.carries_out(Purpose::AddBackendProfile)
        && is_s3
        && !repo.is_migrated(root)
        && repo.state_holder(root).is_some();
    if !gets_profile {
        return None;
    }
    if let Some(old) = repo.terraform_before(root, &SSO) {
        let why = format!("{old} does not read the SSO profile that its backend gets");
        let help = "run Terraform 0.14.6 or later first".into();
        return Some((why, Some(help)));
    }
    let mut jobs = repo.without_profiles().iter();
    let job = jobs.find(|it| it.runner.may_run(root))?;
    Some(described(job))
}

/// What a runner lacks, as a clause, and what to do.
fn described(job: &RunnerWithoutProfiles) -> (String, Option<Help>) {
    let names: Vec<String> = job
        .job
        .profiles
        .iter()
        .map(|name| code::quoted(name))
        .collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    let why = format!(
        "{} would run it without the profile{plural} {}: {}",
        job.at,
        names.join(", "),
        job.job.why
    );
    (why, job.job.help.clone())
}
