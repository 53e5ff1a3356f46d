//! The tasks of files that run commands by name: Make, Task, just, package managers of Node.js.

pub mod just;
pub mod make;
pub mod package;
pub mod taskfile;
pub mod workspace;

use std::path::{Path, PathBuf};

use crate::variant::Environment;

/// A command of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskScript {
    /// The script; one line of a recipe mostly, whose shell ends with it.
    pub script: String,
    /// Its directory, relative to that of the file; `None` where only the run determines it.
    pub directory: Option<PathBuf>,
    /// The variables that the file adds to the environment.
    pub environment: Environment,
}

/// What a call of a task runs, in this order; `None` where the file does not tell.
pub type TaskScripts = Option<Vec<TaskScript>>;

/// A placeholder for what only the run determines, as a variable that nothing sets.
const UNKNOWN: &str = "${UNKNOWN}";

/// How deep tasks may lead to other tasks.
const MAX_DEPTH: usize = 16;

/// How often one call of a program may lead to tasks.
// Tasks that each need the next one twice are 2^16 at that depth. The largest files have some hundred.
const MAX_TASKS: usize = 2_000;

/// Files of these names in a directory and in those above it, the nearest first.
fn at_or_above(directory: &Path, names: &[&str]) -> Vec<PathBuf> {
    let files = directory
        .ancestors()
        .flat_map(|directory| names.iter().map(move |name| directory.join(name)));
    files.collect()
}

impl TaskScript {
    /// A script in the directory of its file.
    pub(in crate::scripts) fn new(script: String) -> Self {
        Self {
            script,
            directory: Some(PathBuf::new()),
            environment: Environment::new(),
        }
    }
}
