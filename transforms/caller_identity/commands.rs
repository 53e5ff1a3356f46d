//! Commands of `local-exec` and `external` that choose a profile or a role themselves.

use std::collections::BTreeMap;

use ci::scripts::shell;
use diagnostics::finding::Finding;
use engine::migration::MigratingModule;
use engine::repo::Repo;
use syntax::location::Location;
use terraform::local_command::{LocalCommand, ModulePaths};

use super::{ID, also, documents};

/// The variables that choose a profile ("Configuring environment variables for the AWS CLI").
const VARIABLES: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// Programs whose `--profile` is one of AWS. Others have an option of that name for something else:
/// Maven, docker compose, minikube.
const PROGRAMS: [&str; 6] = ["aws", "awscurl", "cdk", "eksctl", "s5cmd", "sam"];

/// The message and the help of a finding, and the role that its commands assume.
type Sentence = (String, String, Option<String>);

/// What a command acts by.
pub(super) enum Chosen {
    Profile(String),
    Role(String),
}

pub(super) fn findings(module: &MigratingModule, repo: &Repo) -> Vec<Finding> {
    let paths = ModulePaths {
        module: ".".to_owned(),
        root: None,
    };
    let documents = documents(module);
    let commands = documents.iter().flat_map(|document| {
        let commands = LocalCommand::all(document, &paths).into_iter();
        commands.filter(|it| !it.signs_token)
    });
    // The same message in many places is one finding.
    let mut found: BTreeMap<Sentence, Vec<(Location, String)>> = BTreeMap::new();
    for command in commands {
        let Some(chosen) = chosen(&command) else {
            continue;
        };
        let sentence = match chosen {
            Chosen::Profile(profile) => (
                format!("runs a command with the profile {profile}, whatever the provider acts as"),
                profile_help(&profile, repo),
                None,
            ),
            Chosen::Role(role) => (
                format!(
                    "runs a command with the role {}, which new callers have to assume",
                    match role.contains(COMPUTED) {
                        true => "of an expression",
                        false => &role,
                    }
                ),
                format!(
                    "allow {} in its trust policy before the migration",
                    super::named(&module.callers(repo), true)
                ),
                Some(role),
            ),
        };
        found
            .entry(sentence)
            .or_default()
            .push((command.at, command.of));
    }
    let findings = found
        .into_iter()
        .filter_map(|((message, help, role), mut places)| {
            places.sort();
            let (at, of) = places.first()?.clone();
            let others = also(&at, places[1..].iter().map(|(at, _)| at));
            let message = format!("{message}{others}");
            let finding = Finding::at(ID, at, 0..0, (of, message)).help(help);
            Some(match role {
                Some(role) => finding.assumes(&role),
                None => finding,
            })
        });
    findings.collect()
}

/// What to do about a profile that code names.
pub(super) fn profile_help(profile: &str, repo: &Repo) -> String {
    match repo.settings().account(profile) {
        Some(_) => "write that profile in a step of each job: without it the command acts as who runs Terraform"
            .to_owned(),
        None => "remove it, so that the command acts as who runs Terraform: no `account` block has that label, \
                 and neither laptops nor jobs need have such a profile"
            .to_owned(),
    }
}

fn chosen(command: &LocalCommand) -> Option<Chosen> {
    let set = VARIABLES
        .iter()
        .find_map(|name| command.environment.get(*name));
    match set {
        Some(Some(profile)) if profile.is_empty() => {}
        Some(profile) => {
            let profile = profile
                .clone()
                .unwrap_or_else(|| "of an expression".to_owned());
            return Some(Chosen::Profile(profile));
        }
        None => {}
    }
    let script = command.script.as_deref()?;
    shell::commands(script)
        .iter()
        .find_map(|it| of_words(&it.words))
}

/// Programs that print or set their words, and run none of them.
const PRINTERS: [&str; 6] = ["echo", "printf", "cat", "grep", "sed", "true"];

/// What stands in a command for an expression whose value is not known.
const COMPUTED: &str = "${...}";

/// Shells that run the text behind `-c`.
const SHELLS: [&str; 5] = ["sh", "bash", "zsh", "dash", "ash"];

/// The text behind `-c` among a shell's arguments: `-c`, `-ec`.
fn script(arguments: &[String]) -> Option<&str> {
    let is_script =
        |word: &String| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
    let at = arguments.iter().position(is_script)?;
    arguments.get(at + 1).map(String::as_str)
}

/// What the words of one command act by.
pub(super) fn of_words(words: &[String]) -> Option<Chosen> {
    if words
        .first()
        .is_some_and(|it| PRINTERS.contains(&it.as_str()))
    {
        return None;
    }
    let name = |word: &String| word.rsplit('/').next().unwrap_or_default().to_owned();
    let shell = words
        .iter()
        .position(|it| SHELLS.contains(&name(it).as_str()));
    if let Some(script) = shell.and_then(|at| script(&words[at + 1..])) {
        let found = shell::commands(script);
        let found = found.iter().find_map(|it| of_words(&it.words));
        return found.or_else(|| of_words(&words[..shell?]));
    }
    let set = words.iter().find_map(|word| {
        let (name, value) = word.split_once('=')?;
        VARIABLES.contains(&name).then_some(value)
    });
    if let Some(profile) = set.filter(|it| !it.is_empty()) {
        return Some(Chosen::Profile(profile.to_owned()));
    }
    let at = words
        .iter()
        .position(|word| PROGRAMS.contains(&name(word).as_str()));
    if let Some(at) = at {
        let arguments = &words[at + 1..];
        let profile = option(arguments, "--profile").map(Chosen::Profile);
        let role = || option(arguments, "--role-arn").map(Chosen::Role);
        return profile.or_else(role);
    }
    // `aws-vault exec NAME -- aws s3 ls`
    let vault = words.iter().position(|word| name(word) == "aws-vault")?;
    let mut behind = words[vault + 1..].iter().skip_while(|it| *it != "exec");
    let profile = behind.nth(1).filter(|it| !it.starts_with('-'))?;
    Some(Chosen::Profile(profile.clone()))
}

/// The value of an option, in the next word or behind `=`.
fn option(words: &[String], name: &str) -> Option<String> {
    words.iter().enumerate().find_map(|(at, word)| {
        if word == name {
            return words.get(at + 1).cloned();
        }
        let value = word.strip_prefix(name)?.strip_prefix('=')?;
        Some(value.to_owned())
    })
}
