//! The lines of the repository that findings are about.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;
use syntax::text::Lines;

use crate::repository::Planned;
use crate::source_line::SourceLine;

/// The files of a plan, each read once.
pub struct Sources<'a> {
    planned: &'a Planned,
    files: HashMap<PathBuf, Option<File>>,
}

struct File {
    text: String,
    lines: Lines,
    secrets: Vec<Range<usize>>,
}

impl<'a> Sources<'a> {
    /// The files of `planned`, as they are before it.
    pub fn new(planned: &'a Planned) -> Self {
        let files = HashMap::new();
        Self { planned, files }
    }

    /// The line that `finding` begins on; `None` where its file cannot be read any more.
    pub fn line(&mut self, finding: &Finding) -> Option<SourceLine> {
        let path = &finding.at.path;
        let (planned, files) = (self.planned, &mut self.files);
        let file = files.entry(path.clone());
        let file = file.or_insert_with(|| File::read(planned, path)).as_ref()?;
        file.line(finding)
    }
}

impl File {
    fn read(planned: &Planned, path: &Path) -> Option<Self> {
        let changes = &planned.plan.changes;
        let (text, secrets) = match changes.iter().position(|change| change.path == path) {
            Some(number) => {
                let text = changes[number].before.clone();
                let secrets = planned.known.secrets_of(2 * number, &text);
                (text, secrets)
            }
            None => {
                let text = fs::read_to_string(planned.root.join(path)).ok()?;
                let secrets = planned.known.secrets(&text);
                (text, secrets)
            }
        };
        let lines = Lines::of(&text);
        Some(Self {
            text,
            lines,
            secrets,
        })
    }

    fn line(&self, finding: &Finding) -> Option<SourceLine> {
        let at = &finding.at;
        // The range of a finding in JSON is one of its reading as HCL, and that of one without a length is
        // only where it begins: their lines are marked to the end.
        let is_json = at.path.extension().is_some_and(|it| it == "json");
        let length = Some(finding.range.len()).filter(|length| !is_json && *length > 0);
        let place = (at.line, at.column);
        SourceLine::of(&self.text, &self.lines, &self.secrets, place, length)
    }
}
