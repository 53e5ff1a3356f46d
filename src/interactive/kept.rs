//! What of the answers of a review is kept: ignore comments, and entries of `tfkeyless.hcl`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use diagnostics::finding::Finding;
use engine::plan::FileChange;
use syntax::visible;

use super::comment;
use super::question::Question;
use crate::config::NAME;
use crate::counted::counted;
use crate::diff::FileDiff;
use crate::repository::Planned;

/// What is written beside the changes, so that later runs repeat the answers.
#[derive(Debug, Default)]
pub struct Kept {
    comments: usize,
    commented: BTreeSet<PathBuf>,
    entries: usize,
    /// The files with all of it, as a plan reads them in their place.
    texts: BTreeMap<PathBuf, String>,
}

impl Kept {
    /// So many entries of the configuration, which are in `texts`.
    pub fn entries(entries: usize, texts: BTreeMap<PathBuf, String>) -> Self {
        Self {
            entries,
            texts,
            ..Self::default()
        }
    }

    /// The files with all that is kept.
    pub fn texts(&self) -> &BTreeMap<PathBuf, String> {
        &self.texts
    }

    /// Adds the comments of an answer; `all` is the plan that was asked of.
    pub fn comment(&mut self, all: &Planned, question: &Question<'_>, reason: &str) {
        // From the last line on, so that the lines of those before stay where they are; comments of other
        // answers have moved them already.
        let mut findings: Vec<&Finding> = question.findings.clone();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.at.line));
        for finding in findings {
            let path = &finding.at.path;
            let original = fs::read_to_string(all.root.join(path)).unwrap_or_default();
            let text = self.texts.get(path).unwrap_or(&original);
            let line = comment::line_in(text, &original, finding.at.line);
            if let Some(text) = comment::added(path, text, line, finding.transform, reason) {
                self.comments += 1;
                self.commented.insert(path.clone());
                self.texts.insert(path.clone(), text);
            }
        }
    }

    /// How much of it there is, as `1 ignore comment in dev/main.tf`, each kind apart.
    pub fn counts(&self) -> Vec<String> {
        let comments = (self.comments > 0).then(|| {
            let comments = counted(self.comments, "ignore comment");
            let mut files = self.commented.iter();
            match (files.next(), files.len()) {
                (Some(path), 0) => format!("{comments} in {}", visible::path(path)),
                _ => format!("{comments} in {} files", self.commented.len()),
            }
        });
        let entries = (self.entries > 0).then(|| {
            let entries = counted(self.entries, "answer");
            format!("{entries} in {NAME}")
        });
        comments.into_iter().chain(entries).collect()
    }

    /// The number of files of `planned` that hold more than what is kept.
    pub fn others(&self, planned: &Planned) -> usize {
        let changes = planned.plan.changes.iter();
        let others = changes.filter(|it| self.texts.get(&it.path) != Some(&it.after));
        others.count()
    }

    /// The diff of what is kept alone, in colour; empty where that is nothing. `planned` is the plan of it.
    pub fn shown(&self, planned: &Planned) -> String {
        let changes = planned.plan.changes.iter();
        let diffs = changes.filter_map(|change| {
            let kept = FileChange {
                after: self.texts.get(&change.path)?.clone(),
                ..change.clone()
            };
            let diff = FileDiff::new(&kept).hiding(&planned.known, None);
            Some(diff.shown(true).text)
        });
        diffs.collect()
    }
}
