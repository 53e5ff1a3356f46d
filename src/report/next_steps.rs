//! What to run once a plan is written.

use std::fmt::Write as _;

use engine::plan::{Action, Moment, NextStep};

use super::{COMMAND, heading};
use crate::redact::on_one_line;
use crate::terminal;

/// What stands before the heading of a step, and before what is to be entered.
const INDENT: &str = "  ";
const ITEM: &str = "    - ";

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
    let width = terminal::width().map(|width| width - INDENT.len());
    for step in steps {
        for line in terminal::wrapped(&on_one_line(&step.why), width) {
            let _ = writeln!(out, "{INDENT}{line}");
        }
        let all = step.commands.len();
        let shown = if verbose { all } else { COMMANDS };
        for command in step.commands.iter().take(shown) {
            let command = on_one_line(command);
            match step.action {
                Action::Run => drop(writeln!(out, "    {COMMAND}{command}{COMMAND:#}")),
                // No shell runs it, and so it may be wrapped.
                Action::Enter => {
                    let width = width.map(|width| width.saturating_sub(ITEM.len() - INDENT.len()));
                    let mut before = ITEM;
                    for line in terminal::wrapped(&command, width) {
                        let _ = writeln!(out, "{before}{line}");
                        before = "      ";
                    }
                }
            }
        }
        if all > shown {
            let _ = writeln!(out, "    and {} more (--verbose lists them)", all - shown);
        }
    }
}
