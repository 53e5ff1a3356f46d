//! Steps that write Terraform's configuration for the steps behind them.

use std::path::PathBuf;

use crate::github::workflow::known_readings::JobReading;
use crate::scripts::configuration_files::{Rewriting, rewriting};

/// Marks the commands that may run configuration which is not the tree's, because of a step of the job.
pub(super) fn mark(reading: &mut JobReading) {
    let directories = reading
        .runs
        .iter()
        .filter_map(|it| it.run.directory.clone());
    let directories: Vec<PathBuf> = directories.collect();
    let mut first_written = None;
    let mut first_brought = None;
    for (path, execution) in &reading.executions {
        for command in &execution.commands {
            let directories = directories.iter().map(PathBuf::as_path);
            match rewriting(&command.words, directories) {
                Some(Rewriting::Written) => _ = first_written.get_or_insert(path[0]),
                Some(Rewriting::Brought) => _ = first_brought.get_or_insert(path[0]),
                None => {}
            }
        }
    }
    for it in &mut reading.runs {
        let is_behind = |first: Option<usize>| first.is_some_and(|first| first <= it.step);
        let is_brought = is_behind(first_brought);
        it.run.variant.has_unknown_configuration |= is_brought || is_behind(first_written);
        if is_brought {
            it.run.directory = None;
        }
    }
}
