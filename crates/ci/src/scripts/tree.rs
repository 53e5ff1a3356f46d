//! The files of the tree that scripts and pipelines run: what a call of one does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::scripts::aws_use::quoted;
use crate::scripts::program as other;
use crate::scripts::reader::{AwsUse, Called, MAX_DEPTH, ScriptCall, ScriptReading, Tree, read};
use crate::scripts::tasks::make::{MakeCall, Makefile};
use crate::scripts::tasks::package::PackageCall;
use crate::scripts::tasks::{TaskScript, just, taskfile};
use crate::scripts::terratest::{self, GoTest};
use crate::terraform_run::{RunsIn, TerraformRun};
use terraform::linked_directories::LinkedDirectories;

/// The files of the tree that calls lead to.
///
/// Which those are, only reading tells: a file that is asked for and was not added is noted, and a call
/// of it counts as one that cannot be read until it is.
#[derive(Debug, Default)]
pub struct TreeScripts {
    /// By path; `None` where there is no such file.
    files: BTreeMap<PathBuf, Option<Arc<str>>>,
    /// The paths of scripts and Makefiles, added or not.
    known: Vec<PathBuf>,
    /// The tests in Go that run Terraform; `None` where they were not added.
    tests: Option<Vec<GoTest>>,
    wanted: Mutex<Wanted>,
    /// The directories of the tree that are symbolic links.
    pub linked: LinkedDirectories,
}

/// What reading asked for in vain.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Files, some of which may not exist.
    pub files: BTreeSet<PathBuf>,
    /// Whether the tests in Go.
    pub tests: bool,
}

impl Wanted {
    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Files of one name that are read for a call whose directory is not known; more tell nothing.
const MAX_ANYWHERE: usize = 16;

/// Programs that run a file in a language other than the shell's.
const INTERPRETERS: [&str; 6] = ["bun", "node", "python", "python3", "ruby", "ts-node"];

const SHELLS: [&str; 6] = ["ash", "bash", "dash", "sh", "source", "."];

impl Clone for TreeScripts {
    fn clone(&self) -> Self {
        Self {
            files: self.files.clone(),
            known: self.known.clone(),
            tests: self.tests.clone(),
            wanted: Mutex::default(),
            linked: self.linked.clone(),
        }
    }
}

impl TreeScripts {
    /// A tree with scripts at these paths, whose texts may be added.
    pub fn with(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self {
            known: paths.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Adds a file; `None` says that there is no such file.
    pub fn add(&mut self, path: PathBuf, text: Option<String>) {
        self.files.insert(path, text.map(Arc::from));
    }

    /// Adds the tests in Go that name Terratest, by their paths and texts.
    pub fn add_tests(&mut self, tests: impl IntoIterator<Item = (PathBuf, String)>) {
        let tests = tests.into_iter();
        self.tests = Some(
            tests
                .map(|(path, text)| terratest::read(&path, &text))
                .collect(),
        );
    }

    /// What was asked for since the last call, and is not there.
    pub fn take_wanted(&self) -> Wanted {
        std::mem::take(&mut self.wanted())
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a call does.
    fn called(&self, call: &ScriptCall) -> Called {
        let Some((program, arguments)) = call.words.split_first() else {
            return Called::Nothing;
        };
        if call.context.depth >= MAX_DEPTH {
            return Called::Unread;
        }
        let name = program.rsplit('/').next().unwrap_or(program);
        match name {
            "make" | "gmake" => self.make(call, arguments),
            "task" => self.searched(call, taskfile::files, |text| {
                taskfile::run(text, arguments, &call.context.environment)
            }),
            "just" => self.searched(call, just::files, |text| just::run(text, arguments)),
            "npm" | "pnpm" | "yarn" | "bun" => self.package(call, name, arguments),
            "go" => self.go(call, arguments),
            _ if SHELLS.contains(&name) || INTERPRETERS.contains(&name) => {
                let file = arguments.iter().position(|word| !word.starts_with('-'));
                match file {
                    // What is piped in, and modules: `curl ... | bash`, `python -m pip`.
                    None => Called::Nothing,
                    Some(at) if arguments[..at].iter().any(|it| it == "-m" || it == "-c") => {
                        Called::Nothing
                    }
                    Some(at) => self.file(call, &arguments[at], &arguments[at + 1..]),
                }
            }
            // Their files are not read, and may run Terraform.
            "invoke" | "rake" => Called::Unread,
            _ => self.file(call, program, arguments),
        }
    }

    /// The text of the first of these files that exists; `Err` where that is not known yet.
    fn first(&self, call: &ScriptCall, paths: &[PathBuf]) -> Result<Option<(PathBuf, &str)>, ()> {
        for path in paths {
            let Some(path) = call.context.working.in_tree(path) else {
                continue;
            };
            match self.files.get(&path) {
                Some(Some(text)) => return Ok(Some((path, text))),
                Some(None) => {}
                None => {
                    self.wanted().files.insert(path);
                    return Err(());
                }
            }
        }
        Ok(None)
    }

    fn make(&self, call: &ScriptCall, arguments: &[String]) -> Called {
        let asked = MakeCall::of(arguments);
        if asked.is_dry {
            return Called::Nothing;
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
    fn make_with(
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

    /// What a file of these names does that is called in a directory which only the run determines:
    /// all that the tree has of them, each in a directory that is not known.
    fn anywhere(
        &self,
        call: &ScriptCall,
        names: &[&str],
        read: impl Fn(&ScriptCall, &Path, PathBuf) -> Called,
    ) -> Called {
        let is_named = |path: &&PathBuf| names.iter().any(|name| path.ends_with(name));
        let found = self.known.iter().filter(is_named);
        let found: Vec<&PathBuf> = found.take(MAX_ANYWHERE + 1).collect();
        if found.is_empty() || found.len() > MAX_ANYWHERE {
            return Called::Unread;
        }
        let mut whole = ScriptReading::starting(call.context.clone());
        for path in found {
            let path = call.context.working.in_workspace(path);
            let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
            match read(call, &directory, path) {
                Called::Read(mut reading) => {
                    for run in &mut reading.runs {
                        run.directory = None;
                    }
                    whole.add_inner(0, *reading);
                }
                Called::Unread => return Called::Unread,
                Called::Nothing => {}
            }
        }
        // Which of them ran is not known, and so is what it selected.
        whole.end.workspaces.clear();
        Called::Read(Box::new(whole))
    }

    fn searched(
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

    fn package(&self, call: &ScriptCall, manager: &str, arguments: &[String]) -> Called {
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
    fn tasks(&self, call: &ScriptCall, directory: &Path, scripts: Vec<TaskScript>) -> Called {
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
            whole.add_inner(0, read(&task.script, context, self));
        }
        Called::Read(Box::new(whole))
    }

    fn file(&self, call: &ScriptCall, file: &str, arguments: &[String]) -> Called {
        let working = &call.context.working;
        let found = working.join(file).map(|path| {
            let text = self.first(call, std::slice::from_ref(&path));
            text.map(|text| text.map(|(_, text)| (path, text)))
        });
        match found {
            Some(Ok(Some((path, text)))) => self.text(call, file, arguments, &path, text),
            Some(Err(())) => Called::Unread,
            None | Some(Ok(None)) => {
                // What is behind the part that only the run determines.
                let name = file.rsplit(['$', '}', ')']).next().unwrap_or(file);
                let name = match file.contains('$') {
                    true => name.split_once('/').map_or("", |(_, rest)| rest),
                    false => name.trim_start_matches(['.', '/']),
                };
                if name.is_empty() {
                    return Called::Unread;
                }
                self.anywhere(call, &[name], |call, _, path| {
                    match self.first(call, std::slice::from_ref(&path)) {
                        Ok(Some((_, text))) => self.text(call, file, arguments, &path, text),
                        _ => Called::Unread,
                    }
                })
            }
        }
    }

    fn text(
        &self,
        call: &ScriptCall,
        file: &str,
        arguments: &[String],
        path: &Path,
        text: &str,
    ) -> Called {
        let working = &call.context.working;
        if !other::is_shell(path, text) {
            return program(call, file, text);
        }
        let mut context = call.context.inner();
        let mut place = working.clone();
        place.path = path.parent().map(Path::to_path_buf);
        let of_script = place.spelled();
        context
            .environment
            .insert("BASH_SOURCE".to_owned(), of_script);
        for (number, argument) in (1..10).zip(arguments.iter().map(Some).chain([None; 9])) {
            let value = argument
                .filter(|it| crate::variant::is_literal(it))
                .cloned();
            // What is not given is empty.
            let value = match argument {
                Some(_) => value,
                None => Some(String::new()),
            };
            context.environment.insert(number.to_string(), value);
        }
        Called::Read(Box::new(read(text, context, self)))
    }

    fn go(&self, call: &ScriptCall, arguments: &[String]) -> Called {
        if arguments.first().is_none_or(|verb| verb != "test") {
            return Called::Nothing;
        }
        let Some(tests) = &self.tests else {
            self.wanted().tests = true;
            return Called::Unread;
        };
        let packages = arguments[1..].iter().filter(|word| !word.starts_with('-'));
        let packages: Vec<&str> = packages
            .map(String::as_str)
            .filter(|word| word.starts_with('.') || word.contains('/'))
            .collect();
        let packages = if packages.is_empty() {
            vec!["."]
        } else {
            packages
        };
        let working = &call.context.working;
        let mut reading = ScriptReading::starting(call.context.clone());
        for package in packages {
            let below = package.strip_suffix("...");
            let directory = working.join(below.unwrap_or(package));
            let directory = directory.and_then(|it| working.in_tree(&it));
            let is_run = |test: &&GoTest| match (&directory, below) {
                (Some(directory), Some(_)) => test.directory.starts_with(directory),
                (Some(directory), None) => test.directory == *directory,
                (None, _) => true,
            };
            for test in tests.iter().filter(is_run) {
                reading.runs.extend(test.root_modules.iter().map(|module| {
                    let module = module.as_deref().map(|it| working.in_workspace(it));
                    TerraformRun::unseen(module, RunsIn::Runner)
                }));
            }
        }
        Called::Read(Box::new(reading))
    }
}

/// A program in another language.
fn program(call: &ScriptCall, file: &str, text: &str) -> Called {
    let mut reading = ScriptReading::starting(call.context.clone());
    let name = file.rsplit('/').next().unwrap_or(file);
    if other::calls_aws(text) {
        reading.aws_uses.push(AwsUse {
            offset: 0,
            what: quoted(&[name]),
        });
    }
    if other::runs_terraform(text) {
        reading
            .runs
            .push(TerraformRun::unseen(None, RunsIn::Script));
    }
    Called::Read(Box::new(reading))
}

impl Tree for TreeScripts {
    fn follow(&self, call: &ScriptCall) -> Called {
        self.called(call)
    }
}
