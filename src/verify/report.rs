//! What was verified, as a table for people and as a document.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use engine::settings::Settings;
use serde_json::{Value, json};
use syntax::visible;

use super::expected::{Expected, entry, root_name};
use super::outcome::{PlanOutcome, RootResult};
use super::programs;
use super::programs::PlanCredentials;
use super::record::Record;
use super::root_module::credentials;
use crate::counted::counted;
use crate::json_text;
use crate::pager;
use crate::redact::on_one_line;
use crate::terminal::{self, columns};

/// All that is shown.
pub struct Report<'r> {
    pub root: &'r Path,
    pub settings: &'r Settings,
    pub is_before: bool,
    pub record: Option<&'r Record>,
    pub expected: &'r Expected,
    pub results: &'r [RootResult],
}

/// The titles of the columns.
const COLUMNS: [&str; 5] = ["root module", "variant", "account", "reached", "plan"];

const TITLE: Style = Style::new().bold();
const CURE: Style = AnsiColor::Cyan.on_default();

/// How a result is shown.
fn style(result: &RootResult) -> Style {
    match &result.outcome {
        PlanOutcome::Failed(_) => AnsiColor::Red.on_default().bold(),
        PlanOutcome::NotVerified(_) => AnsiColor::Yellow.on_default(),
        _ if result.new_changes().next().is_some() => AnsiColor::Yellow.on_default(),
        _ => AnsiColor::Green.on_default(),
    }
}

/// Changes that are listed of one plan.
const LISTED: usize = 20;

impl Report<'_> {
    /// The table, what needs somebody, and a summary; `kept` is the file that has all of it.
    pub fn text(&self, kept: &Path) -> String {
        let mut rows = vec![(COLUMNS.map(str::to_owned), TITLE)];
        let results = self.results.iter();
        rows.extend(results.map(|result| (self.row(result), style(result))));
        let widths: [usize; 5] = std::array::from_fn(|column| {
            let cells = rows.iter().map(|(row, _)| columns(&row[column]));
            cells.max().unwrap_or(0)
        });
        let mut out = String::new();
        for (row, style) in &rows {
            let [.., last] = row;
            let cells = row.iter().zip(&widths[..4]).map(|(cell, width)| {
                let missing = width.saturating_sub(columns(cell));
                format!("{cell}{}  ", " ".repeat(missing))
            });
            let before: String = cells.collect();
            // Of a title all is styled, of a result how it ended.
            let _ = match *style == TITLE {
                true => writeln!(out, "{style}{before}{last}{style:#}"),
                false => writeln!(out, "{before}{style}{last}{style:#}"),
            };
        }
        for result in self.results {
            self.details(result, &mut out);
        }
        for (line, text) in self.expected.unused() {
            let text = on_one_line(text);
            let _ = writeln!(out, "\nexpected in line {line}, and in no plan: {text}");
        }
        let _ = writeln!(out, "\n{}", self.summary());
        let _ = writeln!(out, "All of it is in {}", visible::path(kept));
        out
    }

    fn row(&self, result: &RootResult) -> [String; 5] {
        let plan = match &result.outcome {
            PlanOutcome::NoChanges => "no changes".to_owned(),
            PlanOutcome::Changes(_) => self.changes_text(result),
            PlanOutcome::Failed(_) => "failed".to_owned(),
            PlanOutcome::NotVerified(_) => "not verified".to_owned(),
        };
        let cells = [
            root_name(&result.plan.directory),
            result.plan.variant.described(),
            self.account(result),
            result.reached.name().to_owned(),
            plan,
        ];
        cells.map(|cell| match cell.is_empty() {
            true => "-".to_owned(),
            false => on_one_line(&cell),
        })
    }

    /// The changes that count by action, and how many do not.
    fn changes_text(&self, result: &RootResult) -> String {
        let PlanOutcome::Changes(changes) = &result.outcome else {
            return String::new();
        };
        if self.is_before {
            let actions = changes.iter().map(|(change, _)| change.action.as_str());
            return format!("{} recorded", counts_text(&counts(actions)));
        }
        let new: Vec<&str> = result.new_changes().map(|it| it.action.as_str()).collect();
        let known = changes.len() - new.len();
        let known = match known {
            0 => String::new(),
            _ => format!("{known} known"),
        };
        match (new.is_empty(), known.is_empty()) {
            (true, _) => format!("no new changes, {known}"),
            (false, true) => counts_text(&counts(new)),
            (false, false) => format!("{}, {known}", counts_text(&counts(new))),
        }
    }

    fn account(&self, result: &RootResult) -> String {
        let labelled = |id: &String| self.settings.labelled(id);
        let found = result.found.as_ref();
        match (&result.expected, found) {
            (Some(expected), Some(found)) if expected == found => labelled(found),
            (Some(expected), Some(found)) => {
                format!("{}, not {}", labelled(found), labelled(expected))
            }
            (Some(expected), None) => format!("{} expected, not asked", labelled(expected)),
            (None, Some(found)) => labelled(found),
            (None, None) => String::new(),
        }
    }

    /// The reason and the cure of what did not work, and the changes that count.
    fn details(&self, result: &RootResult, out: &mut String) {
        let name = root_name(&result.plan.directory);
        let variant = match result.plan.variant.described().as_str() {
            "" => String::new(),
            variant => format!(" ({variant})"),
        };
        let reported = match &result.outcome {
            PlanOutcome::Failed(failure) => Some((&failure.reason, &failure.cure)),
            PlanOutcome::NotVerified(obstacle) => Some((&obstacle.reason, &obstacle.cure)),
            PlanOutcome::NoChanges | PlanOutcome::Changes(_) => None,
        };
        if let Some((reason, cure)) = reported {
            let width = terminal::width().filter(|_| pager::is_terminal());
            let place = on_one_line(&format!("{name}{variant}:"));
            let reason = on_one_line(&format!(" {reason}"));
            let sentence = terminal::after(&place, TITLE, &reason, width);
            let cure = on_one_line(cure);
            let _ = writeln!(out, "\n{sentence}\n    {CURE}{cure}{CURE:#}");
        }
        if self.is_before {
            return;
        }
        let new: Vec<String> = result
            .new_changes()
            .map(|change| on_one_line(&entry(&result.plan.directory, change)))
            .collect();
        if new.is_empty() {
            return;
        }
        let place = on_one_line(&format!("{name}{variant}"));
        let _ = writeln!(out, "\n{TITLE}{place}{TITLE:#} has new changes:");
        for line in new.iter().take(LISTED) {
            let _ = writeln!(out, "{line}");
        }
        if new.len() > LISTED {
            let _ = writeln!(out, "and {} more", new.len() - LISTED);
        }
        if self
            .record
            .is_some_and(|record| record.of(&result.plan).is_none())
        {
            let _ = writeln!(out, "(`verify --before` has no record of it)");
        }
    }

    fn summary(&self) -> String {
        let count =
            |is: &dyn Fn(&RootResult) -> bool| self.results.iter().filter(|it| is(it)).count();
        let clean = count(&|it| !it.is_found() && !it.is_unverified());
        let failed = count(&|it| matches!(it.outcome, PlanOutcome::Failed(_)));
        let changed = count(&|it| it.new_changes().next().is_some());
        let unverified = count(&RootResult::is_unverified);
        let mut parts = match self.is_before {
            true => vec![format!("{} recorded", counted(clean + changed, "plan"))],
            false => vec![
                format!("{} without new changes", counted(clean, "plan")),
                format!("{changed} with new changes"),
            ],
        };
        parts.push(format!("{failed} failed"));
        parts.push(format!("{unverified} not verified"));
        parts.join(", ") + "."
    }

    /// As `schema/verify.schema.json` describes it.
    pub fn json(&self) -> String {
        let results = self.results.iter().map(|result| self.result(result));
        let results: Vec<Value> = results.collect();
        let unused = self.expected.unused().into_iter();
        let unused = unused.map(|(line, text)| json!({ "line": line, "entry": on_one_line(text) }));
        let document = json!({
            "version": 1,
            "root": self.root.to_string_lossy(),
            "before": self.is_before,
            "results": results,
            "unused_expectations": unused.collect::<Vec<_>>(),
        });
        json_text::pretty(&document) + "\n"
    }

    fn result(&self, result: &RootResult) -> Value {
        let plan = &result.plan;
        let (name, reason, cure) = match &result.outcome {
            PlanOutcome::NoChanges => ("no_changes", None, None),
            PlanOutcome::Changes(_) => ("changes", None, None),
            PlanOutcome::Failed(it) => ("failed", Some(&it.reason), Some(&it.cure)),
            PlanOutcome::NotVerified(it) => ("not_verified", Some(&it.reason), Some(&it.cure)),
        };
        let profile = credentials(plan, self.is_before).and_then(|(used, _)| match used {
            PlanCredentials::Profile(profile) => Some(profile),
            _ => None,
        });
        let changes = match &result.outcome {
            PlanOutcome::Changes(changes) => changes.as_slice(),
            _ => &[],
        };
        let listed = changes.iter().map(|(change, known)| {
            json!({
                "address": on_one_line(&change.address),
                "action": change.action,
                "known": known.name(),
            })
        });
        let files = plan
            .variant
            .var_files
            .iter()
            .map(|file| file.to_string_lossy());
        let actions = changes.iter().map(|(change, _)| change.action.as_str());
        json!({
            "root_module": root_name(&plan.directory),
            "program": programs::name(plan.program),
            "workspace": plan.variant.workspace,
            "var_files": files.collect::<Vec<_>>(),
            "variant": on_one_line(&plan.variant.described()),
            "profile": profile,
            "account": { "expected": result.expected, "found": result.found },
            "reached": result.reached.name(),
            "result": name,
            "counts": counts(actions),
            "changes": listed.collect::<Vec<_>>(),
            "reason": reason.map(|it| on_one_line(it)),
            "cure": cure.map(|it| on_one_line(it)),
        })
    }
}

/// How often each action is among the changes.
fn counts<'a>(actions: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for action in actions {
        *counts.entry(action.to_owned()).or_default() += 1;
    }
    counts
}

fn counts_text(counts: &BTreeMap<String, usize>) -> String {
    let texts = counts
        .iter()
        .map(|(action, count)| format!("{count} {action}"));
    texts.collect::<Vec<_>>().join(", ")
}
