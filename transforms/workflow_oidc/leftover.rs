//! What in a job would still use the keys after the conversion.

use std::collections::HashSet;

use ci::aws_names::KEY_VARIABLES;
use ci::aws_names::is_endpoint;
use ci::github::expression::{of_condition, references};
use ci::github::keys::origin::{Origin, origin};
use ci::github::keys::refusal::JobRefusal;
use ci::github::workflow::StepOwner;
use ci::scripts::shell::commands;
use syntax::code::sentence;
use syntax::yaml::{Entry, Node, YamlChange, YamlPath};

use super::convert::Converted;
use ci::github::keys::role_passage::RoleFlow;

/// What keeps the session token that the action exports from other keys in the `env:` of steps.
///
/// # Errors
/// Where something else in a job or action uses the keys that these secrets or inputs make up, or fails
/// beside that token.
pub fn without_token(
    flow: &RoleFlow,
    owner: StepOwner,
    done: &Converted,
    names: &[String],
) -> Result<Vec<YamlChange>, JobRefusal> {
    let source = flow.workflows.source(owner);
    let place = flow.workflows.place(owner);
    let context = match source.as_action() {
        Some(_) => "inputs",
        None => "secrets",
    };
    let mut look = Look {
        changes: Vec::new(),
        gone: done.gone.iter().collect(),
        done,
        exports: done.exports || done.profiles.is_empty(),
        names,
        context,
    };
    let Some(node) = source.yaml.at(&place) else {
        return Ok(Vec::new());
    };
    look.walk(node, &place, "")?;
    Ok(look.changes)
}

/// Whether a line runs a tool with a `--profile` of its own that is not AWS's.
fn is_of_another_tool(line: &str) -> bool {
    let tools = ["cargo", "rustup", "docker", "minikube", "skaffold"];
    line.contains("--profile") && tools.iter().any(|tool| line.contains(tool))
}

/// Words of scripts that say which profile's credentials are meant, or write them.
const OF_PROFILES: [&str; 4] = [
    "--profile",
    "AWS_PROFILE",
    "aws configure set",
    ".aws/credentials",
];

/// Whether all that a line says of profiles are settings that are no credentials: `aws configure set region`
/// ("configure set", AWS CLI reference).
fn is_setting(line: &str) -> bool {
    commands(line).iter().all(|command| {
        let text = command.words.join(" ");
        let is_of_profile = OF_PROFILES.iter().any(|word| text.contains(word));
        !is_of_profile || is_setting_command(&command.words)
    })
}

fn is_setting_command(words: &[String]) -> bool {
    let Some([aws, configure, set, arguments @ ..]) = words.get(..) else {
        return false;
    };
    let name = arguments.iter().find(|word| !word.starts_with('-'));
    let name = name.map_or("", String::as_str);
    let name = match name.strip_prefix("profile.") {
        Some(name) => name.split_once('.').map_or("", |(_, name)| name),
        None => name.strip_prefix("default.").unwrap_or(name),
    };
    let settings = ["region", "output", "retry_mode", "max_attempts"];
    let is_setting =
        settings.contains(&name) || name.starts_with("cli_") || name.starts_with("s3.");
    [aws, configure, set] == ["aws", "configure", "set"] && is_setting
}

/// What a script does that takes the session token away and leaves the keys: it unsets it, empties it, or passes
/// on the keys alone.
fn dropped_token(script: &str) -> Option<&'static str> {
    let [id, _, token] = KEY_VARIABLES;
    let code = |line: &&str| !line.trim_start().starts_with('#');
    let mut lines = script.lines().filter(code);
    let unsets_keys = lines
        .clone()
        .any(|line| line.contains("unset ") && line.contains(id));
    lines.find_map(|line| {
        let is_removed = ["unset ", "env -u ", "--unset="]
            .iter()
            .any(|it| line.contains(it));
        if is_removed && line.contains(token) && !unsets_keys {
            return Some("a script unsets AWS_SESSION_TOKEN");
        }
        let mut set = line
            .split(token)
            .skip(1)
            .filter_map(|it| it.strip_prefix('='));
        let is_empty = |value: &str| {
            let value = value.trim_start_matches(['"', '\'']);
            value.is_empty() || value.starts_with([' ', ';', '&', '>', '|'])
        };
        // Beside keys of its own, which a user's are.
        if set.any(is_empty) && !line.contains(&format!("{id}=")) {
            return Some("a script empties AWS_SESSION_TOKEN");
        }
        let lists = ["env |", "printenv |", "env|", "printenv|"];
        let filtered = line.contains("grep") && line.contains("ACCESS") && line.contains("SECRET");
        let is_alone = !line.contains("SESSION") && !line.contains("TOKEN");
        (lists.iter().any(|it| line.contains(it)) && filtered && is_alone)
            .then_some("a script passes the keys on without AWS_SESSION_TOKEN")
    })
}

/// Whether a line writes all variables of the environment to a file or passes them on: `env > app.env`.
fn dumps_environment(line: &str) -> bool {
    let parts = line.split([';', '&', '(', '`']).map(str::trim);
    let lists = [
        "env",
        "printenv",
        "export -p",
        "declare -x",
        "declare -px",
        "set",
    ];
    let is_dump = |part: &str| {
        let part = part.strip_prefix("sudo ").unwrap_or(part);
        let mut lists = lists.iter().filter_map(|list| part.strip_prefix(list));
        lists.any(|rest| {
            let rest = rest.trim_start();
            let is_kept = rest.contains('>') && !rest.contains("/dev/null");
            let filters = ["AWS", "-v", "ssh ", "scp ", "curl "];
            rest.starts_with('>') && is_kept
                || rest.starts_with('|') && is_kept && (filters.iter().any(|it| rest.contains(it)))
        })
    };
    let mut parts = parts;
    parts.any(is_dump)
}

/// What to do about a condition that asks whether keys are there: pull requests of forks get none.
const ASKS: &str = "ask for what tells where the keys are there, such as \
    `github.event.pull_request.head.repo.fork != true`, and run again";

struct Look<'l> {
    gone: HashSet<&'l YamlPath>,
    done: &'l Converted,
    /// Whether a sign-in puts its credentials into the environment.
    exports: bool,
    names: &'l [String],
    context: &'static str,
    changes: Vec<YamlChange>,
}

impl Look<'_> {
    fn walk(&mut self, node: &Node, place: &YamlPath, key: &str) -> Result<(), JobRefusal> {
        if self.gone.contains(place) {
            return Ok(());
        }
        if let Some(text) = node.as_str() {
            let left = self.done.shortened.get(place);
            return self.text(node, left.map_or(text, String::as_str), key);
        }
        if let Some(env) = node.get("env") {
            let run = node.get("run").and_then(Node::as_str);
            let is_elsewhere = run.is_some_and(|run| run.contains("--endpoint-url"));
            let is_step = key == "steps";
            self.env(env, &place.key("env"), is_elsewhere, is_step)?;
        }
        for entry in node.entries() {
            self.walk(&entry.value, &place.key(&entry.name), &entry.name)?;
        }
        for (index, item) in node.items().iter().enumerate() {
            self.walk(&item.value, &place.item(index), key)?;
        }
        Ok(())
    }

    /// Empties the exported AWS_SESSION_TOKEN for other keys in the `env:` of a step, with which it would be
    /// sent; refuses others.
    fn env(
        &mut self,
        node: &Node,
        place: &YamlPath,
        is_elsewhere: bool,
        is_step: bool,
    ) -> Result<(), JobRefusal> {
        let stays = |name: &str| {
            let entry = node.entry(name)?;
            (!self.gone.contains(&place.key(name))).then_some(entry)
        };
        let Some(id) = stays(KEY_VARIABLES[0]).or_else(|| stays(KEY_VARIABLES[1])) else {
            self.token(stays(KEY_VARIABLES[2]), place, is_step);
            return Ok(());
        };
        let has_token = stays(KEY_VARIABLES[2]).is_some();
        let is_elsewhere =
            is_elsewhere || node.entries().iter().any(|entry| is_endpoint(&entry.name));
        let origin = origin(id.value.as_str().unwrap_or_default());
        match origin {
            Origin::Placeholder if !is_elsewhere => Ok(()),
            _ if has_token => Ok(()),
            // An empty token is none (botocore signs without it, the Go SDK reads it as unset).
            Origin::OtherCloud | Origin::Placeholder if is_step => {
                let line = format!("{}: ''\n", KEY_VARIABLES[2]);
                self.changes.push(YamlChange::Append(place.clone(), line));
                Ok(())
            }
            Origin::OtherCloud | Origin::Placeholder => Err(JobRefusal::new(
                id.key.start,
                "the keys here, which are not AWS's, would be sent with AWS's session token",
            )
            .help("add `AWS_SESSION_TOKEN: ''` beside them and run again")),
            _ => Err(JobRefusal::new(
                id.key.start,
                "other keys are set here and would be sent with the session token of the role",
            )),
        }
    }

    /// Removes the session token of a step that has no keys beside it: it would hide that of the sign-in,
    /// whose keys are nothing without. What a job has is hidden itself by what a sign-in exports.
    fn token(&mut self, token: Option<&Entry>, place: &YamlPath, is_step: bool) {
        let is_passed = |token: &Entry| {
            let read = references(token.value.as_str().unwrap_or_default());
            read.iter()
                .any(|it| matches!(&*it.context, "env" | "steps" | "needs"))
        };
        if self.exports && is_step && token.is_some_and(|token| !is_passed(token)) {
            let change = YamlChange::Remove(place.key(KEY_VARIABLES[2]));
            self.changes.push(change);
        }
    }

    fn text(&self, node: &Node, text: &str, key: &str) -> Result<(), JobRefusal> {
        let found = match key {
            "if" => of_condition(text),
            _ => references(text),
        };
        let read = found.iter().find(|it| {
            let name = it.name.as_deref().unwrap_or_default();
            it.context == self.context
                && self.names.iter().any(|own| own.eq_ignore_ascii_case(name))
        });
        if let Some(read) = read {
            let name = read.name.as_deref().unwrap_or_default();
            let context = self.context;
            let what = sentence!("`{key}` uses `{context}.{name}`, too, in a way of its own");
            return Err(JobRefusal::new(node.span.start, what));
        }
        // Temporary keys are valid only together with their session token (IAM user guide, "Use
        // temporary credentials with AWS resources").
        let word = KEY_VARIABLES[..2].iter().find(|word| {
            let lines = text.lines().map(str::trim_start);
            lines
                .filter(|line| !line.starts_with('#'))
                .any(|line| line.contains(*word))
        });
        if let Some(word) = word.filter(|_| key == "if") {
            let what = sentence!("`if` asks for `{word}`, which is empty until the job signs in");
            return Err(JobRefusal::new(node.span.start, what).help(ASKS));
        }
        if let Some(word) = word.filter(|_| !text.contains(KEY_VARIABLES[2])) {
            let what = sentence!("`{key}` passes `{word}` without `AWS_SESSION_TOKEN`");
            let help = "pass AWS_SESSION_TOKEN too, and run again";
            return Err(JobRefusal::new(node.span.start, what).help(help));
        }
        if key != "run" {
            return Ok(());
        }
        if self.exports
            && let Some(what) = dropped_token(text)
        {
            let why = format!("{what}, without which AWS refuses the temporary keys of a role");
            return Err(JobRefusal::new(node.span.start, why)
                .help("leave AWS_SESSION_TOKEN as it is, and run again"));
        }
        if self.exports && text.lines().any(dumps_environment) {
            let why = "a script writes its environment to a file: what reads that would get keys that \
                       end with the session of the role";
            return Err(JobRefusal::new(node.span.start, why));
        }
        // The keys in the file of a profile are two, and three now.
        let parts = ["configure get aws_", "grep", "awk", "sed ", "source "];
        let takes_apart = |line: &&str| {
            let has = |word: &str| line.contains(word);
            let speaks = has(".aws/credentials") || has("configure get aws_");
            speaks && parts.iter().any(|word| line.contains(word))
        };
        if !self.done.profiles.is_empty()
            && !text.to_ascii_lowercase().contains("aws_session_token")
            && text.lines().any(|line| takes_apart(&line))
        {
            let why = "a script takes the keys out of a profile without a session token";
            return Err(JobRefusal::new(node.span.start, why));
        }
        // A profile takes precedence over the credentials in the environment that the action
        // exports. What the job signs in to stays as it is.
        let is_written = |line: &str| {
            let mut words = line.split([' ', '=', '"', '\'']);
            words.any(|word| self.done.profiles.contains(word)) && !line.contains("configure")
        };
        let lines = || {
            let lines = text.lines().filter(|_| self.exports);
            let lines = lines.filter(|line| !is_of_another_tool(line) && !is_written(line));
            lines.filter(|line| !is_setting(line))
        };
        let found = OF_PROFILES
            .iter()
            .find(|word| lines().any(|line| line.contains(**word)));
        match found {
            Some(word) => {
                let what =
                    sentence!("a script uses `{word}`: which keys it then takes is not known");
                Err(JobRefusal::new(node.span.start, what))
            }
            None => Ok(()),
        }
    }
}
