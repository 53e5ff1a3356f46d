//! The table at the end of a run over many repositories.

use std::fmt::Write as _;
use std::path::Path;

use crate::counted::{counted, repositories};
use crate::many::completion::Completion;
use crate::outcome::Outcome;
use crate::redact::{for_people, on_one_line};
use crate::terminal::{columns, folded, width};
use anstyle::{AnsiColor, Style};

/// Totals, then a line for each repository; those with nothing to do only if `verbose`.
pub fn table<'e>(
    all: &[(&'e Path, &'e Completion)],
    skipped: usize,
    writes: bool,
    verbose: bool,
) -> String {
    let mut out = String::new();
    let many = repositories(all.len());
    let totals = Outcome::ALL.iter().filter_map(|&outcome| {
        let count = all
            .iter()
            .filter(|(_, completion)| completion.outcome == outcome);
        let count = count.count();
        (count > 0).then(|| format!("{count} {}", outcome.title(writes)))
    });
    let totals: Vec<String> = totals.collect();
    let totals = match totals.is_empty() {
        true => "nothing to look at".to_owned(),
        false => totals.join(", "),
    };
    let mut line = |text: &str| {
        let _ = writeln!(out, "{}", folded(text));
    };
    line(&format!("{many}: {totals}"));
    if skipped > 0 {
        line(&format!(
            "  {skipped} of them not planned again, unchanged since the run that the ledger records"
        ));
    }
    let width = width().unwrap_or(usize::MAX);
    for outcome in Outcome::ALL {
        if outcome == Outcome::Nothing && !verbose {
            continue;
        }
        let these = all
            .iter()
            .filter(|(_, completion)| completion.outcome == outcome);
        let these: Vec<_> = these
            .map(|(name, completion)| (on_one_line(&name.to_string_lossy()), *completion))
            .collect();
        if these.is_empty() {
            continue;
        }
        let style = style(outcome);
        let title = capital(outcome.title(writes));
        let _ = writeln!(out, "\n{style}{title}{style:#}");
        // One long name shall not push the columns of all the others out of sight.
        let widths = these.iter().map(|(name, _)| columns(name));
        let names = widths.filter(|&width| width <= WIDEST).max().unwrap_or(0);
        let changes = these.iter().map(|(_, it)| columns(&changes(it)));
        let changes = changes.max().unwrap_or(0);
        for (name, completion) in these {
            let note = note(completion, changes);
            let gap = match note.is_empty() || note.starts_with('\n') {
                true => 0,
                false => names.saturating_sub(columns(&name)),
            };
            let line = format!("  {name}{}{note}", " ".repeat(gap));
            // Columns that do not fit stand below the name.
            let _ = match note.contains('\n') || columns(&line) <= width {
                true => writeln!(out, "{line}"),
                false => writeln!(
                    out,
                    "  {name}\n{}",
                    folded(&format!("    {}", note.trim_start()))
                ),
            };
        }
    }
    out
}

/// The widest name that the columns behind the names are moved for.
const WIDEST: usize = 48;

fn style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Failed | Outcome::Refused => AnsiColor::Red.on_default().bold(),
        Outcome::Person => AnsiColor::Yellow.on_default().bold(),
        Outcome::Changed => AnsiColor::Green.on_default().bold(),
        Outcome::Nothing => Style::new().bold(),
    }
}

fn changes(completion: &Completion) -> String {
    match completion.changes {
        0 => String::new(),
        count => {
            let files = counted(completion.files, "file");
            format!("{} in {files}", counted(count, "change"))
        }
    }
}

/// What stands behind a name, the changes in a column of that width.
fn note(completion: &Completion, width: usize) -> String {
    if let Some(why) = &completion.why {
        let why = why
            .lines()
            .map(|line| folded(&format!("    {}", for_people(line))));
        return why.map(|line| format!("\n{line}")).collect();
    }
    let changes = changes(completion);
    let need = if completion.open == 1 {
        "needs"
    } else {
        "need"
    };
    let findings = counted(completion.open, "finding");
    match (completion.open, width) {
        (0, _) if changes.is_empty() => String::new(),
        (0, _) => format!("  {changes}"),
        (_, 0) => format!("  {findings} {need} review or manual work"),
        _ => format!("  {changes:<width$}  {findings} {need} review or manual work"),
    }
}

fn capital(title: &str) -> String {
    let (first, rest) = title.split_at(1);
    first.to_uppercase() + rest
}
