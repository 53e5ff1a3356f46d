//! The scripts of the repository that use AWS environment variables, and which of them a step runs.

use std::path::{Path, PathBuf};

use memchr::memmem;

use crate::aws_names::KEY_VARIABLES;
use crate::scripts::invocation::Invocation;
use crate::scripts::shell::commands;

/// The scripts of the repository that use AWS environment variables, workflows excluded.
#[derive(Debug, Clone, Default)]
pub struct AwsScripts {
    /// Those that read `AWS_REGION` or `AWS_DEFAULT_REGION`, by path.
    pub reads_region: Vec<PathBuf>,
    /// Those that set `AWS_DEFAULT_REGION`, which `AWS_REGION` comes before, by path.
    pub sets_region: Vec<PathBuf>,
    /// Those that take keys from the environment and ignore a session token, by path. With the
    /// temporary keys of a role they fail.
    pub without_session_token: Vec<PathBuf>,
    /// Whether Terraform's code may name the profile `default`.
    pub names_default_profile: bool,
}

impl AwsScripts {
    /// The first script that ignores session tokens among those that the text of a step runs: by
    /// its file name, a Makefile by `make`, a compose file by `compose`. What `ssh` runs is run elsewhere.
    pub fn run_by(&self, step: &str) -> Option<&Path> {
        let step = without_remote(step);
        let is_word = |letter: char| letter.is_alphanumeric() || "._-".contains(letter);
        let has = |name: &str| {
            step.split(|letter| !is_word(letter))
                .any(|word| word == name)
        };
        let is_run = |path: &&PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| {
                let is_compose = name.contains("compose") && name.contains(".y");
                has(name)
                    || name.contains("akefile") && has("make")
                    || is_compose && (has("compose") || has("docker-compose"))
            })
        };
        let found = self.without_session_token.iter().find(is_run);
        found.map(PathBuf::as_path)
    }
}

/// A script without the commands that it has another machine run.
fn without_remote(script: &str) -> String {
    let mut here = script.to_owned();
    for command in commands(script) {
        let Some(invocation) = Invocation::of(&command.words) else {
            continue;
        };
        if invocation.name() == "ssh" {
            let remote = invocation.arguments.iter().filter(|it| it.contains(' '));
            remote.for_each(|text| here = here.replace(text.as_str(), ""));
        }
    }
    here
}

/// Whether a text does more with a variable than to set it.
pub fn reads(text: &str, variable: &str) -> bool {
    memmem::find_iter(text.as_bytes(), variable).any(|at| {
        let after = text[at + variable.len()..]
            .trim_start_matches(['"', '\''])
            .trim_start();
        let before = text[..at].trim_end_matches(['"', '\'']);
        // Behind `$`, `{`, `.`, `(` or `[` it is a value; before `=` or `:` it is set.
        let is_value = before.ends_with(['$', '{', '.', '(', '[']);
        is_value || !after.starts_with(['=', ':'])
    })
}

/// Whether a text sets a variable, as shells and Makefiles do: with `=`, `:=` or `?=` behind it.
pub fn sets(text: &str, variable: &str) -> bool {
    memmem::find_iter(text.as_bytes(), variable).any(|at| {
        let after = text[at + variable.len()..].trim_start_matches([' ', '\t']);
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        !line.trim_start().starts_with('#')
            && ["=", ":=", "?="].iter().any(|sign| after.starts_with(sign))
    })
}

/// Whether a script takes keys from the environment and never mentions a session token.
pub fn takes_keys_without_token(script: &str) -> bool {
    // Tests, messages and `unset` read the variable and pass it nowhere.
    let only_looks = ["-z ", "-n ", ":?", "unset ", "echo "];
    let takes = |line: &str| {
        KEY_VARIABLES[..2].iter().any(|name| line.contains(name))
            && !line.trim_start().starts_with(['#', '/'])
            && !only_looks.iter().any(|word| line.contains(word))
    };
    let token = KEY_VARIABLES[2].to_ascii_lowercase();
    script.lines().any(takes) && !script.to_ascii_lowercase().contains(&token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_set_a_variable_are_known() {
        for (text, expected) in [
            ("export X=eu-west-1", true),
            ("X=a terraform plan", true),
            ("export X := a", true),
            ("X ?= a", true),
            ("# X=a", false),
            ("echo $X", false),
        ] {
            assert_eq!(sets(text, "X"), expected, "{text}");
        }
    }

    #[test]
    fn scripts_without_a_session_token_are_known() {
        for takes in [
            "docker run -e AWS_ACCESS_KEY_ID x",
            "id = os.environ['AWS_ACCESS_KEY_ID']",
            "\t@put $(AWS_SECRET_ACCESS_KEY)",
        ] {
            assert!(takes_keys_without_token(takes), "{takes}");
        }
        for other in [
            "# needs AWS_ACCESS_KEY_ID",
            "[ -z \"$AWS_ACCESS_KEY_ID\" ] && exit 1",
            "echo set AWS_ACCESS_KEY_ID",
            "-e AWS_ACCESS_KEY_ID -e AWS_SESSION_TOKEN",
            "boto3.client('s3', aws_session_token=t, aws_access_key_id=e['AWS_ACCESS_KEY_ID'])",
            "aws s3 ls",
        ] {
            assert!(!takes_keys_without_token(other), "{other}");
        }
    }

    #[test]
    fn a_step_names_what_it_runs() {
        let readers = AwsScripts {
            reads_region: Vec::new(),
            sets_region: Vec::new(),
            names_default_profile: false,
            without_session_token: vec!["Makefile".into(), "tools/put.sh".into()],
        };
        let run = |step: &str| readers.run_by(step).map(|path| path.display().to_string());
        assert_eq!(
            run("cd x && make -C y publish").as_deref(),
            Some("Makefile")
        );
        assert_eq!(run("./tools/put.sh --all").as_deref(), Some("tools/put.sh"));
        assert_eq!(run("bash output.sh; cmake ."), None);
        assert_eq!(run("docker compose up -d"), None);
        let readers = AwsScripts {
            without_session_token: vec!["ops/docker-compose.yaml".into()],
            ..readers
        };
        assert!(readers.run_by("docker compose up -d").is_some());
        assert!(readers.run_by("docker build .").is_none());
        let remote = "ssh -i k u@h 'cd x\ndocker compose up -d'";
        assert!(readers.run_by(remote).is_none());
        let both = format!("{remote}\ndocker compose down");
        assert!(readers.run_by(&both).is_some());
    }
}
