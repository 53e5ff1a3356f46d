//! What the commands of a script write into the files of AWS's tools and into the environment file of
//! its job.

use std::ops::Range;

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
    /// They sets a variable of the shell.
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
        match paths.all(|path| is_own(path)) {
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

/// What a command writes to its output.
struct Produced<'c> {
    text: String,
    /// The file that takes it.
    to: Option<&'c str>,
}

/// What `echo`, `printf` or `cat` with a here-document writes; `None` for other commands.
fn produced(words: &[String]) -> Option<Produced<'_>> {
    let (command, arguments) = words.split_first()?;
    let body = heredoc(arguments);
    let arguments = match body {
        Some(_) => &arguments[..arguments.len() - 1],
        None => arguments,
    };
    let redirected = arguments.iter().position(|word| word == ">");
    let (own, to) = match redirected {
        None => (arguments, None),
        Some(sign) => match &arguments[sign + 1..] {
            [to] => (&arguments[..sign], Some(to.as_str())),
            _ => return None,
        },
    };
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let text = match (command.as_str(), own.as_slice(), body) {
        ("cat", [], Some(body)) => body.to_owned(),
        // What a pipe hands on is that of the command behind it.
        ("cat", [], None) if to.is_none() => String::new(),
        ("echo", all, None) => echoed(all),
        ("printf", ["--", format, values @ ..] | [format, values @ ..], None) => {
            printed(format, values)?
        }
        _ => return None,
    };
    Some(Produced { text, to })
}

fn echoed(mut words: &[&str]) -> String {
    let (mut reads_escapes, mut ends) = (false, true);
    while let [option @ ("-e" | "-n" | "-ne" | "-en" | "-E"), rest @ ..] = words {
        reads_escapes |= option.contains('e');
        ends &= !option.contains('n');
        words = rest;
    }
    let text = words.join(" ");
    let text = if reads_escapes {
        unescaped(&text)
    } else {
        text
    };
    if ends { text + "\n" } else { text }
}

/// What `printf` makes of a format with `%s`; `None` with other directives.
fn printed(format: &str, mut values: &[&str]) -> Option<String> {
    let mut text = String::new();
    loop {
        let before = values.len();
        let mut rest = format;
        while let Some((plain, after)) = rest.split_once('%') {
            text += &unescaped(plain);
            let directive = after.chars().next()?;
            match directive {
                's' => {
                    let (value, others) = values.split_first().unwrap_or((&"", &[]));
                    text += value;
                    values = others;
                }
                '%' => text.push('%'),
                _ => return None,
            }
            rest = &after[1..];
        }
        text += &unescaped(rest);
        // The format is used again until no value is left (POSIX, `printf`).
        if values.is_empty() || values.len() == before {
            return Some(text);
        }
    }
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

/// The body of the here-document of a command, which is its last word.
fn heredoc(words: &[String]) -> Option<&str> {
    words
        .last()
        .filter(|word| word.ends_with('\n'))
        .map(String::as_str)
}

/// The file that `tee` writes.
fn tee_target(words: &[String]) -> Option<&str> {
    let words = match heredoc(words) {
        Some(_) => &words[..words.len() - 1],
        None => words,
    };
    let words = without_output(words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tee", to] | ["tee", "-a" | "--append", to] => Some(to),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(script: &str) -> String {
        let paths = AwsPaths {
            homes: &["/home/runner"],
            credentials: None,
        };
        let told = parts(script, &paths)
            .into_iter()
            .map(|part| match part.does {
                PartEffect::Nothing => "-".to_owned(),
                PartEffect::Variable(name, value) => format!("{name}:{value}"),
                PartEffect::Place => "p".to_owned(),
                PartEffect::Other => format!("? {}", part.text),
                PartEffect::Settings(all) => {
                    let all = all.iter().map(|it| {
                        let profile = it.profile.as_deref().unwrap_or("$");
                        format!("{profile}.{}={}", it.name, it.value)
                    });
                    all.collect::<Vec<_>>().join(",")
                }
            });
        told.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn every_way_to_write_a_setting_is_known() {
        for (script, expected) in [
            (
                "aws configure set aws_access_key_id $K",
                "default.aws_access_key_id=$K",
            ),
            ("aws configure set region r --profile p", "p.region=r"),
            (
                "aws --profile=p configure set Region r > /dev/null 2>&1",
                "p.region=r",
            ),
            ("aws configure set profile.p.q.region r", "p.q.region=r"),
            ("aws configure set default.region r", "default.region=r"),
            ("echo \"A=$B\" >> $GITHUB_ENV", "$.a=$B"),
            ("echo A=b | tee -a \"$GITHUB_ENV\" >/dev/null", "$.a=b"),
            (
                "echo \"[p]\" > ~/.aws/credentials\necho \"a = b\" >> ~/.aws/credentials",
                " | p.a=b",
            ),
            (
                "echo -e \"[p]\\na=b\\nc=d\" > $HOME/.aws/credentials",
                "p.a=b,p.c=d",
            ),
            (
                "printf '[p]\\na=%s\\nc=%s\\n' \"$A\" ${B} > \"${HOME}/.aws/credentials\"",
                "p.a=$A,p.c=${B}",
            ),
            ("printf '%s\\n' '[p]' a=b > ~/.aws/config", "p.a=b"),
            (
                "printf \"[profile p]\\na=b\\n\" > /home/runner/.aws/config",
                "p.a=b",
            ),
            (
                "cat <<EOF > ~/.aws/credentials\n[p]\na=b\n\n[q]\nc=d\nEOF\n",
                "p.a=b,q.c=d",
            ),
            (
                "cat > ~/.aws/config <<-'EOF'\n  [profile p]\n  a=b\n  EOF\n",
                "p.a=b",
            ),
            (
                "tee ~/.aws/credentials <<EOF >/dev/null\n[p]\na=b\nEOF\n",
                "p.a=b",
            ),
            (
                "cat <<EOF | tee ~/.aws/credentials\n[p]\na=b\nEOF\n",
                "p.a=b",
            ),
            ("{ echo '[p]'; echo a=b; } > ~/.aws/credentials", "p.a=b"),
            (
                "{\n  echo '[p]'\n  echo a=b\n} >> ~/.aws/credentials",
                "p.a=b",
            ),
            ("mkdir -p ~/.aws && chmod 600 ~/.aws/credentials", "p | p"),
            ("set -e; echo hello; export K=v; L=w", "- | - | K:v | L:w"),
        ] {
            assert_eq!(told(script), expected, "{script}");
        }
    }

    #[test]
    fn what_does_more_is_something_else() {
        for script in [
            "mkdir -p ~/.aws out",
            "echo \"a=b\" >> ~/.aws/credentials",
            "echo \"[p]\" > credentials",
            "cat ~/.aws/credentials",
            "echo a=b | sudo tee /root/.aws/credentials",
            "printf '%d=%s' 1 2 > ~/.aws/config",
            "aws configure set a b --region c",
            "aws configure list",
            "aws s3 ls",
            "export A=b C=d",
            "(aws configure set a b)",
            "{ terraform init; } > ~/.aws/config",
            "cat x | tee ~/.aws/config",
        ] {
            assert!(told(script).starts_with('?'), "{script}: {}", told(script));
        }
        assert_eq!(
            told("aws configure set a \"$(cat k)\""),
            "? cat k | ? aws configure set a $()"
        );
    }

    #[test]
    fn what_stands_in_a_branch_is_told() {
        let paths = AwsPaths {
            homes: &[],
            credentials: None,
        };
        let inside = |script: &str| {
            let parts = parts(script, &paths).into_iter();
            let parts = parts.filter(|it| matches!(it.does, PartEffect::Settings(_)));
            parts.map(|it| it.is_inside).collect::<Vec<_>>()
        };
        let set = "aws configure set a b";
        for (script, expected) in [
            (format!("if x\nthen\n{set}\nfi\n{set}\n"), vec![true, false]),
            (format!("f() {{\n{set}\n}}\n{set}\n"), vec![true, false]),
            (
                format!("case a in\nb) {set} ;;\nesac\n{set}"),
                vec![true, false],
            ),
        ] {
            assert_eq!(inside(&script), expected, "{script}");
        }
    }
}
