//! Commands that GitHub Actions turns into annotations.

use syntax::visible;

use super::{RepositoryResult, Task};
use crate::redact::{for_people, on_one_line};

/// A command for each finding.
pub fn commands(subject: &RepositoryResult<'_>, is_several: bool) -> String {
    let planned = match subject.planned {
        Ok(planned) => planned,
        Err(why) => {
            let text = format!("{}: {}", visible::path(subject.name), for_people(why));
            return format!("::error title=tfkeyless::{}\n", data(&text));
        }
    };
    let findings = planned.plan.findings.iter();
    let commands = findings.map(|finding| {
        let kind = match (subject.task, finding.applied || finding.is_note) {
            (Task::Audit, _) => "error",
            (Task::Plan, true) => "notice",
            (Task::Plan, false) => "warning",
        };
        let file = match is_several {
            true => subject.name.join(&finding.at.path),
            false => finding.at.path.clone(),
        };
        let mut text = on_one_line(&finding.sentence());
        if let Some(help) = &finding.help {
            text += "\n";
            text += &on_one_line(help);
        }
        format!(
            "::{kind} file={},line={},col={},title={}::{}\n",
            // A newline has an escape of its own there, and so is the name's.
            property(&visible::lines(&file.to_string_lossy())),
            finding.at.line,
            finding.at.column,
            property(&format!("tfkeyless {}", finding.transform)),
            data(&text)
        )
    });
    commands.collect()
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
