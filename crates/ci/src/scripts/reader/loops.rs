//! Loops, whose rounds begin with what the ones before them changed.

use std::collections::BTreeSet;

use super::changed_variables::changed_by;
use super::{MAX_LOOP, ScriptReader, arguments};
use crate::scripts::invocation::Invocation;
use crate::scripts::shell::ShellCommand;
use crate::terraform_run::{RunsIn, TerraformRun};
use crate::variant::is_literal;

/// Words of the shell that stand in front of a command.
const BEFORE_COMMANDS: [&str; 11] = [
    "!", "do", "elif", "else", "if", "then", "time", "until", "while", "{", "}",
];

/// What some commands may change.
#[derive(Default)]
struct Changes {
    variables: BTreeSet<String>,
    /// Whether the arguments of the script: `shift`, `set --`.
    arguments: bool,
    /// The functions that they call.
    functions: BTreeSet<String>,
}

/// Whether a command begins a loop that goes on while a command succeeds or fails.
pub(super) fn is_conditional_loop(command: &ShellCommand) -> bool {
    let mut words = command.words.iter().map(String::as_str);
    let loops = ["until", "while"];
    words
        .find(|word| !BEFORE_COMMANDS.contains(word) || loops.contains(word))
        .is_some_and(|word| loops.contains(&word))
}

impl ScriptReader<'_> {
    /// A loop over words: its body once for each, where they are known.
    pub(super) fn repeat(&mut self, words: &[String], body: &[ShellCommand]) {
        let name = words.get(1).cloned().unwrap_or_default();
        let values = words.get(3..).unwrap_or_default();
        let is_known = |word: &String| is_literal(word) && !word.contains(['*', '?', '{']);
        let is_listed = words.get(2).is_some_and(|word| word == "in");
        let is_known = is_listed && values.iter().all(is_known) && values.len() <= MAX_LOOP;
        let rounds = values.len().saturating_sub(1);
        let budget = &self.reading.end.budget;
        let is_known = is_known && budget.affords(rounds * body.len());
        let open = self.subshells.len();
        self.loops += 1;
        match is_known {
            true => {
                for value in values {
                    self.set(&name, Some(value.clone()));
                    self.block(body);
                    self.leave(open);
                }
            }
            false => {
                self.forget_changes(body);
                self.set(&name, None);
                self.rounds(body);
            }
        }
        self.loops -= 1;
        self.set(&name, None);
    }

    /// The rounds of a loop, of which nobody knows how many there are.
    pub(super) fn rounds(&mut self, body: &[ShellCommand]) {
        let before = self.directory();
        let first = self.reading.runs.len();
        self.block(body);
        if self.directory() == before {
            return;
        }
        // The next round begins where this one ended.
        self.go(None);
        let next = self.reading.runs.len();
        if !self.reading.end.budget.affords(body.len()) {
            let run = TerraformRun::unseen(None, RunsIn::Script);
            self.reading.runs.push(run);
            return;
        }
        self.block(body);
        let again = self.reading.runs.split_off(next);
        let known = &self.reading.runs[first..];
        let new = again.into_iter().filter(|run| !known.contains(run));
        let new: Vec<TerraformRun> = new.collect();
        self.reading.runs.extend(new);
        self.go(None);
    }

    /// Leaves to the run what these commands may change, of which nobody knows how often they run.
    pub(super) fn forget_changes(&mut self, commands: &[ShellCommand]) {
        let mut changes = Changes::default();
        self.add_changes(commands, &mut changes);
        let environment = &mut self.reading.end.environment;
        for name in &changes.variables {
            arguments::forget_variable(environment, name);
        }
        if changes.arguments {
            arguments::forget(environment);
        }
    }

    fn add_changes(&self, commands: &[ShellCommand], changes: &mut Changes) {
        for command in commands {
            let words = command.words.iter();
            let own = words.skip_while(|word| BEFORE_COMMANDS.contains(&word.as_str()));
            let own: Vec<String> = own.cloned().collect();
            let Some(first) = own.first() else { continue };
            if first == "for" || first == "select" {
                changes.variables.extend(own.get(1).cloned());
                continue;
            }
            changes.variables.extend(changed_by(&own));
            let invocation = Invocation::of(&own);
            let name = invocation.as_ref().map_or("", Invocation::name);
            let is_set = name == "set" && own.iter().any(|word| word == "--");
            changes.arguments |= name == "shift" || is_set;
            let function = self.reading.end.functions.get(name);
            if let Some(function) = function.filter(|_| changes.functions.insert(name.to_owned())) {
                self.add_changes(function.body(), changes);
            }
        }
    }
}

/// The number of commands before the `done` of a loop whose first word is before them.
pub(super) fn body_length(commands: &[ShellCommand]) -> usize {
    let mut depth = 1;
    for (at, command) in commands.iter().enumerate() {
        for word in &command.words {
            match word.as_str() {
                "for" | "while" | "until" | "select" => depth += 1,
                "done" => depth -= 1,
                "do" | "then" | "else" | "if" | "elif" | "{" | "!" => continue,
                _ => {}
            }
            break;
        }
        if depth == 0 {
            return at;
        }
    }
    commands.len()
}
