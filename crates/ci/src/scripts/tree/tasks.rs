//! Calls of tasks: of Makefiles, Taskfiles, justfiles and package.json.

use std::path::{Path, PathBuf};

use super::TreeScripts;
use crate::scripts::program::is_shell;
use crate::scripts::reader::{Called, MAX_DEPTH, ScriptCall, ScriptReading, read};
use crate::scripts::tasks::TaskScript;
use crate::scripts::tasks::make::{MakeCall, Makefile};
use crate::scripts::tasks::package::PackageCall;

impl TreeScripts {
    pub(super) fn make(&self, call: &ScriptCall, arguments: &[String]) -> Called {
        let asked = MakeCall::of(arguments);
        if asked.is_dry {
            let nothing = ScriptReading::starting(call.context.clone());
            return Called::Read(Box::new(nothing));
        }
        let working = &call.context.working;
        let directory = match &asked.directory {
            Some(to) => working.join(to),
            None => working.path.clone(),
        };
        let usual = ["GNUmakefile", "makefile", "Makefile"];
        let names = asked
            .file
            .as_deref()
            .map_or(usual.to_vec(), |file| vec![file]);
        let Some(directory) = directory else {
            return self.anywhere(call, &names, |call, directory, path| {
                self.make_with(call, &asked, directory, &[path])
            });
        };
        let paths: Vec<PathBuf> = names.iter().map(|name| directory.join(name)).collect();
        self.make_with(call, &asked, &directory, &paths)
    }

    /// What the first of these Makefiles does that exists, which is called in that directory.
    pub(super) fn make_with(
        &self,
        call: &ScriptCall,
        asked: &MakeCall,
        directory: &Path,
        paths: &[PathBuf],
    ) -> Called {
        let Ok(Some((_, text))) = self.first(call, paths) else {
            return Called::Unread;
        };
        let mut file = Makefile::default();
        file.add(text);
        let mut place = call.context.working.clone();
        place.path = Some(directory.to_path_buf());
        // What is included may include more.
        let mut at = 0;
        while at < file.included.len() && at < MAX_DEPTH {
            let included = place.join(&file.included[at]);
            let included = included.map(|path| self.first(call, &[path]));
            if let Some(Ok(Some((_, text)))) = included {
                file.add(text);
            }
            at += 1;
        }
        let environment = &call.context.environment;
        let is_closed = call.context.is_closed;
        let scripts = file.run(asked, environment, is_closed, place.spelled().as_deref());
        match scripts {
            Some(scripts) => self.tasks(call, directory, scripts),
            None => Called::Unread,
        }
    }

    pub(super) fn searched(
        &self,
        call: &ScriptCall,
        files: fn(&Path) -> Vec<PathBuf>,
        run: impl Fn(&str) -> Option<Vec<TaskScript>>,
    ) -> Called {
        let Some(directory) = call.context.working.path.as_deref() else {
            return Called::Unread;
        };
        let Ok(Some((path, text))) = self.first(call, &files(directory)) else {
            return Called::Unread;
        };
        let Some(scripts) = run(text) else {
            return Called::Unread;
        };
        let of_tree = path.parent().unwrap_or(Path::new(""));
        let directory = call.context.working.in_workspace(of_tree);
        self.tasks(call, &directory, scripts)
    }

    pub(super) fn package(&self, call: &ScriptCall, manager: &str, arguments: &[String]) -> Called {
        let Some(asked) = PackageCall::of(manager, arguments) else {
            return match manager == "bun" && !arguments.is_empty() {
                true => self.file(call, &arguments[0], &arguments[1..]),
                false => Called::Nothing,
            };
        };
        let working = &call.context.working;
        let directory = match &asked.directory {
            Some(to) => working.join(to),
            None => working.path.clone(),
        };
        // Builds and tests, nearly always: only a name says that one deploys.
        let is_open = || match asked.words[0].contains("deploy") {
            true => Called::Unread,
            false => Called::Nothing,
        };
        let Some(directory) = directory else {
            return is_open();
        };
        let scripts = match self.first(call, &[directory.join("package.json")]) {
            Ok(Some((_, text))) => asked.run(text),
            Ok(None) => None,
            Err(()) => return Called::Unread,
        };
        match scripts {
            Some(scripts) => self.tasks(call, &directory, scripts),
            None if asked.may_be_program => {
                let script = TaskScript::new(asked.words.join(" "));
                self.tasks(call, &directory, vec![script])
            }
            None => is_open(),
        }
    }

    /// The scripts of a task, one after the other.
    pub(super) fn tasks(
        &self,
        call: &ScriptCall,
        directory: &Path,
        scripts: Vec<TaskScript>,
    ) -> Called {
        let mut whole = ScriptReading::starting(call.context.inner());
        for task in scripts {
            let mut context = call.context.inner();
            context.workspaces.clone_from(&whole.end.workspaces);
            context.is_in_cluster |= whole.end.is_in_cluster;
            context.working.path = Some(directory.to_path_buf());
            context.working.path = match &task.directory {
                Some(own) => context.working.join(&own.to_string_lossy()),
                None => None,
            };
            context.environment.extend(task.environment);
            // A recipe may name the interpreter of another language.
            if !is_shell(Path::new(""), &task.script) {
                if let Called::Read(inner) = self.inline(call, Path::new(""), &task.script) {
                    whole.add_inner(0, *inner);
                }
                continue;
            }
            whole.add_inner(0, read(&task.script, context, self));
        }
        Called::Read(Box::new(whole))
    }
}
