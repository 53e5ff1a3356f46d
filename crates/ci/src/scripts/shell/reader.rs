//! Reads the text of a script, character by character.

mod expansions;
mod functions;
mod here_documents;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ShellCommand;
use expansions::{ending, parentheses};
pub(in crate::scripts) use functions::body_length as function_length;

/// Subshells in each other that are told apart.
const SUBSHELLS: usize = 32;

/// Reads a script, and the parts of it that are scripts of their own.
#[derive(Default)]
pub(super) struct ShellReader {
    pub(super) commands: Vec<ShellCommand>,
    command: ShellCommand,
    /// The command that reads what one prints, by their indices in `commands`.
    pub(super) readers: BTreeMap<usize, usize>,
    /// The commands whose output the one that is read takes: by a pipe, by `$()`.
    taken: Vec<usize>,
    word: Option<String>,
    /// The delimiters of here-documents whose bodies begin on the next line, with whether the shell
    /// expands those: it does unless the delimiter is quoted.
    heredocs: Vec<(String, bool)>,
    /// Byte offset of the text that is read in the whole script, and the length of that text.
    start: usize,
    length: usize,
    subshells: Vec<usize>,
    /// How many subshells there were.
    opened: usize,
    /// How many subshells were open where it began.
    outer: usize,
    /// How many of the last commands ended with `|`.
    piped: usize,
    /// Whether it reads the elements of an array, which are no commands.
    is_array: bool,
    /// The elements that it has read.
    elements: Vec<String>,
    /// How many are open beyond [`SUBSHELLS`].
    deeper: usize,
    /// How many `$()` are around.
    depth: usize,
    /// What is not closed in the rest of the text.
    // A search to the end for each that is open would take quadratic time.
    unclosed: BTreeSet<&'static str>,
    /// The parenthesis that closes one, by their offsets in the text that is read.
    parentheses: HashMap<usize, usize>,
}

impl ShellReader {
    /// One that has read a script.
    pub(super) fn of(script: &str) -> Self {
        let mut reader = Self {
            length: script.len(),
            ..Self::default()
        };
        reader.read(script);
        reader.end_command();
        reader
    }

    fn read(&mut self, text: &str) {
        self.parentheses = parentheses(text);
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = self.step(c, rest);
        }
    }

    /// Byte offset in the script at which what is not read yet begins.
    fn at(&self, rest: &str) -> usize {
        self.start + self.length - rest.len()
    }

    /// Reads a part of the script, which begins at `start`, as a subshell.
    fn read_inside(&mut self, part: &str, start: usize) {
        let mut inner = Self {
            start,
            length: part.len(),
            subshells: self.subshells.clone(),
            opened: self.opened,
            depth: self.depth + 1,
            ..Self::default()
        };
        inner.open_subshell();
        inner.outer = inner.subshells.len();
        inner.read(part);
        inner.end_command();
        // What nothing inside reads is the text that takes the place of `$()`.
        let unread = (0..inner.commands.len()).filter(|at| !inner.readers.contains_key(at));
        inner.taken = unread.collect();
        self.add(inner);
    }

    /// Adds the commands of a part of the script.
    fn add(&mut self, inner: Self) {
        let first = self.commands.len();
        let readers = inner.readers.into_iter();
        self.readers
            .extend(readers.map(|(from, to)| (first + from, first + to)));
        self.taken
            .extend(inner.taken.into_iter().map(|at| first + at));
        self.opened = inner.opened;
        self.commands.extend(inner.commands);
    }

    fn open_subshell(&mut self) {
        if self.subshells.len() == SUBSHELLS {
            self.deeper += 1;
            return;
        }
        self.opened += 1;
        self.subshells.push(self.opened);
    }

    /// Consumes the token at the start of `rest` and returns the remainder.
    fn step<'t>(&mut self, c: char, rest: &'t str) -> &'t str {
        let after = &rest[c.len_utf8()..];
        if self.command.words.is_empty() && self.word.is_none() {
            self.command.offset = self.at(rest);
        }
        if c == '('
            && self.begins()
            && let Some(length) = self.whole(rest, "((", |rest| ending(rest, "))"))
        {
            // `((a > b))` runs nothing.
            return &rest[length..];
        }
        match c {
            // `[[ a && (b || c) ]]` is one command.
            '&' | '|' | '(' | ')' | '\n' if self.is_in_test() => {
                self.end_word();
                after
            }
            // `NAME=(...)`, `NAME+=(...)`
            '(' if self.word.as_ref().is_some_and(|word| word.ends_with('=')) => self.array(after),
            ';' if after.starts_with(';') => {
                // The end of a branch of `case`, as a command of its own.
                self.end_command();
                self.command.words.push(";;".to_owned());
                self.end_command();
                self.piped = 0;
                &after[1..]
            }
            '\\' if after.starts_with('\n') => &after[1..],
            '\\' => {
                let next = after.chars().next();
                self.word().extend(next);
                &after[next.map_or(0, char::len_utf8)..]
            }
            '\'' => {
                let (inside, after) = after.split_once('\'').unwrap_or((after, ""));
                self.word().push_str(inside);
                after
            }
            '"' => self.double_quoted(after),
            '$' | '`' => {
                self.note_split(rest);
                self.expansion(rest)
            }
            '#' if self.word.is_none() => after.find('\n').map_or("", |end| &after[end..]),
            '\n' => {
                self.end_command();
                self.piped = 0;
                self.skip_heredocs(after)
            }
            // `&>` and `>&` are redirections, and end no command.
            '&' if after.starts_with('>') || self.is_redirected() => after,
            '&' | '|' if after.starts_with(c) => {
                self.end_command();
                self.command.is_chained = true;
                &after[1..]
            }
            ';' | '|' | '&' => {
                self.end_command();
                self.piped = match c {
                    '|' => self.piped + 1,
                    _ => 0,
                };
                if c == '|' {
                    self.taken.extend(self.commands.len().checked_sub(1));
                }
                after
            }
            '(' if self.defines_function(after) => self.definition(after),
            '(' => {
                self.end_command();
                self.open_subshell();
                after
            }
            ')' if self.subshells.len() > self.outer => {
                self.end_command();
                match self.deeper.checked_sub(1) {
                    Some(deeper) => self.deeper = deeper,
                    None => drop(self.subshells.pop()),
                }
                after
            }
            // The end of a pattern of `case`, which is no command; the first one may stand behind `in`.
            ')' => {
                self.end_pattern();
                after
            }
            // `<<` begins a here-document, `<<<` a here-string.
            '<' if after.starts_with('<') && !after.starts_with("<<") => self.heredoc(&after[1..]),
            // `<(...)` and `>(...)` are words ("Process Substitution", Bash manual).
            '<' | '>' if after.starts_with('(') => self.expansion(rest),
            '<' => {
                self.end_word();
                after.trim_start_matches('<')
            }
            '>' => {
                self.end_word();
                self.command.words.push(">".to_owned());
                after.trim_start_matches(['>', '|'])
            }
            c if c.is_whitespace() => {
                self.end_word();
                after
            }
            c => {
                self.word().push(c);
                after
            }
        }
    }

    /// Whether what follows is the first word of a command, but for keywords.
    fn begins(&self) -> bool {
        let keywords = ["!", "do", "elif", "else", "if", "then", "until", "while"];
        let mut words = self.command.words.iter();
        self.word.is_none() && words.all(|word| keywords.contains(&word.as_str()))
    }

    fn is_in_test(&self) -> bool {
        let words = &self.command.words;
        let is = |bracket| words.iter().any(|word| word == bracket);
        is("[[") && !is("]]") && self.word.as_ref().is_none_or(|word| word != "]]")
    }

    fn word(&mut self) -> &mut String {
        self.word.get_or_insert_default()
    }

    fn end_word(&mut self) {
        self.command.words.extend(self.word.take());
        self.begin_body();
    }

    fn end_command(&mut self) {
        self.end_word();
        if self.is_array {
            self.elements.append(&mut self.command.words);
            self.command = ShellCommand::default();
        }
        if !self.command.words.is_empty() {
            self.command.subshells.clone_from(&self.subshells);
            let own = self.commands.len();
            let taken = std::mem::take(&mut self.taken).into_iter();
            self.readers.extend(taken.map(|at| (at, own)));
            self.commands.push(std::mem::take(&mut self.command));
        }
    }

    /// Drops the pattern of a branch, with its alternatives; `case` itself is a command.
    fn end_pattern(&mut self) {
        self.end_word();
        let is_case =
            |command: &ShellCommand| command.words.first().is_some_and(|word| word == "case");
        match is_case(&self.command) {
            true => self.end_command(),
            false => self.command = ShellCommand::default(),
        }
        for _ in 0..std::mem::take(&mut self.piped) {
            if self.commands.last().is_some_and(|last| !is_case(last)) {
                self.commands.pop();
                // What it read is a pattern, too.
                let read = self.commands.len().saturating_sub(1);
                drop(self.readers.split_off(&read));
            }
        }
        self.taken.clear();
    }

    fn is_redirected(&self) -> bool {
        self.command.words.last().is_some_and(|word| word == ">")
    }
}
