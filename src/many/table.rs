//! The table at the end of a run over many repositories.

use std::fmt::Write as _;
use std::path::Path;

use crate::counted::{counted, repositories};
use crate::many::completion::Completion;
use crate::outcome::Outcome;
use crate::redact::{for_people, on_one_line};

/// Totals, then a line for each repository; those with nothing to do only if `verbose`.
pub fn table<'e>(all: &[(&'e Path, &'e Completion)], skipped: usize, verbose: bool) -> String {
    let mut out = String::new();
    let many = repositories(all.len());
    let totals = Outcome::ALL.iter().filter_map(|&outcome| {
        let count = all
            .iter()
            .filter(|(_, completion)| completion.outcome == outcome);
        let count = count.count();
        (count > 0).then(|| format!("{count} {}", outcome.title()))
    });
    let totals: Vec<String> = totals.collect();
    let totals = match totals.is_empty() {
        true => "nothing to look at".to_owned(),
        false => totals.join(", "),
    };
    let _ = writeln!(out, "{many}: {totals}");
    if skipped > 0 {
        let _ = writeln!(
            out,
            "  {skipped} of them as the ledger says, unchanged since"
        );
    }
    for outcome in Outcome::ALL {
        if outcome == Outcome::Nothing && !verbose {
            continue;
        }
        let mut these = all
            .iter()
            .filter(|(_, completion)| completion.outcome == outcome);
        let Some(first) = these.next() else { continue };
        let _ = writeln!(out, "\n{}", capital(outcome.title()));
        for (name, completion) in std::iter::once(first).chain(these) {
            let name = name.to_string_lossy();
            let _ = writeln!(out, "  {}{}", on_one_line(&name), note(completion));
        }
    }
    out
}

fn note(completion: &Completion) -> String {
    if let Some(why) = &completion.why {
        let why: Vec<String> = why
            .lines()
            .map(|line| format!("\n    {}", for_people(line)))
            .collect();
        return why.concat();
    }
    let mut notes = Vec::new();
    if completion.changes > 0 {
        let files = counted(completion.files, "file");
        notes.push(format!(
            "{} in {files}",
            counted(completion.changes, "change")
        ));
    }
    if completion.open > 0 {
        let findings = counted(completion.open, "finding");
        let need = if completion.open == 1 {
            "needs"
        } else {
            "need"
        };
        notes.push(format!("{findings} {need} review or manual work"));
    }
    match notes.is_empty() {
        true => String::new(),
        false => format!("  {}", notes.join(", ")),
    }
}

fn capital(title: &str) -> String {
    let (first, rest) = title.split_at(1);
    first.to_uppercase() + rest
}
