//! Files that a script takes in, with what they set: `source lib.sh`.

use std::sync::Arc;

use super::functions::Functions;
use super::{ScriptReader, ScriptReading, arguments};
use crate::scripts::shell::ShellCommand;

/// Whether a command reads a file as a part of the script.
pub(crate) fn is_taking_in(name: &str) -> bool {
    matches!(name, "." | "source")
}

/// Adds the functions of one of several files that may be taken in.
pub(in crate::scripts) fn add_functions(known: &mut Functions, other: &Functions) {
    if Arc::ptr_eq(known, other) {
        return;
    }
    let known = Arc::make_mut(known);
    for (name, function) in other.iter() {
        match known.get_mut(name) {
            Some(own) if own != function => own.or_else_runs(function),
            Some(_) => {}
            None => drop(known.insert(name.clone(), function.clone())),
        }
    }
}

impl ScriptReader<'_> {
    /// Goes on where a file ends that the command takes in.
    pub(super) fn take_in(&mut self, number: usize, command: &ShellCommand, inner: ScriptReading) {
        let end = inner.end.clone();
        self.add_called(number, command.offset, inner);
        let is_certain = self.branches.is_empty() && !self.may_be_left_out;
        let own = &mut self.reading.end;
        let saved = arguments::saved(&own.environment);
        let of_script = own.environment.get("BASH_SOURCE").cloned();
        let functions = Arc::make_mut(&mut own.functions);
        for (name, function) in end.functions.iter() {
            let is_own = functions.get(name).is_some_and(|it| it.is_same(function));
            functions.insert(name.clone(), function.taken_in(!is_own));
        }
        for (name, value) in end.environment {
            if own.environment.get(&name) != Some(&value) {
                own.environment.insert(name, value.filter(|_| is_certain));
            }
        }
        saved.restore(&mut own.environment);
        if let Some(of_script) = of_script {
            own.environment.insert("BASH_SOURCE".to_owned(), of_script);
        } else {
            own.environment.remove("BASH_SOURCE");
        }
        if end.working != self.reading.end.working {
            let is_certain = !self.may_be_left_out;
            self.go(end.working.path.filter(|_| is_certain));
        }
    }
}
