//! Commands that GitHub Actions turns into annotations, as many as it shows.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;

use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use syntax::visible;

use super::{RepositoryResult, Task, markdown};
use crate::counted::counted;
use crate::redact::{for_people, on_one_line};

/// How many annotations of one kind GitHub shows of a step (its documentation, "Workflow commands": 10
/// warnings, 10 errors and 10 notices a step, 50 annotations a job). It drops the others without a word.
const SHOWN: usize = 10;

/// How long a step's summary may be, in bytes (likewise: 1 MiB, or none of it is shown), with some room
/// for what other commands of the step have added.
const SUMMARY: usize = 900 * 1024;

/// The kind of an annotation, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Error,
    Warning,
    Notice,
}

/// What is said of one line of a file.
#[derive(Debug)]
pub struct Annotation {
    kind: Kind,
    /// Among those of one kind, the lowest first: manual work, what needs review, notes, changes.
    rank: usize,
    command: String,
    /// The same as an item of a list in Markdown.
    item: String,
}

/// An annotation for each finding.
pub fn annotations(subject: &RepositoryResult<'_>, is_several: bool) -> Vec<Annotation> {
    let planned = match subject.planned {
        Ok(planned) => planned,
        Err(why) => {
            let text = format!("{}: {}", visible::path(subject.name), for_people(why));
            return vec![Annotation {
                kind: Kind::Error,
                rank: 0,
                command: format!("::error title=tfkeyless::{}\n", data(&text)),
                item: format!("- {}\n", markdown::plain(&text)),
            }];
        }
    };
    let plan = &planned.plan;
    let all = plan.findings.iter().chain(&plan.warnings).map(|finding| {
        let kind = match (subject.task, finding.applied || finding.is_note) {
            (Task::Audit, _) => Kind::Error,
            (Task::Plan, true) => Kind::Notice,
            (Task::Plan, false) => Kind::Warning,
        };
        let name = match kind {
            Kind::Error => "error",
            Kind::Warning => "warning",
            Kind::Notice => "notice",
        };
        let file = match is_several {
            true => subject.name.join(&finding.at.path),
            false => finding.at.path.clone(),
        };
        let (sentence, notes) = finding.sentence_and_notes();
        let mut text = on_one_line(&sentence);
        for note in notes {
            text += "\nnote: ";
            text += &on_one_line(note);
        }
        for help in finding.help.iter().flat_map(Help::lines) {
            text += "\nhelp: ";
            text += &on_one_line(help);
        }
        let command = format!(
            "::{name} file={},line={},col={},title={}::{}\n",
            // A newline has an escape of its own there, and so is the name's.
            property(&visible::lines(&file.to_string_lossy())),
            finding.at.line,
            finding.at.column,
            property(&format!("tfkeyless {}", finding.transform)),
            data(&text)
        );
        let place = format!("{}:{}", visible::path(&file), finding.at.line);
        let (place, text) = (markdown::code(&place), markdown::plain(&text));
        Annotation {
            kind,
            rank: rank(finding),
            command,
            item: format!(
                "- {place} {name}\\[{}\\]: {}\n",
                finding.transform,
                text.replace('\n', "  \n  ")
            ),
        }
    });
    all.collect()
}

fn rank(finding: &Finding) -> usize {
    match (finding.applied, finding.is_note) {
        (false, false) if finding.edits.is_empty() => 0,
        (false, false) => 1,
        (false, true) => 2,
        (true, _) => 3,
    }
}

/// The commands for as many as GitHub shows, the most important first. The others go into the step's
/// summary, where there is one, and one more command says how many they are.
pub fn commands(mut all: Vec<Annotation>) -> String {
    all.sort_by_key(|it| (it.kind, it.rank));
    let count = |kind: Kind| all.iter().filter(|it| it.kind == kind).count();
    let is_all = [Kind::Error, Kind::Warning, Kind::Notice]
        .into_iter()
        .all(|kind| count(kind) <= SHOWN);
    if is_all {
        return all.into_iter().map(|it| it.command).collect();
    }
    let (mut out, mut rest) = (String::new(), Vec::new());
    let mut shown = [0; 3];
    for annotation in all {
        let (own, bound) = match annotation.kind {
            Kind::Error => (&mut shown[0], SHOWN),
            Kind::Warning => (&mut shown[1], SHOWN),
            // The command about the rest is a notice, too.
            Kind::Notice => (&mut shown[2], SHOWN - 1),
        };
        match *own < bound {
            true => {
                *own += 1;
                out += &annotation.command;
            }
            false => rest.push(annotation.item),
        }
    }
    let place = match summarized(&rest) {
        true => "the summary of this step lists them",
        false => "GitHub shows no more of a step; `--format markdown` lists all",
    };
    let more = format!("{} more: {place}", counted(rest.len(), "finding"));
    out + &format!("::notice title=tfkeyless::{}\n", data(&more))
}

/// Adds the items to the step's summary; whether there is one.
fn summarized(items: &[String]) -> bool {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return false;
    };
    let mut text = "## tfkeyless: findings without an annotation\n\n".to_owned();
    for (number, item) in items.iter().enumerate() {
        if text.len() + item.len() > SUMMARY {
            let _ = writeln!(text, "- and {} more", items.len() - number);
            break;
        }
        text += item;
    }
    text += "\n";
    // The runner has made the file.
    let file = OpenOptions::new().append(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .is_ok()
}

/// As a runner reads it behind `::`: the escapes of GitHub's own toolkit (`escapeData`).
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// As a runner reads it behind `=`: likewise (`escapeProperty`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
