//! The arguments by which a script passes static keys on to Terraform, and the script without them.

#[cfg(test)]
mod tests;

use std::ops::Range;

use terraform::static_keys::KEYS;

use super::invocation::Invocation;
use super::shell::{ShellCommand, commands};
use super::values_lines::{ENDING, HereDocument, ValuesLine, values_lines};
use crate::github::expression;

/// An argument of a command that sets a variable of Terraform, or a key of its backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyArgument {
    /// What it sets.
    pub option: KeyOption,
    /// The value, unquoted.
    pub value: String,
    /// Its bytes in the script, with the white space before them.
    pub range: Range<usize>,
    /// Its words.
    words: Vec<String>,
    /// The line of a file of values that it is.
    pub written: Option<ValuesLine>,
}

impl KeyArgument {
    /// Whether it is an option of the command, not a variable of its environment or a value in a file.
    pub fn is_flag(&self) -> bool {
        self.written.is_none() && self.words.iter().any(|word| word.starts_with('-'))
    }

    fn written(line: ValuesLine) -> Self {
        Self {
            option: KeyOption::Variable(line.variable.clone()),
            value: line.value.clone(),
            range: line.range.clone(),
            words: line.words.clone(),
            written: Some(line),
        }
    }

    /// Whether it is a whole line.
    fn is_line(&self) -> bool {
        self.document().is_none() && self.words.first().is_some_and(|word| word == "echo")
    }

    /// The here-document that it is a line of.
    fn document(&self) -> Option<&HereDocument> {
        self.written.as_ref()?.document.as_ref()
    }
}

/// What an argument sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOption {
    /// A variable: `-var NAME=VALUE`, `export TF_VAR_NAME=VALUE`, `TF_VAR_NAME=VALUE terraform plan`,
    /// `echo 'NAME = "VALUE"' >> terraform.tfvars`.
    Variable(String),
    /// A key of the backend: `-backend-config=access_key=VALUE`.
    Backend(&'static str),
}

/// The prefix of environment variables that set a variable of Terraform.
pub const VARIABLE: &str = "TF_VAR_";

/// The arguments of a script that set variables of Terraform or keys of its backend, in their order.
pub fn key_arguments(script: &str) -> Vec<KeyArgument> {
    // Most scripts have none.
    let hints = ["-var", "-backend-config", VARIABLE, ENDING];
    if !hints.iter().any(|word| script.contains(word)) {
        return Vec::new();
    }
    let words = raw_words(script);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let first = &words[at];
        let flag = first.text.trim_start_matches('-');
        let is_flag = flag.len() < first.text.len();
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, None),
        };
        let (setting, taken) = match (name, value) {
            ("var" | "backend-config", Some(value)) if is_flag => (value, 1),
            ("var" | "backend-config", None) if is_flag && at + 1 < words.len() => {
                (words[at + 1].text.as_str(), 2)
            }
            _ => (first.text.as_str(), 1),
        };
        let last = &words[at + taken - 1];
        if let Some((name, value)) = setting.split_once('=') {
            let name = name.trim();
            let option = match (flag, is_flag) {
                (_, true) if flag.starts_with("backend-config") => {
                    let mut keys = KEYS.into_iter();
                    keys.find(|key| *key == name).map(KeyOption::Backend)
                }
                (_, true) if flag.starts_with("var") && !flag.starts_with("var-file") => {
                    Some(KeyOption::Variable(name.to_owned()))
                }
                _ => {
                    let name = name.strip_prefix(VARIABLE);
                    name.map(|name| KeyOption::Variable(name.to_owned()))
                }
            };
            let of_line = exporting_line(script, first.end, &first.text);
            found.extend(option.map(|option| {
                KeyArgument {
                    option,
                    value: value.trim().trim_matches('"').to_owned(),
                    range: of_line
                        .clone()
                        .map_or(first.start..last.end, |(line, _)| line),
                    words: match of_line {
                        Some((_, words)) => words,
                        None => {
                            let taken = words[at..at + taken].iter();
                            taken.map(|word| word.text.clone()).collect()
                        }
                    },
                    written: None,
                }
            }));
        }
        at += taken;
    }
    found.extend(values_lines(script).into_iter().map(KeyArgument::written));
    found.sort_by_key(|argument| argument.range.start);
    found
}

/// The line around a word that does nothing but write it to the environment file of GitHub, and the words
/// of its command: `echo "TF_VAR_NAME=VALUE" >> $GITHUB_ENV`.
fn exporting_line(script: &str, at: usize, word: &str) -> Option<(Range<usize>, Vec<String>)> {
    let start = script[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = script[at..]
        .find('\n')
        .map_or(script.len(), |end| at + end + 1);
    let line = &script[start..end];
    let [command] = commands(line).try_into().ok()?;
    let ShellCommand { words, .. } = command;
    let is_file = |word: &str| matches!(word, "$GITHUB_ENV" | "${GITHUB_ENV}");
    let exports = matches!(words.as_slice(), [echo, own, to, file]
        if echo == "echo" && own == word && to == ">" && is_file(file));
    (exports && line.contains(">>")).then_some((start..end, words))
}

/// The script without these arguments of it, and without an `export` of nothing else. `None` where it
/// would then do anything else differently: where one stands in a here-document, in quotes, or belongs
/// to another program.
pub fn without(script: &str, arguments: &[KeyArgument]) -> Option<String> {
    let mut text = script.to_owned();
    let mut cut = script.len();
    for argument in arguments.iter().rev() {
        if let Some(document) = argument.document() {
            let is_whole = left_of(document, arguments).is_none();
            let range = match is_whole {
                true => document.range.clone(),
                false => argument.range.clone(),
            };
            // A document of which nothing is left goes with its last line.
            if range.start < cut {
                cut = range.start;
                text.replace_range(range, "");
            }
            continue;
        }
        cut = argument.range.start;
        if argument.is_line() {
            text.replace_range(argument.range.clone(), "");
            continue;
        }
        // The first word of a line has its indentation before it, which stays.
        let before = &script[argument.range.clone()];
        let is_first = argument.range.start == 0
            || before.trim_start_matches([' ', '\t']).starts_with('\n')
            || script[..argument.range.start].ends_with('\n');
        match is_first {
            false => text.replace_range(argument.range.clone(), ""),
            true => {
                let blank = before.len() - before.trim_start().len();
                let rest = &text[argument.range.end..];
                let space = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                let range = argument.range.start + blank..argument.range.end + space;
                text.replace_range(range, "");
            }
        }
    }
    let lines = text
        .split_inclusive('\n')
        .filter(|line| line.trim() != "export");
    let text: String = lines.collect();
    let mut left = arguments.iter();
    let expected = commands(script).into_iter().filter_map(|mut command| {
        let is_terraform = runs_terraform(&command);
        let mut words = command.words.clone();
        let document = left.as_slice().first().and_then(KeyArgument::document);
        if let Some(document) = document.filter(|it| words.last() == Some(&it.body)) {
            let own = |it: &&KeyArgument| it.document() == Some(document);
            while left.as_slice().first().is_some_and(|it| own(&it)) {
                left.next();
            }
            words.pop();
            words.push(left_of(document, arguments)?);
            return Some(words);
        }
        let mut kept = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let next = left.as_slice().first();
            let is_next = next.is_some_and(|it| words[at..].starts_with(&it.words));
            if is_next && (is_terraform || next.is_some_and(KeyArgument::is_line)) {
                at += left.next().map_or(1, |it| it.words.len());
            } else {
                kept.push(words[at].clone());
                at += 1;
            }
        }
        let is_gone = kept.is_empty() && !words.is_empty() || kept == ["export"] && kept != words;
        command.words = kept;
        (!is_gone).then_some(command.words)
    });
    let expected: Vec<_> = expected.collect();
    let found: Vec<_> = commands(&text).into_iter().map(|it| it.words).collect();
    (left.next().is_none() && expected == found).then_some(text)
}

/// What is left of the body of a here-document without these lines of it; `None` where that is nothing.
fn left_of(document: &HereDocument, arguments: &[KeyArgument]) -> Option<String> {
    let own = arguments
        .iter()
        .filter(|it| it.document() == Some(document));
    let gone: Vec<Range<usize>> = own.map(|it| it.range.clone()).collect();
    let lines = document.body.split_inclusive('\n');
    let mut start = document.start;
    let kept: String = lines
        .filter(|line| {
            let range = start..start + line.len();
            start = range.end;
            !gone.contains(&range)
        })
        .collect();
    (!kept.trim().is_empty()).then_some(kept)
}

/// Whether a command runs Terraform, or sets variables for what follows.
fn runs_terraform(command: &ShellCommand) -> bool {
    let words = &command.words;
    let is_setting = || {
        let mut words = words.iter().filter(|word| *word != "export");
        words.all(|word| word.starts_with(VARIABLE))
    };
    let program = Invocation::of(words);
    let is_tool = |name: &str| matches!(name, "terraform" | "tofu" | "terragrunt");
    program.is_some_and(|it| is_tool(it.name())) || is_setting()
}

/// A word as it stands in a script.
struct RawWord {
    /// Byte offset of the white space before it.
    start: usize,
    end: usize,
    /// The word, unquoted.
    text: String,
}

/// The words of a script, unquoted.
fn raw_words(script: &str) -> Vec<RawWord> {
    let bytes = script.as_bytes();
    let is_space = |at: usize| bytes[at].is_ascii_whitespace();
    let mut found = Vec::new();
    let (mut at, mut last) = (0, 0);
    // A search to the end for each expression that nothing closes would take quadratic time.
    let mut is_unclosed = false;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if bytes.get(at + 1) == Some(&b'\n') => at += 2,
            _ if is_space(at) => at += 1,
            b'#' => at = script[at..].find('\n').map_or(bytes.len(), |end| at + end),
            b';' | b'|' | b'&' | b'(' | b')' | b'<' | b'>' => {
                at += 1;
                last = at;
            }
            _ => {
                let end = end_of_word(script, at, &mut is_unclosed);
                let parsed = commands(&script[at..end]);
                let word = parsed.last().and_then(|command| command.words.last());
                found.push(RawWord {
                    start: last,
                    end,
                    text: word.cloned().unwrap_or_default(),
                });
                at = end;
                last = end;
            }
        }
    }
    found
}

/// The offset behind the word that begins at `at`.
fn end_of_word(script: &str, mut at: usize, is_unclosed: &mut bool) -> usize {
    let bytes = script.as_bytes();
    let mut quote = None;
    while at < bytes.len() {
        // GitHub replaces expressions before the shell sees its quotes.
        if !*is_unclosed && bytes[at..].starts_with(b"${{") {
            match expression::leading(&script[at..]) {
                Some(length) => {
                    at += length;
                    continue;
                }
                None => *is_unclosed = true,
            }
        }
        match (bytes[at], quote) {
            (b'\\', None | Some(b'"')) => at += 1,
            (byte, Some(open)) if byte == open => quote = None,
            (byte @ (b'"' | b'\''), None) => quote = Some(byte),
            (b';' | b'|' | b'&' | b'(' | b')' | b'<' | b'>', None) => return at,
            (byte, None) if byte.is_ascii_whitespace() => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
