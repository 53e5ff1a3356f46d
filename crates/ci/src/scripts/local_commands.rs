//! Commands that surely act by no AWS credentials of their environment. Of any other that is not read, that
//! is not known: a program of the repository may do anything.

use crate::aws_names::KEY_VARIABLES;
use crate::scripts::aws_use;
use crate::scripts::invocation::Invocation;
use crate::scripts::reader::{CalledText, ExecutedCommand, Execution};
use crate::scripts::shell;
use syntax::code;

/// Words of the shell that may precede a command.
const BEFORE: &str = "! { } ( ) do done elif else fi if then until while time";

/// Programs that call no AWS, whatever their arguments are: the shell's own, those of a Unix system, those
/// that check files, and clients of other services, by their manuals.
const LOCAL: &str = "[ [[ : ;; alias break builtin case continue declare dirs echo enable esac exit export \
    false for function getopts hash in let local mapfile popd printf pushd read readarray readonly return \
    select set shift shopt true type typeset ulimit umask unalias unset wait cd pwd test command \
    add-apt-repository apk apt apt-get apt-key awk base64 basename bc brew cat chgrp chmod choco chown cksum \
    clear cmp column comm cp curl cut date dd df diff dig dirname dnf dos2unix dpkg du egrep envsubst expr \
    fgrep file fmt fold free getconf getent gpg grep groupadd gunzip gzip head hexdump host hostname iconv \
    id install ip jo join jq kill killall ldconfig ldd less ln locale locale-gen logger ls lsb_release lsof \
    md5 md5sum mkdir mkfifo mktemp more mount mv nc netstat nl nproc nslookup od openssl paste patch pgrep \
    pidof ping pkill printenv ps pv pwgen readlink realpath rename rev rm rmdir rsync scp sed seq sha1sum \
    sha256sum sha512sum shasum shuf sleep sort split ss ssh ssh-add ssh-agent ssh-keygen ssh-keyscan stat \
    stty sudo sum sw_vers sync sysctl tac tail tar tee touch tput tr tree truncate tty uname unexpand uniq \
    unxz unzip uptime useradd usermod uuidgen wc wget which who whoami xmllint xxd xz yes yq yum zcat zip \
    zipinfo zstd actionlint bandit black cfn-lint checkov codespell commitlint cspell eslint flake8 gh gitleaks \
    gofmt goimports golangci-lint gosec govulncheck hadolint isort jsonlint markdownlint mypy php-cs-fixer \
    phpcs phpstan prettier pycodestyle pyflakes pylint pyright rubocop ruff semgrep shellcheck shfmt \
    staticcheck stylelint terraform-docs terrascan tfenv tfsec tfswitch tofuenv tsc tslint typos yamllint \
    az codecov datadog-ci fly flyctl gcloud heroku mysql netlify newrelic psql pg_isready redis-cli sentry-cli \
    vercel nvm pyenv rbenv rustup corepack volta Write-Host Write-Output";

/// Programs that call no AWS with these subcommands. What they build or test may, and what they run does what
/// the repository says.
const SUBCOMMANDS: [(&str, &str); 32] = [
    ("asdf", "current global install list local plugin reshim"),
    ("bun", "add i install update"),
    ("bundle", "check config install lock update"),
    (
        "cargo",
        "add build check clean clippy deny doc fetch fmt install metadata tree update",
    ),
    (
        "composer",
        "audit config dump-autoload install require update validate",
    ),
    ("conftest", "fmt test verify"),
    (
        "docker-compose",
        "build config down images kill logs ps pull rm stop",
    ),
    ("dotnet", "add build clean format list new nuget restore"),
    ("gem", "install update"),
    (
        "go",
        "build clean doc env fix fmt get install list mod vet work",
    ),
    (
        "helm",
        "completion create dependency env lint package plugin repo search show template",
    ),
    ("jekyll", "build"),
    ("kubectl", "completion config kustomize"),
    ("kustomize", "build edit"),
    ("mise", "install ls trust use"),
    ("mkdocs", "build"),
    ("ng", "build lint"),
    (
        "npm",
        "add audit cache ci config dedupe i install link list ls outdated pack prune rebuild set uninstall \
         update view whoami",
    ),
    ("opa", "build check fmt test"),
    ("packer", "fmt init"),
    (
        "pip",
        "cache check config download freeze install list show uninstall wheel",
    ),
    (
        "pip3",
        "cache check config download freeze install list show uninstall wheel",
    ),
    ("pipenv", "install lock sync"),
    ("pipx", "ensurepath inject install list upgrade"),
    (
        "pnpm",
        "add audit config fetch i import install list ls outdated pack prune rebuild remove setup store update",
    ),
    (
        "poetry",
        "add build cache check config env export install lock remove self show sync update",
    ),
    ("sam", "build"),
    ("trivy", "config conf fs filesystem repo"),
    (
        "uv",
        "add build cache export lock pip python remove sync tool tree venv",
    ),
    ("vite", "build"),
    ("webpack", ""),
    (
        "yarn",
        "add audit cache config dedupe import info install list outdated pack plugin remove set up upgrade why",
    ),
];

/// The same of build tools, which take several; `goal:` stands for all that begin so.
const GOALS: [(&str, &str); 2] = [
    (
        "gradle gradlew",
        "assemble classes clean compileJava compileTestJava dependencies projects tasks wrapper",
    ),
    (
        "mvn mvnw",
        "clean compile dependency: help: validate versions:",
    ),
];

/// Modules of Python that `python -m` runs, and which call no AWS.
const MODULES: &str = "black compileall coverage ensurepip flake8 http.server isort json.tool mypy pip \
    pipx poetry py_compile pylint ruff venv virtualenv zipfile";

/// Subcommands of Docker and its like that run no container.
const WITHOUT_CONTAINER: &str = "ps kill stop rm rmi images image inspect logs network volume info \
    version system save load export import search context login logout tag history wait port";

/// Subcommands of Terraform that configure no provider and read no state.
const TERRAFORM: &str = "fmt version validate get providers init";

/// Those among them that download modules.
const DOWNLOADS: &str = "get init";

/// What is around a script.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings {
    /// Whether Docker may sign in to ECR by the credentials of the environment.
    pub pulls_by_helper: bool,
    /// Whether the credentials of the environment may be those of an emulator or another cloud.
    pub has_other_keys: bool,
    /// Whether Terraform downloads modules by the credentials of the environment.
    pub has_modules_in_s3: bool,
}

impl Execution {
    /// The first command that may act by the AWS credentials of its environment, as a message names it.
    pub fn possible_aws_use(&self, surroundings: Surroundings) -> Option<String> {
        let of_execution = CommandCheck {
            execution: self,
            surroundings,
        };
        let mut commands = self.commands.iter();
        let found = commands.find(|command| !of_execution.is_local(command))?;
        let words = found.words.iter().skip_while(|word| has(BEFORE, word));
        let words: Vec<&str> = words.take(4).map(String::as_str).collect();
        let text = words.join(" ");
        Some(code::quoted(text.lines().next().unwrap_or_default()))
    }
}

impl Execution {
    /// Whether the commands before the first that speaks of AWS's keys surely use no credentials.
    pub fn begins_locally(&self) -> bool {
        let of_execution = CommandCheck {
            execution: self,
            surroundings: Surroundings {
                pulls_by_helper: true,
                has_other_keys: false,
                has_modules_in_s3: false,
            },
        };
        let speaks = |command: &&ExecutedCommand| {
            let mut words = command.words.iter().map(|word| word.to_ascii_lowercase());
            words.any(|word| {
                KEY_VARIABLES[..2]
                    .iter()
                    .any(|key| word.contains(&key.to_ascii_lowercase()))
            })
        };
        let mut before = self.commands.iter().take_while(|it| !speaks(it));
        before.all(|command| of_execution.is_local(command))
    }
}

struct CommandCheck<'e> {
    execution: &'e Execution,
    surroundings: Surroundings,
}

impl CommandCheck<'_> {
    fn is_local(&self, command: &ExecutedCommand) -> bool {
        let keywords = command.words.iter().take_while(|word| has(BEFORE, word));
        let words = &command.words[keywords.count()..];
        // What it calls is among the commands; of tests in Go, only what they run of Terraform is read.
        let is_read = command.called == CalledText::Commands;
        is_read && words.first().is_some_and(|word| word != "go") || self.are_local(words)
    }

    fn are_local(&self, words: &[String]) -> bool {
        let Some(invocation) = Invocation::of(words) else {
            return true;
        };
        let (name, arguments) = (invocation.name(), invocation.arguments);
        let name = name.strip_suffix(".exe").unwrap_or(name);
        let own = invocation.program;
        let is_wrapper = own.ends_with("gradlew") || own.ends_with("mvnw");
        if own.contains('/') && !own.starts_with('/') && !is_wrapper {
            return false;
        }
        // `exec > log`, `xargs < x`, `a[b]=c`, `a+=b`
        let is_none = name.starts_with(['-', '>']) || name.contains("+=") || name.contains("]=");
        let is_known = has(LOCAL, name) || self.execution.functions.contains(name);
        if is_none || is_known && !runs_another(name, arguments) {
            return true;
        }
        let verb = arguments.iter().find(|word| !word.starts_with('-'));
        let verb = verb.map_or("", String::as_str);
        let asks = [
            "--version",
            "-version",
            "version",
            "--help",
            "help",
            "-v",
            "-V",
            "-h",
        ];
        if let [only] = arguments
            && asks.contains(&only.as_str())
        {
            return true;
        }
        match name {
            "find" => match arguments.iter().position(|it| it.starts_with("-exec")) {
                Some(at) => self.are_local(&arguments[at + 1..]),
                None => true,
            },
            "trap" => arguments
                .first()
                .is_none_or(|script| self.is_local_script(script)),
            "aws" => aws_use::of(&invocation).is_none() && !self.has_endpoint(verb, arguments),
            "git" => !arguments.iter().any(|word| word.contains("codecommit")),
            "docker" | "podman" | "nerdctl" => self.is_local_container(verb, arguments),
            "terraform" | "tofu" => {
                let downloads = has(DOWNLOADS, verb) && self.surroundings.has_modules_in_s3;
                verb.is_empty() || has(TERRAFORM, verb) && !downloads
            }
            "terragrunt" => matches!(verb, "hclfmt" | "hcl"),
            "python" | "python3" => {
                let at = arguments.iter().position(|word| word == "-m");
                let module = at.and_then(|at| arguments.get(at + 1));
                module.is_some_and(|module| has(MODULES, module))
            }
            "vault" => !arguments.iter().any(|word| word.contains("aws")),
            "hugo" => verb != "deploy",
            // Without a subcommand, it installs.
            "yarn" if verb.is_empty() => true,
            _ => is_local_subcommand(name, verb, arguments),
        }
    }

    /// Whether a command of the AWS CLI talks to what is no AWS, by keys of the environment.
    fn has_endpoint(&self, verb: &str, arguments: &[String]) -> bool {
        let is_own = |word: &String| word == "--no-sign-request" || word.starts_with("--profile");
        let mut words = arguments.iter();
        self.surroundings.has_other_keys
            && !matches!(verb, "" | "configure" | "help" | "sts")
            && !words.any(is_own)
    }

    fn is_local_script(&self, script: &str) -> bool {
        let commands = shell::commands(script);
        commands
            .iter()
            .all(|command| self.are_local(&command.words))
    }

    /// Whether a container tool passes no credentials on: a container has only the variables and
    /// directories that the command names.
    fn is_local_container(&self, verb: &str, arguments: &[String]) -> bool {
        if verb.is_empty() || has(WITHOUT_CONTAINER, verb) {
            return true;
        }
        let has_word = |parts: &[&str]| {
            let mut words = arguments.iter();
            words.any(|word| parts.iter().any(|part| word.contains(part)))
        };
        let is_directory = |word: &String| {
            let own = [
                "$PWD",
                "${PWD",
                "$()",
                "${{ github.workspace",
                "$GITHUB_WORKSPACE",
            ];
            own.iter().any(|it| word.starts_with(it))
        };
        let mut words = arguments.iter().filter(|word| !is_directory(word));
        let may_be_ecr = words.any(|it| it.contains(".dkr.ecr.") || it.starts_with('$'));
        if self.surroundings.pulls_by_helper && may_be_ecr {
            return false;
        }
        match verb {
            "push" | "pull" | "manifest" => true,
            "build" | "buildx" => !has_word(&["AWS_", ".aws", "secret", "type=s3"]),
            "run" | "create" | "exec" | "start" => {
                let from = [
                    "AWS_",
                    ".aws",
                    "--env-file",
                    "$HOME",
                    "${HOME",
                    "~",
                    "/root",
                    "$@",
                ];
                !has_word(&from)
            }
            "compose" => {
                let mut words = arguments.iter().filter(|word| !word.starts_with('-'));
                let own = "build config down images kill logs ps pull rm stop";
                words.any(|word| has(own, word)) && !has_word(&["up", "run", "exec", "start"])
            }
            _ => false,
        }
    }
}

/// Whether a program that is local by itself runs another that its arguments name.
fn runs_another(name: &str, arguments: &[String]) -> bool {
    match name {
        // `curl` signs requests by what it is given.
        "curl" => arguments.iter().any(|word| word == "--aws-sigv4"),
        "sudo" => !arguments.is_empty(),
        _ => false,
    }
}

/// Whether the subcommand, or all goals, of a program call no AWS.
pub(super) fn is_local_subcommand(name: &str, verb: &str, arguments: &[String]) -> bool {
    let mut tools = GOALS.iter();
    if let Some((_, known)) = tools.find(|(tools, _)| has(tools, name)) {
        let is_among = |goal: &str| {
            let mut known = known.split_whitespace();
            known.any(|it| it == goal || it.ends_with(':') && goal.starts_with(it))
        };
        let mut goals = arguments.iter().filter(|word| !word.starts_with('-'));
        return goals.all(|goal| is_among(goal.trim_start_matches(':')));
    }
    let mut programs = SUBCOMMANDS.iter();
    let known = programs.find(|(program, _)| *program == name);
    let is_known = known.is_some_and(|(_, verbs)| verbs.is_empty() || has(verbs, verb));
    // A plugin may fetch from a bucket.
    is_known && !arguments.iter().any(|word| word.contains("s3://"))
}

/// Whether a list of names separated by spaces has that name.
fn has(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|known| known == name)
}
