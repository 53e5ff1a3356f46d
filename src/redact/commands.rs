//! Secrets that are passed to commands: by flags, by `configure set`, by pipes, by here-documents.

mod standard_input;
mod words;
mod workflow;

use std::cell::LazyCell;
use std::ops::Range;

use memchr::memmem;

use super::literal::{plain, word};
use super::names::{Telling, telling};
use super::scan::Scan;
use super::values::{is_random, only_references};
use standard_input::READERS;
pub use standard_input::substituted;
use words::{logical_line, words};

/// Commands whose `-u USER:PASSWORD` is that of HTTP.
const HTTP: [&str; 5] = ["curl", "http", "wget", "aria2c", "xh"];

/// Commands whose `-p` is a password, beside those that log in.
const WITH_PASSWORD: [&str; 9] = [
    "sshpass",
    "twine",
    "useradd",
    "usermod",
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mariadb",
    "mongo",
];

/// Commands that set a variable to the word behind its name.
const SETTERS: [&str; 8] = [
    "ENV",
    "ARG",
    "set",
    "SET",
    "setenv",
    "setx",
    "SETX",
    "set_secret",
];

/// How many words may stand between `configure set` and the name.
const FLAGS: usize = 6;

/// What follows a flag in a sentence.
const SMALL_WORDS: [&str; 8] = ["and", "or", "for", "is", "to", "with", "in", "if"];

/// How many words of a comment are looked at behind a telling name.
const SPOKEN: usize = 4;

/// Commands that set a secret, or a variable that may be one, to the value of a flag.
const SETTING: [&str; 4] = ["put-parameter", "secret set", "Set-Item", "New-Item"];

/// Finds them all.
pub fn read(scan: &mut Scan<'_, '_>) {
    let text = scan.text;
    let is_there = |command: &&str| memmem::find(text.as_bytes(), command.as_bytes()).is_some();
    let readers: Vec<&str> = READERS.into_iter().filter(is_there).collect();
    let setting: Vec<&str> = SETTING.into_iter().filter(is_there).collect();
    let mut start = 0;
    while start < text.len() {
        let end = logical_line(text, start);
        let words = words(text, start..end);
        if !words.is_empty() {
            Command { text, end, words }.read(scan, &readers, &setting);
        }
        start = end + 1;
    }
    workflow::read(scan);
}

/// A line, with those that a `\` joins to it.
struct Command<'t> {
    text: &'t str,
    end: usize,
    words: Vec<Range<usize>>,
}

impl Command<'_> {
    fn read(&self, scan: &mut Scan<'_, '_>, readers: &[&str], setting: &[&str]) {
        let line = &self.text[self.words[0].start..self.end];
        let is_comment = self.word(0).starts_with(['#', '/']);
        // Few lines have a flag that these are asked for.
        let has = |is: fn(&str) -> bool| (0..self.words.len()).any(|at| is(self.word(at)));
        let logs_in = LazyCell::new(|| has(|word| word == "login"));
        let is_http = LazyCell::new(|| has(|word| HTTP.contains(&word)));
        let is_database = LazyCell::new(|| has(|word| WITH_PASSWORD.contains(&word)));
        for at in 0..self.words.len() {
            let word = self.word(at);
            if let Some(flag) = flag(word) {
                let is_telling = telling(flag) == Some(Telling::Always);
                if is_telling || flag == "p" && (*logs_in || *is_database) {
                    self.flagged(scan, at, is_comment);
                } else if is_user(word, flag) && *is_http {
                    self.user(scan, self.behind(at));
                } else if flag == "a" && line.contains("redis-cli") {
                    self.flagged(scan, at, is_comment);
                } else if flag.starts_with('p') && !word.starts_with("--") && *is_database {
                    self.attached(scan, at, 2);
                } else if flag.starts_with('u') && flag.contains(':') && *is_http {
                    self.user(scan, Some(self.words[at].start + 2));
                }
            } else if word.starts_with("pass:") {
                self.attached(scan, at, "pass:".len());
            } else if telling(word) == Some(Telling::Always) {
                self.named(scan, at);
                if is_comment || (0..at).any(|before| self.word(before).starts_with('#')) {
                    self.spoken_of(scan, at);
                }
            } else if word == "ConvertTo-SecureString"
                || word == "login" && at > 0 && self.word(at - 1) == "vault"
                || word.eq_ignore_ascii_case("by")
                    && at > 0
                    && self.word(at - 1).eq_ignore_ascii_case("identified")
            {
                self.judge_from(scan, self.behind(at));
            }
        }
        let sets = setting.iter().any(|command| line.contains(command));
        for at in (0..self.words.len()).filter(|_| sets) {
            if matches!(self.word(at), "--value" | "--body" | "-b" | "-Value") {
                self.flagged(scan, at, is_comment);
            }
        }
        if let Some(reader) = readers.iter().filter_map(|reader| line.find(reader)).max() {
            let end = self.words[0].start + reader;
            let piped = self
                .words
                .iter()
                .filter(|word| word.end <= end)
                .cloned()
                .collect();
            if self.text[self.words[0].start..end].contains('|') {
                Command {
                    text: self.text,
                    end,
                    words: piped,
                }
                .printed(scan);
            }
            self.read_in(scan);
        } else if memmem::find(line.as_bytes(), b"<<<").is_some()
            && (0..self.words.len()).any(|at| telling(self.word(at)) == Some(Telling::Always))
        {
            self.read_in(scan);
        }
    }

    fn word(&self, at: usize) -> &str {
        self.words
            .get(at)
            .map_or("", |word| &self.text[word.clone()])
    }

    /// Where the argument behind word `at` begins; in a list, `["--flag", "value"]`, the next
    /// element. `None` where nothing or another flag follows.
    fn behind(&self, at: usize) -> Option<usize> {
        let mut start = self.words[at].end;
        let rest = &self.text[start..];
        let is_quoted = rest.starts_with(['"', '\'']);
        if is_quoted {
            let list = rest[1..]
                .trim_start_matches([' ', '\t'])
                .strip_prefix(',')?;
            let list = list.trim_start();
            start = self.text.len() - list.len();
            return list.starts_with(['"', '\'']).then_some(start);
        }
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t', '\\', '\r']).len();
        start += spaces;
        if self.text[start..].starts_with('\n') {
            // The next item of a list of YAML, or the next line behind a `\`.
            let below = self.text[start + 1..].trim_start_matches([' ', '\t']);
            let is_continued = self.text[..start].trim_end_matches('\r').ends_with('\\');
            let item = match is_continued {
                true => Some(below),
                false => below.strip_prefix("- "),
            };
            return item.map(|item| self.text.len() - item.len());
        }
        (spaces > 0 && start < self.end).then_some(start)
    }

    fn judge_from(&self, scan: &mut Scan<'_, '_>, start: Option<usize>) {
        let Some(start) = start else { return };
        let literal = word(self.text, start);
        if !self.text[start..].starts_with('-') {
            scan.judge_word(literal.content, Telling::Always);
        }
    }

    /// The value of the flag at word `at`.
    fn flagged(&self, scan: &mut Scan<'_, '_>, at: usize, is_comment: bool) {
        let own = &self.words[at];
        // `-b"value"`; what is quoted itself is an element of a list.
        let is_joined = self.text[own.end..].starts_with(['"', '\''])
            && !self.text[..own.start].ends_with(['"', '\'']);
        let start = if is_joined {
            Some(own.end)
        } else {
            self.behind(at)
        };
        let Some(start) = start else { return };
        let literal = word(self.text, start);
        let value = &self.text[literal.content.clone()];
        let is_sure = !is_comment || is_random(value);
        if is_sure && !value.starts_with('-') && !SMALL_WORDS.contains(&value) {
            scan.judge_word(literal.content, Telling::Always);
        }
    }

    /// What follows the first `length` bytes of word `at`.
    fn attached(&self, scan: &mut Scan<'_, '_>, at: usize, length: usize) {
        let literal = word(self.text, self.words[at].start + length);
        scan.judge_word(literal.content, Telling::Always);
    }

    /// The password of `USER:PASSWORD` at `start`.
    fn user(&self, scan: &mut Scan<'_, '_>, start: Option<usize>) {
        let Some(start) = start else { return };
        let content = word(self.text, start).content;
        let value = &self.text[content.clone()];
        if let Some((user, password)) = value.split_once(':') {
            match only_references(password) {
                // A token may be the user, with no password at all.
                true if !only_references(user) && password.is_empty() => {
                    scan.judge_word(content.start..content.start + user.len(), Telling::Always);
                }
                true => {}
                false => {
                    scan.judge_word(content.end - password.len()..content.end, Telling::Always);
                }
            }
        }
    }

    /// The value behind a telling name at word `at`: of `aws configure set NAME VALUE`, `ENV NAME
    /// VALUE`, `login USER password VALUE`, `SetEnvironmentVariable("NAME", "VALUE")`.
    fn named(&self, scan: &mut Scan<'_, '_>, at: usize) {
        let (start, end) = (self.words[at].start, self.words[at].end);
        let before = (0..at).rev().map(|at| self.word(at));
        let mut before = before.filter(|word| !word.starts_with('-'));
        let last = before.next().unwrap_or_default();
        let second = before.next().unwrap_or_default();
        // Sentences say `is set`.
        let begins = second.is_empty() || matches!(second, "run:" | "&&" | "then" | "do");
        let is_set = SETTERS.contains(&last) && (begins || last != "set")
            || second == "login"
            // `ALTER ROLE x PASSWORD 'value'`.
            || self.word(at) == "PASSWORD" && self.text[end..].starts_with(" '")
            || self.configures(at);
        let rest = &self.text[end..];
        // `zipmap(["NAME"], ["VALUE"])`.
        let zipped = rest.starts_with("\"], [\"").then_some(end + 5);
        if let Some(value) = zipped {
            scan.judge(word(self.text, value).content, Telling::Always);
            return;
        }
        let is_argument = ["(\"", "('"]
            .iter()
            .any(|it| self.text[..start].ends_with(it));
        if is_argument && rest.starts_with(['"', '\'']) {
            if let Some(value) = self.behind(at) {
                scan.judge_word(word(self.text, value).content, Telling::Always);
            }
        } else if is_set && rest.starts_with([' ', '\t']) {
            let Some(start) = self.behind(at) else { return };
            let is_line = last == "ENV" && !self.text[start..].starts_with(['"', '\'']);
            let content = match is_line {
                true => plain(self.text, start, false),
                false => word(self.text, start).content,
            };
            if !self.text[content.clone()].starts_with('-') {
                scan.judge_word(content, Telling::Always);
            }
        }
    }

    /// What a comment says of the secret that word `at` is the name of: `# the password is ..`.
    fn spoken_of(&self, scan: &mut Scan<'_, '_>, at: usize) {
        for word in self.words.iter().skip(at + 1).take(SPOKEN) {
            scan.judge_word(word.clone(), Telling::WhereRandom);
        }
    }

    /// Whether word `at` stands behind `configure set`.
    fn configures(&self, at: usize) -> bool {
        let mut before = (0..at).rev().take(FLAGS).map(|at| self.word(at));
        before.any(|word| word == "set")
            && before.any(|word| matches!(word, "configure" | "config"))
    }
}

/// The name of the flag that `word` is.
fn flag(word: &str) -> Option<&str> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        .then_some(name)
}

/// Whether a flag of HTTP's commands is given a user: also the last of several short ones, `-su`.
fn is_user(word: &str, flag: &str) -> bool {
    let is_short = !word.starts_with("--") && flag.bytes().all(|byte| byte.is_ascii_alphabetic());
    matches!(flag, "user" | "proxy-user") || is_short && flag.ends_with(['u', 'U'])
}
