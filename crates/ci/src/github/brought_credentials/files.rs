//! Files that scripts of a job write secrets to, and what loads them.

use super::actions::is_secret;
use crate::github::workflow::model::{NamedText, Step};
use crate::github::workflow::{StepOwner, Workflows};
use crate::scripts::reader::Execution;
use syntax::code;

/// The files that the scripts of a job have written secrets to so far.
#[derive(Default)]
pub(super) struct SecretFiles {
    paths: Vec<String>,
    /// Whether one is the file of AWS's profiles, and the last script wrote it.
    is_profile: bool,
}

/// The end of the path to AWS's file of credentials.
const CREDENTIALS: &str = ".aws/credentials";

impl SecretFiles {
    /// Adds those of a script; `names` are the variables that hold secrets.
    pub fn add(&mut self, script: &str, names: &[String]) {
        self.is_profile = false;
        let reads = |text: &str| {
            let is_read = |name: &String| {
                [format!("${name}"), format!("${{{name}")]
                    .iter()
                    .any(|it| text.contains(it.as_str()))
            };
            is_secret(text) || text.contains("${{ inputs.") || names.iter().any(is_read)
        };
        let script = script.replace("\\\n", " ");
        let mut found = Vec::new();
        for line in script.lines().filter(|line| reads(line)) {
            let targets = line.split('>').skip(1).chain(line.split("tee ").skip(1));
            let words = targets
                .filter_map(|target| target.split_whitespace().find(|it| !it.starts_with('-')));
            found.extend(words.map(str::to_owned));
        }
        for command in Execution::of(&script).commands {
            let words = &command.words;
            if words.iter().any(|word| reads(word)) {
                let targets = words.windows(2).filter(|pair| pair[0] == ">");
                found.extend(targets.map(|pair| pair[1].clone()));
            }
        }
        for path in found {
            let path = path.trim_matches(['"', '\'', ';', ')', '}']);
            self.is_profile |= path.ends_with(CREDENTIALS);
            self.paths.push(path.trim_start_matches("./").to_owned());
        }
    }

    /// What writes AWS's file of credentials, as a message names it: the last script, or what it calls.
    pub fn written_profile(&self, execution: Option<&Execution>) -> Option<String> {
        let mut commands = execution.into_iter().flat_map(|it| &it.commands);
        let is_called = commands.any(|command| {
            let mut targets = command.words.windows(2).filter(|pair| pair[0] == ">");
            command.by.is_some() && targets.any(|pair| pair[1].ends_with(CREDENTIALS))
        });
        (self.is_profile || is_called)
            .then(|| "a file of credentials that a script writes".to_owned())
    }

    /// What a script loads of these files, as a message names it.
    pub fn loaded(&self, script: &str) -> Option<String> {
        let script = script.replace("\\\n", " ");
        let commands = Execution::of(&script).commands;
        let is_it = |word: &str, path: &str| word.trim_start_matches("./") == path;
        let loads = |path: &&String| {
            commands.iter().any(|command| {
                let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
                let is_read = words.windows(2).any(|pair| {
                    ["--env-file", ".", "source"].contains(&pair[0]) && is_it(pair[1], path)
                });
                let mut flags = words
                    .iter()
                    .filter_map(|word| word.strip_prefix("--env-file="));
                // Compose reads `.env` of its own accord (its documentation, "Set environment variables").
                let is_composed =
                    path.as_str() == ".env" && words.contains(&"compose") && words[0] == "docker"
                        || path.as_str() == ".env" && words[0] == "docker-compose";
                is_read || flags.any(|it| is_it(it, path)) || is_composed
            }) || script
                .lines()
                .any(|line| line.contains("export $(") && line.contains(path.as_str()))
        };
        let path = self.paths.iter().find(loads)?;
        Some(format!("the variables of {}", code::quoted(path)))
    }
}

impl Workflows {
    /// The environment variables of a step that hold secrets.
    pub(super) fn secret_variables(&self, owner: StepOwner, step: &Step) -> Vec<String> {
        let job = self.job(owner).map(|job| &job.env[..]);
        let workflow = self.workflow(owner).map(|it| &it.env[..]);
        let envs = [Some(&step.env[..]), job, workflow];
        let entries = envs.into_iter().flatten().flatten();
        let holding = entries.filter(|entry: &&NamedText| is_secret(&entry.value.value));
        holding.map(|entry| entry.name.clone()).collect()
    }
}
