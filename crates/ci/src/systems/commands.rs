//! Commands of Terraform in a script, behind whatever wraps them.

use std::path::{Path, PathBuf};

use crate::terraform_run::{
    TerraformRun, command_of, commands, logical_lines, target, terraform, terragrunt,
};

/// Subcommands that reach state. Behind a wrapper only these make a word a command: `terraform` is
/// the name of directories, packages and images, too.
const STATE: [&str; 18] = [
    "apply",
    "apply-all",
    "console",
    "destroy",
    "force-unlock",
    "import",
    "init",
    "output",
    "plan",
    "plan-all",
    "refresh",
    "run",
    "run-all",
    "show",
    "state",
    "taint",
    "test",
    "workspace",
];

/// Commands whose arguments are text, files or packages.
const INERT: [&str; 22] = [
    "[", "[[", "apk", "apt", "apt-get", "brew", "cat", "cp", "curl", "echo", "export", "gh", "git",
    "grep", "ls", "mkdir", "mv", "pip", "printf", "rm", "wget", "which",
];

/// Subcommands that neither `terraform_run` nor this counts, though they follow no flag.
const LOCAL: [&str; 3] = ["graph", "help", "providers"];

/// The root of the checkout, as the systems' variables name it.
const CHECKOUTS: [&str; 14] = [
    "$(System.DefaultWorkingDirectory)",
    "$(Build.SourcesDirectory)",
    "${CI_PROJECT_DIR}",
    "$CI_PROJECT_DIR",
    "${BITBUCKET_CLONE_DIR}",
    "$BITBUCKET_CLONE_DIR",
    "${CODEBUILD_SRC_DIR}",
    "$CODEBUILD_SRC_DIR",
    "${TRAVIS_BUILD_DIR}",
    "$TRAVIS_BUILD_DIR",
    "${env.WORKSPACE}",
    "${WORKSPACE}",
    "$WORKSPACE",
    "~/project",
];

/// A call of a script or a task.
#[derive(Debug, Clone)]
pub(super) struct WrapperCall {
    /// Its name and its arguments.
    pub words: Vec<String>,
    /// Where it is called; `None` where only the run determines it.
    pub directory: Option<PathBuf>,
}

/// What a script does, as far as it matters here.
#[derive(Default)]
pub(super) struct ScriptReading {
    /// The commands that reach state.
    pub runs: Vec<TerraformRun>,
    /// What it calls that may run Terraform: byte offset and call.
    pub calls: Vec<(usize, WrapperCall)>,
    /// Byte offset of a command whose name only the run knows.
    pub unknown: Option<usize>,
    /// The directory that it ends in.
    pub directory: Option<PathBuf>,
}

/// Reads a script that begins in the directory `working`; in a Makefile each line begins there.
pub(super) fn read(script: &str, working: Option<&Path>, is_make: bool) -> ScriptReading {
    let mut reading = ScriptReading {
        directory: working.map(Path::to_path_buf),
        ..ScriptReading::default()
    };
    for (offset, line) in logical_lines(script) {
        let before = reading.directory.clone();
        for command in commands(&line) {
            reading.command(offset, command);
        }
        if is_make || line.trim_start().starts_with('(') {
            reading.directory = before;
        }
    }
    reading
}

impl ScriptReading {
    fn command(&mut self, offset: usize, command: &str) {
        let words = command.split_whitespace();
        let words = words.map(|word| word.trim_matches(['"', '\'', ',']));
        let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        if let Some(first) = words.first_mut() {
            // Make's prefixes of recipe lines: silent, errors ignored.
            *first = first.trim_start_matches(['@', '-']);
        }
        let first = command_of(&words).map(|(name, _)| name);
        let Some(first) = first else { return };
        match first {
            "cd" | "pushd" => {
                let position = words.iter().position(|word| *word == first).unwrap_or(0);
                let to = words.get(position + 1).copied();
                self.directory = directory(self.directory.as_deref(), to);
                return;
            }
            "popd" => {
                self.directory = None;
                return;
            }
            "docker" | "podman" if words.get(1) != Some(&"run") && !words.contains(&"compose") => {
                return;
            }
            name if INERT.contains(&name) && !command.contains("$(") => return,
            _ => {}
        }
        let tools = words.iter().enumerate();
        let tools = tools.filter_map(|(at, word)| Some((at, tool(word)?)));
        for (at, tool) in tools {
            let arguments = &words[at + 1..];
            let mut plain = arguments.iter().filter(|word| !word.starts_with('-'));
            let subcommand = plain.next().map(|word| word.trim_end_matches(')'));
            let is_first = command_of(&words).is_some_and(|(name, _)| name == words[at]);
            let is_command = subcommand
                .is_some_and(|word| STATE.contains(&word) || is_first && !LOCAL.contains(&word));
            if !is_command {
                continue;
            }
            // What a container or GitLab's image has for its directory is not followed.
            let is_elsewhere = matches!(first, "docker" | "podman") || tool == "gitlab-terraform";
            let working = self.directory.as_deref().filter(|_| !is_elsewhere);
            let arguments: Vec<&str> = arguments
                .iter()
                .map(|word| word.trim_end_matches(')'))
                .collect();
            let run = match tool {
                "terragrunt" => terragrunt(offset, working, &arguments),
                _ => terraform(offset, working, &arguments),
            };
            let run = run.map(|mut run| {
                let chdir = arguments
                    .iter()
                    .find_map(|word| word.strip_prefix("-chdir="));
                if let Some(chdir) = chdir {
                    run.directory = directory(working, Some(chdir));
                }
                run
            });
            self.runs.extend(run);
            return;
        }
        if first.starts_with('$') {
            self.unknown.get_or_insert(offset);
        }
        let is_script = |name: &str| [".sh", ".bash"].iter().any(|end| name.ends_with(end));
        let is_call = matches!(
            first,
            "make"
                | "task"
                | "just"
                | "bash"
                | "sh"
                | "source"
                | "."
                | "npm"
                | "python"
                | "python3"
        ) || first.contains('/')
            || is_script(first);
        if is_call {
            let skipped = words.iter().position(|word| *word == first).unwrap_or(0);
            let words = words[skipped..].iter().map(|word| (*word).to_owned());
            let call = WrapperCall {
                words: words.collect(),
                directory: self.directory.clone(),
            };
            self.calls.push((offset, call));
        }
    }
}

/// The directory that `to` names, seen from `from`; `None` where only the run determines it.
pub(super) fn directory(from: Option<&Path>, to: Option<&str>) -> Option<PathBuf> {
    let to = to?.trim_matches(['"', '\'']);
    let below = CHECKOUTS.iter().find_map(|root| to.strip_prefix(root));
    match below {
        Some(below) => target(Some(Path::new("")), Some(below.trim_start_matches('/'))),
        None => target(from, Some(to)),
    }
}

/// The tool that a word calls: by name, by path, in an image with its tag, or by a variable that is
/// named after it.
pub(super) fn tool(word: &str) -> Option<&'static str> {
    let word = word.rsplit("$(").next()?.rsplit('`').next()?;
    let word = word.rsplit('=').next()?;
    let name = word
        .trim_start_matches(['"', '\'', '@', '('])
        .rsplit('/')
        .next()?;
    let name = name.split(':').next()?;
    match name {
        "tofu" | "opentofu" => Some("tofu"),
        // GitLab's images for Terraform and OpenTofu.
        "gitlab-terraform" | "gitlab-tofu" => Some("gitlab-terraform"),
        "terraform" | "TERRAFORM)" | "TF)" | "TOFU)" => Some("terraform"),
        "terragrunt" | "TERRAGRUNT)" => Some("terragrunt"),
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

/// Byte offset of the first word of a text that names Terraform, OpenTofu or Terragrunt, but for
/// comments and for tools that only check.
pub(super) fn named(text: &str) -> Option<usize> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        let is_comment = code.starts_with('#') || code.starts_with("//") || code.starts_with('*');
        if !is_comment && names(line) {
            return Some(offset + line.len() - code.len());
        }
        offset += line.len();
    }
    None
}

/// Whether a piece of text names one of the tools.
pub(super) fn names(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    // Tools that read configuration and reach no state.
    let checks = [
        "terraform-docs",
        "terraform_docs",
        "terraform-fmt",
        "terraform_fmt",
        "terraform-validate",
        "terraform_validate",
        "terraform-lint",
        "terraform_tflint",
        "terraform-compliance",
    ];
    let text = checks
        .iter()
        .fold(text, |text, check| text.replace(check, ""));
    ["terraform", "terragrunt", "opentofu"]
        .iter()
        .any(|tool| text.contains(tool))
}
