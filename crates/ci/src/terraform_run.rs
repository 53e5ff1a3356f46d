//! The Terraform commands of a shell script, and their directories.

use std::path::{Component, Path, PathBuf};

/// A command of Terraform, OpenTofu or Terragrunt that reaches a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerraformRun {
    /// Byte offset of the line in the script.
    pub offset: usize,
    /// The directory, relative to the root of the repository; `None` where only the run determines
    /// it.
    pub directory: Option<PathBuf>,
    /// Whether it may be any directory below that: Terragrunt with all its units.
    pub is_tree: bool,
    /// Whether Terragrunt runs it, whose modules may be anywhere.
    pub is_terragrunt: bool,
    /// Whether it initializes the backend.
    pub has_init: bool,
    /// Where the command runs.
    pub runs_in: RunsIn,
}

impl TerraformRun {
    /// Whether it may run in that root module.
    pub fn may_run(&self, root_module: &Path) -> bool {
        match self.directory.as_deref().filter(|_| !self.is_terragrunt) {
            None => true,
            Some(directory) => {
                root_module == directory || self.is_tree && root_module.starts_with(directory)
            }
        }
    }
}

/// Where a Terraform command runs: which files and variables of the job it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunsIn {
    /// On the runner, with its home directory and environment.
    Runner,
    /// In a container, whose home directory is another.
    Container,
    /// Behind a script or a task, which is not read.
    Script,
}

/// The commands of a script that begins in the directory `working`; `None` where that is unknown.
pub fn runs(script: &str, working: Option<&Path>) -> Vec<TerraformRun> {
    let mut runs = Vec::new();
    let mut directory = working.map(Path::to_path_buf);
    for (offset, line) in logical_lines(script) {
        let before = directory.clone();
        // A `cd` in a subshell ends with it.
        let in_subshell = line.trim_start().starts_with('(');
        for command in commands(&line) {
            let words: Vec<&str> = words(command);
            let Some((name, arguments)) = command_of(&words) else {
                continue;
            };
            match name {
                "cd" | "pushd" => {
                    directory = target(directory.as_deref(), arguments.first().copied());
                }
                // The directory stack is not tracked.
                "popd" => directory = None,
                "terraform" | "tofu" => {
                    runs.extend(terraform(offset, directory.as_deref(), arguments));
                }
                "terragrunt" => runs.extend(terragrunt(offset, directory.as_deref(), arguments)),
                "docker" if arguments.first() == Some(&"run") => {
                    // Which directory the container sees depends on its mounts, which are not
                    // followed.
                    let names = ["terraform", "tofu", "terragrunt"];
                    let is_terraform = |word: &&str| names.iter().any(|name| word.contains(name));
                    let has_init = arguments.contains(&"init");
                    runs.extend(arguments.iter().any(is_terraform).then_some(TerraformRun {
                        offset,
                        directory: None,
                        is_tree: true,
                        is_terragrunt: false,
                        has_init,
                        runs_in: RunsIn::Container,
                    }));
                }
                _ => {}
            }
        }
        if in_subshell {
            directory = before;
        }
    }
    runs
}

/// Byte offset of the first line that calls a task runner or script, which may run Terraform
/// unseen.
pub fn calls_script(script: &str) -> Option<usize> {
    let lines = logical_lines(script).into_iter();
    lines
        .filter(|(_, line)| {
            commands(line).any(|command| {
                let words = words(command);
                command_of(&words).is_some_and(|(name, arguments)| is_task(name, arguments))
            })
        })
        .map(|(offset, _)| offset)
        .next()
}

fn is_task(name: &str, arguments: &[&str]) -> bool {
    let is_script = |word: &str| {
        [".sh", ".bash", ".py"]
            .iter()
            .any(|ending| word.ends_with(ending))
    };
    match name {
        // Task runners whose recipes may run Terraform.
        "make" | "just" | "task" | "atmos" | "terramate" | "invoke" | "rake" => true,
        "bash" | "sh" | "source" | "." | "python" | "python3" => {
            arguments.iter().any(|word| is_script(word))
        }
        _ => is_script(name) || name.starts_with("./"),
    }
}

pub(crate) fn terraform(
    offset: usize,
    working: Option<&Path>,
    arguments: &[&str],
) -> Option<TerraformRun> {
    let chdir = arguments.iter().find_map(|word| {
        let word = word.trim_start_matches('-');
        word.strip_prefix("chdir=")
    });
    let directory = match chdir {
        Some(chdir) => target(working, Some(chdir)),
        None => working.map(Path::to_path_buf),
    };
    let subcommand = arguments.iter().find(|word| !word.starts_with('-'))?;
    // None of these reads state; `validate` accesses no remote service (its page in Terraform's
    // documentation).
    let is_local = ["fmt", "version", "validate", "login", "logout", "get"].contains(subcommand);
    let is_backend = |word: &&str| word.trim_start_matches('-') == "backend=false";
    let has_init = *subcommand == "init" && !arguments.iter().any(is_backend);
    let is_without = *subcommand == "init" && !has_init;
    (!is_local && !is_without).then_some(TerraformRun {
        offset,
        directory,
        is_tree: false,
        is_terragrunt: false,
        has_init,
        runs_in: RunsIn::Runner,
    })
}

/// A Terragrunt command. Terragrunt runs `init` before any other command ("Auto-init").
pub(crate) fn terragrunt(
    offset: usize,
    working: Option<&Path>,
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
        Some(flagged) => target(working, Some(flagged)),
        None => working.map(Path::to_path_buf),
    };
    let is_local = arguments.iter().any(|word| {
        matches!(
            *word,
            "hclfmt" | "--version" | "-v" | "hcl" | "validate-inputs" | "scaffold"
        )
    });
    (!is_local && !arguments.is_empty()).then_some(TerraformRun {
        offset,
        directory,
        // Old and new spellings: `plan-all`, `run-all plan`, `run --all plan`, stacks.
        is_tree: arguments.iter().any(|word| {
            matches!(
                *word,
                "run-all" | "--all" | "plan-all" | "apply-all" | "stack"
            )
        }),
        is_terragrunt: true,
        has_init: true,
        runs_in: RunsIn::Runner,
    })
}

fn is_working_dir(flag: &str) -> bool {
    // Terragrunt's CLI redesign dropped the prefix of its flags; both forms are in use.
    matches!(flag, "terragrunt-working-dir" | "working-dir")
}

/// The directory that `cd to` leads to; `None` where only the run determines it, or it is outside
/// of the repository.
pub fn target(from: Option<&Path>, to: Option<&str>) -> Option<PathBuf> {
    let to = to?.trim_matches(['"', '\'']);
    if to.contains(['$', '`', '*', '~']) || to.starts_with('/') || to == "-" {
        // The checkout's root, as GitHub names it ("Variables reference", "Contexts reference").
        let workspace = [
            "$GITHUB_WORKSPACE",
            "${GITHUB_WORKSPACE}",
            "${{ github.workspace }}",
        ];
        let rest = workspace.iter().find_map(|root| to.strip_prefix(root))?;
        return target(Some(Path::new("")), Some(rest.trim_start_matches('/')));
    }
    let mut path = from?.to_path_buf();
    for component in Path::new(to).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::Normal(name) => path.push(name),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

/// The lines of a script with their offsets; continued lines are joined, comments dropped.
pub(crate) fn logical_lines(script: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut continues = false;
    let mut offset = 0;
    for raw in script.split_inclusive('\n') {
        let line = raw.trim_end();
        let kept = line.strip_suffix('\\');
        let text = kept.unwrap_or(line);
        match lines.last_mut().filter(|_| continues) {
            Some((_, last)) => *last += text,
            None => lines.push((
                offset + (raw.len() - raw.trim_start().len()),
                text.to_owned(),
            )),
        }
        continues = kept.is_some();
        offset += raw.len();
    }
    lines.retain(|(_, line)| !line.trim_start().starts_with('#'));
    lines
}

/// The commands of a line.
pub(crate) fn commands(line: &str) -> impl Iterator<Item = &str> {
    let parts = line.split("&&").flat_map(|part| part.split("||"));
    parts.flat_map(|part| part.split([';', '|'])).map(|part| {
        let part = part.trim().trim_start_matches(['(', '{', '!']);
        part.trim_end_matches([')', '}']).trim()
    })
}

fn words(command: &str) -> Vec<&str> {
    command.split_whitespace().collect()
}

/// The name of a command and its arguments, after assignments and wrappers.
pub(crate) fn command_of<'w, 'c>(words: &'w [&'c str]) -> Option<(&'c str, &'w [&'c str])> {
    // Words that run the rest of the line unchanged, keywords of the shell included.
    let wrappers = [
        "sudo", "time", "exec", "env", "then", "do", "else", "if", "eval", "command",
    ];
    let is_assignment = |word: &str| {
        let name = word.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    let mut rest = words.iter();
    let at = rest.position(|word| !wrappers.contains(word) && !is_assignment(word))?;
    Some((words[at].trim_matches(['"', '\'']), &words[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(script: &str) -> Vec<(Option<String>, bool)> {
        let found = runs(script, Some(Path::new(""))).into_iter();
        found
            .map(|run| {
                (
                    run.directory.map(|it| it.display().to_string()),
                    run.has_init,
                )
            })
            .collect()
    }

    fn at(directory: &str, has_init: bool) -> (Option<String>, bool) {
        (Some(directory.to_owned()), has_init)
    }

    #[test]
    fn directories_are_followed() {
        assert_eq!(of("terraform init\n"), [at("", true)]);
        assert_eq!(
            of("cd infra/dev && terraform init -input=false\nterraform plan"),
            [at("infra/dev", true), at("infra/dev", false)]
        );
        assert_eq!(of("terraform -chdir=live init"), [at("live", true)]);
        assert_eq!(
            of("(cd a; tofu init)\ntofu plan"),
            [at("a", true), at("", false)]
        );
        assert_eq!(
            of("cd a\ncd ../b\nTF_LOG=x sudo terraform init"),
            [at("b", true)]
        );
        assert_eq!(
            of("cd $GITHUB_WORKSPACE/x; terraform init"),
            [at("x", true)]
        );
        assert_eq!(of("cd ${{ matrix.env }}\nterraform init"), [(None, true)]);
        assert_eq!(
            of("terragrunt plan --terragrunt-working-dir live\n"),
            [at("live", true)]
        );
    }

    #[test]
    fn what_reaches_no_backend_is_none() {
        assert_eq!(
            of("terraform init -backend=false\nterraform validate\nterraform fmt"),
            []
        );
        assert_eq!(of("# terraform init\necho terraform init"), []);
        assert_eq!(of("terraform init \\\n  -backend=false"), []);
    }

    #[test]
    fn containers_and_tasks_are_told() {
        let found = runs(
            "docker run -v x hashicorp/terraform:1.5 init",
            Some(Path::new("")),
        );
        assert_eq!(
            (found[0].runs_in, found[0].has_init),
            (RunsIn::Container, true)
        );
        assert_eq!(calls_script("echo x\nmake init"), Some(7));
        assert_eq!(calls_script("./scripts/deploy.sh dev"), Some(0));
        assert_eq!(calls_script("bash deploy.sh"), Some(0));
        assert_eq!(calls_script("npm ci"), None);
    }

    #[test]
    fn trees_of_terragrunt_are_told() {
        let found = runs("terragrunt run-all plan", Some(Path::new("")));
        assert!(found[0].is_tree && found[0].has_init);
        assert_eq!(runs("terragrunt --version", None), []);
    }
}
