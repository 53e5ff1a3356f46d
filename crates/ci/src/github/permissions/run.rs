//! The permissions that a `run` step uses, by its text.
//!
//! Git has the token from `actions/checkout` (`persist-credentials`); `gh` and other commands have
//! it where the environment or the text passes it to them. A script that gets the token is known
//! only if each of its commands is.

use super::scope::{Level, Scope, Scopes, raise};
use super::step::UnknownNeed;
use super::{gh, token};
use crate::scripts::shell;

/// Commands that make no use of a token in the environment. Those before `|` only print or test, so
/// they may have it as an argument unless they write a file; those after it must not.
const HARMLESS: &str = "[ [[ : break case cat continue declare echo esac exit export false for \
    function local printf read readonly return set shift shopt sleep test trap true unset wait | \
    apt apt-get awk aws base64 basename cd chmod chown cp curl cut date df diff dirname du egrep \
    expr fgrep file grep gunzip gzip head hostname id jq kubectl ln ls md5sum mkdir mktemp mv \
    nproc paste popd ps pushd pwd realpath rm rmdir sed seq sha256sum shasum sort stat tail tar \
    touch tr type uname uniq unzip wc wget which whoami yq zip";

/// Words that may precede a command: keywords of the shell and wrappers.
const BEFORE: &str =
    "! { } command do done elif else env exec fi if nohup sudo then time until while xargs";

/// Tools that push by themselves, with the credentials that `actions/checkout` stored.
const PUSHERS: [&str; 3] = ["gh-deploy", "gh-pages", "mike"];

/// Release tools, whose configuration decides which API calls they make.
const RELEASERS: [&str; 4] = ["semantic-release", "release-it", "lerna", "changeset"];

/// Hosts of GitHub's package registries.
const REGISTRIES: [&str; 2] = ["ghcr.io", ".pkg.github.com"];

/// The words of a command.
type Words = Vec<String>;

/// The permissions of a script in this environment.
pub(super) fn uses(script: &str, env: &[(&str, &str)]) -> Result<Scopes, UnknownNeed> {
    let commands = words_of(script);
    let held = ScriptToken::of(script, &commands, env);
    let mut scopes = Scopes::new();
    for command in &commands {
        raise(&mut scopes, held.command(command)?);
    }
    Ok(scopes)
}

fn words_of(script: &str) -> Vec<Words> {
    let commands = shell::commands(script).into_iter();
    let words = commands.map(|command| command.words);
    words.filter(|words| *words != [";;"]).collect()
}

/// How a script has the job's token.
struct ScriptToken<'e> {
    /// Whether it has the token in any way.
    token: bool,
    /// The variables that contain it.
    variables: Vec<&'e str>,
    env: &'e [(&'e str, &'e str)],
}

impl<'e> ScriptToken<'e> {
    fn of(script: &str, commands: &'e [Words], env: &'e [(&'e str, &'e str)]) -> Self {
        let variables = token::variables(env);
        let mut held = Self {
            token: !variables.is_empty() || token::is_in(script, env),
            variables,
            env,
        };
        for (name, value) in commands.iter().flatten().filter_map(|word| assigned(word)) {
            if held.is_shown_by(value) {
                held.variables.push(name);
            }
        }
        held
    }

    fn command(&self, command: &Words) -> Result<Scopes, UnknownNeed> {
        // `sudo -E A=b cmd`: assignments and wrappers with their options come first.
        let mut words = command.iter().peekable();
        let is_before = |word: &&String| assigned(word).is_some() || has(BEFORE, word);
        while let Some(before) = words.next_if(is_before) {
            if has("env exec nohup sudo time xargs", before) {
                while words.next_if(|word| word.starts_with('-')).is_some() {}
            }
        }
        let words: Vec<&str> = words.map(String::as_str).collect();
        let Some((name, arguments)) = words.split_first() else {
            return Ok(Scopes::new());
        };
        let unknown = || Err(UnknownNeed::Command(short(command)));
        if name.contains("${{") && token::around(name).is_empty() && !is_condition(&words) {
            return unknown();
        }
        let (talkative, quiet) = HARMLESS.split_once('|').unwrap_or_default();
        match name.rsplit('/').next().unwrap_or_default() {
            // `gh` takes its token from GH_TOKEN or GITHUB_TOKEN (its manual, "gh environment").
            "gh" if self.is_other_token() => Ok(Scopes::new()),
            "gh" => gh::uses(arguments).map_or_else(unknown, Ok),
            "git" => Ok(git(arguments)),
            name if has(talkative, name) && !(self.shows(command) && writes(command)) => {
                Ok(Scopes::new())
            }
            name if has(quiet, name) && !self.shows(command) => Ok(Scopes::new()),
            "docker" | "podman" | "helm" if self.token => {
                docker(&words, self.shows(command)).map_or_else(unknown, Ok)
            }
            "terraform" | "tofu" if is_offline(arguments) && !self.shows(command) => {
                Ok(Scopes::new())
            }
            _ if words.iter().any(|word| RELEASERS.contains(word)) => unknown(),
            _ if self.token => unknown(),
            _ => self.inside(&words),
        }
    }

    /// The permissions of a command that runs another: `bash -c '...'`, `retry git push`.
    fn inside(&self, words: &[&str]) -> Result<Scopes, UnknownNeed> {
        let mut scopes = Scopes::new();
        if words.iter().any(|word| PUSHERS.contains(word)) {
            raise(&mut scopes, [(Scope::Contents, Level::Write)]);
        }
        let inner = words.iter().position(|word| matches!(*word, "git" | "gh"));
        let inner = inner.map(|at| words[at..].iter().map(|word| (*word).to_owned()).collect());
        let inner_scripts = words
            .iter()
            .filter(|word| token::around(word).contains(char::is_whitespace));
        let inner_scripts = inner_scripts.flat_map(|word| words_of(word));
        for command in inner_scripts.chain(inner) {
            raise(&mut scopes, self.command(&command)?);
        }
        Ok(scopes)
    }

    /// Whether a command has the token, or the address of GitHub's API, among its words.
    fn shows(&self, command: &Words) -> bool {
        command.iter().any(|word| self.is_shown_by(word))
    }

    fn is_shown_by(&self, word: &str) -> bool {
        let words = [
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "GITHUB_API_URL",
            "api.github.com",
            "github.api_url",
        ];
        let mut words = self.variables.iter().chain(&words);
        token::is_in(word, self.env) || (self.token && words.any(|name| word.contains(name)))
    }

    /// Whether `gh` runs with a token that is not the job's: those permissions are none of the
    /// job's.
    fn is_other_token(&self) -> bool {
        let is_set = |name: &str| {
            self.env
                .iter()
                .any(|(known, value)| *known == name && !value.is_empty())
        };
        !self.token && (is_set("GH_TOKEN") || is_set("GITHUB_TOKEN"))
    }
}

/// Whether words that begin with an expression are a comparison, which runs nothing.
fn is_condition(words: &[&str]) -> bool {
    let compares = |word: &&str| word.contains("==") || word.contains("!=");
    words.iter().take(2).any(compares)
}

/// Whether the subcommand calls no provider API: it reads the configuration, the state or a plan, or is
/// none, as in `terraform -version`. The `github` provider would take the token from the environment.
fn is_offline(arguments: &[&str]) -> bool {
    let mut words = arguments.iter().filter(|word| !word.starts_with('-'));
    let offline = "fmt force-unlock get graph init login logout metadata output providers show state \
        taint untaint validate version workspace";
    let asks = ["-help", "--help", "-h", "-version", "--version", "-v"];
    match words.next() {
        Some(verb) => has(offline, verb),
        None => arguments.iter().any(|word| asks.contains(word)),
    }
}

/// `NAME=value`.
fn assigned(word: &str) -> Option<(&str, &str)> {
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    word.split_once('=')
        .filter(|(name, _)| !name.is_empty() && is_name(name))
}

/// Whether a list of names separated by spaces has that name.
fn has(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|known| known == name)
}

fn writes(command: &Words) -> bool {
    command.iter().any(|word| word == ">")
}

/// The first words of a command, for a message.
fn short(command: &Words) -> String {
    let words: Vec<_> = command.iter().take(4).map(String::as_str).collect();
    let line = words.join(" ");
    line.lines().next().unwrap_or_default().to_owned()
}

fn git(arguments: &[&str]) -> Scopes {
    let level = match arguments.contains(&"push") {
        true => Level::Write,
        false => Level::Read,
    };
    // Only these subcommands contact the remote; the rest of git is local.
    let reads = [
        "clone",
        "fetch",
        "ls-remote",
        "pull",
        "push",
        "remote",
        "submodule",
    ];
    let is_remote = arguments.iter().any(|word| reads.contains(word));
    is_remote
        .then_some((Scope::Contents, level))
        .into_iter()
        .collect()
}

/// The permissions of a docker command in a script that has the token; `None` if unknown.
fn docker(words: &[&str], shows: bool) -> Option<Scopes> {
    let at_github = |word: &&str| REGISTRIES.iter().any(|host| word.contains(host));
    if words.contains(&"login") {
        // A registry that an expression or variable names may be GitHub's.
        let may_be = words
            .iter()
            .any(|word| at_github(word) || word.contains('$'));
        let packages = may_be.then_some((Scope::Packages, Level::Write));
        return Some(packages.into_iter().collect());
    }
    let is_known = words.get(1).is_some_and(|verb| {
        has(
            "build buildx images inspect logout manifest pull push rmi tag",
            verb,
        )
    });
    let gets_token = shows || words.iter().any(|word| word.starts_with("--secret"));
    (is_known && !gets_token).then(Scopes::new)
}
