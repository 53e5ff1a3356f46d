//! The files of the tree that scripts and pipelines run: what a call of one does.

mod compose;
mod files;
mod kubernetes;
mod mise;
mod poe;
mod quoted_tasks;
mod started;
mod tasks;
mod tools;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::scripts::reader::{Called, MAX_DEPTH, ScriptCall, Tree};
use crate::scripts::tasks::workspace::WorkspaceFile;
use crate::scripts::tasks::{just, taskfile};
use crate::scripts::terratest::{self, GoTest};
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
    /// The files of packages; `None` where they were not added.
    packages: Option<Arc<[WorkspaceFile]>>,
    /// The directories that were asked for, and whether the tree has them.
    directories: BTreeMap<PathBuf, bool>,
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
    /// Whether the files of packages and of the tools that run tasks in them.
    pub packages: bool,
    /// Directories, of which only the tree tells whether it has them.
    pub directories: BTreeSet<PathBuf>,
}

impl Wanted {
    /// Adds what else was asked for.
    pub fn add(&mut self, other: Self) {
        self.files.extend(other.files);
        self.tests |= other.tests;
        self.packages |= other.packages;
        self.directories.extend(other.directories);
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Files of one name that are read for a call whose directory is not known; more tell nothing.
const MAX_ANYWHERE: usize = 16;

/// Programs that run a file in a language other than the shell's.
const INTERPRETERS: [&str; 11] = [
    "bun", "deno", "node", "perl", "php", "pwsh", "python", "python3", "ruby", "ts-node", "tsx",
];

const SHELLS: [&str; 6] = ["ash", "bash", "dash", "sh", "source", "."];

impl Clone for TreeScripts {
    fn clone(&self) -> Self {
        Self {
            files: self.files.clone(),
            known: self.known.clone(),
            tests: self.tests.clone(),
            packages: self.packages.clone(),
            directories: self.directories.clone(),
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
        // A mark of the byte order is no part of the first line (GNU Make and Node.js skip it).
        let text = text.map(|text| Arc::from(text.trim_start_matches('\u{feff}')));
        self.files.insert(path, text);
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

    /// Adds directories that were asked for, without those of them that the tree lacks.
    pub fn add_directories(&mut self, asked: BTreeSet<PathBuf>, missing: &BTreeSet<PathBuf>) {
        let asked = asked.into_iter();
        self.directories.extend(asked.map(|path| {
            let is_there = !missing.contains(&path);
            (path, is_there)
        }));
    }

    /// Whether the tree has a directory. One that it lacks is made by the run, and may hold a copy of any root
    /// module: `cp -r live build && terraform -chdir=build apply`.
    pub fn has_directory(&self, path: &Path) -> bool {
        let known = self.directories.get(path);
        if known.is_none() && !path.as_os_str().is_empty() {
            self.wanted().directories.insert(path.to_path_buf());
        }
        known.is_none_or(|is_there| *is_there)
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
        if call.context.depth >= MAX_DEPTH || call.context.budget.is_spent() {
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
            "nx" | "turbo" | "lerna" => self.workspace(call, name, arguments),
            "go" => self.go(call, arguments),
            "docker-compose" | "podman-compose" => self.compose(call, arguments),
            "docker" | "podman" | "nerdctl" => match arguments.split_first() {
                Some((first, rest)) if first == "compose" => self.compose(call, rest),
                _ => Called::Nothing,
            },
            "earthly" => self.earthly(call, arguments),
            "mise" | "rtx" => self.mise(call, arguments),
            "poe" => self.poe(call, arguments),
            "kubectl" | "helm" => self.kubernetes(call, name, arguments),
            "ansible-playbook" => self.ansible(call, arguments),
            _ if SHELLS.contains(&name) || INTERPRETERS.contains(&name) => {
                // `deno run x.ts`
                let is_option =
                    |word: &str| word.starts_with('-') || name == "deno" && word == "run";
                let file = arguments.iter().position(|word| !is_option(word));
                let has = |at: usize, options: &[&str]| {
                    let mut before = arguments[..at].iter();
                    before.any(|it| options.contains(&it.as_str()))
                };
                let text = arguments.last().filter(|word| word.contains('\n'));
                let is_piped = arguments.iter().any(|word| word == "-");
                match file.filter(|_| !(is_piped && text.is_some())) {
                    // A here-document, or what is piped in: `curl ... | bash`.
                    None if INTERPRETERS.contains(&name) && text.is_some() => {
                        self.inline(call, Path::new(""), text.map_or("", String::as_str))
                    }
                    None => Called::Nothing,
                    Some(at) if has(at, &["-m"]) => self.module(call, &arguments[at]),
                    Some(at) if has(at, &["-c", "-e", "-p"]) || arguments[at].contains('\n') => {
                        self.inline(call, Path::new(""), &arguments[at])
                    }
                    Some(at) => self.file(call, &arguments[at], &arguments[at + 1..]),
                }
            }
            // Their files are not read, and may run Terraform.
            "invoke" | "rake" => Called::Unread,
            // Each runs a program of its own, whose tasks are read nowhere here.
            "gradlew" | "mvnw" => Called::Nothing,
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
}

impl Tree for TreeScripts {
    fn follow(&self, call: &ScriptCall) -> Called {
        self.called(call)
    }
}
