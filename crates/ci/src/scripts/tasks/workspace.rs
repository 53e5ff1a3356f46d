//! Tasks that nx, turbo and lerna run in the packages of a repository: scripts of `package.json`, targets of
//! `project.json`.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use syntax::yaml::{Node, Yaml};

use super::TaskScript;
use super::package::PackageCall;

/// The files that say what such a task runs.
pub const FILES: [&str; 4] = ["package.json", "project.json", "turbo.json", "nx.json"];

/// A file of a workspace, relative to the root.
#[derive(Debug, Clone)]
pub struct WorkspaceFile {
    path: PathBuf,
    text: String,
    /// `None` where it is no JSON.
    yaml: Option<Arc<Yaml>>,
}

/// A call of one of the tools.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkspaceCall {
    /// The names of the tasks.
    pub tasks: Vec<String>,
    /// The project that it names; all others have none.
    pub project: Option<String>,
}

/// Commands of nx that run no target ("Nx Commands").
const OF_NX: [&str; 18] = [
    "add",
    "connect",
    "daemon",
    "exec",
    "format",
    "format:check",
    "format:write",
    "g",
    "generate",
    "graph",
    "import",
    "init",
    "list",
    "migrate",
    "release",
    "report",
    "reset",
    "show",
];

impl WorkspaceCall {
    /// The call that these words are; `None` where they run no task.
    pub fn of(tool: &str, arguments: &[String]) -> Option<Self> {
        let mut own = arguments.split(|word| word == "--");
        let own = own.next().unwrap_or_default();
        let plain: Vec<&str> = own
            .iter()
            .map(String::as_str)
            .filter(|word| !word.starts_with('-'))
            .collect();
        let (first, rest) = plain.split_first()?;
        let call = match (tool, *first) {
            ("lerna" | "turbo", "run") => Self::running(rest),
            // Options may have their values behind a space, which are no names of tasks then.
            ("turbo", _) => Self::running(&plain),
            ("nx", "run") => Self::of_target(rest.first()?),
            ("nx", "run-many" | "affected") => Self {
                tasks: targets(own),
                ..Self::default()
            },
            ("nx", word) if OF_NX.contains(&word) => return None,
            ("nx", word) => match word.strip_prefix("affected:") {
                Some(target) => Self::running(&[target]),
                None if word.contains(':') => Self::of_target(word),
                None => Self {
                    project: rest.first().map(|it| (*it).to_owned()),
                    ..Self::running(&[word])
                },
            },
            _ => return None,
        };
        (!call.tasks.is_empty()).then_some(call)
    }

    fn running(tasks: &[&str]) -> Self {
        let tasks = tasks.iter().map(|task| name_of(task).to_owned());
        Self {
            tasks: tasks.collect(),
            ..Self::default()
        }
    }

    /// `PROJECT:TARGET`, with a configuration behind it or without.
    fn of_target(word: &str) -> Self {
        let mut parts = word.split(':');
        let (project, target) = (parts.next(), parts.next());
        Self {
            project: project.filter(|_| target.is_some()).map(str::to_owned),
            ..Self::running(&[target.or(project).unwrap_or_default()])
        }
    }

    /// What it runs, each script with its directory, relative to the root; `None` where no file has such a task.
    pub fn run(&self, files: &[WorkspaceFile]) -> Option<Vec<(PathBuf, TaskScript)>> {
        let mut found = Vec::new();
        let mut waiting: Vec<(String, Option<&str>)> = self
            .tasks
            .iter()
            .map(|task| (task.clone(), self.project.as_deref()))
            .collect();
        let mut known = BTreeSet::new();
        while let Some((task, project)) = waiting.pop() {
            if !known.insert(task.clone()) {
                continue;
            }
            let is_named = |it: &&WorkspaceFile| project.is_none_or(|name| it.is_of(name, files));
            // A project that no file names may be any.
            let is_any = !files.iter().any(|it| is_named(&it));
            for file in files.iter().filter(|it| is_any || is_named(it)) {
                found.extend(file.scripts(&task));
            }
            let needed = files.iter().flat_map(|file| file.needed_by(&task));
            waiting.extend(needed.map(|task| (task, None)));
        }
        (!found.is_empty()).then_some(found)
    }
}

impl WorkspaceFile {
    /// The file at a path with that text.
    pub fn new(path: PathBuf, text: String) -> Self {
        // `turbo.json` may have comments.
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let plain: Vec<&str> = lines.collect();
        let yaml = Yaml::parse(plain.join("\n")).ok().map(Arc::new);
        Self { path, text, yaml }
    }

    fn root(&self) -> Option<&Node> {
        self.yaml.as_ref().map(|it| it.root())
    }

    fn is(&self, name: &str) -> bool {
        self.path.ends_with(name)
    }

    fn directory(&self) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).to_path_buf()
    }

    /// Whether it is of the project of that name: one that a file of its directory gives it, or the directory's.
    fn is_of(&self, project: &str, files: &[Self]) -> bool {
        let directory = self.directory();
        let mut here = files.iter().filter(|it| it.directory() == directory);
        directory.ends_with(project)
            || here.any(|it| {
                let name = it.root().and_then(|root| root.get("name")?.as_str());
                name == Some(project)
            })
    }

    /// The scripts of a task in this file, with their directories.
    fn scripts(&self, task: &str) -> Vec<(PathBuf, TaskScript)> {
        let directory = self.directory();
        let mut found = Vec::new();
        if self.is("package.json") {
            let call = PackageCall {
                directory: None,
                words: vec![task.to_owned()],
                may_be_program: false,
                is_own: false,
            };
            let scripts = call.run(&self.text).into_iter().flatten();
            found.extend(scripts.map(|script| (directory.clone(), script)));
        }
        let Some(target) = self.target(task) else {
            return found;
        };
        // `@nx-extend/terraform:apply` and its like run the command of their name.
        let executor = target.get("executor").and_then(Node::as_str);
        let verb = executor
            .filter(|it| it.contains("terraform") || it.contains("tofu"))
            .and_then(|it| it.rsplit_once(':'));
        if let Some((_, verb)) = verb {
            let script = TaskScript::new(format!("terraform {verb}"));
            found.push((directory.clone(), script));
        }
        let configurations = target.get("configurations").into_iter();
        let configurations = configurations.flat_map(Node::children);
        let all = [Some(target), target.get("options")].into_iter().flatten();
        for options in all.chain(configurations) {
            let own = options
                .get("cwd")
                .or_else(|| target.get("options")?.get("cwd"));
            // Without one it is the workspace's root ("nx:run-commands").
            let cwd = own.and_then(Node::as_str).unwrap_or_default();
            let cwd = PathBuf::from(self.filled_in(cwd));
            let commands = ["command", "commands"].into_iter();
            let commands = commands
                .filter_map(|name| options.get(name))
                .flat_map(texts);
            found.extend(commands.map(|command| {
                let script = TaskScript::new(self.filled_in(command));
                (cwd.clone(), script)
            }));
        }
        found
    }

    /// A target of nx in `project.json`, or in the `nx` part of `package.json`.
    fn target(&self, name: &str) -> Option<&Node> {
        let root = self.root()?;
        let of = match self.is("project.json") {
            true => root,
            false => root.get("nx").filter(|_| self.is("package.json"))?,
        };
        of.get("targets")?.get(name)
    }

    fn filled_in(&self, text: &str) -> String {
        let directory = self.directory();
        let directory = directory.to_string_lossy();
        let text = text.replace("{projectRoot}", &directory);
        text.replace("{workspaceRoot}", ".")
    }

    /// The tasks that have to run before a task, as this file says.
    fn needed_by(&self, task: &str) -> Vec<String> {
        let root = self.root();
        let is_it = |name: &str| name_of(name) == task;
        let listed = ["tasks", "pipeline", "targetDefaults"].into_iter();
        let listed = listed.filter_map(|name| root?.get(name));
        let entries = listed.flat_map(Node::entries);
        let entries = entries.filter(|entry| is_it(&entry.name));
        let own = entries.map(|entry| &entry.value).chain(self.target(task));
        let needed = own.filter_map(|it| it.get("dependsOn"));
        let names = needed.flat_map(Node::items).filter_map(|item| {
            let value = &item.value;
            value.as_str().or_else(|| value.get("target")?.as_str())
        });
        names.map(|name| name_of(name).to_owned()).collect()
    }
}

/// The task of `PACKAGE#TASK`, `^TASK` or `PROJECT:TASK`.
fn name_of(text: &str) -> &str {
    let text = text.rsplit_once('#').map_or(text, |(_, task)| task);
    text.trim_start_matches('^')
}

/// The targets that options of nx name: `-t a b`, `--target=a`, `--targets a,b`.
fn targets(arguments: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_named = false;
    for word in arguments {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.as_str(), None),
        };
        let is_option = word.starts_with('-');
        if is_option {
            is_named = ["-t", "--target", "--targets"].contains(&name);
        }
        let names = match is_option {
            true => value,
            false => Some(word.as_str()),
        };
        let names = names.filter(|_| is_named).unwrap_or_default().split(',');
        found.extend(names.filter(|it| !it.is_empty()).map(str::to_owned));
    }
    found
}

/// The commands that a value is: a string, or strings and objects with a `command` in a list.
fn texts(node: &Node) -> Vec<&str> {
    let listed = node.items().iter().map(|item| &item.value);
    let listed = listed.filter_map(|it| it.as_str().or_else(|| it.get("command")?.as_str()));
    node.as_str().into_iter().chain(listed).collect()
}
