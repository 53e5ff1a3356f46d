//! Taskfiles: what `task` runs ("Taskfile Schema Reference", taskfile.dev).

use std::path::{Path, PathBuf};

use syntax::yaml::{Node, Yaml};

use super::{MAX_DEPTH, MAX_TASKS, TaskScript, TaskScripts, UNKNOWN, at_or_above};
use crate::scripts::invocation::assignment;
use crate::variant::Environment;

/// Names and values, the later of two with one name counts.
type Variables = Vec<(String, String)>;

/// What a call with these arguments runs; `None` where the file does not tell.
pub fn run(text: &str, arguments: &[String], environment: &Environment) -> TaskScripts {
    let yaml = Yaml::parse(text).ok()?;
    let mut words = arguments.iter();
    let mut names = Vec::new();
    let mut given = Variables::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--" => break,
            "-l" | "--list" | "--list-all" | "-a" | "--version" | "--init" => {
                return Some(Vec::new());
            }
            "-d" | "--dir" | "-t" | "--taskfile" | "-o" | "--output" | "-C" => drop(words.next()),
            _ if word.starts_with('-') => {}
            _ => match assignment(word) {
                Some((name, value)) => given.push((name.to_owned(), value.to_owned())),
                None => names.push(word.as_str()),
            },
        }
    }
    if names.is_empty() {
        names.push("default");
    }
    let shared = variables(yaml.root().get("vars"));
    let mut run = TaskRun {
        root: yaml.root(),
        shared,
        environment,
        scripts: Vec::new(),
        left: MAX_TASKS,
    };
    for name in names {
        run.task(name, &given, MAX_DEPTH)?;
    }
    Some(run.scripts)
}

struct TaskRun<'t> {
    root: &'t Node,
    shared: Variables,
    environment: &'t Environment,
    scripts: Vec<TaskScript>,
    /// How many more tasks may run.
    left: usize,
}

impl TaskRun<'_> {
    fn task(&mut self, name: &str, given: &Variables, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        self.left = self.left.checked_sub(1)?;
        // The tasks of included files have names of two parts.
        let task = self.root.get("tasks")?.get(name)?;
        let mut own = variables(task.get("vars"));
        own.extend(given.iter().cloned());
        let directory = task.get("dir").and_then(Node::as_str);
        let directory = directory.map(|it| self.filled(it, &own));
        let directory = match directory {
            Some(directory) if directory.contains('$') => None,
            Some(directory) => Some(PathBuf::from(directory)),
            None => Some(PathBuf::new()),
        };
        let mut environment = Environment::new();
        for node in [self.root.get("env"), task.get("env")] {
            for (name, value) in variables(node) {
                let value = self.filled(&value, &own);
                environment.insert(name, Some(value).filter(|it| !it.contains('$')));
            }
        }
        for need in task.get("deps").map(Node::items).unwrap_or_default() {
            self.called(&need.value, &own, depth)?;
        }
        let own_commands = task.as_str().map(|_| task);
        let commands = [task.get("cmds"), task.get("cmd"), own_commands];
        for commands in commands.into_iter().flatten() {
            let listed = commands.items().iter().map(|item| &item.value);
            let single = commands.as_str().map(|_| commands);
            for command in listed.chain(single) {
                if command.get("task").is_some() {
                    self.called(command, &own, depth)?;
                    continue;
                }
                let text = command.get("cmd").unwrap_or(command).as_str();
                let script = self.filled(text.unwrap_or_default(), &own);
                self.scripts.push(TaskScript {
                    script,
                    directory: directory.clone(),
                    environment: environment.clone(),
                });
            }
        }
        Some(())
    }

    /// A task that another needs or calls.
    fn called(&mut self, node: &Node, own: &Variables, depth: usize) -> Option<()> {
        let name = node.get("task").unwrap_or(node).as_str()?;
        let given = variables(node.get("vars")).into_iter();
        let given = given.map(|(name, value)| (name, self.filled(&value, own)));
        let given: Variables = given.collect();
        let name = self.filled(name, own);
        self.task(&name, &given, depth)
    }

    /// A text with its `{{.NAME}}` replaced; what only the run determines is a variable of the shell
    /// that nothing sets.
    fn filled(&self, text: &str, own: &Variables) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            out += &rest[..at];
            let Some(end) = rest[at..].find("}}").map(|end| at + end) else {
                break;
            };
            let inside = rest[at + 2..end].trim();
            let name = inside.strip_prefix('.').unwrap_or_default();
            let value = |all: &Variables| {
                let mut all = all.iter().rev();
                let found = all.find(|(known, _)| known == name);
                found.map(|(_, value)| value.clone())
            };
            let shared = || value(&self.shared);
            let outer = || self.environment.get(name).cloned().flatten();
            // A variable of the environment beats that of the file only by a template that says so.
            let value = value(own).or_else(shared).or_else(outer);
            let value = value.filter(|it| !it.contains("{{"));
            match (value, name) {
                (Some(value), _) => out += &value,
                (None, "ROOT_DIR" | "TASKFILE_DIR") => out.push('.'),
                (None, _) => out += UNKNOWN,
            }
            rest = &rest[end + 2..];
        }
        out + rest
    }
}

fn variables(node: Option<&Node>) -> Variables {
    let entries = node.map(Node::entries).unwrap_or_default().iter();
    let value = |value: &Node| match value.as_str() {
        Some(value) => value.to_owned(),
        // `sh:` and `ref:`.
        None => UNKNOWN.to_owned(),
    };
    entries
        .map(|entry| (entry.name.clone(), value(&entry.value)))
        .collect()
}

/// The files that `task` looks for in a directory and those above it.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let names = [
        "Taskfile.yml",
        "Taskfile.yaml",
        "taskfile.yml",
        "Taskfile.dist.yml",
    ];
    at_or_above(directory, &names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "version: '3'\nvars: { DIR: infra, WHO: { sh: whoami } }\ntasks:\n  default: terraform fmt\n  plan:\n    dir: '{{.DIR}}/{{.ENV}}'\n    cmds:\n      - terraform plan -var-file={{.ENV}}.tfvars\n      - cmd: echo {{.WHO}}\n  live:\n    deps: [default]\n    cmds:\n      - task: plan\n        vars: { ENV: live }\n  other: { cmds: [{ task: 'x:y' }] }\n";

    fn of(call: &str) -> Option<String> {
        let words: Vec<String> = call.split_whitespace().map(str::to_owned).collect();
        let scripts = run(FILE, &words, &Environment::new())?.into_iter();
        let shown = scripts.map(|it| {
            let directory = it.directory.map(|it| it.display().to_string());
            format!("{}: {}", directory.as_deref().unwrap_or("?"), it.script)
        });
        Some(shown.collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn a_call_runs_its_tasks_with_its_variables() {
        for (call, expected) in [
            ("", ": terraform fmt"),
            (
                "plan ENV=dev",
                "infra/dev: terraform plan -var-file=dev.tfvars; infra/dev: echo ${UNKNOWN}",
            ),
            (
                "plan",
                "?: terraform plan -var-file=${UNKNOWN}.tfvars; ?: echo ${UNKNOWN}",
            ),
            (
                "-s live",
                ": terraform fmt; infra/live: terraform plan -var-file=live.tfvars; infra/live: echo ${UNKNOWN}",
            ),
            ("--list", ""),
        ] {
            assert_eq!(of(call).as_deref(), Some(expected), "{call}");
        }
        assert_eq!(of("other"), None);
        assert_eq!(of("missing"), None);
    }
}
