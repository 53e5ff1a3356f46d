//! Calls of tasks that mise runs ("Tasks", its documentation).

use super::TreeScripts;
use super::quoted_tasks::QuotedTasks;
use crate::scripts::reader::{Called, ScriptCall};

/// The parts of a file of tasks that say nothing of what they run.
const SETTINGS: [&str; 6] = ["alias", "description", "env", "hide", "outputs", "sources"];

impl TreeScripts {
    /// `mise run TASK`.
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
        let tasks = QuotedTasks::of(name, |name| task(text, name));
        self.tasks(call, directory, tasks.scripts)
    }
}

/// The lines of a task of mise that say what it runs; empty where there is none of that name.
fn task(text: &str, name: &str) -> String {
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
