//! The functions of a script: each call runs the body, with arguments of its own, where it is called.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::saved_variables::SavedVariables;
use super::{AwsUse, ScriptReader, arguments};
use crate::scripts::invocation::assignment;
use crate::scripts::shell::{ShellCommand, function_length};
use crate::terraform_run::{RunsIn, TerraformRun, tool};
use syntax::code::sentence;

/// How deep functions may call each other; people nest five or six.
const MAX_CALLS: usize = 16;

/// The functions that are defined, by their names.
pub type Functions = Arc<BTreeMap<String, Function>>;

/// A function of a script, or of a file that it takes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    body: Arc<[ShellCommand]>,
    /// How many subshells are around its definition.
    outer: usize,
    /// Whether a file that is taken in defines it: its offsets are none of the script.
    is_taken_in: bool,
    is_called: bool,
}

impl Function {
    /// Whether another one is the same, called or not.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.body == other.body
    }

    /// Its commands.
    pub(super) fn body(&self) -> &[ShellCommand] {
        &self.body
    }

    /// The same, with whether a file that is taken in defines it.
    pub(super) fn taken_in(&self, is_taken_in: bool) -> Self {
        Self {
            is_taken_in: self.is_taken_in || is_taken_in,
            ..self.clone()
        }
    }

    /// Adds what it does in other runs.
    pub(super) fn or_else_runs(&mut self, other: &Self) {
        let both = self.body.iter().chain(&*other.body);
        self.body = both.cloned().collect();
    }
}

/// A call that is being read.
pub(super) struct FunctionCall {
    name: String,
    /// Its arguments and directory; `None` where neither is known.
    place: Option<(Vec<String>, Option<PathBuf>)>,
    /// What its `local` variables are outside of it.
    locals: SavedVariables,
    /// How many branches are around the call.
    branches: usize,
}

impl ScriptReader<'_> {
    /// Notes the function that a command begins to define, with the commands behind it; returns the length of its body.
    pub(super) fn define(&mut self, head: &ShellCommand, behind: &[ShellCommand]) -> Option<usize> {
        let name = head.words.last().filter(|_| head.is_definition)?;
        let length = function_length(behind, head.subshells.len())?;
        let function = Function {
            body: behind[..length].into(),
            outer: head.subshells.len(),
            is_taken_in: false,
            is_called: false,
        };
        let functions = Arc::make_mut(&mut self.reading.end.functions);
        // Another definition in a branch may be the one that counts.
        match functions
            .get_mut(name)
            .filter(|_| !self.branches.is_empty())
        {
            Some(known) => known.or_else_runs(&function),
            None => drop(functions.insert(name.clone(), function)),
        }
        Some(length)
    }

    /// Reads the function that a command calls; `false` where it calls none.
    pub(super) fn function(&mut self, command: &ShellCommand, words: &[String]) -> bool {
        let set = words
            .iter()
            .take_while(|it| assignment(it).is_some())
            .count();
        let Some((name, given)) = words[set..].split_first() else {
            return false;
        };
        let redirected = given.iter().position(|it| it == ">");
        let given = &given[..redirected.unwrap_or(given.len())];
        if !self.reading.end.functions.contains_key(name) {
            return false;
        }
        let variables: Vec<(&str, &str)> = words[..set]
            .iter()
            .filter_map(|it| assignment(it))
            .collect();
        // A word that is not known may be several.
        let split = command.split.iter().filter_map(|at| command.words.get(*at));
        let split: Vec<&String> = split.collect();
        let is_open =
            |it: &String| split.contains(&it) || it.starts_with("$@") || it.contains("[@]");
        let open = given.iter().position(is_open);
        let is_output_used = self.is_output_used(command);
        let end = &mut self.reading.end;
        let was_output_used = std::mem::replace(&mut end.is_output_used, is_output_used);
        let mut before = SavedVariables::default();
        for (name, value) in &variables {
            before.note(name, &end.environment);
            let value = super::values::known(value);
            end.environment.insert((*name).to_owned(), value);
        }
        // Credentials in front of the call stand in its line.
        let pins = variables.iter().any(|(name, _)| name.starts_with("AWS_"));
        let at = command.offset;
        let runs = self.reading.runs.len();
        self.run_function(name, Some((given, open)), (at, pins));
        let end = &mut self.reading.end;
        end.is_output_used = was_output_used;
        before.restore(&mut end.environment);
        // A command that it is given runs there, although it was not found: the arguments depend on the run.
        let is_given = given.iter().any(|word| tool(word).is_some());
        !is_given || self.reading.runs.len() > runs
    }

    /// Reads the body of a function with these arguments, or with any; all that it does counts for the offset of the
    /// call where `is_there` says so.
    fn run_function(
        &mut self,
        name: &str,
        given: Option<(&[String], Option<usize>)>,
        (at, is_there): (usize, bool),
    ) {
        let functions = Arc::make_mut(&mut self.reading.end.functions);
        let Some(function) = functions.get_mut(name) else {
            return;
        };
        function.is_called = true;
        let function = function.clone();
        let place = given.map(|(given, _)| (given.to_vec(), self.directory()));
        let mut same = self.calls.iter().filter(|it| it.name == name);
        let has_any = same.clone().any(|it| it.place.is_none());
        if has_any || same.clone().any(|it| it.place == place) {
            return;
        }
        // One that calls itself otherwise may go on with any arguments.
        let place = place.filter(|_| same.next().is_none());
        let is_followed = self.calls.len() < MAX_CALLS;
        if !is_followed || !self.reading.end.budget.affords(function.body.len()) {
            let run = TerraformRun::unseen(None, RunsIn::Script);
            self.reading.runs.push(TerraformRun { offset: at, ..run });
            let what = sentence!("the function `{name}`, which is too long to follow");
            self.reading.aws_uses.push(AwsUse {
                offset: at,
                ..AwsUse::of(what)
            });
            return;
        }
        let end = &mut self.reading.end;
        let outer = arguments::saved(&end.environment);
        let open = given.and_then(|(_, open)| open);
        match &place {
            Some((given, _)) => arguments::set(&mut end.environment, given, open),
            None => {
                arguments::forget(&mut end.environment);
                end.working.path = end.working.path.take().filter(|_| given.is_none());
            }
        }
        self.calls.push(FunctionCall {
            name: name.to_owned(),
            place,
            locals: SavedVariables::default(),
            branches: self.branches.len(),
        });
        let first = [
            self.reading.runs.len(),
            self.reading.aws_uses.len(),
            self.reading.calls.len(),
        ];
        let open = self.subshells.len();
        let around: Vec<usize> = self.subshells.iter().map(|(number, _)| *number).collect();
        let body = function.body.iter().map(|command| {
            let own = command.subshells.iter().skip(function.outer);
            ShellCommand {
                subshells: around.iter().chain(own).copied().collect(),
                ..command.clone()
            }
        });
        let body: Vec<ShellCommand> = body.collect();
        self.block(&body);
        self.leave(open);
        if let Some(call) = self.calls.pop() {
            call.locals.restore(&mut self.reading.end.environment);
        }
        outer.restore(&mut self.reading.end.environment);
        if is_there || function.is_taken_in {
            let [runs, uses, calls] = first;
            self.reading.runs[runs..]
                .iter_mut()
                .for_each(|it| it.offset = at);
            self.reading.aws_uses[uses..]
                .iter_mut()
                .for_each(|it| it.offset = at);
            self.reading.calls[calls..]
                .iter_mut()
                .for_each(|it| it.offset = at);
        }
    }

    /// Reads the functions that no command calls by their names, in the directory where the script begins: those that a
    /// command names otherwise, or any where one is not known, and the functions of a script that people may take in.
    pub(super) fn read_uncalled(&mut self, commands: &[ShellCommand], start: Option<&PathBuf>) {
        let is_open = self.reading.unknown.is_some() || self.calls_any;
        let is_named = |name: &str| {
            let own = commands.iter().filter(|it| !it.is_definition);
            let mut words = own.flat_map(|it| &it.words);
            let is_part = |it: char| it.is_whitespace() || "\"';|&".contains(it);
            is_open || words.any(|word| word.split(is_part).any(|it| it == name))
        };
        // What a job or another script runs is a process of its own.
        let end = &self.reading.end;
        let is_library = end.depth == 0 && !end.is_closed;
        let functions = self.reading.end.functions.clone();
        let uncalled = functions.iter().filter(|(name, function)| {
            let is_own = is_library && !function.is_taken_in;
            !function.is_called && (is_own || is_named(name))
        });
        for (name, function) in uncalled {
            let at = function.body.first().map_or(0, |it| it.offset);
            let at = if function.is_taken_in { 0 } else { at };
            let end = self.reading.end.clone();
            let directory = start.filter(|_| !self.has_moved).cloned();
            self.reading.end.working.path = directory;
            self.run_function(name, None, (at, false));
            self.reading.end.working = end.working;
            self.reading.end.environment = end.environment;
        }
    }

    /// Whether what is read runs whenever the function does that it is in, or the script.
    pub(super) fn is_certain(&self) -> bool {
        let around = self.calls.last().map_or(0, |call| call.branches);
        self.branches.len() == around
    }

    /// Whether a variable is one of the function that is read.
    pub(super) fn is_local(&self, name: &str) -> bool {
        let call = self.calls.last();
        call.is_some_and(|call| call.locals.has(name))
    }

    /// Notes a `local` variable of the function that is read.
    pub(super) fn note_local(&mut self, name: &str) {
        if let Some(call) = self.calls.last_mut() {
            call.locals.note(name, &self.reading.end.environment);
        }
    }
}
