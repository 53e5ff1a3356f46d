//! One question of a review: the changes of one name, whichever files they are in.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use diagnostics::finding::{Finding, Safety};
use engine::declined::FindingName;
use syntax::location::Location;
use syntax::visible;
use transforms::CATALOGUE;

use super::comment;
use crate::report;
use crate::repository::Planned;

/// The changes that are made together or not at all.
pub struct Question<'p> {
    /// Their name.
    pub name: FindingName,
    /// At least one.
    pub findings: Vec<&'p Finding>,
}

impl<'p> Question<'p> {
    /// The questions of a plan, transform by transform, those of each by location.
    pub fn all(planned: &'p Planned) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for finding in planned.plan.applied() {
            let name = FindingName::of(finding);
            match all.iter_mut().find(|question| question.name == name) {
                Some(question) => question.findings.push(finding),
                None => all.push(Self {
                    name,
                    findings: vec![finding],
                }),
            }
        }
        all.sort_by_key(|question| CATALOGUE.position(&question.name.transform));
        all
    }

    /// Where the first change is.
    pub fn at(&self) -> &Location {
        &self.findings[0].at
    }

    /// How safe all of it is.
    pub fn safety(&self) -> Safety {
        let safeties = self.findings.iter().map(|finding| finding.safety);
        safeties.max().unwrap_or(Safety::Safe)
    }

    /// The first place that no ignore comment can be written at; `None` where each can have one.
    pub fn without_comments(&self) -> Option<String> {
        let mut paths = self.findings.iter().map(|finding| &finding.at.path);
        let path = paths.find(|path| !comment::is_possible(path))?;
        Some(visible::path(path))
    }

    /// The findings, and the hunks that hold their edits.
    pub fn shown(&self, planned: &Planned) -> String {
        let mut out = report::questioned(planned, &self.findings);
        out.push('\n');
        let mut edits: BTreeMap<&Path, Vec<Range<usize>>> = BTreeMap::new();
        for edit in self.findings.iter().flat_map(|finding| &finding.edits) {
            let of_file = edits.entry(&edit.path).or_default();
            of_file.push(edit.edit.range.clone());
        }
        let changes = planned.plan.changes.iter().zip(planned.diffs());
        for (change, diff) in changes {
            let Some(edits) = edits.get(change.path.as_path()) else {
                continue;
            };
            // Edits of JSON are edits of its reading as HCL: there all hunks have to do.
            let diff = match comment::is_json(&change.path) {
                true => diff,
                false => diff.around(edits),
            };
            // The finding above it names the transform.
            out += &diff.by(Vec::new()).shown(true).text;
        }
        out
    }
}
