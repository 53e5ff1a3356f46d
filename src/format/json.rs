//! JSON, as `schema/plan.schema.json` describes it.

use std::path::Path;

use diagnostics::ask::Ask;
use diagnostics::finding::{Finding, Safety};
use engine::account_table::{AccountCell, AccountRow};
use engine::plan::NextStep;
use serde_json::{Value, json};

use super::RepositoryResult;
use crate::json_text;
use crate::redact::{for_people, on_one_line};
use crate::written::Written;

/// The document's shape; the number goes up when the shape changes.
const VERSION: u64 = 1;

/// The document of one repository, over several lines or on one.
pub fn document(subject: &RepositoryResult<'_>, pretty: bool) -> String {
    let document = value(subject);
    match pretty {
        true => json_text::pretty(&document),
        false => json_text::compact(&document),
    }
}

fn value(subject: &RepositoryResult<'_>) -> Value {
    let planned = match subject.planned {
        Ok(planned) => planned,
        Err(why) => {
            return json!({
                "version": VERSION,
                "root": shown(subject.name),
                "error": for_people(why),
            });
        }
    };
    let plan = &planned.plan;
    let changes = planned.diffs();
    let changes = plan.changes.iter().zip(&changes).map(|(change, diff)| {
        let shown_diff = diff.shown(false);
        json!({
            "file": shown(&change.path),
            "diff": shown_diff.text,
            "exact": !shown_diff.masked && !shown_diff.escaped,
        })
    });
    let skipped = plan.skipped.iter().chain(&plan.kept).map(|skip| {
        json!({
            "file": shown(&skip.path),
            "line": skip.line,
            "reason": on_one_line(&skip.reason),
        })
    });
    let steps = plan.steps.iter().map(|step| {
        let commands = step.commands.iter().map(|command| on_one_line(command));
        json!({
            "when": step.when.id(),
            "why": on_one_line(&step.why),
            "action": step.action.id(),
            "commands": commands.collect::<Vec<_>>(),
        })
    });
    let mut document = json!({
        "version": VERSION,
        "root": shown(&planned.root),
        "changes": changes.collect::<Vec<_>>(),
        "findings": plan.findings.iter().map(finding).collect::<Vec<_>>(),
        "warnings": plan.warnings.iter().map(warning).collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(),
        "accounts": plan.accounts.iter().map(account_row).collect::<Vec<_>>(),
        "next_steps": steps.collect::<Vec<_>>(),
    });
    if let Some(written) = &planned.written {
        document["written"] = written_value(written);
    }
    document
}

fn written_value(written: &Written) -> Value {
    let commands = |step: &Option<NextStep>| {
        let commands = step.iter().flat_map(|step| &step.commands);
        let commands = commands.map(|command| on_one_line(command));
        commands.collect::<Vec<_>>()
    };
    json!({
        "files": written.files.iter().map(|path| shown(path)).collect::<Vec<_>>(),
        "branch": written.branch.as_deref().map(on_one_line),
        "commit": written.commit,
        "git": commands(&written.git),
        "undo": commands(&written.undo),
    })
}

fn finding(finding: &Finding) -> Value {
    let (message, notes) = finding.sentence_and_notes();
    let notes = notes.into_iter().map(on_one_line);
    json!({
        "transform": finding.transform,
        "file": shown(&finding.at.path),
        "line": finding.at.line,
        "column": finding.at.column,
        "byte_range": { "start": finding.range.start, "end": finding.range.end },
        "message": on_one_line(&message),
        "notes": notes.collect::<Vec<_>>(),
        "help": finding.help.as_deref().map(on_one_line),
        "safety": match finding.safety {
            Safety::Safe => "safe",
            Safety::Review => "review",
        },
        "applied": finding.applied,
        "note": finding.is_note,
        "asks": finding.asks().into_iter().map(ask).collect::<Vec<_>>(),
    })
}

fn warning(warning: &Finding) -> Value {
    json!({
        "file": shown(&warning.at.path),
        "line": warning.at.line,
        "column": warning.at.column,
        "message": on_one_line(&warning.sentence()),
        "help": warning.help.as_deref().map(on_one_line),
    })
}

fn ask(ask: &Ask) -> Value {
    json!({
        "key": ask.key,
        "why": on_one_line(&ask.why),
        "choices": ask.choices,
        "snippet": ask.snippet,
    })
}

fn account_row(row: &AccountRow) -> Value {
    let runners = row.runners.iter().map(|runner| {
        let names = runner.runners.iter().map(
            |name| json!({ "system": name.system, "file": shown(&name.path), "job": name.job }),
        );
        let mut cell = account_cell(&runner.cell);
        cell["runners"] = names.collect();
        cell
    });
    json!({
        "modules": row.modules.iter().map(|it| shown(it)).collect::<Vec<_>>(),
        "identities": row.identities,
        "variant": row.variant.as_deref().map(on_one_line),
        "before": account_cell(&row.before),
        "laptop": account_cell(&row.laptop),
        "runners": runners.collect::<Vec<_>>(),
        "changes": row.changes,
        "waits": row.waits,
    })
}

fn account_cell(cell: &AccountCell) -> Value {
    json!({
        "account": cell.account,
        "label": cell.label,
        "by": on_one_line(&cell.by),
    })
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
