//! The text of a pull request.

use std::fmt::Write as _;

use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use engine::plan::{Action, Moment, NextStep, Plan};
use syntax::{code, visible};
use transforms::CATALOGUE;

use super::{RepositoryResult, Task, prose};
use crate::account_table::{self, COLUMNS, concerns};
use crate::counted::counted;
use crate::redact::on_one_line;
use crate::written::Written;

/// What changes, what needs a person, what to do after the merge.
pub fn body(subject: &RepositoryResult<'_>, is_several: bool) -> String {
    let mut out = String::new();
    let level = match is_several {
        true => {
            let _ = writeln!(out, "## {}\n", plain(&subject.name.to_string_lossy()));
            "###"
        }
        false => "##",
    };
    match subject.planned {
        Err(why) => {
            let why: Vec<&str> = why.lines().map(str::trim).collect();
            let _ = writeln!(out, "Not planned: {}", plain(&why.join(" ")));
        }
        Ok(planned) if subject.task == Task::Audit => audited(&mut out, &planned.plan, level),
        Ok(planned) => {
            if let Some(written) = &planned.written {
                self::written(&mut out, written, level);
            }
            changes(&mut out, &planned.plan, level);
            open(&mut out, &planned.plan, level);
            warnings(&mut out, &planned.plan, level);
            accounts(&mut out, &planned.plan, level);
            secrets(&mut out, &planned.plan, level);
            steps(&mut out, &planned.plan, level);
        }
    }
    out
}

/// What was written, and what git needs next.
fn written(out: &mut String, written: &Written, level: &str) {
    let files = counted(written.files.len(), "file");
    let _ = write!(out, "{level} Written\n\n{files}");
    if let Some(branch) = &written.branch {
        let _ = write!(out, " on branch {}", code(branch));
    }
    if let Some(commit) = &written.commit {
        let _ = write!(out, ", commit {}", code(commit));
    }
    let _ = writeln!(out, ".\n");
    for step in written.git.iter().chain(&written.undo) {
        fenced(out, step);
    }
}

fn changes(out: &mut String, plan: &Plan, level: &str) {
    let _ = writeln!(out, "{level} What changes\n");
    if plan.changes.is_empty() {
        let _ = writeln!(out, "Nothing.");
        return;
    }
    let _ = writeln!(out, "| transform | changes | |\n|---|--:|---|");
    for transform in CATALOGUE.iter() {
        let applied = plan.applied();
        let count = applied.filter(|it| it.transform == transform.id).count();
        if count > 0 {
            let summary = transform.summary();
            let _ = writeln!(
                out,
                "| {} | {count} | {} |",
                code::quoted(transform.id),
                cell(summary)
            );
        }
    }
    let files = counted(plan.changes.len(), "file");
    let _ = writeln!(out, "\nIn {files}.");
    let noted: Vec<&Finding> = plan.notes().collect();
    if !noted.is_empty() {
        let _ = writeln!(out, "\n{level} Notes\n");
        list(out, noted);
    }
}

fn open(out: &mut String, plan: &Plan, level: &str) {
    let (review, person): (Vec<&Finding>, Vec<&Finding>) =
        plan.open().partition(|finding| !finding.edits.is_empty());
    for (title, findings) in [
        ("Needs review (`--review`)", review),
        ("Needs manual work", person),
    ] {
        if findings.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{level} {title}\n");
        list(out, findings);
    }
}

fn warnings(out: &mut String, plan: &Plan, level: &str) {
    if !plan.warnings.is_empty() {
        let _ = writeln!(out, "\n{level} Warnings\n");
        list(out, &plan.warnings);
    }
}

fn audited(out: &mut String, plan: &Plan, level: &str) {
    let _ = writeln!(out, "{level} Found by the audit\n");
    match plan.findings.is_empty() {
        true => out.push_str("Nothing.\n"),
        false => list(out, &plan.findings),
    }
}

fn list<'f>(out: &mut String, findings: impl IntoIterator<Item = &'f Finding>) {
    for finding in findings {
        let place = format!("{}:{}", visible::path(&finding.at.path), finding.at.line);
        let (sentence, notes) = finding.sentence_and_notes();
        let _ = write!(out, "- [ ] {} {}", code(&place), plain(&sentence));
        for note in notes {
            let _ = write!(out, "  \n  note: {}", plain(note));
        }
        for help in finding.help.iter().flat_map(Help::lines) {
            let _ = write!(out, "  \n  help: {}", plain(help));
        }
        out.push('\n');
    }
}

/// The rows that change or need review: a pull request has little room for the others.
fn accounts(out: &mut String, plan: &Plan, level: &str) {
    let mut rows = plan.accounts.iter().filter(|row| concerns(row)).peekable();
    if rows.peek().is_none() {
        return;
    }
    let head = COLUMNS.join(" | ");
    let rule = COLUMNS.map(|_| "---").join("|");
    let _ = writeln!(out, "\n{level} Accounts\n\n| {head} |\n|{rule}|");
    for row in rows {
        let cells = account_table::cells(row).map(|lines| {
            let lines: Vec<String> = lines.iter().map(|line| cell(line)).collect();
            lines.join("<br>")
        });
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

fn secrets(out: &mut String, plan: &Plan, level: &str) {
    if plan.free_secrets.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{level} Secrets to delete, once the jobs have run\n");
    for secret in &plan.free_secrets {
        let _ = writeln!(out, "- [ ] {}", code(secret));
    }
}

fn steps(out: &mut String, plan: &Plan, level: &str) {
    for moment in Moment::ALL {
        let mut steps = plan
            .steps
            .iter()
            .filter(|step| step.when == moment)
            .peekable();
        if steps.peek().is_some() {
            let blank = if out.ends_with("\n\n") { "" } else { "\n" };
            let _ = writeln!(out, "{blank}{level} {}\n", moment.heading());
        }
        for step in steps {
            fenced(out, step);
        }
    }
}

fn fenced(out: &mut String, step: &NextStep) {
    let commands: Vec<String> = step.commands.iter().map(|it| on_one_line(it)).collect();
    let commands = commands.join("\n");
    // A command must not end the block.
    let fence = "`".repeat(3.max(code::longest_run(&commands) + 1));
    let why = plain(&step.why);
    let language = match step.action {
        Action::Run => "sh",
        Action::Enter => "text",
    };
    let _ = writeln!(out, "{why}\n\n{fence}{language}\n{commands}\n{fence}\n");
}

/// Text in which nothing is Markdown, HTML or a mention, but for what stands in backticks, which is
/// code.
pub(super) fn plain(text: &str) -> String {
    let spans = prose::spans(text);
    let spans = spans.iter().map(|span| match span.is_code {
        true => code::quoted(&span.text),
        false => escaped(&span.text),
    });
    spans.collect()
}

/// The same in a cell of a table, which a bar ends even in code.
fn cell(text: &str) -> String {
    plain(text).replace("\\|", "|").replace('|', "\\|")
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            // A word joiner keeps a mention from calling anybody.
            '@' => out.push_str("@&#8288;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

/// Text as code, on one line and without secrets.
pub(super) fn code(text: &str) -> String {
    code::quoted(&on_one_line(text))
}
