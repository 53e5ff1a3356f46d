//! Actions that are not known and may leave AWS credentials to the steps behind them.

use std::path::{Path, PathBuf};

use super::exports_credentials;
use super::unread::exports_unread;
use crate::github::actions::is_known;
use crate::github::uses::remote_action;
use crate::github::workflow::Workflows;
use crate::github::workflow::model::{ActionProgram, NamedText, Step};
use crate::scripts::reader::ScriptContext;
use crate::scripts::working_directory::{GITHUB, WorkingDirectory};
use syntax::code;

/// Words in the names of actions that say that they are about another service, whose credentials they get.
const OTHERS: [&str; 24] = [
    "azure",
    "bitbucket",
    "cloudflare",
    "codecov",
    "datadog",
    "discord",
    "docker",
    "gcp",
    "git",
    "github",
    "gitlab",
    "google",
    "npm",
    "notification",
    "notify",
    "pypi",
    "slack",
    "snyk",
    "sonar",
    "sonarcloud",
    "ssh",
    "tailscale",
    "teams",
    "vpn",
];

/// What an action may bring, as a message names it: ``action `org/login` ``. It is none that is known, and it
/// gets a role or a secret, or is named after signing in as a role.
pub(super) fn brings(uses: &str, with: &[NamedText], env: &[NamedText]) -> Option<String> {
    let action = remote_action(uses).filter(|action| !action.is_configure())?;
    let name = action.action.to_ascii_lowercase();
    // Without its owner, who may be named after anything.
    let (_, own) = name.split_once('/')?;
    let mut words = own.split(|letter: char| !letter.is_ascii_alphanumeric());
    if is_known(uses) || words.any(|word| OTHERS.contains(&word)) {
        return None;
    }
    let gets_role = with.iter().any(|entry| {
        let value = entry.value.value.trim();
        value.starts_with("arn:aws") && value.contains(":role/")
            || entry.name.to_ascii_lowercase().contains("role-to-assume")
    });
    let gets_secret = with
        .iter()
        .chain(env)
        .any(|entry| is_secret(&entry.value.value));
    let is_assuming = ["assume-role", "assume_role", "assumerole"];
    let is_named = is_assuming.iter().any(|it| own.contains(it));
    (gets_role || gets_secret || is_named)
        .then(|| format!("action {}", code::quoted(action.action)))
}

/// Whether a text reads a secret beside the job's token.
pub(super) fn is_secret(text: &str) -> bool {
    let text = text
        .to_ascii_lowercase()
        .replace("secrets.github_token", "");
    text.contains("${{") && (text.contains("secrets.") || text.contains("secrets["))
}

impl Workflows {
    /// The local action of a step whose program exports credentials, as a message names it.
    pub(super) fn exporting_program(&self, source: usize, step: &Step) -> Option<String> {
        let file = self.sources[source].as_action()?;
        let context = ScriptContext::new(WorkingDirectory::new(Some(Path::new("")), GITHUB));
        let texts: Vec<PathBuf> = match &file.program {
            ActionProgram::None => return None,
            ActionProgram::Node(files) => files.iter().map(|it| file.directory.join(it)).collect(),
            ActionProgram::Image { words, .. } => words
                .iter()
                .map(|word| file.directory.join(word.trim_start_matches('/')))
                .collect(),
        };
        let mut texts = texts
            .iter()
            .filter_map(|path| self.tree.text_at(&context, path));
        let uses = &step.uses.as_ref()?.value;
        texts
            .any(exports_credentials)
            .then(|| format!("action {}", code::quoted(uses)))
    }

    /// Whether the program of a local action exports variables of names that only the run determines.
    pub(super) fn exports_unread_of_action(&self, source: usize) -> bool {
        let Some(file) = self.sources[source].as_action() else {
            return false;
        };
        let context = ScriptContext::new(WorkingDirectory::new(Some(Path::new("")), GITHUB));
        let ActionProgram::Node(files) = &file.program else {
            return false;
        };
        let paths = files.iter().map(|it| file.directory.join(it));
        let mut texts = paths.filter_map(|path| self.tree.text_at(&context, &path));
        texts.any(exports_unread)
    }

    /// The program of the tree, of those that words name, whose text exports credentials.
    pub(super) fn exporting_file(&self, words: &[&str], step: &Step) -> Option<String> {
        let directory = step.directory.as_deref().unwrap_or_default();
        let context = ScriptContext::new(WorkingDirectory::new(Some(Path::new("")), GITHUB));
        let is_program = |word: &&&str| {
            let ending = word.rsplit('.').next().unwrap_or_default();
            ["js", "mjs", "cjs", "py", "rb", "ts"].contains(&ending) && !word.contains("${{")
        };
        let mut named = words.iter().filter(is_program);
        let found = named.find(|word| {
            let path = Path::new(directory).join(word.trim_start_matches("./"));
            let text = self.tree.text_at(&context, &path);
            text.is_some_and(exports_credentials)
        });
        found.map(|word| (*word).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::workflow::model::Text;

    #[test]
    fn actions_that_get_a_role_or_a_secret_may_bring_credentials() {
        for (uses, input, value, expected) in [
            ("acme/login@v1", "token", "${{ secrets.T }}", true),
            (
                "acme/login@v1",
                "role",
                "arn:aws:iam::222222222222:role/y",
                true,
            ),
            ("acme/roles@v1", "role-to-assume", "${{ vars.X }}", true),
            ("acme/assume-role@v1", "x", "y", true),
            (
                "acme/login@v1",
                "token",
                "${{ secrets.GITHUB_TOKEN }}",
                false,
            ),
            ("acme/login@v1", "x", "y", false),
            ("acme/slack-post@v1", "token", "${{ secrets.T }}", false),
            ("acme/setup-x@v1", "token", "${{ secrets.T }}", false),
            ("actions/checkout@v4", "token", "${{ secrets.T }}", false),
            (
                "webfactory/ssh-agent@v1",
                "ssh-private-key",
                "${{ secrets.T }}",
                false,
            ),
            (
                "hashicorp/setup-terraform@v3",
                "cli_config_credentials_token",
                "${{ secrets.T }}",
                false,
            ),
            ("./act", "token", "${{ secrets.T }}", false),
        ] {
            let with = [NamedText {
                name: input.to_owned(),
                offset: 0,
                value: Text {
                    value: value.to_owned(),
                    offset: 0,
                },
            }];
            let found = brings(uses, &with, &[]);
            assert_eq!(found.is_some(), expected, "{uses} {input}: {value}");
        }
    }
}
