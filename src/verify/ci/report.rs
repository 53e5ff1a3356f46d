//! What jobs need, as a table for each and as a document.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;
use syntax::visible;

use super::check::{Check, JobChecks, State};
use crate::counted::counted;
use crate::json_text;
use crate::redact::on_one_line;
use crate::terminal::columns;

/// All that is shown.
pub struct CiReport<'r> {
    pub root: &'r Path,
    pub repository: &'r str,
    pub jobs: &'r [JobChecks],
    /// Jobs that sign in only by changes that need review.
    pub need_review: &'r [String],
}

impl CiReport<'_> {
    /// A table for each job, and the commands that help.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for job in self.jobs {
            let environment = job.environment.as_ref();
            let environment = environment.map(|name| format!(", environment {name}"));
            let title = format!(
                "{}:{}: job {}{}",
                visible::path(&job.path),
                job.line,
                job.job,
                environment.unwrap_or_default()
            );
            let _ = writeln!(out, "{}", on_one_line(&title));
            let rows: Vec<[String; 3]> = job.checks.iter().map(row).collect();
            let width = |column: usize| {
                let cells = rows.iter().map(|row| columns(&row[column]));
                cells.max().unwrap_or(0)
            };
            let widths = [width(0), width(1)];
            for [need, name, state] in &rows {
                let padded = |cell: &str, width: usize| {
                    format!("{cell}{}", " ".repeat(width.saturating_sub(columns(cell))))
                };
                let (need, name) = (padded(need, widths[0]), padded(name, widths[1]));
                let _ = writeln!(out, "  {need}  {name}  {state}");
            }
            out += "\n";
        }
        for (title, is_meant) in [
            (
                "What is missing or wrong:",
                &is_found as &dyn Fn(&Check) -> bool,
            ),
            ("What is not verified:", &is_unverified),
        ] {
            let commands = self.commands(is_meant);
            if !commands.is_empty() {
                let _ = writeln!(out, "{title}");
                for command in commands {
                    let _ = writeln!(out, "  {}", on_one_line(command));
                }
                out += "\n";
            }
        }
        if !self.need_review.is_empty() {
            let jobs = self.need_review.join(", ");
            let verb = if self.need_review.len() == 1 {
                "signs"
            } else {
                "sign"
            };
            let sentence = format!(
                "{jobs} {verb} in only by changes that need review (include them with --review)."
            );
            let _ = writeln!(out, "{}\n", on_one_line(&sentence));
        }
        let _ = writeln!(out, "{}", self.summary());
        out
    }

    /// Commands of the checks that are meant, each once.
    fn commands(&self, is_meant: &dyn Fn(&Check) -> bool) -> Vec<&String> {
        let mut commands = Vec::new();
        let checks = self.jobs.iter().flat_map(|job| &job.checks);
        for command in checks.filter(|it| is_meant(it)).flat_map(|it| &it.cures) {
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
        commands
    }

    fn summary(&self) -> String {
        let count = |is: &dyn Fn(&Check) -> bool| {
            let checks = self.jobs.iter().flat_map(|job| &job.checks);
            checks.filter(|check| is(check)).count()
        };
        let mut parts = vec![
            counted(self.jobs.len(), "job"),
            format!("{} found", count(&|it| it.state == State::Found)),
            format!("{} missing", count(&|it| it.state == State::Missing)),
        ];
        match count(&|it| it.state == State::Wrong) {
            0 => {}
            wrong => parts.push(format!("{wrong} wrong")),
        }
        parts.push(format!("{} not verified", count(&is_unverified)));
        parts.join(", ") + "."
    }

    /// As `schema/verify-ci.schema.json` describes it.
    pub fn json(&self) -> String {
        let jobs = self.jobs.iter().map(|job| {
            let checks = job.checks.iter().map(|check| {
                let cures = check.cures.iter().map(|cure| on_one_line(cure));
                json!({
                    "need": check.need.name(),
                    "name": on_one_line(&check.name),
                    "state": check.state_name(),
                    "detail": on_one_line(&check.detail),
                    "cures": cures.collect::<Vec<_>>(),
                })
            });
            json!({
                "path": job.path.to_string_lossy(),
                "line": job.line,
                "job": job.job,
                "environment": job.environment,
                "checks": checks.collect::<Vec<_>>(),
            })
        });
        let document = json!({
            "version": 1,
            "root": self.root.to_string_lossy(),
            "repository": self.repository,
            "jobs": jobs.collect::<Vec<_>>(),
            "need_review": self.need_review,
        });
        json_text::pretty(&document) + "\n"
    }
}

fn is_found(check: &Check) -> bool {
    matches!(check.state, State::Missing | State::Wrong)
}

fn is_unverified(check: &Check) -> bool {
    check.state == State::NotVerified
}

fn row(check: &Check) -> [String; 3] {
    let state = check.state_name().replace('_', " ");
    let detail = match (check.detail.as_str(), check.state) {
        ("", _) => String::new(),
        (detail, State::Found) => format!(" {detail}"),
        (detail, _) => format!(": {detail}"),
    };
    [
        check.need.name().to_owned(),
        on_one_line(&check.name),
        on_one_line(&format!("{state}{detail}")),
    ]
}
