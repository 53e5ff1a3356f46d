//! Calls of tools that run what a file of the tree says: Earthly, Ansible.
//!
//! Their texts are searched: where one names a Terraform command, the call may run any root module.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::TreeScripts;
use crate::scripts::aws_use::quoted;
use crate::scripts::program::runs_terraform;
use crate::scripts::reader::{AwsUse, Called, ScriptCall, ScriptReading};
use crate::terraform_run::{RunsIn, TerraformRun};

/// Files that are read of one playbook.
const MAX_INCLUDED: usize = 32;

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
