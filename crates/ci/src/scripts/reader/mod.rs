//! What a shell script does, as far as Terraform and AWS are concerned.

pub(in crate::scripts) mod arguments;
mod calls;
mod changed_variables;
mod directories;
mod elsewhere;
mod execution;
mod functions;
mod loops;
mod saved_variables;
mod script;
mod taken_in;
mod terraform;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeSet;
use std::path::PathBuf;

use calls::{scripts_in, text_of};
use directories::Branches;
pub use execution::{CalledText, ExecutedCommand, Execution};
use functions::FunctionCall;
pub use functions::Functions;
use loops::{body_length, is_conditional_loop};
pub(in crate::scripts) use script::MAX_DEPTH;
pub use script::{
    AwsUse, Called, ScriptBudget, ScriptCall, ScriptContext, ScriptReading, Tree, Workspaces,
};
pub(crate) use terraform::{is_image, may_reach_state};

use crate::aws_names::{PROFILE_VARIABLES, is_endpoint};
use crate::scripts::aws_use;
use crate::scripts::invocation::Invocation;
use crate::scripts::program::{imports_sdk, runs_terraform};
use crate::scripts::shell::{Output, ShellCommand, commands};
use crate::scripts::user_calls;
use crate::terraform_run::{RunsIn, TerraformRun};
pub(in crate::scripts) use taken_in::add_functions;
pub(crate) use taken_in::is_taking_in;

/// Commands whose arguments are text, files or packages.
const INERT: [&str; 30] = [
    "[", "[[", "apk", "apt", "apt-get", "awk", "brew", "cat", "chmod", "cp", "curl", "echo",
    "export", "find", "gh", "git", "grep", "jq", "ls", "mkdir", "mv", "pip", "pip3", "printf",
    "rm", "sed", "test", "unzip", "wget", "which",
];

/// Programs that run files or the tasks of files, which may run Terraform or call AWS.
const RUNNERS: [&str; 33] = [
    ".",
    "ansible-playbook",
    "ash",
    "bash",
    "bun",
    "dash",
    "docker",
    "docker-compose",
    "earthly",
    "go",
    "helm",
    "invoke",
    "just",
    "kubectl",
    "lerna",
    "make",
    "mise",
    "nerdctl",
    "node",
    "npm",
    "nx",
    "pnpm",
    "podman",
    "podman-compose",
    "poe",
    "python",
    "python3",
    "rake",
    "sh",
    "source",
    "task",
    "turbo",
    "yarn",
];

/// Those of them whose files are searched for Terraform alone: what else they run is not read.
const SEARCHED: [&str; 7] = [
    "ansible-playbook",
    "docker",
    "docker-compose",
    "earthly",
    "nerdctl",
    "podman",
    "podman-compose",
];

/// Programs that run a file in their language. One that cannot be read is no reason to take it for a
/// Terraform run or a use of AWS.
const INTERPRETERS: [&str; 7] = ["deno", "perl", "php", "pwsh", "ruby", "ts-node", "tsx"];

/// Parts of the names of programs and functions that print, send or compare their words.
const MESSAGES: [&str; 26] = [
    "alert", "annotate", "banner", "check", "comment", "debug", "die", "echo", "err", "exit",
    "fail", "help", "info", "log", "message", "msg", "note", "notif", "print", "say", "section",
    "slack", "success", "title", "usage", "warn",
];

/// Values of a loop that are read one by one; of a longer loop the variable is not known.
const MAX_LOOP: usize = 32;

/// Loops in each other that are repeated.
const MAX_LOOPS: usize = 16;

/// Reads a script, and what it calls in the tree.
pub fn read(script: &str, context: ScriptContext, tree: &dyn Tree) -> ScriptReading {
    let mut reader = ScriptReader {
        tree,
        reading: ScriptReading::starting(context),
        branches: Vec::new(),
        subshells: Vec::new(),
        calls: Vec::new(),
        tools: BTreeSet::new(),
        has_moved: false,
        calls_any: false,
        before: None,
        stack: Vec::new(),
        loops: 0,
        is_test: false,
        printed: Vec::new(),
        text: None,
        has_selected: false,
        may_be_left_out: false,
    };
    reader.reading.execution.functions = functions(script);
    let commands = commands(script);
    let context = &reader.reading.end;
    if context.depth > 0 && !context.budget.affords(commands.len()) {
        context.budget.exhaust();
        // It may do anything.
        let what = "a script that is too long to follow".to_owned();
        let run = TerraformRun::unseen(None, RunsIn::Script);
        reader.reading.runs.push(run);
        reader.reading.aws_uses.push(AwsUse::of(what));
        reader.reading.unknown = Some(0);
        return reader.reading;
    }
    // A function that is read where it is defined prints where it is called.
    let functions = &reader.reading.execution.functions;
    let mut used = commands.iter().filter(|it| it.output == Output::Used);
    let calls = |command: &ShellCommand| command.words.iter().any(|it| functions.contains(it));
    reader.reading.end.is_output_used |= used.any(calls);
    let start = reader.directory();
    reader.block(&commands);
    reader.leave(0);
    if !reader.reading.end.is_taken_in {
        reader.read_uncalled(&commands, start.as_ref());
    }
    reader.reading
}

/// The names of the functions that a script defines.
fn functions(script: &str) -> BTreeSet<String> {
    let name = |line: &str| {
        let line = line.trim();
        let keyword = line.strip_prefix("function ");
        let name = keyword.unwrap_or(line).split(['(', '{']).next()?.trim();
        let is_defined = keyword.is_some() || line.contains("()");
        let is_name = !name.contains([' ', '$', '"', '\'']);
        (is_defined && is_name).then(|| name.to_owned())
    };
    script.lines().filter_map(name).collect()
}

#[expect(clippy::struct_excessive_bools, reason = "each is of the last command")]
struct ScriptReader<'t> {
    tree: &'t dyn Tree,
    reading: ScriptReading,
    branches: Vec<Branches>,
    /// The calls of functions that are being read.
    calls: Vec<FunctionCall>,
    /// The variables that hold a command of Terraform.
    tools: BTreeSet<String>,
    /// Whether it went to another directory.
    has_moved: bool,
    /// Whether it calls what only the run determines, which may be a function.
    calls_any: bool,
    /// The subshells that are open, by number, and how to go on behind them.
    subshells: Vec<(usize, ScriptContext)>,
    /// The directory before the last `cd`.
    before: Option<PathBuf>,
    /// The directories of `pushd`.
    stack: Vec<Option<PathBuf>>,
    /// How many loops are around.
    loops: usize,
    /// Whether the last command only tests something.
    is_test: bool,
    /// The shell scripts that the last command names: it may print one to the next.
    printed: Vec<String>,
    /// The text that it prints.
    text: Option<String>,
    /// Whether the last command selects a workspace.
    has_selected: bool,
    /// Whether what the last command came to decides if this one runs.
    may_be_left_out: bool,
}

impl ScriptReader<'_> {
    fn block(&mut self, commands: &[ShellCommand]) {
        let mut at = 0;
        while let Some(command) = commands.get(at) {
            at += 1;
            self.enter(&command.subshells);
            if let Some(length) = self.define(command, &commands[at..]) {
                at += length;
                continue;
            }
            if is_conditional_loop(command) {
                let body = &commands[at..at + body_length(&commands[at..])];
                self.forget_changes(&commands[at - 1..at + body.len()]);
                let words = self.expanded(command);
                self.words(command, &words);
                self.rounds(body);
                at += body.len();
                continue;
            }
            let words = self.expanded(command);
            let first = words.first().map(String::as_str);
            if matches!(first, Some("for" | "select")) && self.loops < MAX_LOOPS {
                let body = &commands[at..at + body_length(&commands[at..])];
                // Behind the body is its `done`.
                at += body.len() + 1;
                self.repeat(&words, body);
                continue;
            }
            self.words(command, &words);
        }
    }

    fn words(&mut self, command: &ShellCommand, words: &[String]) {
        let mut rest = words;
        while let Some((first, behind)) = rest.split_first() {
            match first.as_str() {
                "if" | "while" | "until" => self.open(),
                // One that is too deep in others to be repeated: its variable may be anything.
                "for" | "select" => {
                    self.open();
                    let name = behind.first().cloned().unwrap_or_default();
                    return self.set(&name, None);
                }
                "case" => {
                    self.open();
                    return;
                }
                "else" => self.next_branch(true),
                "elif" | ";;" => self.next_branch(false),
                "fi" | "esac" | "done" => return self.close(),
                "then" | "do" | "{" | "}" | "!" | "time" => {}
                "function" => return,
                _ => break,
            }
            rest = behind;
        }
        self.command(command, rest);
    }

    fn command(&mut self, command: &ShellCommand, words: &[String]) {
        let was_test = std::mem::take(&mut self.is_test);
        let had_selected = std::mem::take(&mut self.has_selected);
        self.may_be_left_out = command.is_chained && (was_test || had_selected);
        let printed = std::mem::replace(&mut self.printed, scripts_in(words));
        let text = std::mem::replace(&mut self.text, text_of(words));
        let number = match words.is_empty() {
            true => return,
            false => self.reading.execution.add(words),
        };
        self.change_variables(words);
        if self.assign(command, words) || self.function(command, words) {
            return;
        }
        let Some(invocation) = Invocation::of(words) else {
            return;
        };
        if self.changes_arguments(&invocation) {
            return;
        }
        let is_conditional = command.is_chained && was_test;
        let to = |words: &[String]| {
            words
                .iter()
                .find(|word| !word.starts_with('-') || *word == "-")
                .cloned()
        };
        match invocation.name() {
            "cd" => {
                let to = to(invocation.arguments);
                return self.cd(to.as_deref(), is_conditional);
            }
            "pushd" => {
                self.stack.push(self.directory());
                let to = to(invocation.arguments);
                return self.cd(to.as_deref(), is_conditional);
            }
            "popd" => {
                let to = self.stack.pop().flatten();
                return self.go(to);
            }
            "[" | "[[" | "test" => self.is_test = true,
            _ => {}
        }
        if let Some(script) = elsewhere::script(&invocation) {
            self.aws(command, &invocation);
            return self.elsewhere(command.offset, &invocation, &script);
        }
        if let Some(script) = invocation.script() {
            return self.inner(number, command, &invocation, script);
        }
        let name = invocation.name();
        let is_inert = INERT.contains(&name);
        if self.wrapper(number, command, &invocation) {
            return;
        }
        if !is_inert && self.terraform(command.offset, &invocation) {
            // A wrapper of the tree executes more than the Terraform command that it is given.
            if let Some(call) = self.script_call(command, &invocation)
                && let Called::Read(inner) = self.tree.follow(&call)
            {
                self.add_execution(number, inner.is_program, inner.execution);
            }
            return;
        }
        self.aws(command, &invocation);
        if is_inert {
            return;
        }
        self.calls_any |= invocation.program.contains('$') && !invocation.program.contains('/');
        if name.starts_with('$') {
            self.reading.unknown.get_or_insert(command.offset);
        }
        if self.may_execute(&invocation) || self.holds_tool(invocation.program) {
            let run = TerraformRun::unseen(None, RunsIn::Script);
            let offset = command.offset;
            self.reading.runs.push(TerraformRun { offset, ..run });
        }
        if let Some(script) = text.filter(|_| invocation.reads_input()) {
            return self.inner(number, command, &invocation, &script);
        }
        for file in printed.iter().filter(|_| invocation.reads_input()) {
            let words = [words, std::slice::from_ref(file)].concat();
            if let Some(invocation) = Invocation::of(&words) {
                self.call(number, command, &invocation);
            }
        }
        self.call(number, command, &invocation);
    }

    /// Whether something but a person reads what a command prints.
    fn is_output_used(&self, command: &ShellCommand) -> bool {
        match command.output {
            Output::Printed => self.reading.end.is_output_used,
            Output::Used => true,
            Output::Dropped => false,
        }
    }

    /// Whether a program that is not known may execute one of its words, which runs Terraform. Functions
    /// and programs that are named after messages print theirs.
    fn may_execute(&self, invocation: &Invocation<'_>) -> bool {
        let name = invocation.name();
        let is_script = |word: &String| word.contains(char::is_whitespace) && runs_terraform(word);
        !name.contains(char::is_whitespace)
            && !self.reading.execution.functions.contains(name)
            && !MESSAGES
                .iter()
                .any(|part| name.to_ascii_lowercase().contains(part))
            && invocation.arguments.iter().any(is_script)
    }

    fn aws(&mut self, command: &ShellCommand, invocation: &Invocation<'_>) {
        self.reading.end.is_in_cluster |= aws_use::joins_cluster(invocation);
        let name = invocation.name();
        let asks_cluster = self.reading.end.is_in_cluster && aws_use::KUBERNETES.contains(&name);
        let imports = || {
            let mut words = invocation.arguments.iter();
            words
                .any(|word| imports_sdk(word))
                .then(|| aws_use::quoted(&[name]))
        };
        let what = match asks_cluster {
            true => Some(aws_use::quoted(&[name])),
            false => aws_use::of(invocation).or_else(imports),
        };
        let is_read = self.is_output_used(command);
        let what = what.or_else(|| is_read.then(|| aws_use::identity(invocation))?);
        let environment = &self.reading.end.environment;
        let is_elsewhere = environment.keys().any(|name| is_endpoint(name));
        // Empty, a variable names none.
        let names_profile = PROFILE_VARIABLES.into_iter().any(|variable| {
            let mut own = invocation.variables.iter().rev();
            match own.find(|(name, _)| *name == variable) {
                Some((_, own)) => !own.is_empty(),
                None => environment
                    .get(variable)
                    .is_some_and(|it| it.as_deref() != Some("")),
            }
        });
        if let Some(what) = what.filter(|_| !is_elsewhere) {
            let needs_user = user_calls::is_one(invocation);
            self.reading.aws_uses.push(AwsUse {
                offset: command.offset,
                what,
                needs_user,
                names_profile,
            });
        }
    }
}
