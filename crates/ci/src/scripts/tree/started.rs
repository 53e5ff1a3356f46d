//! Files and programs that something else than a script starts: the steps of workflows.

use std::path::{Path, PathBuf};

use super::TreeScripts;
use crate::scripts::reader::{Called, ScriptCall, ScriptContext};

impl TreeScripts {
    /// What the first of these files does that exists; `Called::Nothing` where none does.
    pub(crate) fn started(&self, context: &ScriptContext, paths: &[PathBuf]) -> Called {
        let call = call(context);
        match self.first(&call, paths) {
            Ok(Some((path, text))) => {
                let path = context.working.in_workspace(&path);
                let name = path.to_string_lossy().into_owned();
                // What starts it may give it arguments, which are not read.
                let arguments: Vec<String> = (1..10).map(|number| format!("${number}")).collect();
                self.text(&call, &name, &arguments, &path, text)
            }
            Ok(None) => Called::Nothing,
            Err(()) => Called::Unread,
        }
    }

    /// What a program does that lies at this path, or would.
    pub(crate) fn started_program(
        &self,
        context: &ScriptContext,
        path: &Path,
        text: &str,
    ) -> Called {
        let name = path.to_string_lossy();
        self.program(&call(context), &name, path, text)
    }

    /// The text of a file; `None` where there is none, or it is not read yet.
    pub(crate) fn text_at(&self, context: &ScriptContext, path: &Path) -> Option<&str> {
        let found = self.first(&call(context), &[path.to_path_buf()]);
        found.ok().flatten().map(|(_, text)| text)
    }
}

/// A call without words, made there.
fn call(context: &ScriptContext) -> ScriptCall {
    ScriptCall {
        offset: 0,
        words: Vec::new(),
        context: context.clone(),
    }
}
