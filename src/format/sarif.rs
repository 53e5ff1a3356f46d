//! SARIF 2.1.0, which code scanning reads.

mod fixes;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use diagnostics::finding::Finding;
use diagnostics::ignore;
use engine::settings;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use syntax::visible;
use transforms::CATALOGUE;

use super::{RepositoryResult, Task};
use crate::json_text;
use crate::redact::{for_people, on_one_line};
use crate::repository::Planned;

/// What is written before the first run.
pub const OPENING: &str = "{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \"version\": \"2.1.0\", \"runs\": [\n";
/// What is written after the last run.
pub const CLOSING: &str = "\n]}\n";
/// A log without runs.
pub const EMPTY: &str = "{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \"version\": \"2.1.0\", \"runs\": []}\n";

/// The run over one repository.
pub fn run(subject: &RepositoryResult<'_>) -> String {
    let rule = |id: &str, summary: &str, more: &str| {
        json!({
            "id": id,
            "shortDescription": { "text": summary },
            // GitHub wants both.
            "fullDescription": { "text": summary },
            "help": { "text": more },
        })
    };
    let rules = CATALOGUE.iter();
    let rules = rules.map(|known| {
        rule(
            known.id,
            known.summary(),
            &format!("tfkeyless explain {}", known.id),
        )
    });
    let comments = rule(
        ignore::ID,
        "A comment that keeps something from the transforms has to be of use.",
        "tfkeyless audit --help",
    );
    let configuration = rule(
        settings::ID,
        "What the configuration says has to be about something in the repository.",
        "tfkeyless plan --help",
    );
    let driver = json!({
        "name": "tfkeyless",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules.chain([comments, configuration]).collect::<Vec<_>>(),
    });
    let run = match subject.planned {
        Ok(planned) => json!({
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            // Code scanning takes paths relative to the repository; other viewers open files by this.
            "originalUriBaseIds": { ROOT: { "uri": format!("file://{}/", uri(&planned.root)) } },
            "invocations": [{ "executionSuccessful": true }],
            "results": results(planned, subject.task),
        }),
        Err(why) => json!({
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": false,
                "toolExecutionNotifications": [{
                    "level": "error",
                    "message": { "text": for_people(&format!("{}: {why}", visible::path(subject.name))) },
                }],
            }],
            "results": [],
        }),
    };
    json_text::pretty(&run)
}

const ROOT: &str = "ROOT";

fn results(planned: &Planned, task: Task) -> Vec<Value> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let plan = &planned.plan;
    let fixes = fixes::fixes(plan, &planned.known).into_iter();
    let findings = plan.findings.iter().zip(fixes);
    let warnings = plan.warnings.iter().map(|it| (it, Vec::new()));
    findings
        .chain(warnings)
        .map(|(finding, fix)| {
            let print = fingerprint(finding);
            let count = seen.entry(print.clone()).or_default();
            *count += 1;
            let mut result = result(finding, task, &format!("{print}:{count}"));
            if !fix.is_empty() {
                result["fixes"] = json!([{ "artifactChanges": fix }]);
            }
            result
        })
        .collect()
}

fn result(finding: &Finding, task: Task, fingerprint: &str) -> Value {
    let (mut text, notes) = finding.sentence_and_notes();
    for note in notes {
        let _ = write!(text, ". {note}");
    }
    if let Some(help) = &finding.help {
        let _ = write!(text, ". {help}");
    }
    let rules = CATALOGUE.iter().map(|known| known.id);
    let mut rules = rules.chain([ignore::ID, settings::ID]);
    let rule = rules.position(|id| id == finding.transform);
    json!({
        "ruleId": finding.transform,
        "ruleIndex": rule,
        "level": match (task, finding.applied || finding.is_note) {
            (Task::Audit, _) => "error",
            (Task::Plan, true) => "note",
            (Task::Plan, false) => "warning",
        },
        "message": { "text": on_one_line(&text) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": location(&finding.at.path),
                "region": {
                    "startLine": finding.at.line,
                    "startColumn": finding.at.column,
                },
            },
        }],
        "partialFingerprints": { "tfkeyless/v1": fingerprint },
    })
}

/// The identity of a finding within its repository: of its transform, file and message, and not of
/// its line, which moves with every edit above it.
fn fingerprint(finding: &Finding) -> String {
    let path = finding.at.path.display();
    let text = format!("{}\0{path}\0{}", finding.transform, finding.sentence());
    let hash = Sha1::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn location(path: &Path) -> Value {
    json!({ "uri": uri(path), "uriBaseId": ROOT })
}

/// A path as a URI has it.
fn uri(path: &Path) -> String {
    let mut uri = String::new();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            other => {
                let _ = write!(uri, "%{other:02X}");
            }
        }
    }
    uri
}
