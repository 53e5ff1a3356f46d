//! The arguments of `make`.

use crate::scripts::invocation::assignment;

/// The arguments of a call of `make`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MakeCall {
    /// `-C`.
    pub directory: Option<String>,
    /// `-f`.
    pub file: Option<String>,
    /// The targets; the first of the file where there are none.
    pub targets: Vec<String>,
    /// `NAME=value`, which beat what the file sets ("Overriding Variables").
    pub variables: Vec<(String, String)>,
    /// Whether it only prints what it would run.
    pub is_dry: bool,
    /// `-e`: the environment beats what the file sets ("Variables from the Environment").
    pub is_environment_first: bool,
}

impl MakeCall {
    /// The call with these arguments.
    pub fn of(arguments: &[String]) -> Self {
        let mut call = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if word.starts_with("--") => (option, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            match option {
                "-C" | "--directory" => call.directory = value.or_else(|| words.next().cloned()),
                "-f" | "--file" | "--makefile" => {
                    call.file = value.or_else(|| words.next().cloned());
                }
                "-e" | "--environment-overrides" => call.is_environment_first = true,
                "-n" | "--dry-run" | "--just-print" => call.is_dry = true,
                "-I" | "-o" | "-W" => drop(words.next()),
                "-j" | "-l" => {}
                _ if word.starts_with("-C") => call.directory = Some(word[2..].to_owned()),
                _ if word.starts_with('-') || word.bytes().all(|it| it.is_ascii_digit()) => {}
                _ => match assignment(word.strip_suffix(':').unwrap_or(word)) {
                    Some((name, value)) => {
                        call.variables.push((name.to_owned(), value.to_owned()));
                    }
                    None => call.targets.push(word.clone()),
                },
            }
        }
        call
    }
}
