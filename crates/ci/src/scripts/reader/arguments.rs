//! The arguments of a script or a function: `$1` to `$9` and `$@`.

use super::ScriptReader;
use super::saved_variables::SavedVariables;
use crate::scripts::invocation::Invocation;
use crate::variant::{Environment, is_literal};

/// Where all arguments stand in the environment, and the elements of an array behind its name.
const ALL: &str = "@";
const ELEMENTS: &str = "[@]";

/// The word for all arguments, where they are not known.
pub(super) const EVERY: &str = "$@";

/// The place of the first argument that may be several, in the environment.
const OPEN: &str = "#";

/// What stands between words that are one value of the environment.
// No script has it in a word ("Information separators", ASCII).
const SEPARATOR: char = '\u{1f}';

/// The arguments that have a name of one digit.
const NAMED: usize = 9;

fn names() -> impl Iterator<Item = String> {
    let named = (1..=NAMED).map(|number| number.to_string());
    named.chain([ALL.to_owned(), OPEN.to_owned()])
}

/// Sets the arguments of a script or a function, of which those from `open` on may stand at other places.
pub(in crate::scripts) fn set(
    environment: &mut Environment,
    arguments: &[String],
    open: Option<usize>,
) {
    match open {
        Some(open) => environment.insert(OPEN.to_owned(), Some(open.to_string())),
        None => environment.remove(OPEN),
    };
    let open = open.unwrap_or(usize::MAX);
    for at in 0..NAMED {
        let value = match arguments.get(at) {
            _ if at >= open => None,
            Some(argument) => Some(argument.clone()).filter(|it| is_literal(it)),
            // What is not given is empty.
            None => Some(String::new()),
        };
        environment.insert((at + 1).to_string(), value);
    }
    environment.insert(ALL.to_owned(), Some(joined(arguments)));
}

/// The place among arguments from which on only the run tells which one stands there.
pub(in crate::scripts) fn open(arguments: &[String]) -> Option<usize> {
    arguments.iter().position(|it| it == EVERY)
}

/// Leaves the arguments to the run.
pub(super) fn forget(environment: &mut Environment) {
    environment.extend(names().map(|name| (name, None)));
}

/// Leaves a variable to the run, and the elements that it has as an array.
pub(super) fn forget_variable(environment: &mut Environment, name: &str) {
    environment.insert(name.to_owned(), None);
    if let Some(elements) = environment.get_mut(&format!("{name}{ELEMENTS}")) {
        *elements = None;
    }
}

/// What the arguments are.
pub(super) fn saved(environment: &Environment) -> SavedVariables {
    let mut saved = SavedVariables::default();
    for name in names() {
        saved.note(&name, environment);
    }
    saved
}

fn joined(words: &[String]) -> String {
    words.join(&SEPARATOR.to_string())
}

fn split(value: &str) -> Vec<String> {
    match value.is_empty() {
        true => Vec::new(),
        false => value.split(SEPARATOR).map(str::to_owned).collect(),
    }
}

/// The words that `$@` or `${NAME[@]}` stands for; `None` for another word, and where they are not known.
pub(super) fn all(word: &str, environment: &Environment) -> Option<Vec<String>> {
    let name = word.strip_prefix('$')?;
    let name = match name.strip_prefix('{') {
        Some(inside) => inside.strip_suffix('}')?,
        None => name,
    };
    let (name, from) = match name.split_once(':') {
        Some((name, from)) => (name, from.parse().ok()?),
        None => (name, 1),
    };
    let name = match name {
        "@" | "*" => ALL.to_owned(),
        _ => {
            let array = name
                .strip_suffix(ELEMENTS)
                .or_else(|| name.strip_suffix("[*]"))?;
            format!("{array}{ELEMENTS}")
        }
    };
    let words = split(environment.get(&name)?.as_deref()?);
    // `${@:2}` begins with the second ("Shell Parameter Expansion", Bash manual).
    let skipped = usize::checked_sub(from, 1).filter(|it| *it == 0 || name == ALL)?;
    Some(words.into_iter().skip(skipped).collect())
}

impl ScriptReader<'_> {
    /// Sets an array; what a branch sets is set in some runs only.
    pub(super) fn set_array(&mut self, name: &str, elements: &[String], is_known: bool) {
        let environment = &mut self.reading.end.environment;
        let (name, before) = match name.strip_suffix('+') {
            Some(name) => {
                let before = environment.get(&format!("{name}{ELEMENTS}")).cloned();
                (name, before.flatten().map(|it| split(&it)))
            }
            None => (name, Some(Vec::new())),
        };
        let words = before.map(|before| [before, elements.to_vec()].concat());
        let words = words.filter(|_| is_known);
        let first = words.as_ref().and_then(|it| it.first()).cloned();
        environment.insert(name.to_owned(), first.filter(|it| is_literal(it)));
        let value = words.map(|it| joined(&it));
        environment.insert(format!("{name}{ELEMENTS}"), value);
    }

    /// Changes the arguments by `shift` and `set --`; `false` for another command.
    pub(super) fn changes_arguments(&mut self, invocation: &Invocation<'_>) -> bool {
        let given = invocation.arguments;
        let first = given.first().map(String::as_str);
        let environment = &self.reading.end.environment;
        let left = match (invocation.name(), first) {
            ("set", Some("--")) => {
                let open = given[1..].iter().position(|it| !is_literal(it));
                Some((given[1..].to_vec(), open))
            }
            ("shift", count) => count
                .map_or(Some(1), |it| it.parse().ok())
                .and_then(|count| {
                    let open = environment.get(OPEN).cloned().flatten();
                    let open: Option<usize> = open.and_then(|it| it.parse().ok());
                    let all = all(EVERY, environment)?;
                    let open = match open {
                        Some(open) => Some(open.checked_sub(count)?),
                        None => None,
                    };
                    Some((all.get(count..)?.to_vec(), open))
                }),
            _ => return false,
        };
        let is_certain = self.is_certain() && self.loops == 0;
        let environment = &mut self.reading.end.environment;
        match left.filter(|_| is_certain) {
            Some((left, open)) => set(environment, &left, open),
            None => forget(environment),
        }
        true
    }
}
