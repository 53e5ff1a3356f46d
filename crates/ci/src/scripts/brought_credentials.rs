//! Credentials that a script brings for the commands in it, whatever its caller has.

use crate::aws_names::{KEY_VARIABLES, LEGACY_KEY_VARIABLES, is_access_key_id, is_of_other_cloud};
use crate::github::expression::references;
use crate::scripts::invocation::{Invocation, assignment};
use crate::scripts::reader::is_image;
use crate::scripts::shell::commands;
use crate::scripts::terragrunt_role;
use crate::terraform_run::tool;
use syntax::code;

/// Tools that run a command with credentials of a profile, or with secrets of which nothing here tells whether
/// credentials are among them; from the manual of each.
const BRINGING: [&str; 20] = [
    "aws2-wrap ",
    "aws-sso exec ",
    "assume ",
    "awsume ",
    "berglas exec ",
    "chamber exec ",
    "dotenv ",
    "dotenvx run ",
    "doppler run ",
    "envchain ",
    "gimme-aws-creds ",
    "infisical run ",
    "leapp session ",
    "op run ",
    "sops exec-env ",
    "sops exec-file ",
    "sudo -u ",
    "summon ",
    "teller run ",
    "vaulted ",
];

/// Whether a line runs a command with credentials other than those of who calls it.
pub(crate) fn brings_credentials(line: &str) -> bool {
    let code = line.trim_start().trim_start_matches(['@', '-', '+']);
    let is_code = !code.starts_with('#') && !code.starts_with("echo ");
    let starts = |tool: &str| {
        let found = code.match_indices(tool);
        let mut before = found.map(|(at, _)| code[..at].trim_end().chars().next_back());
        before.any(|it| it.is_none_or(|it| "&|;({\"'`".contains(it)))
    };
    let is_assigned = CREDENTIALS_FILES.iter().any(|it| code.starts_with(it));
    // A directory of the caller's own, not of the tree.
    let is_own = ["~/.aws", "HOME}/.aws", "HOME/.aws", "HOME)/.aws"];
    let is_mounted = code.contains(":/root/.aws") && !is_own.iter().any(|it| code.contains(it));
    let is_role = terragrunt_role::named(code).is_some();
    is_code && (is_assigned || is_mounted || is_role || BRINGING.iter().any(|tool| starts(tool)))
}

/// Assignments of the files that credentials are taken from.
const CREDENTIALS_FILES: [&str; 3] = [
    "AWS_CONFIG_FILE=",
    "AWS_SHARED_CREDENTIALS_FILE=",
    "AWS_WEB_IDENTITY_TOKEN_FILE=",
];

/// Commands that print credentials.
const PRINTING_CREDENTIALS: [&str; 4] = [
    "aws-vault export",
    "aws configure export-credentials",
    "aws sts assume-role",
    "aws-sso eval",
];

/// Commands that print variables of which nothing here tells whether credentials are among them.
const PRINTING_VARIABLES: [&str; 10] = [
    "aws ssm get-parameter",
    "chamber env",
    "chamber export",
    "doppler secrets download",
    "op inject",
    "secretsmanager get-secret-value",
    "sops --decrypt",
    "sops -d",
    "sops decrypt",
    "vault read",
];

/// Whether a line exports credentials of a role, or files of profiles other than those of who calls it.
pub(crate) fn takes_other_credentials(line: &str) -> bool {
    let code = line.trim_start();
    if code.starts_with('#') || code.starts_with("echo ") {
        return false;
    }
    let plain = code.replace(" := ", "=").replace(" = ", "=");
    let exports = |it: &str| plain.contains("export ") && plain.contains(it);
    let is_exported = CREDENTIALS_FILES.iter().any(|it| exports(it))
        || terragrunt_role::VARIABLES.iter().any(|it| exports(it));
    let has = |words: &[&str]| words.iter().any(|it| code.contains(it));
    let evaluates = has(&["eval ", "export $(", "source <(", ". <("]);
    let is_evaluated = (evaluates || code.contains("export ")) && has(&PRINTING_CREDENTIALS)
        || evaluates && has(&PRINTING_VARIABLES);
    // Granted and awsume change the shell that they are sourced in.
    let sourced = [
        "assume ",
        ". assume ",
        "source assume ",
        ". awsume ",
        "source awsume ",
    ];
    let is_taken = sourced.iter().any(|it| code.starts_with(it)) && !code.contains("--exec");
    is_exported || is_taken || is_evaluated
}

/// Programs that run the words behind them with the environment that they have themselves, or whose words
/// are no command of this machine; from the documentation of each.
const TRANSPARENT: [&str; 30] = [
    "atmos",
    "aws",
    "cat",
    "cd",
    "ci-info",
    "docker",
    "docker-compose",
    "echo",
    "flock",
    "gcloud",
    "gh",
    "git",
    "github-comment",
    "grep",
    "kubectl",
    "ls",
    "make",
    "mkdir",
    "nerdctl",
    "oc",
    "parallel",
    "podman",
    "printf",
    "rm",
    "script",
    "ssh",
    "strace",
    "tfcmt",
    "tfnotify",
    "watch",
];

/// What brings credentials for the Terraform commands of a script, as a message names it: `` `doppler run` ``.
/// `None` where they act by those that the script is run with.
///
/// `has_machine` says whether its machine may have credentials, by which a command acts that gets no others.
pub(crate) fn of_terraform(script: &str, has_machine: bool) -> Option<String> {
    let script = script.replace("\\\n", " ");
    let is_about = |line: &str| {
        line.contains("terraform") || line.contains("tofu") || line.contains("terragrunt")
    };
    let is_named = is_about(&script);
    let mut lines = script.lines();
    let bringing = lines.find_map(|line| {
        let is_meant = !is_named || is_about(line);
        let brings = is_meant && brings_credentials(line);
        if brings && terragrunt_role::named(line).is_some() {
            return Some("a role that Terragrunt assumes".to_owned());
        }
        let tool = BRINGING.iter().find(|tool| line.contains(**tool));
        brings.then(|| {
            tool.map_or("a file of credentials".to_owned(), |tool| {
                code::quoted(tool.trim())
            })
        })
    });
    bringing
        .or_else(|| {
            let takes = script.lines().any(takes_other_credentials);
            takes.then(|| "credentials that its script takes".to_owned())
        })
        .or_else(|| {
            let all = commands(&script);
            all.iter().find_map(|command| {
                of_command(behind_keywords(&command.words), &script, has_machine)
            })
        })
}

/// The words of a command behind those of the shell's grammar (POSIX, "Reserved Words").
fn behind_keywords(words: &[String]) -> &[String] {
    let keywords = [
        "!", "do", "elif", "else", "if", "then", "time", "until", "while", "{", "}",
    ];
    let count = words
        .iter()
        .take_while(|word| keywords.contains(&word.as_str()));
    &words[count.count()..]
}

/// The same of one command of a script.
fn of_command(words: &[String], script: &str, has_machine: bool) -> Option<String> {
    let keys = || Some("keys in its script".to_owned());
    let Some(invocation) = Invocation::of(words) else {
        return words.iter().any(|word| sets_key(word)).then(keys)?;
    };
    let name = invocation.name();
    let arguments = invocation.arguments;
    let is_terraform = tool(name).is_some()
        || arguments
            .iter()
            .any(|word| tool(word).is_some() || is_image(word));
    let is_container = matches!(name, "docker" | "podman" | "nerdctl") && is_terraform;
    let mut variables = invocation.variables.iter();
    let is_prefixed =
        variables.any(|(name, value)| is_key(name, value)) && !matches!(name, "aws" | "echo");
    let is_export = matches!(name, "export" | "declare" | "typeset");
    if is_prefixed || (is_export || is_container) && arguments.iter().any(|word| sets_key(word)) {
        return keys();
    }
    let unsets = |words: &[String]| words.iter().any(|word| word == KEY_VARIABLES[0]);
    if name == "unset" && unsets(arguments) {
        return Some("what is left after `unset`".to_owned());
    }
    let before = words.len() - arguments.len();
    let wrapping = &words[..before];
    let is_cleared = wrapping.iter().any(|word| word == "sudo" || word == "doas") && is_terraform;
    let keeps = |word: &String| {
        word.starts_with("--preserve-env")
            || word.starts_with('-') && !word.starts_with("--") && word.contains('E')
    };
    if is_cleared && !wrapping.iter().any(keeps) {
        return Some("what `sudo` leaves".to_owned());
    }
    let passes = |word: &String| {
        word.contains("AWS_") || word.starts_with("--env-file") || word.contains(".aws")
    };
    if is_container
        && has_machine
        && arguments.first().is_some_and(|it| it == "run")
        && !arguments.iter().any(passes)
    {
        return Some("what its container finds".to_owned());
    }
    let is_program = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    let is_own = [
        format!("{name}()"),
        format!("{name} ()"),
        format!("function {name}"),
    ];
    let is_unknown = is_program
        && name == invocation.program
        && tool(name).is_none()
        && !TRANSPARENT.contains(&name)
        && !is_own.iter().any(|it| script.contains(it.as_str()));
    let runs = arguments.iter().enumerate().any(|(at, word)| {
        let behind = arguments[at + 1..]
            .iter()
            .find(|word| !word.starts_with('-'));
        let acts = [
            "apply", "destroy", "import", "init", "plan", "refresh", "run-all", "state",
        ];
        tool(word).is_some() && behind.is_some_and(|it| acts.contains(&it.as_str()))
    });
    (is_unknown && runs && !is_export).then(|| code::quoted(name))
}

/// Whether a word sets an access key id: `AWS_ACCESS_KEY_ID=...`, `--env=AWS_ACCESS_KEY_ID=...`.
pub(crate) fn sets_key(word: &str) -> bool {
    let word = word
        .strip_prefix("--env=")
        .or(word.strip_prefix("-e"))
        .unwrap_or(word);
    assignment(word).is_some_and(|(name, value)| is_key(name, value))
}

/// Whether a variable gets an access key id that its environment does not have already: no placeholder of an
/// emulator's, and no key of another cloud's.
fn is_key(name: &str, value: &str) -> bool {
    if ![KEY_VARIABLES[0], LEGACY_KEY_VARIABLES[0]].contains(&name) {
        return false;
    }
    let read = references(value);
    let is_other = read.iter().any(|it| {
        let name = it.name.as_deref().unwrap_or_default();
        it.context == "secrets" && is_of_other_cloud(name)
    });
    let is_expression = value.contains("${{");
    let is_own = match is_expression {
        true => value.contains(&format!("env.{name}")),
        false => value.starts_with('$') && value.contains(name),
    };
    let is_set = is_expression || value.starts_with(['$', '`']) || is_access_key_id(value);
    is_set && !is_own && !is_other
}
