//! The seam to CI systems: what the engine asks of whatever runs Terraform.
//!
//! A CI system reads its own files and answers with [`Runner`]s, which are plain data. The engine
//! joins them with root modules and findings, and knows no system by name: GitLab, Jenkins or
//! Atlantis is one more implementation of [`CiSystem`]. Edits are no part of the seam: transforms
//! propose them as findings, which name the runner by its file and job.

use std::fmt;
use std::path::{Path, PathBuf};

use syntax::location::Location;

use crate::settings::Ci;
use crate::terraform_run::TerraformRun;

/// A CI system, as the files of one repository define it.
pub trait CiSystem {
    /// All runners that the files define, in the order of files and jobs.
    fn runners(&self, settings: &Ci) -> Vec<Runner>;
}

/// One job of a CI system: commands that run with an identity of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// The file that defines it, relative to the root of the repository.
    pub path: PathBuf,
    /// Its name in that file.
    pub job: String,
    /// Where its identity comes from, each source once; empty for ambient credentials.
    pub credentials: Vec<Credential>,
    /// The Terraform commands that reach a backend, in the order in which they run.
    pub runs: Vec<LocatedRun>,
}

/// A source of credentials, at the first line that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The line.
    pub at: Location,
    /// The source.
    pub source: CredentialSource,
}

/// Where the identity of a runner comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialSource {
    /// The access key of an IAM user.
    StaticKeys,
    /// A role, assumed with the OIDC token that the CI system issues to the job.
    Oidc {
        /// Whether the job is permitted to request that token.
        is_permitted: bool,
    },
}

/// A Terraform command, at its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocatedRun {
    /// The line.
    pub at: Location,
    /// The command.
    pub run: TerraformRun,
    /// The account of the role that the file gives it credentials of.
    pub account: Option<String>,
}

/// A job, at the line for which it is listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobLocation {
    /// The line.
    pub at: Location,
    /// The job's name in the file.
    pub job: String,
}

impl fmt::Display for JobLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, job } = self;
        write!(f, "job {job} ({}:{})", at.path.display(), at.line)
    }
}

impl Runner {
    /// Whether one of its commands may run in that root module.
    pub fn may_run(&self, root_module: &Path) -> bool {
        self.runs.iter().any(|it| it.run.may_run(root_module))
    }

    /// The job, where it uses static keys.
    pub fn on_static_keys(&self) -> Option<JobLocation> {
        self.credential(CredentialSource::StaticKeys)
    }

    /// The job, where it signs in by OIDC and is not permitted to request the token.
    pub fn without_id_token(&self) -> Option<JobLocation> {
        let is_permitted = false;
        self.credential(CredentialSource::Oidc { is_permitted })
    }

    /// The job, where it runs Terraform.
    pub fn running_terraform(&self) -> Option<JobLocation> {
        self.runs.first().map(|it| self.at(&it.at))
    }

    fn credential(&self, source: CredentialSource) -> Option<JobLocation> {
        let mut credentials = self.credentials.iter();
        let found = credentials.find(|it| it.source == source)?;
        Some(self.at(&found.at))
    }

    fn at(&self, at: &Location) -> JobLocation {
        JobLocation {
            at: at.clone(),
            job: self.job.clone(),
        }
    }
}
