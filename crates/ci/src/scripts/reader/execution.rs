//! The commands that a script executes, its own and those of the files that it calls.

use std::collections::{BTreeSet, HashSet};

use crate::scripts::shell::commands;

/// Programs that run what other files say.
const TASKS: [&str; 14] = [
    "bash", "bun", "bundle", "cargo", "just", "make", "node", "npm", "pnpm", "python", "python3",
    "sh", "task", "yarn",
];

/// What a script executes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Execution {
    /// The commands, in their order; those of what a command calls come behind it.
    pub commands: Vec<ExecutedCommand>,
    /// The functions that it defines, whose commands are among these.
    pub functions: BTreeSet<String>,
}

/// A command that a script executes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExecutedCommand {
    /// Its words, with the values of variables that are known.
    pub words: Vec<String>,
    /// What is read of that which it calls.
    pub called: CalledText,
    /// The command of the outermost script that led to it; `None` for one of that script itself.
    pub by: Option<String>,
}

/// What is read of that which a command calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CalledText {
    /// It calls no file, or one that is not read.
    #[default]
    None,
    /// All its commands.
    Commands,
    /// The text of a program in another language than the shell's, in which commands are searched for.
    Program,
}

impl Execution {
    /// The commands of a script, none of which is followed.
    pub fn of(script: &str) -> Self {
        let mut execution = Self::default();
        for command in commands(script) {
            execution.add(&command.words);
        }
        execution
    }

    /// Adds a command of the script itself; returns its number.
    pub(super) fn add(&mut self, words: &[String]) -> usize {
        self.commands.push(ExecutedCommand {
            words: words.to_vec(),
            called: CalledText::None,
            by: None,
        });
        self.commands.len() - 1
    }

    /// Adds a command that the one of these words runs.
    pub(in crate::scripts) fn add_by(&mut self, words: Vec<String>, by: &[String]) {
        self.commands.push(ExecutedCommand {
            words,
            called: CalledText::None,
            by: Some(by.join(" ")),
        });
    }

    /// Adds what another script executes.
    pub(super) fn extend(&mut self, inner: Self) {
        self.commands.extend(inner.commands);
        self.functions.extend(inner.functions);
    }

    /// Adds what the command of that number calls.
    pub(super) fn add_called(&mut self, number: usize, called: CalledText, inner: Self) {
        let first = self.commands.len();
        self.extend(inner);
        self.commands[number].called = called;
        let by = self.commands[number].words.join(" ");
        for command in &mut self.commands[first..] {
            command.by = Some(by.clone());
        }
    }

    /// Adds what a text was found to execute. A string may be no command: where it calls a task or a
    /// script that is not there, it is taken for none.
    pub(in crate::scripts) fn add_searched(&mut self, inner: Self) {
        let is_doubtful = |command: &ExecutedCommand| {
            let name = command.words.first().map_or("", String::as_str);
            let is_called = command.called != CalledText::None || command.by.is_some();
            !is_called && TASKS.contains(&name)
        };
        let commands = inner.commands.into_iter();
        self.commands.extend(commands.filter(|it| !is_doubtful(it)));
        self.functions.extend(inner.functions);
    }

    /// Adds what the same script executes in another run.
    pub fn merge(&mut self, other: &Self) {
        let mut known: HashSet<&ExecutedCommand> = self.commands.iter().collect();
        let new = other.commands.iter().filter(|it| known.insert(it));
        let new: Vec<ExecutedCommand> = new.cloned().collect();
        self.commands.extend(new);
        self.functions.extend(other.functions.iter().cloned());
    }
}
