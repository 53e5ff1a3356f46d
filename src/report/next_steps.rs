//! What to run once a plan is written.

use std::fmt::Write as _;

use engine::plan::{Moment, NextStep};

use super::{COMMAND, heading};
use crate::redact::on_one_line;
use crate::terminal;

/// Commands shown of one step without `--verbose`.
const COMMANDS: usize = 12;

/// The steps, each with its commands.
pub fn steps(out: &mut String, steps: &[NextStep], verbose: bool) {
    for moment in Moment::ALL {
        let steps: Vec<&NextStep> = steps.iter().filter(|step| step.when == moment).collect();
        if !steps.is_empty() {
            heading(out, moment.heading());
            listed(out, &steps, verbose);
        }
    }
}

/// Steps of one moment, or without one.
pub fn listed(out: &mut String, steps: &[&NextStep], verbose: bool) {
    let width = terminal::width().map(|width| width - "  ".len());
    for step in steps {
        for line in terminal::wrapped(&on_one_line(&step.why), width) {
            let _ = writeln!(out, "  {line}");
        }
        let all = step.commands.len();
        let shown = if verbose { all } else { COMMANDS };
        for command in step.commands.iter().take(shown) {
            let _ = writeln!(out, "    {COMMAND}{}{COMMAND:#}", on_one_line(command));
        }
        if all > shown {
            let _ = writeln!(out, "    and {} more (--verbose lists them)", all - shown);
        }
    }
}
