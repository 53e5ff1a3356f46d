//! The arguments that several commands have, and the headings that help lists options below.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::transform_id::TransformId;

// The headings of options that few runs need, after those that all need.
pub const SELECTION: &str = "Selection";
pub const OUTPUT: &str = "Output";
pub const GIT: &str = "Git";
pub const MANY: &str = "Many repositories";

/// A format in which findings are printed.
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
    /// A page to review in a browser: --out FILE is the page then, and no patch
    Html,
}

/// The formats of what is written: the review page is of a plan.
pub fn of_apply() -> impl TypedValueParser<Value = Format> {
    without_page(|_, value| value)
}

/// The formats of an audit, which is of one repository and has no fixes.
pub fn of_audit() -> impl TypedValueParser<Value = Format> {
    without_page(|format, value| match format {
        Format::Json => value.help("One document"),
        Format::Jsonl => value.help("One document on a line"),
        Format::Sarif => value.help("SARIF 2.1.0"),
        Format::Markdown => value.help("The text of an issue"),
        _ => value,
    })
}

fn without_page(
    described: impl Fn(Format, PossibleValue) -> PossibleValue,
) -> impl TypedValueParser<Value = Format> {
    let formats = Format::value_variants().iter();
    let formats = formats.filter(|format| **format != Format::Html);
    let values = formats.filter_map(|format| {
        let value = format.to_possible_value()?;
        Some(described(*format, value))
    });
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
    /// Also write the exact patch, secrets and all, to this file (mode 0600)
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
    #[arg(long, value_name = "ID,..", value_delimiter = ',', value_parser = TransformId, hide_possible_values = true, help_heading = SELECTION)]
    pub only: Vec<String>,
    /// Do not run these transforms
    #[arg(long, value_name = "ID,..", value_delimiter = ',', value_parser = TransformId, hide_possible_values = true, help_heading = SELECTION)]
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
