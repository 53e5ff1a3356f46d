//! A Terraform command, and its directory.

use std::path::{Path, PathBuf};

use crate::run_arguments::RunArguments;
use crate::scripts::working_directory::WorkingDirectory;
use crate::variant::Variant;

/// A command of Terraform, OpenTofu or Terragrunt that reaches a backend.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "facts, each for itself")]
pub struct TerraformRun {
    /// Byte offset of the line in the script.
    pub offset: usize,
    /// The directory, relative to the root of the repository; `None` where only the run determines
    /// it.
    pub directory: Option<PathBuf>,
    /// The directory that its words name beside its own: up to Terraform 0.14 that was the root module. It may be
    /// a saved plan as well.
    pub named: Option<PathBuf>,
    /// Whether it may be any directory below that: Terragrunt with all its units.
    pub is_tree: bool,
    /// Whether Terragrunt runs it, whose modules may be anywhere.
    pub is_terragrunt: bool,
    /// Whether it initializes the backend.
    pub has_init: bool,
    /// Whether it asks the backend: all but tests, and what only shows a file.
    pub reads_backend: bool,
    /// Where the command runs.
    pub runs_in: RunsIn,
    /// The workspace and the variables that it chooses.
    pub variant: Variant,
    /// How far it goes.
    pub effect: RunEffect,
    /// What else its words pass Terraform.
    pub arguments: RunArguments,
}

impl TerraformRun {
    /// A command in that directory that runs in it alone, and is no `init`.
    pub fn new(offset: usize, directory: Option<PathBuf>, runs_in: RunsIn) -> Self {
        Self {
            offset,
            directory,
            named: None,
            is_tree: false,
            is_terragrunt: false,
            has_init: false,
            reads_backend: true,
            runs_in,
            variant: Variant::default(),
            effect: RunEffect::Apply,
            arguments: RunArguments::default(),
        }
    }

    /// A command whose arguments are not known: it may be an `init`, and where its directory is
    /// not known, of any root module.
    pub fn unseen(directory: Option<PathBuf>, runs_in: RunsIn) -> Self {
        Self {
            is_tree: directory.is_none(),
            has_init: true,
            ..Self::new(0, directory, runs_in)
        }
    }

    /// Whether it may run in that root module.
    pub fn may_run(&self, root_module: &Path) -> bool {
        match self.directory.as_deref().filter(|_| !self.is_terragrunt) {
            None => true,
            Some(directory) => {
                root_module == directory
                    || self.is_tree && root_module.starts_with(directory)
                    || self.named.as_deref() == Some(root_module)
            }
        }
    }
}

/// Where a Terraform command runs: which files and variables of the job it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunsIn {
    /// On the runner, with its home directory and environment.
    Runner,
    /// On the runner, with another home directory.
    OtherHome,
    /// On the runner, with other files of profiles than those of its home directory.
    OtherProfiles,
    /// In a container, whose home directory is another.
    Container,
    /// Behind a script or a task, which is not read.
    Script,
    /// Behind an action, which is not read.
    Action,
    /// On another machine, with credentials of its own.
    Elsewhere,
}

/// How far a Terraform command goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunEffect {
    /// It reads or writes the state, and configures no provider.
    State,
    /// It reads what providers know.
    Plan,
    /// It may change what providers manage.
    Apply,
}

impl RunEffect {
    /// The effect of a subcommand of Terraform that reaches state.
    fn of(subcommand: &str) -> Self {
        match subcommand {
            // Source: the pages of these commands in Terraform's documentation.
            "init" | "workspace" | "output" | "show" | "state" | "force-unlock" | "taint"
            | "untaint" => Self::State,
            "plan" => Self::Plan,
            _ => Self::Apply,
        }
    }
}

/// Subcommands of Terraform that read no state; `validate` accesses no remote service (its page in
/// Terraform's documentation).
const LOCAL: [&str; 11] = [
    "fmt",
    "get",
    "graph",
    "help",
    "login",
    "logout",
    "metadata",
    "providers",
    "validate",
    "version",
    "modules",
];

/// A Terraform or OpenTofu command; `None` where it reaches no state.
pub(crate) fn terraform(
    offset: usize,
    working: &WorkingDirectory,
    arguments: &[&str],
) -> Option<TerraformRun> {
    let chdir = arguments.iter().find_map(|word| {
        let word = word.trim_start_matches('-');
        word.strip_prefix("chdir=")
    });
    let directory = match chdir {
        Some(chdir) => working.join(chdir),
        None => working.path.clone(),
    };
    let subcommand = *arguments.iter().find(|word| !word.starts_with('-'))?;
    let is_backend = |word: &&str| word.trim_start_matches('-') == "backend=false";
    let has_init = subcommand == "init" && !arguments.iter().any(is_backend);
    let is_without = subcommand == "init" && !has_init;
    let asks = ["-help", "--help", "-h", "-version", "--version"];
    let only_asks = arguments.iter().any(|word| asks.contains(word));
    // A plan that is named is shown without asking the backend ("Command: show").
    let shows_file = || {
        let mut plain = arguments.iter().filter(|word| !word.starts_with('-'));
        subcommand == "show" && plain.nth(1).is_some()
    };
    let named = named_directory(subcommand, arguments).and_then(|it| working.join(it));
    let named = named.filter(|it| directory.as_ref() != Some(it));
    (!LOCAL.contains(&subcommand) && !is_without && !only_asks).then(|| TerraformRun {
        named,
        has_init,
        reads_backend: subcommand != "test" && !shows_file(),
        effect: RunEffect::of(subcommand),
        ..TerraformRun::new(offset, directory, RunsIn::Runner)
    })
}

/// Subcommands that took the root module's directory as a word, from their pages in the documentation of
/// Terraform 0.14.
const WITH_DIRECTORY: [&str; 5] = ["apply", "destroy", "init", "plan", "refresh"];

/// Options of these that take the next word as their value.
const WITH_VALUE: [&str; 13] = [
    "backend-config",
    "backup",
    "from-module",
    "lock-timeout",
    "out",
    "parallelism",
    "plugin-dir",
    "replace",
    "state",
    "state-out",
    "target",
    "var",
    "var-file",
];

/// The directory, or the saved plan, that the words of a subcommand name.
fn named_directory<'a>(subcommand: &str, arguments: &[&'a str]) -> Option<&'a str> {
    if !WITH_DIRECTORY.contains(&subcommand) {
        return None;
    }
    let at = arguments.iter().position(|word| *word == subcommand)?;
    let mut words = arguments[at + 1..].iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            let is_redirected = word.contains(['>', '<', '&', '$']);
            return Some(word).filter(|_| !is_redirected).copied();
        }
        if WITH_VALUE.contains(&word.trim_start_matches('-')) {
            words.next();
        }
    }
    None
}

/// Words of Terragrunt that stand in front of Terraform's subcommand.
const TERRAGRUNT_RUNS: [&str; 5] = ["run", "run-all", "--all", "stack", "--"];

/// A Terragrunt command. Terragrunt runs `init` before any other command ("Auto-init").
pub(crate) fn terragrunt(
    offset: usize,
    working: &WorkingDirectory,
    arguments: &[&str],
) -> Option<TerraformRun> {
    let mut flagged = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let flag = word.trim_start_matches('-');
        if let Some((name, value)) = flag.split_once('=')
            && is_working_dir(name)
        {
            flagged = Some(value);
        } else if word.starts_with('-') && is_working_dir(flag) {
            flagged = words.next().copied();
        }
    }
    let directory = match flagged {
        Some(flagged) => working.join(flagged),
        None => working.path.clone(),
    };
    let is_local = arguments.iter().any(|word| {
        matches!(
            *word,
            "hclfmt"
                | "hclvalidate"
                | "--version"
                | "-v"
                | "--help"
                | "hcl"
                | "validate-inputs"
                | "scaffold"
        )
    });
    (!is_local && !arguments.is_empty()).then(|| TerraformRun {
        // Old and new spellings: `plan-all`, `run-all plan`, `run --all plan`, stacks.
        is_tree: arguments.iter().any(|word| {
            matches!(
                *word,
                "run-all" | "--all" | "plan-all" | "apply-all" | "stack"
            )
        }),
        is_terragrunt: true,
        has_init: true,
        effect: match arguments
            .iter()
            .find(|word| !TERRAGRUNT_RUNS.contains(word))
        {
            Some(&"plan" | &"plan-all") => RunEffect::Plan,
            Some(subcommand) => RunEffect::of(subcommand),
            None => RunEffect::Apply,
        },
        ..TerraformRun::new(offset, directory, RunsIn::Runner)
    })
}

fn is_working_dir(flag: &str) -> bool {
    // Terragrunt's CLI redesign dropped the prefix of its flags; both forms are in use.
    matches!(flag, "terragrunt-working-dir" | "working-dir")
}

/// The program of Terraform, OpenTofu or Terragrunt that a word names: by name, by path, in an image
/// with its tag, or by a variable that is named after it.
pub(crate) fn tool(word: &str) -> Option<&'static str> {
    let word = word.rsplit('=').next()?;
    let name = word
        .trim_start_matches(['"', '\'', '@', '('])
        .rsplit('/')
        .next()?;
    let name = name.split(':').next()?;
    let name = name.strip_suffix(".exe").unwrap_or(name);
    match name {
        "tofu" | "opentofu" => Some("tofu"),
        // GitLab's images for Terraform and OpenTofu.
        "gitlab-terraform" | "gitlab-tofu" => Some("gitlab-terraform"),
        "terraform" => Some("terraform"),
        "terragrunt" => Some("terragrunt"),
        _ => {
            let variable = name.strip_prefix('$')?.trim_matches(['{', '}', '(', ')']);
            match variable {
                "TERRAFORM" | "TF" | "TOFU" | "TERRAFORM_BIN" | "TF_BIN" | "TF_CMD"
                | "TERRAFORM_CMD" => Some("terraform"),
                "TERRAGRUNT" | "TG" => Some("terragrunt"),
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_that_a_command_names_is_told_from_values_of_its_options() {
        for (command, expected) in [
            ("apply live", Some("live")),
            ("apply -auto-approve live", Some("live")),
            ("init -backend-config x.hcl ./live", Some("./live")),
            ("plan -out p -var a=b envs/live/", Some("envs/live/")),
            ("-no-color destroy -target=a.b live", Some("live")),
            ("apply p.tfplan", Some("p.tfplan")),
            ("apply -auto-approve", None),
            ("plan -out p", None),
            ("plan --var-file live", None),
            ("apply $PLAN", None),
            ("plan > log", None),
            ("workspace select live", None),
            ("import a.b live", None),
        ] {
            let words: Vec<&str> = command.split(' ').collect();
            let subcommand = words.iter().find(|word| !word.starts_with('-')).unwrap();
            assert_eq!(named_directory(subcommand, &words), expected, "{command}");
        }
    }
}
