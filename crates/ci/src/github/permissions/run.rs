//! The permissions that a script uses, by the commands that it executes, those of the files that it calls
//! among them.
//!
//! Git has the token from `actions/checkout` (`persist-credentials`); `gh` and other commands have
//! it where the environment or the text passes it to them. A script that gets the token is known
//! only if each of its commands is. Where git has it, a command that is not known may push.

use super::fetch::is_download;
use super::git::GitCredentials;
use super::program::{self, ProgramUse, download, push};
use super::scope::{Level, Scope, Scopes, raise};
use super::step::UnknownNeed;
use super::{gh, token};
use crate::scripts::invocation::Invocation;
use crate::scripts::reader::{CalledText, ExecutedCommand, Execution};
use crate::scripts::shell;
use crate::terraform_run::tool;
use syntax::code;

/// Commands that make no use of a token in the environment. Those before `|` only print or test, so
/// they may have it as an argument unless they write a file; those after it must not.
const HARMLESS: &str = "[ [[ : break case cat continue declare echo esac exit export false for \
    function local printf read readonly return set shift shopt sleep test trap true unset wait | \
    apt apt-get awk aws base64 basename cd chmod chown cp curl cut date df diff dirname du egrep \
    expr fgrep file grep gunzip gzip head hostname id jq kubectl ln ls md5sum mkdir mktemp mv \
    nproc paste popd ps pushd pwd realpath rm rmdir sed seq sha256sum shasum sort stat tail tar \
    touch tr type uname uniq unzip wc wget which whoami yq zip";

/// Keywords of the shell that may precede a command.
const BEFORE: &str = "! { } do done elif else fi if then until while";

/// Programs that run another by its name among their arguments.
const RUNNERS: &str = "bun node npm pnpm python python3 yarn";

/// Files that prepare a shell, and are no part of the repository.
const PREPARE: &str = ".bash_profile .bashrc .profile activate asdf.sh env nvm.sh sdkman-init.sh";

/// Hosts of GitHub's package registries.
const REGISTRIES: [&str; 2] = ["ghcr.io", ".pkg.github.com"];

/// What the script of a step uses.
#[derive(Debug, Default)]
pub(super) struct ScriptUse {
    pub scopes: Scopes,
    /// The first command that has the token, and of which it is not known what it uses.
    pub unknown: Option<UnknownNeed>,
    /// The first command that cannot be read, while git has the token.
    pub unread: Option<UnknownNeed>,
}

/// What a script uses in this environment, with these credentials of git.
pub(super) fn uses(
    script: &str,
    execution: &Execution,
    env: &[(&str, &str)],
    git: GitCredentials,
) -> ScriptUse {
    let held = ScriptToken::of(script, execution, env, git);
    let mut used = ScriptUse::default();
    for command in &execution.commands {
        held.command(command, &mut used);
    }
    used
}

/// How a script has the job's token.
struct ScriptToken<'e> {
    /// Whether it has the token in any way.
    token: bool,
    /// The variables that contain it.
    variables: Vec<&'e str>,
    env: &'e [(&'e str, &'e str)],
    git: GitCredentials,
    execution: &'e Execution,
}

impl<'e> ScriptToken<'e> {
    fn of(
        script: &str,
        execution: &'e Execution,
        env: &'e [(&'e str, &'e str)],
        git: GitCredentials,
    ) -> Self {
        let variables = token::variables(env);
        let mut held = Self {
            token: !variables.is_empty() || token::is_in(script, env),
            variables,
            env,
            git,
            execution,
        };
        let words = execution.commands.iter().flat_map(|it| &it.words);
        for (name, value) in words.filter_map(|word| assigned(word)) {
            if held.is_shown_by(value) {
                held.variables.push(name);
            }
        }
        held
    }

    fn command(&self, command: &ExecutedCommand, used: &mut ScriptUse) {
        let keywords = command.words.iter().take_while(|word| has(BEFORE, word));
        let words = &command.words[keywords.count()..];
        let Some(invocation) = Invocation::of(words) else {
            return;
        };
        let unknown = || UnknownNeed::Command(shown(command));
        let program = invocation.program;
        if program.contains("${{") && is_condition(words) {
            return;
        }
        if program.contains("${{") && token::around(program).is_empty() {
            used.unknown.get_or_insert_with(unknown);
            return;
        }
        let shows = self.shows(&command.words);
        let arguments: Vec<&str> = invocation.arguments.iter().map(String::as_str).collect();
        let (talkative, quiet) = HARMLESS.split_once('|').unwrap_or_default();
        let name = invocation.name();
        match name {
            // `gh` takes its token from GH_TOKEN or GITHUB_TOKEN (its manual, "gh environment").
            "gh" if self.is_other_token() => {}
            "gh" => match gh::uses(&arguments) {
                Some(scopes) => raise(&mut used.scopes, scopes),
                None => used.unknown = used.unknown.take().or_else(|| Some(unknown())),
            },
            "git" => match self.git(&arguments) {
                Some(scopes) => raise(&mut used.scopes, scopes),
                None => used.unknown = used.unknown.take().or_else(|| Some(unknown())),
            },
            name if has(talkative, name) && !(shows && writes(&command.words)) => {}
            name if has(quiet, name) && !shows => {}
            "curl" | "wget" if is_download(&command.words, |word| self.is_shown_by(word)) => {
                raise(&mut used.scopes, download());
            }
            "docker" | "podman" | "helm" if self.token => match docker(words, shows) {
                Some(scopes) => raise(&mut used.scopes, scopes),
                None => used.unknown = used.unknown.take().or_else(|| Some(unknown())),
            },
            _ if tool(program).is_some() && is_offline(&arguments) && !shows => {}
            _ => self.other(command, &invocation, shows, used),
        }
    }

    /// A command that is none of those with rules of their own.
    fn other(
        &self,
        command: &ExecutedCommand,
        invocation: &Invocation<'_>,
        shows: bool,
        used: &mut ScriptUse,
    ) {
        let unknown = || UnknownNeed::Command(shown(command));
        let known = program_use(invocation);
        let may_push = self.token || self.git != GitCredentials::Other;
        match known {
            Some(ProgramUse::Releases) if may_push => {
                raise(&mut used.scopes, push());
                used.unknown.get_or_insert_with(unknown);
                return;
            }
            Some(ProgramUse::Pushes) if may_push => return raise(&mut used.scopes, push()),
            Some(ProgramUse::Releases | ProgramUse::Pushes) => return,
            // Of what its words say of the token nothing is known.
            Some(ProgramUse::Downloads) if self.token && !shows => {
                return raise(&mut used.scopes, download());
            }
            Some(ProgramUse::Downloads | ProgramUse::Nothing) | None => {}
        }
        let is_read = match command.called {
            CalledText::Commands => !shows || invocation.script().is_some(),
            CalledText::Program => !self.token,
            CalledText::None => false,
        };
        if self.token && !is_read {
            used.unknown.get_or_insert_with(unknown);
            return;
        }
        self.inside(command, invocation, used);
        if self.git == GitCredentials::Job
            && !is_read
            && !self.is_harmless(command, invocation, known)
        {
            let unread = || UnknownNeed::Unread(shown(command));
            used.unread.get_or_insert_with(unread);
        }
    }

    /// The permissions of a command that runs another: `retry git push`, `timeout 9 'git push'`.
    fn inside(&self, command: &ExecutedCommand, invocation: &Invocation<'_>, used: &mut ScriptUse) {
        let own = [invocation.program.to_owned()];
        let words = [&own, invocation.arguments].concat();
        let inner = words.iter().position(|word| word == "git" || word == "gh");
        let inner = inner.map(|at| words[at..].to_vec());
        // What a shell is given is read, and its commands are among those of the script.
        let scripts = words
            .iter()
            .filter(|word| token::around(word).contains(char::is_whitespace))
            .filter(|_| command.called == CalledText::None);
        let scripts = scripts.flat_map(|word| shell::commands(word));
        let scripts = scripts.map(|inner| inner.words).filter(|it| *it != [";;"]);
        // The words of a text are no commands, unless they are known as such.
        let is_known = |words: &Vec<String>| {
            let first = words.iter().find(|word| !has(BEFORE, word));
            first.is_some_and(|it| matches!(it.as_str(), "git" | "gh") || it.contains("${{"))
        };
        for words in scripts.chain(inner).filter(is_known) {
            let inner = ExecutedCommand {
                words,
                called: CalledText::None,
                by: command.by.clone(),
            };
            self.command(&inner, used);
        }
    }

    /// Whether a command that is not read pushes nothing.
    fn is_harmless(
        &self,
        command: &ExecutedCommand,
        invocation: &Invocation<'_>,
        known: Option<ProgramUse>,
    ) -> bool {
        let (name, arguments) = (invocation.name(), invocation.arguments);
        let is_argument = |word: &str| matches!(word, "$@" | "$*" | "${@}" | "${*}");
        let functions = &self.execution.functions;
        let prepares = || {
            let file = arguments.first().map_or("", String::as_str);
            file.rsplit('/')
                .next()
                .is_some_and(|name| has(PREPARE, name) || is_env(name))
        };
        // `exec > log`, `command -v x`, `xargs < .env`, `a[b]=c`, `a+=b`
        let is_none = name.starts_with(['-', '>'])
            || is_env(name)
            || name.contains("+=")
            || name.contains("]=");
        match name {
            _ if is_none || name.bytes().all(|byte| byte.is_ascii_digit()) => true,
            // The containers of Compose are commands of their own, where its file is there.
            "docker" | "docker-compose" | "nerdctl" | "podman" | "podman-compose" => {
                !runs_checkout(arguments)
            }
            "." | "source" => prepares(),
            "bun" | "npm" | "pnpm" | "yarn" => {
                known.is_some() || arguments.iter().any(|it| builds(it))
            }
            // A task of a package that is not found, and is looked for as a program.
            _ if command.by.as_deref().is_some_and(is_package) && builds(name) => true,
            _ if known.is_some() || tool(invocation.program).is_some() => true,
            // What a function is called with is among the words of its calls.
            _ if is_argument(name) => !functions.is_empty(),
            // `eval "$(ssh-agent)"`: what is inside stands before it, and may be downloaded.
            "$()" => !self.downloads(),
            _ if name.starts_with('$') && arguments.is_empty() => self.is_flag(name),
            _ => functions.contains(name),
        }
    }

    /// Whether a variable is `true` or `false`, whatever the script did: `if $has_changed`.
    fn is_flag(&self, variable: &str) -> bool {
        let name = variable
            .trim_start_matches(['$', '{'])
            .trim_end_matches('}');
        let words = self.execution.commands.iter().flat_map(|it| &it.words);
        let assigned = words.filter_map(|word| assigned(word));
        let mut values = assigned.filter(|(known, _)| *known == name).peekable();
        values.peek().is_some() && values.all(|(_, value)| matches!(value, "true" | "false"))
    }

    fn downloads(&self) -> bool {
        let mut commands = self.execution.commands.iter();
        commands.any(|command| {
            command
                .words
                .iter()
                .any(|word| word == "curl" || word == "wget")
        })
    }

    /// The permissions of a git command; `None` where it reads the token itself.
    fn git(&self, arguments: &[&str]) -> Option<Scopes> {
        let reads_token = arguments.iter().any(|word| word.contains("extraheader"))
            && arguments.iter().any(|word| word.starts_with("--get"));
        if reads_token && self.git != GitCredentials::Other {
            return None;
        }
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
        let pushes = arguments.contains(&"push") && !arguments.contains(&"stash");
        let is_ours = self.token || self.git != GitCredentials::Other;
        let is_elsewhere = arguments.iter().any(|word| is_other_host(word));
        let level = match pushes && is_ours && !is_elsewhere {
            true => Level::Write,
            false => Level::Read,
        };
        Some(
            is_remote
                .then_some((Scope::Contents, level))
                .into_iter()
                .collect(),
        )
    }

    /// Whether a command has the token, or the address of GitHub's API, among its words.
    fn shows(&self, words: &[String]) -> bool {
        words.iter().any(|word| self.is_shown_by(word))
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

/// What the table tells of a program, or of that which it runs: `python -m pytest`, `yarn lerna`.
fn program_use(invocation: &Invocation<'_>) -> Option<ProgramUse> {
    let (program, arguments) = (invocation.program, invocation.arguments);
    let inner = || {
        let words = arguments.iter().enumerate();
        let mut named = words.filter(|(_, word)| !word.starts_with('-'));
        named.find_map(|(at, word)| program::uses(word, &arguments[at + 1..]))
    };
    if has(RUNNERS, invocation.name()) {
        let is_module = arguments.iter().any(|word| word == "-m");
        let found = inner().filter(|found| is_module || *found != ProgramUse::Nothing);
        if found.is_some() {
            return found;
        }
    }
    program::uses(program, arguments)
}

fn is_package(command: &str) -> bool {
    let manager = command.split(' ').next().unwrap_or_default();
    has("bun npm pnpm yarn", manager)
}

/// Whether a file sets variables, by its name.
fn is_env(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| ending == "env")
}

/// Whether a task of a package that is not read is a build or a check by its name.
fn builds(task: &str) -> bool {
    let task = task.split(':').next().unwrap_or(task);
    let names = "build check codegen compile coverage eslint format generate lint prettier test tsc typecheck";
    has(names, task)
}

/// Whether a container gets the checkout, with the credentials of git in it.
fn runs_checkout(arguments: &[String]) -> bool {
    let is_run = |word: &String| matches!(word.as_str(), "run" | "compose" | "exec" | "start");
    let verb = arguments.iter().find(|word| !word.starts_with('-'));
    // The settings of git are in its root: a directory below has none of them.
    let mounts = [
        "$PWD",
        "${PWD}",
        "$()",
        "$(pwd)",
        "GITHUB_WORKSPACE",
        "GITHUB_WORKSPACE}",
    ];
    let is_mount = |word: &String| {
        if !word.contains([':', ',']) {
            return false;
        }
        let place = word.rsplit('=').next().unwrap_or(word);
        let place = place
            .split([':', ','])
            .next()
            .unwrap_or(place)
            .trim_end_matches('/');
        let place = place.trim_matches('"');
        mounts.iter().any(|it| place.ends_with(it))
            || place.contains("github.workspace")
            || place == "."
    };
    let knows_image = |word: &String| {
        let name = word.split([':', '@']).next().unwrap_or_default();
        name.contains('/') && program::uses(name, &[]) == Some(ProgramUse::Nothing)
            || tool(word).is_some()
    };
    verb.is_some_and(is_run) && arguments.iter().any(is_mount) && !arguments.iter().any(knows_image)
}

/// Whether a word is the address of a repository on another host than GitHub.
fn is_other_host(word: &str) -> bool {
    let is_address = word.contains("://") || word.contains('@') && word.contains(':');
    is_address && !word.contains("github") && !word.contains('$')
}

/// Whether words that begin with an expression are a comparison, which runs nothing.
fn is_condition(words: &[String]) -> bool {
    let compares = |word: &String| word.contains("==") || word.contains("!=");
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

fn writes(words: &[String]) -> bool {
    words.iter().any(|word| word == ">")
}

/// A command in a message: its first words, and what of the step runs it.
fn shown(command: &ExecutedCommand) -> String {
    let short = |text: String| text.lines().next().unwrap_or_default().to_owned();
    let first: Vec<_> = command.words.iter().take(4).map(String::as_str).collect();
    let own = short(first.join(" "));
    match &command.by {
        Some(by) => format!(
            "{} of {}",
            code::quoted(&own),
            code::quoted(&short(by.clone()))
        ),
        None => code::quoted(&own),
    }
}

/// The permissions of a docker command in a script that has the token; `None` if unknown.
fn docker(words: &[String], shows: bool) -> Option<Scopes> {
    let at_github = |word: &String| REGISTRIES.iter().any(|host| word.contains(host));
    if words.iter().any(|word| word == "login") {
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
