//! The commands that a script has another machine run: with the credentials of that machine.

use std::path::Path;

use super::script::MAX_DEPTH;
use super::{Called, ScriptCall, ScriptContext, ScriptReader, read};
use crate::scripts::invocation::Invocation;
use crate::scripts::program::runs_terraform;
use crate::scripts::working_directory::WorkingDirectory;
use crate::terraform_run::{RunsIn, TerraformRun};

/// Programs that run their words on another machine.
const SHELLS: [&str; 5] = ["autossh", "mosh", "pdsh", "plink", "ssh"];

/// Programs that do so by one of these subcommands, from the manual pages of each.
const BY_SUBCOMMAND: [(&str, &[&str]); 15] = [
    ("aws", &["execute-command", "send-command", "start-session"]),
    ("az", &["run-command", "ssh"]),
    ("doctl", &["ssh"]),
    ("eb", &["ssh"]),
    ("fly", &["ssh"]),
    ("flyctl", &["ssh"]),
    ("gcloud", &["ssh"]),
    ("heroku", &["run"]),
    ("incus", &["exec"]),
    ("kubectl", &["debug", "exec", "run"]),
    ("lxc", &["exec"]),
    ("nomad", &["exec"]),
    ("oc", &["debug", "exec", "rsh", "run"]),
    ("tsh", &["ssh"]),
    ("vagrant", &["ssh"]),
];

/// The script that an invocation has another machine run: its words, which `ssh` joins (ssh(1)).
pub(super) fn script(invocation: &Invocation<'_>) -> Option<String> {
    let name = invocation.name();
    let words = invocation.arguments;
    let has = |subcommands: &[&str]| {
        let mut first = words.iter().filter(|word| !word.starts_with('-')).take(3);
        first.any(|word| subcommands.contains(&word.as_str()))
    };
    let mut known = BY_SUBCOMMAND.iter();
    let is_elsewhere = SHELLS.contains(&name)
        || known.any(|(program, subcommands)| *program == name && has(subcommands));
    let end = words.iter().position(|word| word == "--");
    let words = &words[end.map_or(0, |at| at + 1)..];
    is_elsewhere.then(|| words.join(" "))
}

impl ScriptReader<'_> {
    /// Adds the Terraform commands of a script that another machine runs: in directories of its own, of
    /// which each may be a clone of the tree.
    pub(super) fn elsewhere(&mut self, offset: usize, invocation: &Invocation<'_>, script: &str) {
        let before = &self.reading.end;
        if before.depth > MAX_DEPTH {
            return;
        }
        let working = WorkingDirectory {
            path: None,
            ..before.working.clone()
        };
        let context = ScriptContext {
            depth: before.depth + 1,
            budget: before.budget.clone(),
            ..ScriptContext::new(working)
        };
        let inner = read(script, context, self.tree);
        let is_open = inner.runs.is_empty() && runs_terraform(script);
        let open = is_open.then(|| TerraformRun::unseen(None, RunsIn::Elsewhere));
        let piped = self.piped(offset, invocation);
        let runs = inner.runs.into_iter().chain(piped).chain(open);
        let runs = runs.map(|run| TerraformRun {
            offset,
            directory: None,
            runs_in: RunsIn::Elsewhere,
            ..run
        });
        self.reading.runs.extend(runs);
    }

    /// The Terraform commands of the files of the tree that it is given as input: `ssh host 'bash -s' <
    /// deploy.sh`.
    fn piped(&self, offset: usize, invocation: &Invocation<'_>) -> Vec<TerraformRun> {
        let files = invocation.arguments.iter().filter(|word| {
            let is_shell = Path::new(word).extension().is_some_and(|it| it == "sh");
            is_shell && !word.contains(char::is_whitespace)
        });
        let runs = files.flat_map(|file| {
            let call = ScriptCall {
                offset,
                words: vec!["bash".to_owned(), file.clone()],
                context: self.reading.end.clone(),
            };
            match self.tree.follow(&call) {
                Called::Read(reading) => reading.runs,
                Called::Unread | Called::Nothing => Vec::new(),
            }
        });
        runs.collect()
    }
}
