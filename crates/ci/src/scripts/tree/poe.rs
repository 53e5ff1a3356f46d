//! Calls of tasks that Poe the Poet runs, of `pyproject.toml` ("Guide", its documentation).

use super::TreeScripts;
use super::quoted_tasks::QuotedTasks;
use super::tools::found;
use crate::scripts::program::runs_terraform;
use crate::scripts::reader::{Called, ScriptCall};
use crate::terraform_run::RunsIn;

/// The table of all tasks.
const TASKS: &str = "[tool.poe.tasks]";

impl TreeScripts {
    /// `poe TASK`.
    pub(super) fn poe(&self, call: &ScriptCall, arguments: &[String]) -> Called {
        let name = arguments.iter().find(|word| !word.starts_with('-'));
        let (Some(name), Some(directory)) = (name, call.context.working.path.as_deref()) else {
            return Called::Nothing;
        };
        let text = match self.first(call, &[directory.join("pyproject.toml")]) {
            Ok(Some((_, text))) => text,
            Ok(None) => return Called::Nothing,
            Err(()) => return Called::Unread,
        };
        let tasks = QuotedTasks::of(name, |name| task(text, name));
        // Another directory, or one that an option of the call chooses.
        let elsewhere = ["cwd", "args", "envfile"];
        let is_elsewhere = |text: &&String| elsewhere.iter().any(|it| text.contains(it));
        match tasks.texts.iter().find(is_elsewhere) {
            Some(text) => found(call, runs_terraform(text), RunsIn::Script),
            None => self.tasks(call, directory, tasks.scripts),
        }
    }
}

/// What `pyproject.toml` says of a task: its entry in the table of tasks, and its own table.
fn task(text: &str, name: &str) -> String {
    let own = format!("[tool.poe.tasks.{name}]");
    let mut table = "";
    let mut is_entry = false;
    let lines = text.lines().filter(|line| {
        let line = line.trim();
        if line.starts_with('[') && line.ends_with(']') && !line.contains(['"', '\'', ',']) {
            (table, is_entry) = (line, false);
            return false;
        }
        if table == TASKS
            && let Some((key, _)) = line.split_once('=')
        {
            let key = key.trim().trim_matches(['"', '\'']);
            // The lines of a value that goes on are no entries of their own.
            let is_key = key
                .chars()
                .all(|it| it.is_alphanumeric() || "._-".contains(it));
            is_entry = if is_key {
                key == name || key.starts_with(&format!("{name}."))
            } else {
                is_entry
            };
        }
        table == own || table == TASKS && is_entry
    });
    let lines: Vec<&str> = lines.collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_task_are_found() {
        let text = "[tool.poetry]\napply = \"no\"\n[tool.poe.tasks]\nfmt = \"terraform fmt\"\napply = \"a\"\nall = [\n  \"fmt\",\n  \"apply\",\n]\nx.shell = \"b\"\n\n[tool.poe.tasks.own]\ncmd = \"c\"\n[tool.other]\nown = 1\n";
        for (name, expected) in [
            ("apply", "apply = \"a\""),
            ("all", "all = [\n  \"fmt\",\n  \"apply\",\n]"),
            ("x", "x.shell = \"b\"\n"),
            ("own", "cmd = \"c\""),
            ("poetry", ""),
        ] {
            assert_eq!(task(text, name), expected, "{name}");
        }
    }
}
