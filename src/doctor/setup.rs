//! What the doctor looks at: the environment, the files of AWS's tools, the repository.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use engine::catalogue::Purpose;
use engine::index::survey::Surveyor;
use engine::inventory;
use engine::inventory::Inventory;
use engine::request::Request;
use engine::settings::Settings;
use syntax::code::sentence;
use syntax::location::Location;
use syntax::{shell, visible};
use terraform::file_kind::FileKind;
use transforms::{CATALOGUE, SCANS};

use crate::aws_file::AwsFile;
use crate::cli::DoctorArgs;
use crate::config::{self, Invocation};
use crate::disk::Disk;
use crate::repository::{Planned, explained, refuse_interrupted};
use crate::walk;

/// All of it, read once.
#[derive(Debug)]
pub struct Setup {
    /// The repository's root, absolute.
    pub root: PathBuf,
    /// Its configuration.
    pub settings: Settings,
    /// What it has on AWS.
    pub inventory: Inventory,
    /// Whether it has code of Terraform or Terragrunt at all.
    pub has_code: bool,
    /// Where module sources in S3 stand.
    pub s3_sources: Vec<Location>,
    /// `~/.aws`, or nothing where there is no home.
    pub aws: Option<PathBuf>,
    /// `~/.aws/config`, or what `AWS_CONFIG_FILE` names.
    pub config: AwsFile,
    /// `~/.aws/credentials`, or what `AWS_SHARED_CREDENTIALS_FILE` names.
    pub credentials: AwsFile,
}

impl Setup {
    /// Reads everything.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn read(args: &DoctorArgs) -> anyhow::Result<Self> {
        let mut run = Invocation::around(&args.path, args.config.as_deref())?;
        let (root, settings) = (run.root.clone(), run.settings.clone());
        let request = Request {
            settings: settings.clone(),
            ..Request::usual(CATALOGUE)
        };
        let source = Disk::new(&root);
        let walked = walk::walk(&source, &Surveyor::new(&source, &request))?;
        refuse_interrupted(&root, &walked.interrupted)?;
        let is_code = |name| {
            let kind = FileKind::of(Path::new(name));
            matches!(kind, Some(FileKind::Configuration | FileKind::Terragrunt))
        };
        // The configuration of tfkeyless ends as Terragrunt's files do.
        let has_code = source
            .names()
            .any(|name| name != config::NAME && is_code(name));
        let inventory = inventory::inventory(&source, walked.surveys, request, SCANS);
        let inventory = inventory.map_err(|error| explained(&error))?;
        let moving = CATALOGUE.id_of(Purpose::MoveModuleSources);
        run.selection.only = BTreeSet::from([moving.to_owned()]);
        let planned = Planned::audited(run)?;
        let found = planned.plan.findings.into_iter();
        let found = found.filter(|found| found.transform == moving);
        let s3_sources = found.map(|found| found.at);
        let (config, credentials) = aws_files()?;
        Ok(Self {
            s3_sources: s3_sources.collect(),
            config,
            credentials,
            root,
            settings,
            inventory,
            has_code,
            aws: home(),
        })
    }

    /// The profiles that matter here: those that backends, providers and remote states name, those of
    /// the accounts, and the one that is chosen.
    pub fn profiles(&self) -> BTreeSet<String> {
        let backends = self.inventory.backends.iter();
        let backends = backends.filter_map(|backend| backend.settings.get("profile").cloned());
        let named = self.inventory.profiles.iter();
        let named = named.map(|named| named.profile.clone());
        let accounts = self.settings.accounts.iter();
        let accounts = accounts.map(|account| account.label.clone());
        backends
            .chain(named)
            .chain(accounts)
            .chain(variable("AWS_PROFILE"))
            .collect()
    }

    /// Whether the AWS files know a profile.
    pub fn knows(&self, profile: &str) -> bool {
        self.config.profile(profile).is_some() || self.credentials.section(profile).is_some()
    }

    /// How a profile that is missing is made.
    pub fn cure(&self, profile: &str) -> String {
        missing_profile_cure(&self.settings, profile)
    }

    /// How a profile is made anew whose section, with that title, is there and of no use: no command changes
    /// what a section says.
    pub fn cure_of_section(&self, profile: &str, title: &str) -> String {
        sentence!(
            "take the section [{title}] out of {}, then run `{}`",
            visible::path(&self.config.path),
            self.cure(profile)
        )
    }
}

/// How a profile that is missing is made.
pub fn missing_profile_cure(settings: &Settings, profile: &str) -> String {
    match settings.account(profile).is_some() && settings.sso.is_some() {
        true => "tfkeyless generate aws-config --merge".to_owned(),
        false => format!("aws configure sso --profile {}", shell::quoted(profile)),
    }
}

/// A variable of the environment; none where it is empty.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The CI system whose runner this is, by the variables that each sets on its own; `None` on a laptop.
pub fn runner() -> Option<&'static str> {
    let systems = [
        ("GITHUB_ACTIONS", "GitHub Actions"),
        ("GITLAB_CI", "GitLab CI"),
        ("JENKINS_URL", "Jenkins"),
        ("CIRCLECI", "CircleCI"),
        ("BITBUCKET_BUILD_NUMBER", "Bitbucket Pipelines"),
        ("TF_BUILD", "Azure Pipelines"),
        ("BUILDKITE", "Buildkite"),
        ("CODEBUILD_BUILD_ID", "AWS CodeBuild"),
        ("ATLANTIS_TERRAFORM_VERSION", "Atlantis"),
        ("TFC_RUN_ID", "HCP Terraform"),
        ("TEAMCITY_VERSION", "TeamCity"),
        ("CI", "a CI system"),
    ];
    let mut systems = systems.into_iter();
    let system = systems.find(|(name, _)| variable(name).is_some());
    system.map(|(_, system)| system)
}

/// Whether this is a runner that has signed in: its keys are those of a role.
pub fn is_signed_in_runner() -> bool {
    variable("CI").is_some() && variable("AWS_SESSION_TOKEN").is_some()
}

/// `~/.aws/config` and `~/.aws/credentials`, or what the environment names.
///
/// # Errors
/// One of them cannot be read, or nothing tells where it is.
pub fn aws_files() -> anyhow::Result<(AwsFile, AwsFile)> {
    let aws = home();
    Ok((
        aws_file("AWS_CONFIG_FILE", aws.as_deref(), "config")?,
        aws_file("AWS_SHARED_CREDENTIALS_FILE", aws.as_deref(), "credentials")?,
    ))
}

/// `~/.aws`.
fn home() -> Option<PathBuf> {
    variable("HOME").map(|home| Path::new(&home).join(".aws"))
}

fn aws_file(named_by: &str, aws: Option<&Path>, name: &str) -> anyhow::Result<AwsFile> {
    let path = variable(named_by).map(PathBuf::from);
    let path = path.or_else(|| Some(aws?.join(name)));
    let path = path.with_context(|| format!("neither {named_by} nor HOME is set"))?;
    let file = AwsFile::read(&path)?;
    Ok(file.unwrap_or_else(|| AwsFile::parse(&path, String::new())))
}
