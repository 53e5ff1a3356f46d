//! Tasks whose texts quote what they run: commands, and other tasks.

use std::collections::BTreeSet;

use crate::scripts::program_commands::literals;
use crate::scripts::tasks::TaskScript;

/// A task, with those that it names.
#[derive(Default)]
pub(super) struct QuotedTasks {
    /// What the file says of each.
    pub texts: Vec<String>,
    /// The commands of all.
    pub scripts: Vec<TaskScript>,
}

impl QuotedTasks {
    /// Those of a task. `text_of` is what the file says of one: empty where there is none of that name.
    pub fn of(name: &str, text_of: impl Fn(&str) -> String) -> Self {
        let mut waiting = vec![name.to_owned()];
        let mut known = BTreeSet::new();
        let mut tasks = Self::default();
        while let Some(task) = waiting.pop() {
            if !known.insert(task.clone()) {
                continue;
            }
            let text = text_of(&task);
            for (_, literal) in literals(&text) {
                match text_of(&literal).is_empty() {
                    true => tasks.scripts.push(TaskScript::new(literal)),
                    false => waiting.push(literal),
                }
            }
            tasks.texts.push(text);
        }
        tasks
    }
}
