//! What a script calls: scripts in its words, files of the tree, tasks.

use std::path::Path;

use super::values::known;
use super::{
    Called, CalledText, Execution, INTERPRETERS, MAX_DEPTH, RUNNERS, SEARCHED, ScriptCall,
    ScriptReader, ScriptReading, arguments, is_taking_in, read,
};
use crate::scripts::invocation::Invocation;
use crate::scripts::shell::ShellCommand;
use crate::terraform_run::tool;

impl ScriptReader<'_> {
    /// A script in a word, which runs in a shell of its own.
    pub(super) fn inner(
        &mut self,
        number: usize,
        command: &ShellCommand,
        invocation: &Invocation<'_>,
        script: &str,
    ) {
        let mut context = self.reading.end.inner();
        context.is_output_used = self.is_output_used(command);
        if context.depth > MAX_DEPTH {
            return;
        }
        if invocation.is_anywhere {
            context.working.path = None;
        }
        for (name, value) in &invocation.variables {
            context.environment.insert((*name).to_owned(), known(value));
        }
        let inner = read(script, context, self.tree);
        self.add_called(number, command.offset, inner);
    }

    /// Adds what a command calls.
    pub(super) fn add_called(&mut self, number: usize, offset: usize, mut inner: ScriptReading) {
        let execution = std::mem::take(&mut inner.execution);
        self.add_execution(number, inner.is_program, execution);
        self.reading.add_inner(offset, inner);
    }

    pub(super) fn add_execution(&mut self, number: usize, is_program: bool, inner: Execution) {
        let called = match is_program {
            true => CalledText::Program,
            false => CalledText::Commands,
        };
        self.reading.execution.add_called(number, called, inner);
    }

    pub(super) fn call(
        &mut self,
        number: usize,
        command: &ShellCommand,
        invocation: &Invocation<'_>,
    ) {
        let offset = command.offset;
        let Some(call) = self.script_call(command, invocation) else {
            return;
        };
        let is_searched = INTERPRETERS.contains(&invocation.name());
        match self.tree.follow(&call) {
            Called::Read(inner) if SEARCHED.contains(&invocation.name()) => {
                self.reading.add_inner(offset, *inner);
            }
            Called::Read(inner) if is_taking_in(invocation.name()) => {
                self.take_in(number, command, *inner);
            }
            Called::Read(inner) => self.add_called(number, offset, *inner),
            Called::Unread if is_searched => {}
            Called::Unread => self.reading.calls.push(call),
            Called::Nothing => {}
        }
    }

    /// A program of the tree that is given a command of Terraform, and runs it somewhere: `./in.sh dev terraform apply`.
    pub(super) fn wrapper(
        &mut self,
        number: usize,
        command: &ShellCommand,
        invocation: &Invocation<'_>,
    ) -> bool {
        let mut given = invocation.arguments.iter();
        if tool(invocation.program).is_some() || !given.any(|word| tool(word).is_some()) {
            return false;
        }
        let call = self.script_call(command, invocation);
        match call.map(|call| self.tree.follow(&call)) {
            Some(Called::Read(inner)) if !inner.runs.is_empty() && !inner.is_program => {
                self.add_called(number, command.offset, *inner);
                true
            }
            _ => false,
        }
    }

    /// The call of a script or a task that an invocation is; `None` for any other command.
    pub(super) fn script_call(
        &self,
        command: &ShellCommand,
        invocation: &Invocation<'_>,
    ) -> Option<ScriptCall> {
        let name = invocation.name();
        // Absolute paths lead out of the tree, and patterns are no commands.
        let is_path = invocation.program.contains('/') && !invocation.program.starts_with('/');
        let is_named = [".sh", ".bash", ".py"]
            .iter()
            .any(|end| name.ends_with(end));
        let is_plain = !invocation.program.contains(['*', '=', ',']) && !name.starts_with("..");
        let is_runner = RUNNERS.contains(&name) || INTERPRETERS.contains(&name);
        if !(is_path || is_named || is_runner) || !is_plain {
            return None;
        }
        let own = [invocation.program.to_owned()];
        let mut context = self.reading.end.clone();
        context.is_output_used = self.is_output_used(command);
        for (name, value) in &invocation.variables {
            context.environment.insert((*name).to_owned(), known(value));
        }
        let more = invocation
            .is_given_more
            .then(|| arguments::EVERY.to_owned());
        let more: Vec<String> = more.into_iter().collect();
        Some(ScriptCall {
            offset: command.offset,
            words: [&own, invocation.arguments, &more].concat(),
            context,
        })
    }
}

/// The shell scripts among the words behind a program.
pub(super) fn scripts_in(words: &[String]) -> Vec<String> {
    let behind = words.iter().skip(1);
    let scripts = behind.filter(|it| {
        let ending = Path::new(it).extension();
        ending.is_some_and(|ending| ending == "sh" || ending == "bash")
    });
    scripts.cloned().collect()
}

/// The text that `echo` and `printf` print, which may be a script for the shell behind them.
pub(super) fn text_of(words: &[String]) -> Option<String> {
    let (name, rest) = words.split_first()?;
    let is_printed = name == "echo" || name == "printf";
    let is_text = |word: &&String| !word.starts_with('-');
    let text: Vec<&str> = rest.iter().filter(is_text).map(String::as_str).collect();
    is_printed.then(|| text.join(" ").replace("\\n", "\n"))
}
