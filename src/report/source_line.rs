//! The lines of the repository that findings are about, fit to be shown.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;
use syntax::visible;

use crate::redact::shown;
use crate::repository::Planned;

/// A line and the part of it that a finding is about.
pub struct SourceLine {
    /// The line, secrets masked, without its end.
    pub text: String,
    /// Bytes of `text`.
    pub marked: Range<usize>,
}

/// The files of a plan, each read once.
pub struct Sources<'a> {
    planned: &'a Planned,
    files: HashMap<PathBuf, Option<File>>,
}

struct File {
    text: String,
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
        let mut changes = planned.plan.changes.iter();
        let text = match changes.find(|change| change.path == path) {
            Some(change) => change.before.clone(),
            None => fs::read_to_string(planned.root.join(path)).ok()?,
        };
        let secrets = planned.known.secrets(&text);
        Some(Self { text, secrets })
    }

    fn line(&self, finding: &Finding) -> Option<SourceLine> {
        let mut start = 0;
        let mut lines = self.text.split_inclusive('\n');
        for line in lines.by_ref().take(finding.at.line - 1) {
            start += line.len();
        }
        let line = lines.next()?.trim_end();
        let end = start + line.len();
        let column = line.char_indices().nth(finding.at.column - 1);
        let from = start + column.map_or(line.len(), |(at, _)| at);
        // The range of a finding in JSON is one of its reading as HCL: its line is marked to the end.
        let is_json = finding.at.path.extension().is_some_and(|it| it == "json");
        let to = (from + finding.range.len()).min(end);
        let to = match is_json || !self.text.is_char_boundary(to) {
            true => end,
            false => to,
        };
        let text = |within| visible::lines(&shown(&self.text, within, &self.secrets)).into_owned();
        let (before, about, behind) = (text(start..from), text(from..to), text(to..end));
        let marked = before.len()..before.len() + about.trim_end().len();
        let text = before + &about + &behind;
        Some(SourceLine { text, marked })
    }
}
