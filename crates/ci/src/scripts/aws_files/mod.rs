//! What the commands of a script write into the files of AWS's tools and into the environment file of
//! its job.

mod output;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub(crate) use output::{heredoc, produced, tee_target};

use super::shell::{ShellCommand, commands};

/// One or more commands of a script that go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptPart {
    /// What they do.
    pub does: PartEffect,
    /// The first of them, as text.
    pub text: String,
    /// Byte offset at which they begin, and at which the next command begins.
    pub range: Range<usize>,
    /// Whether they stand in a branch, a loop or a function.
    pub is_inside: bool,
}

/// What commands of a script do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartEffect {
    /// Nothing that a later command or step could notice.
    Nothing,
    /// They set a variable of the shell.
    Variable(String, String),
    /// They prepare a file of AWS's tools: its directory, its mode.
    Place,
    /// They write these settings, and nothing else.
    Settings(Vec<Setting>),
    /// Anything else.
    Other,
}

/// A setting of a profile, or a variable of the environment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The profile; `None` for a variable of the environment file.
    pub profile: Option<String>,
    /// Its name, in lower case.
    pub name: String,
    /// Its value as the script has it, unquoted.
    pub value: String,
}

/// Whether a path of a script is the credentials or config file that AWS's tools read.
pub struct AwsPaths<'p> {
    /// The home directories in which it may stand, beside `~` and `$HOME`.
    pub homes: &'p [&'p str],
    /// The value of `AWS_SHARED_CREDENTIALS_FILE` for all steps of the job: nothing else is read then.
    pub credentials: Option<&'p str>,
}

/// The commands of a script by what they do, in their order.
pub fn parts(script: &str, paths: &AwsPaths<'_>) -> Vec<ScriptPart> {
    let commands = commands(script);
    let mut reader = PartReader {
        script,
        paths,
        commands: &commands,
        sections: [None, None],
        depth: 0,
    };
    let mut parts = Vec::new();
    let mut at = 0;
    while at < commands.len() {
        let depth = reader.depth;
        let (does, count) = reader.part(at);
        let start = commands[at].offset;
        let end = commands.get(at + count);
        parts.push(ScriptPart {
            does,
            text: commands[at].words.join(" "),
            range: start..end.map_or(script.len(), |next| next.offset.max(start)),
            is_inside: depth.max(reader.depth) > 0,
        });
        at += count;
    }
    parts
}

/// A file that a script writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    Credentials,
    Config,
    /// Each line is a variable of all later steps ("Workflow commands", environment files).
    Environment,
}

struct PartReader<'r> {
    script: &'r str,
    paths: &'r AwsPaths<'r>,
    commands: &'r [ShellCommand],
    /// The section that the credentials and the config file end with.
    sections: [Option<String>; 2],
    /// How many branches, loops and functions are open.
    depth: usize,
}

impl PartReader<'_> {
    /// What begins at a command, and of how many commands it consists.
    fn part(&mut self, at: usize) -> (PartEffect, usize) {
        let command = &self.commands[at];
        let first = command.words.first().map_or("", String::as_str);
        match first {
            "if" | "for" | "while" | "until" | "case" | "select" => self.depth += 1,
            "fi" | "done" | "esac" | "}" => self.depth = self.depth.saturating_sub(1),
            "{" => return self.group(at),
            _ => {}
        }
        if first.ends_with("()") || first == "function" {
            // The commands behind its brace are read as those of a group.
            return (PartEffect::Other, 1);
        }
        if !command.substituted.is_empty() || !command.subshells.is_empty() {
            return (PartEffect::Other, 1);
        }
        if let Some(said) = produced(&command.words)
            && self.is_piped(at + 1)
            && let Some(written) = self.commands.get(at + 1)
        {
            let to = tee_target(&written.words).and_then(|to| self.file(to));
            let body = said.to.is_none().then_some(said.text);
            let body = heredoc(&written.words).map(str::to_owned).or(body);
            return match to.zip(body) {
                Some((to, text)) => (self.settings(to, &text), 2),
                None => (PartEffect::Other, 2),
            };
        }
        if self.is_piped(at + 1) || self.is_piped(at) {
            return (PartEffect::Other, 1);
        }
        (self.alone(&command.words), 1)
    }

    /// `{ echo a; echo b; } > FILE`.
    fn group(&mut self, at: usize) -> (PartEffect, usize) {
        let ends = |command: &ShellCommand| command.words.first().is_some_and(|word| word == "}");
        let Some(count) = self.commands[at..].iter().position(ends) else {
            self.depth += 1;
            return (PartEffect::Other, 1);
        };
        let end = &self.commands[at + count];
        let mut text = String::new();
        for (index, command) in self.commands[at..at + count].iter().enumerate() {
            let words = match index {
                0 => &command.words[1..],
                _ => &command.words[..],
            };
            let is_plain = command.substituted.is_empty() && command.subshells == end.subshells;
            match produced(words).filter(|said| said.to.is_none() && is_plain) {
                Some(said) => text += &said.text,
                None if words.is_empty() => {}
                None => {
                    self.depth += 1;
                    return (PartEffect::Other, 1);
                }
            }
        }
        let to = match end.words.as_slice() {
            [_, sign, to] if sign == ">" => self.file(to),
            _ => None,
        };
        match to {
            Some(to) if end.subshells.is_empty() => (self.settings(to, &text), count + 1),
            _ => (PartEffect::Other, count + 1),
        }
    }

    fn alone(&mut self, words: &[String]) -> PartEffect {
        if let Some(said) = produced(words) {
            return match said.to {
                None => PartEffect::Nothing,
                Some(to) => match self.file(to) {
                    Some(to) => self.settings(to, &said.text),
                    None => PartEffect::Other,
                },
            };
        }
        if let (Some(to), Some(body)) = (tee_target(words), heredoc(words)) {
            return match self.file(to) {
                Some(to) => self.settings(to, body),
                None => PartEffect::Other,
            };
        }
        let plain = without_output(words);
        let plain: Vec<&str> = plain.iter().map(String::as_str).collect();
        match plain.as_slice() {
            [] | [":" | "true" | "umask" | "set", ..] => PartEffect::Nothing,
            ["mkdir" | "touch" | "chmod" | "install", rest @ ..] => self.place(rest),
            ["export", all @ ..] | all => {
                if let [one] = all
                    && let Some((name, value)) = assignment(one)
                {
                    return PartEffect::Variable(name.to_owned(), value.to_owned());
                }
                match configured(all) {
                    Some(setting) => PartEffect::Settings(vec![setting]),
                    None => PartEffect::Other,
                }
            }
        }
    }

    /// A command that makes a directory or file, or changes its mode.
    fn place(&self, words: &[&str]) -> PartEffect {
        let mut paths = words.iter().filter(|word| {
            let is_mode =
                word.bytes().all(|byte| byte.is_ascii_digit()) || word.contains(['=', '+']);
            !word.starts_with('-') && !is_mode
        });
        let is_own = |path: &&str| {
            let path = path.trim_end_matches('/');
            self.file(path).is_some() || self.file(&format!("{path}/credentials")).is_some()
        };
        match paths.all(is_own) {
            true => PartEffect::Place,
            false => PartEffect::Other,
        }
    }

    /// The settings that a text adds to a file.
    fn settings(&mut self, to: Written, text: &str) -> PartEffect {
        let mut settings = Vec::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['#', ';']) && to != Written::Environment {
                continue;
            }
            let section = line.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
            if let (Some(section), true) = (section, to != Written::Environment) {
                let name = section.trim();
                let name = match to {
                    Written::Config => name.strip_prefix("profile ").unwrap_or(name),
                    Written::Credentials | Written::Environment => name,
                };
                self.sections[usize::from(to == Written::Config)] = Some(name.trim().to_owned());
                continue;
            }
            let profile = match to {
                Written::Environment => None,
                Written::Credentials => self.sections[0].clone(),
                Written::Config => self.sections[1].clone(),
            };
            let Some((name, value)) = line.split_once('=') else {
                return PartEffect::Other;
            };
            // A setting that no section heads belongs to no profile.
            if profile.is_none() && to != Written::Environment {
                return PartEffect::Other;
            }
            settings.push(Setting {
                profile,
                name: name.trim().to_ascii_lowercase(),
                value: value.trim().to_owned(),
            });
        }
        PartEffect::Settings(settings)
    }

    fn file(&self, path: &str) -> Option<Written> {
        if matches!(path, "$GITHUB_ENV" | "${GITHUB_ENV}") {
            return Some(Written::Environment);
        }
        if let Some(credentials) = self.paths.credentials {
            const NAMES: [&str; 2] = [
                "$AWS_SHARED_CREDENTIALS_FILE",
                "${AWS_SHARED_CREDENTIALS_FILE}",
            ];
            if path == credentials || NAMES.contains(&path) {
                return Some(Written::Credentials);
            }
        }
        let homes = ["~", "$HOME", "${HOME}"].into_iter();
        let mut homes = homes.chain(self.paths.homes.iter().copied());
        let inside = homes.find_map(|home| path.strip_prefix(home)?.strip_prefix("/.aws/"))?;
        match inside {
            "credentials" if self.paths.credentials.is_none() => Some(Written::Credentials),
            "config" => Some(Written::Config),
            _ => None,
        }
    }

    /// Whether the command of that number reads what the one before it writes.
    fn is_piped(&self, at: usize) -> bool {
        let Some(command) = self.commands.get(at) else {
            return false;
        };
        let before = self.script[..command.offset].trim_end();
        before.ends_with('|') && !before.ends_with("||")
    }
}

/// The words without redirections to `/dev/null` and of the error output.
fn without_output(words: &[String]) -> &[String] {
    let mut words = words;
    while let [rest @ .., sign, to] = words
        && sign == ">"
        && (to == "/dev/null" || to == "1")
    {
        words = match rest {
            [rest @ .., stream] if stream == "2" || stream == "1" => rest,
            rest => rest,
        };
    }
    words
}

/// `NAME=VALUE`, alone.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_named = !name.is_empty() && name.chars().all(is_name);
    is_named.then_some((name, value))
}

/// The setting that `aws configure set NAME VALUE [--profile PROFILE]` writes.
fn configured(words: &[&str]) -> Option<Setting> {
    let (command, mut rest) = words.split_first()?;
    if *command != "aws" {
        return None;
    }
    let mut profile = "default";
    let mut plain = Vec::new();
    while let Some((word, after)) = rest.split_first() {
        rest = after;
        if let Some(name) = word.strip_prefix("--profile=") {
            profile = name;
        } else if *word == "--profile" {
            (profile, rest) = rest.split_first().map(|(name, rest)| (*name, rest))?;
        } else if word.starts_with("--") {
            return None;
        } else {
            plain.push(*word);
        }
    }
    let &["configure", "set", name, value] = plain.as_slice() else {
        return None;
    };
    // `profile.NAME.SETTING` and `default.SETTING` name the profile themselves (AWS CLI, `configure
    // set`).
    let (profile, name) = match name.split_once('.') {
        None => (profile, name),
        Some(("default", name)) => ("default", name),
        Some(("profile", rest)) => rest.rsplit_once('.')?,
        Some(_) => return None,
    };
    Some(Setting {
        profile: Some(profile.to_owned()),
        name: name.to_ascii_lowercase(),
        value: value.to_owned(),
    })
}
