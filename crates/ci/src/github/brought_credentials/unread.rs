//! Variables and files of profiles that a step makes of what only the run determines: where nothing else brings
//! a job credentials, these may be them.

#[cfg(test)]
mod tests;

use syntax::code::sentence;

use crate::github::workflow::model::{NamedText, Text, entry};
use crate::scripts::aws_files::{heredoc, produced, tee_target};
use crate::scripts::invocation::{Invocation, assignment};
use crate::scripts::shell::{ShellCommand, commands};

/// Programs whose output people evaluate, and that print no credentials of AWS; from the manual of each.
const SETTING_UP: [&str; 14] = [
    "brew",
    "conda",
    "dircolors",
    "direnv",
    "fnm",
    "mise",
    "nodenv",
    "opam",
    "printenv",
    "pyenv",
    "rbenv",
    "set-env",
    "ssh-agent",
    "starship",
];

/// Commands that name the directory of AWS's files and write nothing to it.
const READING: [&str; 14] = [
    "[", "[[", "cat", "chmod", "chown", "echo", "export", "grep", "head", "ls", "mkdir", "rm",
    "test", "touch",
];

/// Files that scripts of a job have written what is not known to.
#[derive(Default)]
pub(super) struct UnreadFiles(Vec<String>);

impl UnreadFiles {
    /// What the commands of a script leave in the environment or in AWS's files which is not known, as a message
    /// names it.
    pub fn of_script(&mut self, script: &str) -> Option<String> {
        let commands = commands(script);
        let mut lines = EnvironmentLines::default();
        let mut found = None;
        for (at, command) in commands.iter().enumerate() {
            let what = lines
                .written(&commands, at)
                .or_else(|| self.of_command(command));
            found = found.or(what);
        }
        found
    }

    fn of_command(&mut self, command: &ShellCommand) -> Option<String> {
        let words = &command.words;
        let invocation = Invocation::of(words)?;
        let name = invocation.name();
        let is_known = || {
            let said = produced(words).map(|said| said.text);
            said.is_some_and(|text| text.lines().all(|line| assignment(line).is_some()))
        };
        let targets = words.windows(2).filter(|pair| pair[0] == ">");
        let targets: Vec<&String> = targets.map(|pair| &pair[1]).collect();
        if !targets.is_empty() && !is_known() {
            self.0
                .extend(targets.into_iter().map(|it| bare(it).to_owned()));
        }
        let is_of_aws = |word: &String| word.split('/').any(|part| part == ".aws");
        let is_written = words.iter().any(is_of_aws) && !READING.contains(&name);
        let is_imported = name == "aws"
            && invocation
                .arguments
                .starts_with(&["configure".into(), "import".into()]);
        if is_written && name != "aws" || is_imported {
            return Some(sentence!("a file of credentials that `{name}` writes"));
        }
        let arguments = invocation.arguments;
        match name {
            "eval" => {
                let is_set_up = |script: &String| {
                    let first = script.split_whitespace().next().unwrap_or_default();
                    SETTING_UP.contains(&first)
                };
                let is_open = match command.substituted.as_slice() {
                    [] => arguments.iter().any(|word| word.contains('$')),
                    scripts => !scripts.iter().all(is_set_up),
                };
                is_open.then(|| "what `eval` evaluates".to_owned())
            }
            "export" => {
                let is_open = arguments.iter().any(|word| word.starts_with("$()"));
                is_open.then(|| "variables that `export` takes from a command".to_owned())
            }
            "." | "source" => {
                let file = bare(arguments.first()?);
                // The word of `<(...)` is that of `$(...)`.
                let is_printed = ["$()", "/dev/stdin"].contains(&file);
                let is_open = is_printed || self.0.iter().any(|it| it == file);
                is_open.then(|| match is_printed {
                    true => sentence!("variables that `{name}` takes from a command"),
                    false => sentence!("the variables of `{file}`"),
                })
            }
            _ => None,
        }
    }
}

/// The lines that a script writes to the environment file of its job ("Workflow commands", "Setting an
/// environment variable").
#[derive(Default)]
struct EnvironmentLines {
    /// The delimiter that ends the value which is written.
    delimiter: Option<String>,
}

impl EnvironmentLines {
    /// The program that writes lines there whose names are not known, of the command at that index.
    fn written(&mut self, commands: &[ShellCommand], at: usize) -> Option<String> {
        let words = &commands[at].words;
        let is_file = |word: &str| word.contains("GITHUB_ENV") || word.contains("github.env");
        let is_target = words
            .windows(2)
            .any(|pair| pair[0] == ">" && is_file(&pair[1]));
        let is_tee = tee_target(words).is_some_and(is_file);
        if !is_target && !is_tee {
            return None;
        }
        let first = words.first().map_or("", String::as_str);
        let before = &commands[..at];
        let start = match first {
            "}" => before
                .iter()
                .rposition(|it| it.words.first().is_some_and(|it| it == "{")),
            "done" => before.iter().rposition(|it| {
                it.words
                    .first()
                    .is_some_and(|it| ["for", "while", "until"].contains(&it.as_str()))
            }),
            _ if is_tee && heredoc(words).is_none() => Some(at.saturating_sub(1)),
            _ => Some(at),
        };
        let end = if start == Some(at) { at + 1 } else { at };
        let mut written = commands[start.unwrap_or(at)..end].iter();
        let unread = written.find(|command| !self.is_known(&command.words));
        let name = Invocation::of(behind_keywords(&unread?.words))?
            .name()
            .to_owned();
        Some(sentence!(
            "what `{name}` writes to the environment of later steps"
        ))
    }

    /// Whether all that a command prints sets variables of known names, or is part of the value of one.
    fn is_known(&mut self, words: &[String]) -> bool {
        let words = behind_keywords(words);
        let first = words.first().map_or("", String::as_str);
        if [
            "for", "while", "until", "if", "read", "printenv", "env", "true", ":", "",
        ]
        .contains(&first)
        {
            return true;
        }
        let Some(said) = produced(words) else {
            // A value in its delimiters.
            return self.delimiter.is_some();
        };
        said.text.lines().all(|line| self.is_known_line(line))
    }

    fn is_known_line(&mut self, line: &str) -> bool {
        if let Some(delimiter) = &self.delimiter {
            if line == delimiter {
                self.delimiter = None;
            }
            return true;
        }
        if let Some((name, delimiter)) = line.split_once("<<")
            && assignment(&format!("{name}=")).is_some()
        {
            self.delimiter = Some(delimiter.to_owned());
            return true;
        }
        line.trim().is_empty() || assignment(line).is_some()
    }
}

/// The words of a command behind those that begin a block or a branch.
fn behind_keywords(words: &[String]) -> &[String] {
    let keywords = ["do", "else", "then", "{", "!"];
    let count = words
        .iter()
        .take_while(|word| keywords.contains(&word.as_str()));
    &words[count.count()..]
}

fn bare(word: &str) -> &str {
    word.trim_start_matches("./")
}

/// What an action leaves in AWS's files or the environment which is not known, as a message names it.
pub(super) fn of_action(uses: &str, with: &[NamedText]) -> Option<String> {
    let action = uses.split('@').next().unwrap_or_default();
    let input = |name: &str| Some(&entry(with, name)?.value.value);
    let has_profiles = |path: &String| path.lines().any(|line| line.contains(".aws"));
    match action.to_ascii_lowercase().as_str() {
        "actions/github-script" => input("script")
            .is_some_and(|script| exports_unread(script))
            .then(|| "what the script of `actions/github-script` exports".to_owned()),
        "actions/cache" | "actions/cache/restore" | "actions/download-artifact" => input("path")
            .is_some_and(has_profiles)
            .then(|| sentence!("a file of credentials that `{action}` brings")),
        _ => None,
    }
}

/// Whether a program exports variables of names that it does not spell.
pub(super) fn exports_unread(text: &str) -> bool {
    let quotes = ['"', '\'', '`'];
    let mut calls = ["exportVariable(", "export_variable("]
        .iter()
        .flat_map(|call| {
            text.match_indices(call)
                .map(|(at, _)| &text[at + call.len()..])
        });
    // The definition of that function, in a bundle.
    let is_open =
        |behind: &str| !behind.trim_start().starts_with(quotes) && !behind.starts_with("name, val");
    if calls.any(is_open) {
        return true;
    }
    let is_spelled = || {
        let mut pieces = text.split(quotes).skip(1);
        pieces.any(|piece| {
            let name = piece.split(['=', '<']).next().unwrap_or_default();
            name.len() < piece.len() && assignment(&format!("{name}=")).is_some()
        })
    };
    text.contains("GITHUB_ENV") && !is_spelled()
}

/// What an `env:` that is an expression sets, as a message names it.
pub(super) fn of_environment(env: &Text) -> String {
    sentence!("the variables of `{}`", env.value.trim())
}
