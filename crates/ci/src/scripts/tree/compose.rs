//! Calls of Compose: the containers that its file starts.

use std::path::{Path, PathBuf};

use syntax::yaml::{Node, Yaml};

use super::TreeScripts;
use super::tools::{found, found_reading};
use crate::scripts::program::runs_terraform;
use crate::scripts::reader::{Called, ScriptCall, is_image, may_reach_state, read};
use crate::terraform_run::RunsIn;

impl TreeScripts {
    /// `docker compose run SERVICE` and its kin (the pages of these commands in Docker's documentation).
    pub(super) fn compose(&self, call: &ScriptCall, arguments: &[String]) -> Called {
        let mut names = Vec::new();
        let mut words = arguments.iter();
        let mut plain: Vec<&str> = Vec::new();
        while let Some(word) = words.next() {
            match word.as_str() {
                // Behind the service all is its command.
                _ if plain.len() > 1 => plain.push(word),
                "-f" | "--file" => names.extend(words.next().map(String::as_str)),
                "-e"
                | "-v"
                | "-w"
                | "-u"
                | "-p"
                | "--env"
                | "--volume"
                | "--workdir"
                | "--user"
                | "--entrypoint"
                | "--profile"
                | "--project-directory"
                | "--env-file" => drop(words.next()),
                _ if word.starts_with('-') => {}
                _ => plain.push(word),
            }
        }
        let Some((verb, rest)) = plain.split_first() else {
            return Called::Nothing;
        };
        if !["create", "exec", "run", "start", "up"].contains(verb) {
            return Called::Nothing;
        }
        if names.is_empty() {
            names = vec![
                "compose.yaml",
                "compose.yml",
                "docker-compose.yaml",
                "docker-compose.yml",
            ];
        }
        let working = &call.context.working;
        let paths: Vec<PathBuf> = names.iter().filter_map(|name| working.join(name)).collect();
        let (path, text) = match self.first(call, &paths) {
            Ok(Some(found)) => found,
            Ok(None) => return Called::Nothing,
            Err(()) => return Called::Unread,
        };
        let Ok(yaml) = Yaml::parse(text) else {
            return found(call, runs_terraform(text), RunsIn::Container);
        };
        let directory = working.in_workspace(path.parent().unwrap_or(Path::new("")));
        let services = yaml
            .root()
            .get("services")
            .map(Node::entries)
            .unwrap_or_default();
        let command = |from: usize| rest.get(from..).filter(|words| !words.is_empty());
        let is_started = |name: &str| rest.first().is_none_or(|it| *it == name);
        let runs = services.iter().any(|entry| {
            let command = match *verb {
                "run" | "exec" => command(1).map(|words| words.join(" ")),
                _ => None,
            };
            is_started(&entry.name) && self.runs_in_service(call, &directory, &entry.value, command)
        });
        let mut reading = found_reading(call, runs, RunsIn::Container);
        // What a service depends on is started with it.
        for entry in services {
            let container = container(&directory, &entry.value);
            reading.execution.add_by(container, &call.words);
        }
        Called::Read(Box::new(reading))
    }

    /// Whether a service may run Terraform, by this command or its own.
    fn runs_in_service(
        &self,
        call: &ScriptCall,
        directory: &Path,
        service: &Node,
        command: Option<String>,
    ) -> bool {
        let own = ["entrypoint", "command"].into_iter();
        let own = own.filter_map(|name| service.get(name)).map(words);
        let own: Vec<String> = own.collect();
        let command = command.unwrap_or_else(|| own.join(" "));
        let built = service.get("build").and_then(|build| {
            let setting = |name: &str| build.get(name).and_then(Node::as_str);
            let context = build.as_str().or_else(|| setting("context")).unwrap_or(".");
            let file = setting("dockerfile").unwrap_or("Dockerfile");
            let context = context.trim_start_matches("./").trim_matches('.');
            let paths = [directory.join(context).join(file)];
            let found = self.first(call, &paths).ok().flatten();
            found.map(|(_, text)| text)
        });
        let image = service.get("image").and_then(Node::as_str);
        let mut images = built
            .iter()
            .flat_map(|text| text.split_whitespace())
            .chain(image);
        let named: Vec<&str> = command.split_whitespace().collect();
        let called = read(&command, call.context.inner(), self);
        images.any(is_image) && may_reach_state(&named)
            || runs_terraform(&command)
            || built.is_some_and(runs_terraform)
            || !called.runs.is_empty()
    }
}

/// `docker run` with the mounts and the image of a service, as seen from the root: what Compose runs is a
/// container.
fn container(directory: &Path, service: &Node) -> Vec<String> {
    let mut words = vec!["docker".to_owned(), "run".to_owned()];
    let volumes = service.get("volumes").map(Node::items).unwrap_or_default();
    for volume in volumes {
        let source = volume.value.get("source").and_then(Node::as_str);
        let short = volume.value.as_str().and_then(|it| it.split_once(':'));
        let Some(source) = source.or(short.map(|(source, _)| source)) else {
            continue;
        };
        // A relative path begins with a dot and at the file ("volumes", the reference of Compose files);
        // one above the root has the root in it.
        let source = match source
            .starts_with('.')
            .then(|| lexically(directory, source))
        {
            Some(Some(path)) if !path.as_os_str().is_empty() => path.display().to_string(),
            Some(_) => ".".to_owned(),
            None => source.to_owned(),
        };
        words.extend(["-v".to_owned(), format!("{source}:/")]);
    }
    let image = service.get("image").and_then(Node::as_str);
    words.extend(image.map(str::to_owned));
    words
}

/// A path seen from a directory of the tree; `None` above the root.
fn lexically(directory: &Path, path: &str) -> Option<PathBuf> {
    let mut found = directory.to_path_buf();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if !found.pop() {
                    return None;
                }
            }
            part => found.push(part),
        }
    }
    Some(found)
}

/// A scalar, or the words of a list.
fn words(node: &Node) -> String {
    let items = node.items().iter().filter_map(|item| item.value.as_str());
    let own = node.as_str().into_iter().chain(items);
    own.collect::<Vec<_>>().join(" ")
}
