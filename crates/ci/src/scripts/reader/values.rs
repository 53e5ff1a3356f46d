//! The variables of a script and their values.

use super::ScriptReader;
use crate::scripts::invocation::assignment;
use crate::scripts::shell::ShellCommand;
use crate::scripts::working_directory::ROOT;
use crate::variant::{Environment, MAX_ADDED, is_literal};

impl ScriptReader<'_> {
    /// Sets the variables of a command that does nothing else; `false` for any other command.
    pub(super) fn assign(&mut self, words: &[String]) -> bool {
        let keywords = ["export", "local", "declare", "readonly", "typeset"];
        let rest = match words.first() {
            Some(first) if keywords.contains(&first.as_str()) => &words[1..],
            Some(_) => words,
            None => return true,
        };
        let is_set = rest.len() == words.len();
        if is_set && !rest.iter().all(|word| assignment(word).is_some()) {
            return false;
        }
        for (name, value) in rest.iter().filter_map(|word| assignment(word)) {
            // What a branch sets is set in some runs only.
            let value = known(value).filter(|_| self.branches.is_empty());
            self.set(name, value);
        }
        true
    }

    pub(super) fn set(&mut self, name: &str, value: Option<String>) {
        let environment = &mut self.reading.end.environment;
        environment.insert(name.to_owned(), value);
    }

    /// The words of a command with the values of its variables, as far as they are known.
    pub(super) fn expanded(&self, command: &ShellCommand) -> Vec<String> {
        let mut substituted = command.substituted.iter();
        let mut expand = |word: &String| {
            let mut pieces = word.split("$()");
            let mut word = pieces.next().unwrap_or_default().to_owned();
            for piece in pieces {
                let value = substituted.next().and_then(|script| self.value_of(script));
                word += value.as_deref().unwrap_or("$()");
                word += piece;
            }
            with_values(&word, &self.reading.end.environment)
        };
        command.words.iter().map(&mut expand).collect()
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
    let value = value(&name).filter(|value| is_kept && is_used(value));
    Some((length, value))
}
