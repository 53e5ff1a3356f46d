//! Calls of scripts and programs, and of tests in Go.

use std::path::{Path, PathBuf};

use super::{MAX_ANYWHERE, TreeScripts};
use crate::scripts::aws_use::quoted;
use crate::scripts::program as other;
use crate::scripts::program_commands::{command_lines, imports};
use crate::scripts::reader::add_functions;
use crate::scripts::reader::{
    AwsUse, Called, ScriptCall, ScriptReading, arguments as given, is_taking_in, read,
};
use crate::scripts::terratest::GoTest;
use crate::scripts::user_calls;
use crate::terraform_run::{RunsIn, TerraformRun};

/// Bytes of a program whose strings are looked at: a larger one is a bundle of many packages.
const MAX_PROGRAM: usize = 200_000;

/// Files that are read of one program: an end for those that import each other's packages.
const MAX_IMPORTS: usize = 32;

impl TreeScripts {
    /// What a file of these names does that is called in a directory which only the run determines:
    /// all that the tree has of them, each in a directory that is not known.
    pub(super) fn anywhere(
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
        let mut functions = call.context.functions.clone();
        for path in found {
            let path = call.context.working.in_workspace(path);
            let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
            match read(call, &directory, path) {
                Called::Read(mut reading) => {
                    for run in &mut reading.runs {
                        run.directory = None;
                    }
                    whole.is_program |= reading.is_program;
                    add_functions(&mut functions, &reading.end.functions);
                    whole.add_inner(0, *reading);
                }
                Called::Unread => return Called::Unread,
                Called::Nothing => {}
            }
        }
        // Which of them ran is not known, and so is what it selected.
        whole.end.workspaces.clear();
        whole.end.functions = functions;
        Called::Read(Box::new(whole))
    }

    pub(super) fn file(&self, call: &ScriptCall, file: &str, arguments: &[String]) -> Called {
        let working = &call.context.working;
        let found = working.join(file).map(|path| {
            let mut paths = vec![path];
            // What an earlier command compiled is read in its source.
            if paths[0].extension().is_some_and(|ending| ending == "js") {
                paths.push(paths[0].with_extension("ts"));
            }
            self.first(call, &paths)
        });
        match found {
            Some(Ok(Some((path, text)))) => {
                let path = working.in_workspace(&path);
                self.text(call, file, arguments, &path, text)
            }
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

    pub(super) fn text(
        &self,
        call: &ScriptCall,
        file: &str,
        arguments: &[String],
        path: &Path,
        text: &str,
    ) -> Called {
        let working = &call.context.working;
        if !other::is_shell(path, text) {
            return self.program(call, file, path, text);
        }
        let is_taken_in = call.words.first().is_some_and(|it| is_taking_in(it));
        let mut context = match is_taken_in {
            true => call.context.taken_in(),
            false => call.context.inner(),
        };
        let mut place = working.clone();
        place.path = path.parent().map(Path::to_path_buf);
        let of_script = place.spelled();
        context
            .environment
            .insert("BASH_SOURCE".to_owned(), of_script);
        // A file that is taken in without arguments has those around it.
        if !is_taken_in || !arguments.is_empty() {
            given::set(&mut context.environment, arguments, given::open(arguments));
        }
        Called::Read(Box::new(read(text, context, self)))
    }

    pub(super) fn go(&self, call: &ScriptCall, arguments: &[String]) -> Called {
        match arguments.first().map(String::as_str) {
            Some("run") => return self.go_program(call, &arguments[1..]),
            Some("test") => {}
            _ => return Called::Nothing,
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

    /// `go run`: the file that it names, or that of the package's `main`.
    fn go_program(&self, call: &ScriptCall, arguments: &[String]) -> Called {
        let Some(package) = arguments.iter().find(|word| !word.starts_with('-')) else {
            return Called::Nothing;
        };
        let file = match Path::new(package).extension().is_some_and(|it| it == "go") {
            true => package.clone(),
            false => format!("{package}/main.go"),
        };
        let Some(path) = call.context.working.join(&file) else {
            return Called::Nothing;
        };
        match self.first(call, &[path]) {
            Ok(Some((path, text))) => {
                let path = call.context.working.in_workspace(&path);
                self.program(call, &file, &path, text)
            }
            Ok(None) => Called::Nothing,
            Err(()) => Called::Unread,
        }
    }

    /// A module of Python: `python -m NAME`.
    pub(super) fn module(&self, call: &ScriptCall, name: &str) -> Called {
        let place = name.replace('.', "/");
        let files = [format!("{place}.py"), format!("{place}/__main__.py")];
        let files = files
            .iter()
            .filter_map(|file| call.context.working.join(file));
        match self.first(call, &files.collect::<Vec<_>>()) {
            Ok(Some((path, text))) => {
                self.program(call, name, &call.context.working.in_workspace(&path), text)
            }
            // One of the language or of a package.
            Ok(None) | Err(()) => Called::Nothing,
        }
    }

    /// A program in another language.
    pub(super) fn program(&self, call: &ScriptCall, file: &str, path: &Path, text: &str) -> Called {
        let mut reading = self.searched_program(call, path, text);
        let name = file.rsplit('/').next().unwrap_or(file);
        let texts = self.with_imports(call, path, text);
        if texts.iter().any(|(_, text)| other::calls_aws(text)) {
            let needs_user = texts.iter().any(|(_, text)| user_calls::in_program(text));
            reading.aws_uses.push(AwsUse {
                needs_user,
                ..AwsUse::of(quoted(&[name]))
            });
        }
        Called::Read(Box::new(reading))
    }

    /// A program among the words of a command, whose uses of AWS are looked for there.
    pub(super) fn inline(&self, call: &ScriptCall, path: &Path, text: &str) -> Called {
        Called::Read(Box::new(self.searched_program(call, path, text)))
    }

    /// The Terraform runs and the commands that a program executes, and those of the files that it
    /// imports.
    fn searched_program(&self, call: &ScriptCall, path: &Path, text: &str) -> ScriptReading {
        let mut reading = ScriptReading::starting(call.context.clone());
        reading.is_program = true;
        let mut runs_terraform = false;
        for (path, text) in self.with_imports(call, path, text) {
            runs_terraform |= other::runs_terraform(text);
            if text.len() > MAX_PROGRAM {
                continue;
            }
            for line in command_lines(&path, text) {
                let found = read(&line, call.context.inner(), self);
                runs_terraform |= !found.runs.is_empty();
                reading.execution.add_searched(found.execution);
            }
        }
        if runs_terraform {
            reading
                .runs
                .push(TerraformRun::unseen(None, RunsIn::Script));
        }
        reading
    }

    /// A program with the files of the tree that it imports.
    fn with_imports<'t>(
        &'t self,
        call: &ScriptCall,
        path: &Path,
        text: &'t str,
    ) -> Vec<(PathBuf, &'t str)> {
        let mut texts = vec![(path.to_path_buf(), text)];
        let mut at = 0;
        while let Some((path, text)) = texts.get(at).cloned() {
            at += 1;
            if text.len() > MAX_PROGRAM {
                continue;
            }
            for files in imports(&path, text) {
                let Ok(Some((path, text))) = self.first(call, &files) else {
                    continue;
                };
                let path = call.context.working.in_workspace(&path);
                let is_known = texts.iter().any(|(known, _)| *known == path);
                if !is_known && texts.len() < MAX_IMPORTS {
                    texts.push((path, text));
                }
            }
        }
        texts
    }
}
