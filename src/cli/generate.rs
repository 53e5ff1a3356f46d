//! The arguments of `generate`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What is generated.
#[derive(Debug, Subcommand)]
pub enum Generate {
    /// SSO profiles for ~/.aws/config, one for each `account` block
    AwsConfig {
        #[command(flatten)]
        place: GenerateArgs,
        /// Show what is missing in the file as a diff, ask, and add it
        #[arg(long, conflicts_with = "out")]
        merge: bool,
        /// Merge into this file instead of ~/.aws/config
        #[arg(long, value_name = "FILE", requires = "merge")]
        aws_config: Option<PathBuf>,
        /// Do not ask
        #[arg(long, short, requires = "merge")]
        yes: bool,
    },
    /// The state bucket's policy, which lets the other accounts in
    BucketPolicy {
        #[command(flatten)]
        place: GenerateArgs,
        /// The bucket, where the repository has several
        #[arg(long)]
        bucket: Option<String>,
        /// JSON, or Terraform
        #[arg(long, value_enum, default_value = "json")]
        format: PolicyFormat,
    },
    /// The statement by which the other accounts use the key that encrypts the states
    KeyPolicy {
        #[command(flatten)]
        place: GenerateArgs,
        /// The key, where the repository has several
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// JSON, or Terraform
        #[arg(long, value_enum, default_value = "json")]
        format: PolicyFormat,
    },
    /// The roles that stay with their new callers, or the statement that lets those in
    Trust {
        #[command(flatten)]
        place: GenerateArgs,
        /// Print the statement for the trust policy of this role, instead of the table
        #[arg(long, value_name = "NAME|ARN")]
        role: Option<String>,
        /// JSON, or Terraform
        #[arg(long, value_enum, default_value = "json", requires = "role")]
        format: PolicyFormat,
    },
    /// The role that GitHub's jobs assume, in Terraform
    OidcRole {
        #[command(flatten)]
        place: GenerateArgs,
        /// Resources of the AWS provider, without unfunco/oidc-github/aws
        #[arg(long)]
        plain: bool,
        /// The repository on GitHub, where `origin` does not say it
        #[arg(long, value_name = "OWNER/NAME")]
        repository: Option<String>,
        /// Numeric id of the owner, for subjects of the form `repo:OWNER@ID/NAME@ID`
        #[arg(
            long,
            value_name = "ID",
            requires = "plain",
            requires = "repository_id"
        )]
        owner_id: Option<u64>,
        /// Numeric id of the repository, for the same
        #[arg(long, value_name = "ID", requires = "plain", requires = "owner_id")]
        repository_id: Option<u64>,
    },
    /// The role of the state's account that CI assumes (`chained_profile`, `second_login`)
    StateRole {
        #[command(flatten)]
        place: GenerateArgs,
        /// The repository on GitHub, where jobs sign in by OIDC and `origin` does not say it
        #[arg(long, value_name = "OWNER/NAME")]
        repository: Option<String>,
    },
    /// A `ci.s3.tfbackend`, with which init reaches the state by that role and without a profile
    BackendCi(GenerateArgs),
}

/// A form of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyFormat {
    /// The policy itself
    Json,
    /// Terraform that sets it
    Hcl,
}

/// Which repository something is generated for, and where it goes.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// A path in the repository
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Read this configuration instead of `tfkeyless.hcl` at the repository's root
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write to this file, which must not be there yet, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
