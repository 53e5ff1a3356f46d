//! Calls of tools that run what a file of the tree says: Earthly, mise, Ansible.
//!
//! Their texts are searched: where one names a Terraform command, the call may run any root module.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::TreeScripts;
use crate::scripts::aws_use::quoted;
use crate::scripts::program::runs_terraform;
use crate::scripts::program_commands::literals;
use crate::scripts::reader::{AwsUse, Called, ScriptCall, ScriptReading};
use crate::scripts::tasks::TaskScript;
use crate::terraform_run::{RunsIn, TerraformRun};

/// Files that are read of one playbook.
const MAX_INCLUDED: usize = 32;

/// The parts of a file of tasks that say nothing of what they run.
const SETTINGS: [&str; 6] = ["alias", "description", "env", "hide", "outputs", "sources"];

impl TreeScripts {
    /// `earthly +TARGET` (the reference of Earthfiles).
    pub(super) fn earthly(&self, call: &ScriptCall, arguments: &[String]) -> Called {
        let target = arguments.iter().rev().find_map(|word| word.split_once('+'));
        let Some((directory, target)) = target else {
            return Called::Nothing;
        };
        let path = call.context.working.join(&format!("{directory}/Earthfile"));
        let path = path.filter(|_| !directory.starts_with('/'));
        let path = match directory {
            "" => call.context.working.join("Earthfile"),
            _ => path,
        };
        let text = match path.map(|path| self.first(call, &[path])) {
            Some(Ok(Some((_, text)))) => text,
            Some(Err(())) => return Called::Unread,
            Some(Ok(None)) | None => return Called::Nothing,
        };
        let mut waiting = vec![target.to_owned()];
        let mut known = BTreeSet::new();
        let mut runs = false;
        while let Some(target) = waiting.pop() {
            if !known.insert(target.clone()) {
                continue;
            }
            let lines = text
                .lines()
                .skip_while(|line| line.trim_end() != format!("{target}:"));
            for line in lines
                .skip(1)
                .take_while(|it| it.starts_with([' ', '\t']) || it.is_empty())
            {
                runs |= runs_terraform(line);
                let named = line
                    .split_whitespace()
                    .filter_map(|word| word.strip_prefix('+'));
                let named = named.filter_map(|name| name.split('/').next());
                waiting.extend(named.map(str::to_owned));
            }
        }
        found(call, runs, RunsIn::Container)
    }

    /// `mise run TASK` ("Tasks", mise's documentation).
    pub(super) fn mise(&self, call: &ScriptCall, arguments: &[String]) -> Called {
        let mut plain = arguments.iter().filter(|word| !word.starts_with('-'));
        let name = match plain.next().map(String::as_str) {
            Some("run" | "r") => plain.next(),
            _ => None,
        };
        let (Some(name), Some(directory)) = (name, call.context.working.path.as_deref()) else {
            return Called::Nothing;
        };
        let directories = ["mise-tasks", ".mise-tasks", "mise/tasks", ".mise/tasks"];
        let scripts = directories.map(|it| directory.join(it).join(name));
        match self.first(call, &scripts) {
            Ok(Some((path, text))) => {
                let path = call.context.working.in_workspace(&path);
                return self.text(call, name, &[], &path, text);
            }
            Ok(None) => {}
            Err(()) => return Called::Unread,
        }
        let files = [
            "mise.toml",
            ".mise.toml",
            "mise/config.toml",
            ".config/mise.toml",
        ];
        let files = files.map(|file| directory.join(file));
        let text = match self.first(call, &files) {
            Ok(Some((_, text))) => text,
            Ok(None) => return Called::Nothing,
            Err(()) => return Called::Unread,
        };
        let mut waiting = vec![name.clone()];
        let mut known = BTreeSet::new();
        let mut scripts = Vec::new();
        while let Some(task) = waiting.pop() {
            if !known.insert(task.clone()) {
                continue;
            }
            for (_, literal) in literals(&mise_task(text, &task)) {
                match mise_task(text, &literal).is_empty() {
                    true => scripts.push(TaskScript::new(literal)),
                    // What it depends on.
                    false => waiting.push(literal),
                }
            }
        }
        self.tasks(call, directory, scripts)
    }

    /// `ansible-playbook FILE`: the module for Terraform, and its commands, in the play and what it
    /// includes.
    pub(super) fn ansible(&self, call: &ScriptCall, arguments: &[String]) -> Called {
        let working = &call.context.working;
        let is_yaml = |word: &str| {
            let ending = Path::new(word).extension();
            ending.is_some_and(|it| it == "yml" || it == "yaml")
        };
        let given = arguments.iter().filter(|word| is_yaml(word));
        let mut paths: Vec<PathBuf> = given.filter_map(|word| working.join(word)).collect();
        let mut at = 0;
        let (mut runs, mut calls_aws) = (false, false);
        let mut is_local = arguments.iter().any(|word| word.contains("localhost"));
        while at < paths.len() && at < MAX_INCLUDED {
            let path = paths[at].clone();
            at += 1;
            let text = match self.first(call, std::slice::from_ref(&path)) {
                Ok(Some((_, text))) => text,
                Ok(None) => continue,
                Err(()) => return Called::Unread,
            };
            is_local |= text.contains("localhost") || text.contains("connection: local");
            let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
            for line in text
                .lines()
                .map(|line| line.trim().trim_start_matches("- "))
            {
                let (key, value) = line.split_once(':').unwrap_or((line, ""));
                let (key, value) = (key.trim(), value.trim().trim_matches(['"', '\'']));
                runs |= key.rsplit('.').next() == Some("terraform") && line.contains(':');
                if is_yaml(value) {
                    paths.push(directory.join(value));
                }
                let role = match key {
                    "role" | "name" => value,
                    _ => key,
                };
                if !role.is_empty()
                    && role
                        .chars()
                        .all(|it| it.is_alphanumeric() || "_-".contains(it))
                {
                    let role = directory.join("roles").join(role).join("tasks/main.yml");
                    if text.contains("role") && !paths.contains(&role) {
                        paths.push(role);
                    }
                }
            }
            runs |= runs_terraform(text);
            calls_aws |= ["amazon.aws.", "community.aws."]
                .iter()
                .any(|it| text.contains(it));
        }
        let place = match is_local {
            true => RunsIn::Script,
            false => RunsIn::Elsewhere,
        };
        let mut reading = found_reading(call, runs, place);
        if calls_aws && is_local {
            reading
                .aws_uses
                .push(AwsUse::of(quoted(&["ansible-playbook"])));
        }
        Called::Read(Box::new(reading))
    }
}

/// A call that may run Terraform there, where it does.
pub(super) fn found(call: &ScriptCall, runs: bool, place: RunsIn) -> Called {
    Called::Read(Box::new(found_reading(call, runs, place)))
}

/// What such a call does.
pub(super) fn found_reading(call: &ScriptCall, runs: bool, place: RunsIn) -> ScriptReading {
    let mut reading = ScriptReading::starting(call.context.clone());
    reading
        .runs
        .extend(runs.then(|| TerraformRun::unseen(None, place)));
    reading
}

/// The lines of a task of mise that say what it runs; empty where there is none of that name.
fn mise_task(text: &str, name: &str) -> String {
    let heads = [format!("[tasks.{name}]"), format!("[tasks.\"{name}\"]")];
    let is_head = |line: &str| line.starts_with('[') && line.trim_end().ends_with(']');
    let (mut is_own, mut is_listed) = (false, false);
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let key = line.split('=').next().unwrap_or_default();
        let key = key.trim().trim_matches('"');
        if is_head(line) {
            is_own = heads.iter().any(|head| head == line);
            is_listed = line == "[tasks]";
        } else if is_own && !SETTINGS.contains(&key) {
            lines.push(line.to_owned());
        } else if is_listed && key == name {
            lines.push(
                line.split_once('=')
                    .map_or("", |(_, value)| value)
                    .to_owned(),
            );
        }
    }
    lines.join("\n")
}
