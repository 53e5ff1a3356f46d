//! The command line.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Moves Terraform repositories off static IAM keys: AWS SSO on laptops, GitHub OIDC in CI.
#[derive(Debug, Parser)]
#[command(version = VERSION, propagate_version = true, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// When to colour
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = OUTPUT
    )]
    pub color: Color,
}

/// The version, and the commit that it was built from.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), env!("TFKEYLESS_COMMIT"));

const EXIT_CODES: &str = "\
Exit codes:
  0    done, with or without changes
  1    `plan --check` has changes pending, `audit`, `doctor` or `verify` found something
  2    refused or failed, nothing written
  130  interrupted, nothing written";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read the repository and propose its configuration, `tfkeyless.hcl`
    Init {
        /// A directory of the repository; the configuration goes to its root
        #[arg(value_name = "PATH", default_value = ".")]
        path: PathBuf,
        /// Print the configuration to standard output; write nothing
        #[arg(long)]
        print: bool,
    },
    /// Show the migration as one unified diff; write nothing
    Plan(PlanArgs),
    /// Show the migration, ask, and write all of it or nothing
    Apply(ApplyArgs),
    /// Say where static keys, assumed roles and modules in S3 stand in the tree: for CI, once the
    /// migration is done
    Audit(AuditArgs),
    /// Write what the migration needs outside the repository: profiles, policies, roles
    Generate {
        #[command(subcommand)]
        what: Generate,
    },
    /// Say what would stop `terraform init` and `plan` on this machine, and what cures it
    Doctor(DoctorArgs),
    /// Plan every root module with the profile of its account, and say what would change; apply
    /// nothing
    #[command(after_help = VERIFY_EXIT_CODES)]
    Verify(VerifyArgs),
    /// List the transforms, or show the manual of one
    Explain {
        /// A transform, such as `remove_assume_role`
        id: Option<String>,
        /// With `upgrade_arguments`: a type, such as `aws_eip`, and what is known of it
        #[arg(value_name = "TYPE")]
        of: Option<String>,
        /// Show all cases of the page, each with the text before and after
        #[arg(long, requires = "id", conflicts_with = "of")]
        cases: bool,
    },
    /// Print what a shell needs to complete the command line
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, in roff
    Man,
}

const VERIFY_EXIT_CODES: &str = "\
Exit codes:
  0    every plan was made, and has no changes but those recorded before or expected
  1    a plan has other changes, an init or a plan failed, or the account is another one
  2    nothing of that, but a root module was not verified; or refused
  130  interrupted";

const COMPLETIONS: &str = "\
Where shells look for them:
  bash  tfkeyless completions bash > ~/.local/share/bash-completion/completions/tfkeyless
  zsh   tfkeyless completions zsh > \"${fpath[1]}/_tfkeyless\"
  fish  tfkeyless completions fish > ~/.config/fish/completions/tfkeyless.fish";

// The headings of options that few runs need, after those that all need.
const SELECTION: &str = "Selection";
const OUTPUT: &str = "Output";
const GIT: &str = "Git";
const MANY: &str = "Many repositories";

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

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub common: Common,
    /// Exit with 1 if changes are pending
    #[arg(long)]
    pub check: bool,
    /// Also list what to run once the plan is written
    #[arg(long, help_heading = OUTPUT)]
    pub next_steps: bool,
    /// The form of what is written to standard output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = OUTPUT)]
    pub format: Format,
    /// Write an exact patch for each repository, secrets and all (mode 0600), and `index.json` into
    /// this directory
    // One exact patch has one file; of several repositories each has its own.
    #[arg(long, value_name = "DIR", conflicts_with = "out", help_heading = MANY)]
    pub out_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Files or directories of one repository, which is read whole; findings in these are reported
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Read this configuration instead of `tfkeyless.hcl` at the repository's root
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub chosen: Chosen,
    /// The form of what is written to standard output
    // The review page is of a plan.
    #[arg(long, default_value = "text", value_name = "FORMAT", value_parser = without_page(), help_heading = OUTPUT)]
    pub format: Format,
    /// List everything that was skipped, with the reason
    #[arg(long, short, help_heading = OUTPUT)]
    pub verbose: bool,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct ApplyArgs {
    #[command(flatten)]
    pub common: Common,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// How to report what is written on standard output
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        requires = "yes",
        help_heading = OUTPUT
    )]
    pub format: Format,
    /// Ask of each change whether it is made, those that need review too
    #[arg(long, short, conflicts_with = "yes")]
    pub interactive: bool,
    /// Write although git has uncommitted changes in the files concerned
    #[arg(long)]
    pub allow_dirty: bool,
    /// Write on this new branch, made from HEAD
    #[arg(long, value_name = "NAME", help_heading = GIT)]
    pub branch: Option<String>,
    /// Commit the files that were written, and nothing else; no hook is run
    // The commit would take in the user's own changes to the same files.
    #[arg(long, conflicts_with = "allow_dirty", help_heading = GIT)]
    pub commit: bool,
    /// The commit's message, instead of a line per transform
    #[arg(long, value_name = "FILE", requires = "commit", help_heading = GIT)]
    pub message: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// A path in the repository
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Read this configuration instead of `tfkeyless.hcl` at the repository's root
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Also ask AWS, by the AWS CLI, who each profile is
    #[arg(long)]
    pub online: bool,
    /// Text, or JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: ReportFormat,
}

/// A form of what `doctor` and `verify` find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people
    Text,
    /// One document
    Json,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A directory of the repository; the root modules in it are planned
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Read this configuration instead of `tfkeyless.hcl` at the repository's root
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Before the migration: plan with the static keys in the environment, and record the changes,
    /// so that afterwards only new ones count
    #[arg(long)]
    pub before: bool,
    /// Changes that are known, a line each: `ROOT: ACTION ADDRESS`
    #[arg(long, value_name = "FILE", conflicts_with = "before")]
    pub expect: Option<PathBuf>,
    /// Plan this workspace, instead of those that CI's commands select
    #[arg(long, value_name = "NAME", help_heading = SELECTION)]
    pub workspace: Option<String>,
    /// Plan with this file of values, instead of those that CI's commands name
    #[arg(long, value_name = "FILE", help_heading = SELECTION)]
    pub var_file: Vec<PathBuf>,
    /// Initialize with this setting, or file of settings, of the backend
    #[arg(long, value_name = "FILE", help_heading = SELECTION)]
    pub backend_config: Vec<String>,
    /// Root modules that are planned at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Text, or JSON
    #[arg(long, value_enum, default_value = "text", help_heading = OUTPUT)]
    pub format: ReportFormat,
}

/// A form in which findings are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// One document; of several repositories, an array of them
    Json,
    /// A document a line, a repository each
    Jsonl,
    /// SARIF 2.1.0, with fixes
    Sarif,
    /// Commands of GitHub Actions, which annotate the lines
    Github,
    /// The text of a pull request
    Markdown,
    /// A page to review in a browser, with --out FILE
    Html,
}

/// The formats but for the review page.
fn without_page() -> impl TypedValueParser<Value = Format> {
    let formats = Format::value_variants().iter();
    let formats = formats.filter(|format| **format != Format::Html);
    let values = formats.filter_map(ValueEnum::to_possible_value);
    PossibleValuesParser::new(values.collect::<Vec<_>>())
        .try_map(|name| Format::from_str(&name, false))
}

/// What `plan` and `apply` share.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Common {
    /// Files or directories, of one repository or of several; each repository is read whole, only
    /// these are edited [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read this configuration instead of `tfkeyless.hcl` at the repository's root; of several
    /// repositories, those without one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub chosen: Chosen,
    /// Also make the changes that need review: each depends on a fact that the repository does not
    /// hold, and names it
    #[arg(long)]
    pub review: bool,
    /// Also change files that git ignores; they are never committed
    #[arg(long, help_heading = SELECTION)]
    pub include_ignored: bool,
    /// Also write the exact patch, secrets and all, to this file (mode 0600); with
    /// `plan --format html`, the page instead
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub out: Option<PathBuf>,
    /// List every place of a finding and everything that was skipped, with the reason
    #[arg(long, short, help_heading = OUTPUT)]
    pub verbose: bool,
    /// Show the diff and the summary line only
    #[arg(long, short, conflicts_with = "verbose", help_heading = OUTPUT)]
    pub quiet: bool,
    /// Do not page the diff on a terminal
    #[arg(long, help_heading = OUTPUT)]
    pub no_pager: bool,
    #[command(flatten)]
    pub several: Several,
}

/// Which transforms run.
#[derive(Debug, Args)]
pub struct Chosen {
    /// Run only these transforms
    #[arg(long, value_name = "ID,..", value_delimiter = ',', help_heading = SELECTION)]
    pub only: Vec<String>,
    /// Do not run these transforms
    #[arg(long, value_name = "ID,..", value_delimiter = ',', help_heading = SELECTION)]
    pub skip: Vec<String>,
}

/// Several repositories in one run.
#[derive(Debug, Args)]
pub struct Several {
    /// Also the repositories that this file names, a path a line; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = MANY)]
    pub repos: Option<PathBuf>,
    /// Also every git repository below this directory
    #[arg(long, value_name = "DIR", help_heading = MANY)]
    pub each: Vec<PathBuf>,
    /// Note in this file how each repository ended, and pass over those that it says are done and
    /// that have not changed since
    #[arg(long, value_name = "FILE", help_heading = MANY)]
    pub ledger: Option<PathBuf>,
    /// Take up again what the ledger says was refused or failed
    #[arg(long, requires = "ledger", help_heading = MANY)]
    pub retry: bool,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        super::Cli::command().debug_assert();
    }
}
