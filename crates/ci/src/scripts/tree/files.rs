//! Calls of scripts and programs, and of tests in Go.

use std::path::{Path, PathBuf};

use super::{MAX_ANYWHERE, TreeScripts};
use crate::scripts::aws_use::quoted;
use crate::scripts::program as other;
use crate::scripts::reader::{AwsUse, Called, ScriptCall, ScriptReading, read};
use crate::scripts::terratest::GoTest;
use crate::scripts::user_calls;
use crate::terraform_run::{RunsIn, TerraformRun};

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

    pub(super) fn file(&self, call: &ScriptCall, file: &str, arguments: &[String]) -> Called {
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

    pub(super) fn go(&self, call: &ScriptCall, arguments: &[String]) -> Called {
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
            needs_user: user_calls::in_program(text),
            ..AwsUse::of(quoted(&[name]))
        });
    }
    if other::runs_terraform(text) {
        reading
            .runs
            .push(TerraformRun::unseen(None, RunsIn::Script));
    }
    Called::Read(Box::new(reading))
}
