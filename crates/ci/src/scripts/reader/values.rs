//! The variables of a script and their values.

use super::{ScriptReader, arguments};
use crate::scripts::invocation::assignment;
use crate::scripts::shell::ShellCommand;
use crate::scripts::working_directory::ROOT;
use crate::terraform_run::tool;
use crate::variant::{Environment, MAX_ADDED, is_literal};

impl ScriptReader<'_> {
    /// Sets the variables of a command that does nothing else; `false` for any other command.
    pub(super) fn assign(&mut self, command: &ShellCommand, words: &[String]) -> bool {
        let keywords = ["export", "local", "declare", "readonly", "typeset"];
        let rest = match words.first() {
            Some(first) if keywords.contains(&first.as_str()) => &words[1..],
            Some(_) => words,
            None => return true,
        };
        let is_set = rest.len() == words.len();
        let is_one = |word: &String| assignment(word).is_some() || is_array(word);
        if is_set && !rest.iter().all(is_one) {
            return false;
        }
        let is_local = words[0] == "local" || words[0] == "declare" || words[0] == "typeset";
        let mut arrays = command.arrays.iter().peekable();
        for word in rest {
            let Some((name, value)) = word.split_once('=').filter(|_| is_one(word)) else {
                if is_local && !word.starts_with('-') {
                    self.note_local(word);
                    self.set(word, None);
                }
                continue;
            };
            if is_local {
                self.note_local(name);
            }
            // What a branch sets is set in some runs only.
            let is_own = is_local || self.is_local(name);
            let is_certain = self.branches.is_empty() || is_own && self.is_certain();
            if let Some(elements) = arrays.next_if(|_| is_array(word)) {
                let elements = self.filled(elements);
                self.set_array(name, &elements, is_certain);
                continue;
            }
            self.note_tool(name, value);
            self.set(name, known(value).filter(|_| is_certain));
        }
        true
    }

    /// Notes a variable that holds a command of Terraform, whose value the run determines.
    fn note_tool(&mut self, name: &str, value: &str) {
        if value.split_whitespace().any(|word| tool(word).is_some()) {
            self.tools.insert(name.to_owned());
        }
    }

    /// Whether a word begins with a variable that holds such a command: `$CMD apply`, `"${CMD[@]}"`.
    pub(super) fn holds_tool(&self, word: &str) -> bool {
        let name = word.trim_start_matches(['$', '{']);
        let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let end = name.find(|it| !is_part(it)).unwrap_or(name.len());
        word.starts_with('$') && self.tools.contains(&name[..end])
    }

    /// Words with the values of their variables.
    fn filled(&self, words: &[String]) -> Vec<String> {
        let environment = &self.reading.end.environment;
        let filled = words
            .iter()
            .flat_map(|word| match arguments::all(word, environment) {
                Some(all) => all,
                None => vec![with_values(word, environment)],
            });
        filled.collect()
    }

    pub(super) fn set(&mut self, name: &str, value: Option<String>) {
        let environment = &mut self.reading.end.environment;
        environment.insert(name.to_owned(), value);
    }

    /// The words of a command with the values of its variables, as far as they are known.
    pub(super) fn expanded(&self, command: &ShellCommand) -> Vec<String> {
        let mut substituted = command.substituted.iter();
        let environment = &self.reading.end.environment;
        let mut expand = |word: &String| {
            let mut pieces = word.split("$()");
            let mut word = pieces.next().unwrap_or_default().to_owned();
            for piece in pieces {
                let value = substituted.next().and_then(|script| self.value_of(script));
                word += value.as_deref().unwrap_or("$()");
                word += piece;
            }
            with_values(&word, environment)
        };
        let mut words = Vec::with_capacity(command.words.len());
        for (at, word) in command.words.iter().enumerate() {
            if let Some(all) = arguments::all(word, environment) {
                words.extend(all);
                continue;
            }
            let value = expand(word);
            match command.split.contains(&at) && value != *word {
                true => words.extend(value.split_whitespace().map(str::to_owned)),
                false => words.push(value),
            }
        }
        words
    }

    /// What a command prints, where that is a directory of the tree.
    pub(super) fn value_of(&self, script: &str) -> Option<String> {
        let script = script.trim();
        let own = &self.reading.end;
        let of_script = || own.environment.get("BASH_SOURCE")?.clone();
        match script {
            "git rev-parse --show-toplevel" => Some(ROOT.to_owned()),
            "pwd" => own.working.spelled(),
            _ if script.contains("dirname") && !script.contains("/..") => {
                let is_own = script.contains("$0") || script.contains("BASH_SOURCE");
                of_script().filter(|_| is_own)
            }
            _ => None,
        }
    }
}

/// Whether a word sets an array, or adds to one: `NAME=()`, `NAME+=()`.
fn is_array(word: &str) -> bool {
    let name = word.strip_suffix("=()");
    name.is_some_and(|name| assignment(&format!("{}=", name.trim_end_matches('+'))).is_some())
}

/// The value of an assignment, where it is known.
pub(super) fn known(value: &str) -> Option<String> {
    let below = value.strip_prefix(ROOT).unwrap_or(value);
    is_literal(below).then(|| value.to_owned())
}

/// A word with `$NAME` and `${NAME}` replaced where the environment tells the value; as it is where
/// that would make it far longer.
pub(super) fn with_values(word: &str, environment: &Environment) -> String {
    let mut out = String::new();
    // A word may have many `${` that nothing closes: the last brace is looked for once.
    let last = word.rfind('}').unwrap_or(0);
    let mut added = 0;
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        out += &rest[..at];
        rest = &rest[at..];
        let is_open = rest.starts_with("${") && word.len() - rest.len() > last;
        let variable = (!is_open).then(|| variable(rest, environment)).flatten();
        let (length, value) = variable.unwrap_or((1, None));
        added += value.as_ref().map_or(0, String::len);
        if added > MAX_ADDED {
            return word.to_owned();
        }
        out += value.as_deref().unwrap_or(&rest[..length]);
        rest = &rest[length..];
    }
    out + rest
}

/// The length of the variable that a text begins with, and its value where that is known.
fn variable(text: &str, environment: &Environment) -> Option<(usize, Option<String>)> {
    // GitHub's expressions are no variables.
    if text.starts_with("${{") {
        return None;
    }
    let is_name = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
    let name_of = |text: &str| -> String { text.chars().take_while(is_name).collect() };
    let value = |name: &str| environment.get(name).cloned().flatten();
    let Some(inside) = text.strip_prefix("${") else {
        let name = name_of(&text[1..]);
        return (!name.is_empty()).then(|| (1 + name.len(), value(&name)));
    };
    let end = inside.find('}')?;
    let name = name_of(inside);
    let length = "${".len() + end + 1;
    let operator = &inside[name.len()..end];
    // `${NAME:-x}` and `${NAME:?x}` are the value of a variable that is set and not empty; any other
    // operator changes it.
    let is_kept = operator.is_empty() || operator.starts_with(":-") || operator.starts_with(":?");
    let is_used = |value: &String| operator.is_empty() || !value.is_empty();
    let value = value(&name);
    let default = operator.strip_prefix(":-").filter(|it| is_literal(it));
    let is_empty = value.as_deref() == Some("");
    let default = default.filter(|_| is_empty).map(str::to_owned);
    let value = value.filter(|value| is_kept && is_used(value));
    Some((length, value.or(default)))
}
