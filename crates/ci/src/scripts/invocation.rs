//! The program that a command runs, behind what wraps it.

#[cfg(test)]
mod tests;

/// A program and its arguments.
#[derive(Debug, Clone)]
pub struct Invocation<'c> {
    /// The variables that only it gets: `TF_WORKSPACE=dev terraform plan`.
    pub variables: Vec<(&'c str, &'c str)>,
    /// As written: a name, a path, a variable.
    pub program: &'c str,
    /// The words behind it.
    pub arguments: &'c [String],
    /// Whether only the run determines its directory: `find -execdir`, `xargs -I DIR`.
    pub is_anywhere: bool,
    /// Whether what wraps it gives it another home directory, or none: `sudo -H`, `env -i`.
    pub has_other_home: bool,
    /// Whether what wraps it adds words that only the run determines: `xargs`.
    pub is_given_more: bool,
}

/// A program that runs the words behind it as a command: its name, a subcommand, the options that
/// take a value, and how many words stand before the command.
struct Wrapper(&'static str, &'static str, &'static str, usize);

/// From the manual pages of each.
const WRAPPERS: [Wrapper; 63] = [
    Wrapper("asdf", "exec", "", 0),
    Wrapper("aws-okta", "exec", "-a -t", 1),
    Wrapper("aws-sso", "exec", "-p --profile -a --arn -A -R", 0),
    Wrapper(
        "aws-vault",
        "exec",
        "-d --duration --region -t --mfa-token",
        1,
    ),
    Wrapper("builtin", "", "", 0),
    Wrapper("bundle", "exec", "", 0),
    Wrapper("bunx", "", "", 0),
    Wrapper("caffeinate", "", "-t -w", 0),
    Wrapper("chamber", "exec", "", 1),
    Wrapper("command", "", "", 0),
    Wrapper("cross-env", "", "", 0),
    Wrapper("cross-env-shell", "", "", 0),
    Wrapper("devbox", "run", "", 0),
    Wrapper("direnv", "exec", "", 1),
    Wrapper("doas", "", "-u", 0),
    Wrapper("doppler", "run", "-p -c -t --project --config --token", 0),
    Wrapper("dotenv", "", "-f -e", 0),
    Wrapper("dotenvx", "run", "-f --env-file", 0),
    Wrapper("env", "", "-u -C --unset --chdir", 0),
    Wrapper("envchain", "", "", 1),
    Wrapper("exec", "", "-a", 0),
    Wrapper("gosu", "", "", 1),
    Wrapper("hatch", "run", "", 0),
    Wrapper("infisical", "run", "--env --path --projectId", 0),
    Wrapper("ionice", "", "-c -n -p", 0),
    // In the directory of each package.
    Wrapper("lerna", "exec", "--scope --ignore --since --concurrency", 0),
    Wrapper("mise", "exec", "", 0),
    Wrapper("mise", "x", "", 0),
    Wrapper("nice", "", "-n", 0),
    Wrapper("nix", "develop", "", 0),
    Wrapper("nix", "shell", "", 0),
    Wrapper("nohup", "", "", 0),
    Wrapper("npm", "exec", "-p --package", 0),
    Wrapper("npx", "", "-p --package", 0),
    Wrapper("op", "run", "--env-file", 0),
    Wrapper(
        "parallel",
        "",
        "-j -N -n -P --jobs --colsep --delay --joblog --results --retries",
        0,
    ),
    Wrapper("pdm", "run", "", 0),
    Wrapper("pipenv", "run", "", 0),
    Wrapper("pipx", "run", "--spec --python", 0),
    Wrapper("pnpm", "dlx", "", 0),
    Wrapper("pnpm", "exec", "", 0),
    Wrapper("poetry", "run", "", 0),
    Wrapper(
        "retry",
        "",
        "-t -n -d -m -s -c --times --delay --tries --max",
        0,
    ),
    Wrapper("rtx", "exec", "", 0),
    Wrapper("saml2aws", "exec", "-a -p --exec-profile", 0),
    Wrapper("setsid", "", "", 0),
    Wrapper("sshpass", "", "-p -f -d", 0),
    Wrapper("stdbuf", "", "-i -o -e", 0),
    Wrapper("su-exec", "", "", 1),
    Wrapper("sudo", "", "-u -g -h -p -C -r -t -D", 0),
    Wrapper("teller", "run", "-c --config", 0),
    Wrapper("tfenv", "exec", "", 0),
    Wrapper("time", "", "-f -o", 0),
    Wrapper("timeout", "", "-k -s --kill-after --signal", 0),
    Wrapper("tofuenv", "exec", "", 0),
    Wrapper("unbuffer", "", "", 0),
    Wrapper("uv", "run", "--with --extra --group", 0),
    Wrapper("uvx", "", "--from --with", 0),
    Wrapper("vaulted", "", "-n --name", 0),
    Wrapper("winpty", "", "", 0),
    Wrapper("xargs", "", "-n -P -I -L -d -a -s", 0),
    Wrapper("xvfb-run", "", "-s -n -e -f -w -p", 0),
    Wrapper("yarn", "dlx", "", 0),
];

/// Shells, which run the word behind `-c` as a script.
const SHELLS: [&str; 6] = ["ash", "bash", "dash", "ksh", "sh", "zsh"];

impl<'c> Invocation<'c> {
    /// The program of a command; `None` where it only sets variables.
    pub fn of(words: &'c [String]) -> Option<Self> {
        let mut rest = words;
        let mut variables = Vec::new();
        let mut is_anywhere = false;
        let mut has_other_home = false;
        let mut is_given_more = false;
        loop {
            let (first, behind) = rest.split_first()?;
            if let Some(assigned) = assignment(first) {
                variables.push(assigned);
                rest = behind;
            } else if let Some(inner) = unwrapped(first, behind) {
                let wrapper = &behind[..behind.len() - inner.len()];
                is_anywhere |= is_placing(first, wrapper);
                has_other_home |= hides_home(first, wrapper);
                is_given_more |= adds_words(first, wrapper);
                rest = inner;
            } else {
                has_other_home &= !variables.iter().any(|(name, _)| *name == "HOME");
                return Some(Self {
                    variables,
                    program: first,
                    arguments: behind,
                    is_anywhere,
                    has_other_home,
                    is_given_more,
                });
            }
        }
    }

    /// The program's name, without the path to it.
    pub fn name(&self) -> &'c str {
        match self.program.contains(char::is_whitespace) {
            true => self.program,
            false => self.program.rsplit('/').next().unwrap_or(self.program),
        }
    }

    /// Whether it is a shell that reads its script from what the command before it prints.
    pub fn reads_input(&self) -> bool {
        let mut words = self.arguments.iter();
        SHELLS.contains(&self.name()) && words.all(|it| it.starts_with('-') && !it.ends_with('c'))
    }

    /// The script that it runs, where a word is one: `bash -c '...'`, `eval "..."`, a here-document
    /// for a shell, `retry 'aws s3 ls'`.
    pub fn script(&self) -> Option<&'c str> {
        let behind = |flags: &[&str]| {
            let mut words = self.arguments.iter();
            words.find(|word| flags.contains(&word.as_str()))?;
            words.next().map(String::as_str)
        };
        let name = self.name();
        if SHELLS.contains(&name) {
            let is_flag = |word: &&String| {
                word.starts_with('-') && !word.starts_with("--") && word.ends_with('c')
            };
            let mut words = self.arguments.iter();
            let given = words.find(is_flag).and_then(|_| words.next());
            let piped = || self.arguments.last().filter(|word| word.contains('\n'));
            return given.or_else(piped).map(String::as_str);
        }
        match name {
            "su" | "script" => behind(&["-c"]),
            "nix-shell" => behind(&["--run", "--command"]),
            "eval" => self.arguments.first().map(String::as_str),
            "watch" | "entr" => {
                let mut words = self.arguments.iter();
                let script = words.find(|word| word.contains(char::is_whitespace));
                script.map(String::as_str)
            }
            "sops" if self.arguments.first().is_some_and(|it| it == "exec-env") => {
                self.arguments.get(2).map(String::as_str)
            }
            // An expression of GitHub is one word, too.
            _ if name.contains(char::is_whitespace) && !name.starts_with('$') => Some(name),
            _ => None,
        }
    }
}

/// `NAME=value`.
pub fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = |name: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !name.is_empty() && name.bytes().all(is_letter)
    };
    is_name(name).then_some((name, value))
}

/// Whether a wrapper puts what it reads behind the words of the command: `xargs` without a place for it (its manual page).
fn adds_words(first: &str, options: &[String]) -> bool {
    let is_placed =
        |it: &String| it.starts_with("-I") || it.starts_with("-i") || it.starts_with("--replace");
    first.rsplit('/').next() == Some("xargs") && !options.iter().any(is_placed)
}

/// The command behind a wrapper; `None` where the word is none, or nothing follows it.
fn unwrapped<'c>(first: &str, behind: &'c [String]) -> Option<&'c [String]> {
    let name = first.rsplit('/').next()?;
    if name == "find" {
        // "Actions", find(1).
        let actions = ["-exec", "-execdir", "-ok", "-okdir"];
        let at = behind
            .iter()
            .position(|word| actions.contains(&word.as_str()))?;
        return behind.get(at + 1..).filter(|rest| !rest.is_empty());
    }
    let second = behind.first().map(String::as_str);
    let mut known = WRAPPERS.iter();
    let Wrapper(_, subcommand, valued, before) =
        known.find(|Wrapper(wrapper, subcommand, ..)| {
            *wrapper == name && (subcommand.is_empty() || second == Some(*subcommand))
        })?;
    let mut rest = behind.get(usize::from(!subcommand.is_empty())..)?;
    // The tools that take words of their own end them so: `mise exec terraform@1.5 -- terraform`.
    if let Some(end) = rest.iter().position(|word| word == "--")
        && (!subcommand.is_empty() || rest[..end].iter().all(|word| word.starts_with('-')))
    {
        return rest.get(end + 1..).filter(|rest| !rest.is_empty());
    }
    let is_number = |word: &str| {
        let digits = word.trim_end_matches(['s', 'm', 'h', 'd']);
        digits.starts_with(|first: char| first.is_ascii_digit())
            && digits
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    while let Some((option, behind)) = rest.split_first() {
        let is_valued = valued.split(' ').any(|known| known == option);
        match option.as_str() {
            "-c" | "--command" if name == "nix" => rest = behind,
            _ if is_valued => rest = behind.get(1..)?,
            _ if option.starts_with('-') || is_number(option) => rest = behind,
            _ => break,
        }
    }
    rest.get(*before..).filter(|rest| !rest.is_empty())
}

/// Whether a wrapper, with these words before the command, may run that in any directory, or fill one in:
/// `{}` is a directory that only the run determines whatever wraps it.
fn is_placing(wrapper: &str, words: &[String]) -> bool {
    let has = |options: &[&str]| {
        let mut words = words.iter();
        words.any(|word| options.iter().any(|option| word.starts_with(option)))
    };
    match wrapper.rsplit('/').next() {
        Some("find") => has(&["-execdir", "-okdir"]),
        Some("xargs") => has(&["-I", "-i", "-J", "--replace"]),
        Some("env") => has(&["-C", "--chdir"]),
        Some("lerna" | "parallel") => true,
        _ => false,
    }
}

/// Whether a wrapper, with these words before the command, runs it with another home directory than its own, or
/// with none (the manual pages of each).
fn hides_home(wrapper: &str, words: &[String]) -> bool {
    let options = words.iter().take_while(|word| word.starts_with('-'));
    let mut options = options.filter(|word| *word != "--");
    match wrapper.rsplit('/').next() {
        Some("sudo") => options.any(|option| match option.strip_prefix("--") {
            Some(long) => ["login", "set-home"].contains(&long),
            None => option.contains(['H', 'i']),
        }),
        Some("env") => {
            let empties = ["-", "-i", "--ignore-environment"];
            options.any(|option| empties.contains(&option.as_str()))
        }
        _ => false,
    }
}
