//! The variables that commands of the shell set without an assignment of their own.

use super::{ScriptReader, arguments};
use crate::scripts::invocation::{Invocation, assignment};
use crate::variant::is_literal;

/// Words that make assignments of the words behind them.
const DECLARING: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];

/// The variables that a command may set, in any way ("Bash Builtin Commands", Bash manual).
pub(super) fn changed_by(words: &[String]) -> Vec<String> {
    let assigned = words.iter().map_while(|word| assigned(word));
    let mut names: Vec<String> = assigned.map(str::to_owned).collect();
    if names.len() < words.len() {
        let first = words[names.len()].as_str();
        if DECLARING.contains(&first) {
            let behind = words[names.len() + 1..].iter();
            names.extend(behind.filter_map(|it| assigned_or_name(it)));
        } else {
            // What stands before a command is of that alone.
            names.clear();
        }
        names.extend(set_by_builtin(words));
    }
    names
}

/// The variables that a builtin of the shell sets.
fn set_by_builtin(words: &[String]) -> Vec<String> {
    let Some(invocation) = Invocation::of(words) else {
        return Vec::new();
    };
    let given = invocation.arguments;
    let names = |words: &[String]| -> Vec<String> {
        let names = words.iter().filter_map(|it| assigned_or_name(it));
        names.collect()
    };
    match invocation.name() {
        // A word may be the value of an option; what is forgotten in vain is asked for.
        "getopts" | "let" | "mapfile" | "read" | "readarray" | "unset" => names(given),
        "printf" => match given {
            [option, name, ..] if option == "-v" => names(std::slice::from_ref(name)),
            _ => Vec::new(),
        },
        // The name of another variable: what sets one sets both.
        "declare" | "local" | "typeset" if is_reference(given) => {
            let values = given.iter().filter_map(|it| Some(assignment(it)?.1));
            values.map(str::to_owned).collect()
        }
        "eval" => {
            let text = given.join(" ");
            let words = text.split(|it: char| it.is_whitespace() || ";&|".contains(it));
            words.filter_map(assigned).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether options make references of variables: `declare -n`.
fn is_reference(options: &[String]) -> bool {
    let mut options = options.iter().take_while(|it| it.starts_with('-'));
    options.any(|it| it.contains('n'))
}

/// The name that a word assigns: `NAME=`, `NAME+=`, `NAME[0]=`.
fn assigned(word: &str) -> Option<&str> {
    let (before, _) = word.split_once('=')?;
    let name = before.trim_end_matches('+');
    let name = name.split('[').next().unwrap_or(name);
    is_name(name).then_some(name)
}

fn assigned_or_name(word: &str) -> Option<String> {
    let name = assigned(word).or_else(|| Some(word).filter(|it| is_name(it)));
    name.map(str::to_owned)
}

fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    !text.is_empty() && text.bytes().all(is_part) && !text.as_bytes().first().is_some_and(is_digit)
}

impl ScriptReader<'_> {
    /// Forgets the variables that a builtin sets, and reads what adds to a variable: `NAME+=value`, `NAME[1]=value`.
    pub(super) fn change_variables(&mut self, words: &[String]) {
        let is_certain = self.is_certain() && self.loops == 0;
        let is_unset = words.first().is_some_and(|it| it == "unset");
        for name in set_by_builtin(words) {
            let environment = &mut self.reading.end.environment;
            match is_unset {
                true if is_certain => drop(environment.remove(&name)),
                true if !environment.contains_key(&name) => {}
                _ => arguments::forget_variable(environment, &name),
            }
        }
        let is_declared = words.first().is_some_and(|it| DECLARING.contains(&&**it));
        let rest = &words[usize::from(is_declared)..];
        if !is_declared && !rest.iter().all(|it| assigned(it).is_some()) {
            return;
        }
        for word in rest {
            let Some(name) = assigned(word).filter(|_| assignment(word).is_none()) else {
                continue;
            };
            // An array in parentheses is read with its elements.
            if word.ends_with("=()") {
                continue;
            }
            let environment = &mut self.reading.end.environment;
            let before = environment.get(name).cloned().flatten();
            let added = word.strip_prefix(name).and_then(|it| it.strip_prefix("+="));
            let both = before.zip(added).map(|(before, added)| before + added);
            arguments::forget_variable(environment, name);
            let known = both.filter(|it| is_certain && is_literal(it));
            self.set(name, known);
        }
    }
}
