//! Calls of nx, turbo and lerna, which run tasks in the packages of the tree.

use std::path::PathBuf;

use super::TreeScripts;
use crate::scripts::reader::{Called, ScriptCall, ScriptReading};
use crate::scripts::tasks::workspace::{WorkspaceCall, WorkspaceFile};

/// Parts of names of tasks that may run Terraform where no file says what they run.
const DEPLOYING: [&str; 3] = ["apply", "deploy", "terraform"];

impl TreeScripts {
    /// Adds the files that say what such tasks run, by their paths and texts.
    pub fn add_packages(&mut self, files: impl IntoIterator<Item = (PathBuf, String)>) {
        let files = files.into_iter();
        self.packages = Some(
            files
                .map(|(path, text)| WorkspaceFile::new(path, text))
                .collect(),
        );
    }

    pub(super) fn workspace(&self, call: &ScriptCall, tool: &str, arguments: &[String]) -> Called {
        let Some(asked) = WorkspaceCall::of(tool, arguments) else {
            return Called::Nothing;
        };
        let Some(files) = &self.packages else {
            self.wanted().packages = true;
            return Called::Unread;
        };
        let Some(scripts) = asked.run(files) else {
            // Builds and tests, nearly always: only a name says that one deploys.
            let may_deploy = |task: &String| DEPLOYING.iter().any(|part| task.contains(part));
            return match asked.tasks.iter().any(may_deploy) {
                true => Called::Unread,
                false => Called::Nothing,
            };
        };
        let mut whole = ScriptReading::starting(call.context.clone());
        for (directory, script) in scripts {
            let directory = call.context.working.in_workspace(&directory);
            match self.tasks(call, &directory, vec![script]) {
                Called::Read(reading) => whole.add_inner(0, *reading),
                Called::Unread => return Called::Unread,
                Called::Nothing => {}
            }
        }
        // Which of them ran is not known, and so is what it selected.
        whole.end.workspaces.clear();
        Called::Read(Box::new(whole))
    }
}
