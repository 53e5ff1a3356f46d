//! The command line.

mod common;
mod generate;
mod transform_id;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use common::{Chosen, Common, Format};
use common::{GIT, MANY, OUTPUT, SELECTION, of_apply, of_audit};
pub use generate::{Generate, GenerateArgs, PolicyFormat};
use transform_id::TransformId;

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
  2    refused or failed, nothing written unless the message says so
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
    /// Report static keys, assumed roles and modules in S3: for CI, once the migration is done
    Audit(AuditArgs),
    /// Write what the migration needs outside the repository: profiles, policies, roles
    Generate {
        #[command(subcommand)]
        what: Generate,
    },
    /// Report what would stop `terraform init` and `plan` on this machine, and the cure
    Doctor(DoctorArgs),
    /// Plan every root module with the profile of its account, and report changes; apply nothing
    #[command(after_help = VERIFY_EXIT_CODES)]
    Verify(VerifyArgs),
    /// List the transforms, or show the manual of one
    Explain {
        /// A transform, such as `remove_assume_role`
        #[arg(value_parser = TransformId, hide_possible_values = true)]
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
With --ci:
  0    all that the jobs need is known to be there
  1    something is missing, wrong or not verified
  2    refused
Always:
  130  interrupted";

const COMPLETIONS: &str = "\
Where shells look for them:
  bash  tfkeyless completions bash > ~/.local/share/bash-completion/completions/tfkeyless
  zsh   tfkeyless completions zsh > \"${fpath[1]}/_tfkeyless\"
  fish  tfkeyless completions fish > ~/.config/fish/completions/tfkeyless.fish";

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
    #[arg(long, default_value = "text", value_name = "FORMAT", value_parser = of_audit(), help_heading = OUTPUT)]
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
    /// The form of what standard output says of the files written
    #[arg(
        long,
        default_value = "text",
        value_name = "FORMAT",
        value_parser = of_apply(),
        requires = "yes",
        help_heading = OUTPUT
    )]
    pub format: Format,
    /// Ask about each change, including those that need review
    // On standard output, which a report takes, it shows each change.
    #[arg(long, short, conflicts_with_all = ["yes", "format"])]
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
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct VerifyArgs {
    /// A directory of the repository; the root modules in it are planned
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Read this configuration instead of `tfkeyless.hcl` at the repository's root
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Plan nothing: show for each job of GitHub's workflows which variables, roles and trust subjects its
    /// sign-in needs, and which are missing, by `gh` and the AWS CLI, which only read
    #[arg(long, conflicts_with_all = ["before", "expect", "workspace", "var_file", "backend_config"])]
    pub ci: bool,
    /// With --ci: include the changes that need review
    #[arg(long, requires = "ci")]
    pub review: bool,
    /// With --ci: the repository on GitHub, where `origin` does not say it
    #[arg(long, value_name = "OWNER/NAME", requires = "ci")]
    pub repository: Option<String>,
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
