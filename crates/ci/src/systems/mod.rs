//! Runners beside laptops and GitHub's jobs: which systems run Terraform, by their files.
//!
//! Their credentials stand in project settings more often than in files, so that the file which runs
//! Terraform is the evidence, not a key in it.

mod compose;
mod development_environments;
mod environment_files;
mod evidence;
mod groovy;
mod hooks;
mod job_dsl;
mod loaded_files;
mod manifests;
mod naming;
mod pinned;
mod pipeline_includes;
mod pipeline_programs;
mod pipeline_script;
mod printed_pipeline;
mod profile_files;
mod programs;
mod projects;
mod run_configurations;
mod shared_environment;
mod table;
mod taken_in;
#[cfg(test)]
mod tests;
mod wrappers;
mod yaml;

use std::path::{Path, PathBuf};

use syntax::location::Location;

use crate::runner::LocatedRun;
pub use evidence::{RunnerEvidence, runners, wanted_scripts};
pub use naming::holds_command;
pub use shared_environment::{SharedEnvironment, may_call_several, shared_environments};
pub use table::{is_pipeline, is_wrapper, sets_environment};

/// The name of HCP Terraform and Terraform Enterprise, which a `cloud` block or a `remote` backend
/// names.
pub const HCP: &str = "HCP Terraform";

/// Words one of which is in every wrapper that runs Terraform, variables as commands included.
pub const TOOLS: [&[u8]; 7] = [
    b"terraform",
    b"tofu",
    b"terragrunt",
    b"Terraform",
    b"TERRAFORM",
    b"$(TF",
    // Resources of Crossplane's provider name no other.
    b"tf.upbound.io",
];

/// Words one of which is in every wrapper that pins an identity for what it calls.
pub const IDENTITIES: [&[u8]; 6] = [
    b"AWS_PROFILE",
    b"AWS_DEFAULT_PROFILE",
    b"AWS_ACCESS_KEY_ID",
    b"aws-vault ",
    b"aws-okta ",
    b"assume-role",
];

/// A variable that Atlantis sets for session names ("Provider Credentials", runatlantis.io): a module
/// that declares it is run by a server, with or without a file.
pub const ATLANTIS_VARIABLE: &[u8] = b"variable \"atlantis_user\"";

/// A runner with credentials of its own, which no plan converts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemRunner {
    /// What people call it: `Jenkins`, `Atlantis`.
    pub system: &'static str,
    /// The line that tells most.
    pub at: Location,
    /// How certain it is that it reaches state.
    pub grade: Grade,
    /// What it runs; where there is nothing here, it may run any root module.
    pub runs: Vec<LocatedRun>,
    /// Whether it is a Makefile or script that pins an identity for whoever calls it.
    pub is_wrapper: bool,
    /// The AWS profile that it pins.
    pub profile: Option<String>,
    /// The job of a workflow that it is.
    pub job: Option<String>,
}

/// How certain it is that a runner reaches state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Its file names Terraform, and its commands cannot be read.
    Possible,
    /// A command that reaches state, or the configuration of a system that does nothing else.
    Certain,
}

impl SystemRunner {
    /// The workspace of a `cloud` block or a `remote` backend, which runs its own directory alone.
    pub fn of_workspace(at: Location) -> Self {
        let directory = at.path.parent().map(Path::to_path_buf);
        Self {
            system: HCP,
            runs: vec![evidence::run_in(at.clone(), directory)],
            at,
            grade: Grade::Certain,
            is_wrapper: false,
            profile: None,
            job: None,
        }
    }

    /// A system that configuration tells to run a directory of the tree.
    pub fn of_stack(system: &'static str, at: Location, directory: PathBuf) -> Self {
        Self {
            system,
            runs: vec![evidence::run_in(at.clone(), Some(directory))],
            ..Self::of_workspace(at)
        }
    }

    /// The same for any directory below one, itself included.
    pub fn of_stacks_below(system: &'static str, at: Location, directory: PathBuf) -> Self {
        let mut stacks = Self::of_stack(system, at, directory);
        for it in &mut stacks.runs {
            it.run.is_tree = true;
        }
        stacks
    }

    /// A wrapper that runs these root modules with credentials of a role, whoever calls it; `account` is the
    /// role's, where it is known.
    pub fn of_assumed_role(
        system: &'static str,
        at: Location,
        directories: impl IntoIterator<Item = PathBuf>,
        account: Option<&str>,
    ) -> Self {
        let runs = directories.into_iter().map(|directory| LocatedRun {
            account: account.map(str::to_owned),
            ..evidence::run_in(at.clone(), Some(directory))
        });
        Self {
            system,
            runs: runs.collect(),
            is_wrapper: true,
            ..Self::of_workspace(at)
        }
    }

    /// A system that configuration tells to run commands in a checkout; which directories is not known.
    pub fn of_project(system: &'static str, at: Location) -> Self {
        Self {
            system,
            runs: Vec::new(),
            grade: Grade::Possible,
            ..Self::of_workspace(at)
        }
    }

    /// A job of a workflow that no plan converts; `None` where it runs nothing.
    pub fn of_job(job: &str, runs: Vec<LocatedRun>) -> Option<Self> {
        let at = runs.first()?.at.clone();
        Some(Self {
            system: "GitHub Actions",
            runs,
            job: Some(job.to_owned()),
            ..Self::of_workspace(at)
        })
    }

    /// A system whose file cannot be read, at that place; `None` where its text does not name Terraform.
    pub fn of_unread(system: &'static str, at: Location, text: &str) -> Option<Self> {
        naming::named(text).map(|_| Self::of_project(system, at))
    }

    /// Atlantis, where a module declares the variables that its server sets.
    pub fn of_atlantis(at: Location) -> Self {
        Self {
            system: "Atlantis",
            ..Self::of_workspace(at)
        }
    }

    /// Whether it may run that root module.
    pub fn may_run(&self, root_module: &Path) -> bool {
        self.runs.is_empty() || self.runs.iter().any(|it| it.run.may_run(root_module))
    }
}

/// Whether only the text of the file at `path` tells whether it defines what a system runs, or pins an identity.
pub fn may_be_either(path: &Path) -> bool {
    !is_pipeline(path) && !is_wrapper(path) && (manifests::may_be(path) || programs::may_be(path))
}

/// What the file of a pipeline or a wrapper tells; `None` where it is neither.
pub fn read(path: &Path, text: &str) -> Option<RunnerEvidence> {
    match table::System::of(path) {
        Some(system) => Some(system.read(path, text)),
        None if printed_pipeline::is_one(path, text) => Some(printed_pipeline::read(path, text)),
        None if is_wrapper(path) => Some(wrappers::read(path, text)),
        None if manifests::may_be(path) => manifests::read(path, text),
        None if programs::is_shell(path, text) => Some(wrappers::read(path, text)),
        None if programs::may_be(path) => programs::read(path, text),
        None => None,
    }
}
