//! What each finding's part of the plan is, as replacements.
//!
//! A plan is more than the edits of its findings: seams are closed, groups aligned again, jobs edited
//! twice, JSON edited as what it is. So fixes are read off the texts before and after: every place
//! where they differ is given to the one finding that edits nearest to it. All fixes together make of the
//! files what `apply` writes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use diagnostics::finding::Finding;
use engine::plan::{FileChange, Plan};
use serde_json::{Value, json};
use syntax::location::Location;

use crate::diff::regions::{Lines, changed};
use crate::redact::{Known, shown};

/// For each finding the `artifactChanges` of its fix: none where the plan does not make it, or where
/// it would show a secret.
pub fn fixes(plan: &Plan, known: &Known) -> Vec<Vec<Value>> {
    let mut fixes = vec![Vec::new(); plan.findings.len()];
    let mut is_secret = vec![false; plan.findings.len()];
    for (number, change) in plan.changes.iter().enumerate() {
        let secrets = known.secrets_of(2 * number + 1, &change.after);
        let places = places(plan, &change.path);
        let mut of_file: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
        for replacement in replacements(change) {
            let distance = |(_, place): &&(usize, Range<usize>)| {
                let before = &replacement.before;
                let behind = place.start.saturating_sub(before.end);
                behind.max(before.start.saturating_sub(place.end))
            };
            if let Some((finding, _)) = places.iter().min_by_key(distance) {
                let text = shown(&change.after, replacement.after.clone(), &secrets);
                is_secret[*finding] |= matches!(text, Cow::Owned(_));
                let replacements = of_file.entry(*finding).or_default();
                replacements.push(replacement.json(change));
            }
        }
        for (finding, replacements) in of_file {
            fixes[finding].push(json!({
                "artifactLocation": super::location(&change.path),
                "replacements": replacements,
            }));
        }
    }
    let fixes = fixes.into_iter().zip(is_secret);
    fixes
        .map(|(fix, is_secret)| if is_secret { Vec::new() } else { fix })
        .collect()
}

/// Where the plan's findings edit the file at `path`, each with its number.
fn places(plan: &Plan, path: &Path) -> Vec<(usize, Range<usize>)> {
    // Edits of JSON are edits of its reading as HCL: there the finding's own place has to do.
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    let place = |finding: &Finding, edit: &Range<usize>| match (is_json, finding.at.path == path) {
        (false, _) => edit.clone(),
        (true, true) => finding.range.clone(),
        (true, false) => 0..0,
    };
    let findings = plan.findings.iter().enumerate();
    let applied = findings.filter(|(_, finding)| finding.applied);
    let edits = applied.flat_map(|(number, finding)| {
        let edits = finding.edits.iter().filter(|edit| edit.path == path);
        edits.map(move |edit| (number, place(finding, &edit.edit.range)))
    });
    edits.collect()
}

/// Bytes of the text before that gave way to bytes of the text after.
struct Replacement {
    before: Range<usize>,
    after: Range<usize>,
}

impl Replacement {
    /// As SARIF has it: lines and columns for what is text, and bytes, which leave no doubt.
    fn json(&self, change: &FileChange) -> Value {
        let at = |offset| Location::at(&change.path, &change.before, offset);
        let (start, end) = (at(self.before.start), at(self.before.end));
        json!({
            "deletedRegion": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
                "byteOffset": self.before.start,
                "byteLength": self.before.len(),
            },
            "insertedContent": { "text": &change.after[self.after.clone()] },
        })
    }

    /// The same without what both begin and end with.
    fn trimmed(self, change: &FileChange) -> Self {
        let Self { before, after } = self;
        let (old, new) = (&change.before[before.clone()], &change.after[after.clone()]);
        let same = |(one, other): &(char, char)| one == other;
        let letters = old.chars().zip(new.chars()).take_while(same);
        let head: usize = letters.map(|(letter, _)| letter.len_utf8()).sum();
        let letters = old[head..].chars().rev().zip(new[head..].chars().rev());
        let letters = letters.take_while(same);
        let tail: usize = letters.map(|(letter, _)| letter.len_utf8()).sum();
        Self {
            before: before.start + head..before.end - tail,
            after: after.start + head..after.end - tail,
        }
    }
}

/// The places where the texts of `change` differ, in order: line by line where as many come as go,
/// so that realigned lines differ in white space alone.
fn replacements(change: &FileChange) -> Vec<Replacement> {
    let (before, after) = (Lines::new(&change.before), Lines::new(&change.after));
    let mut replacements = Vec::new();
    for region in changed(&before, &after) {
        if region.before.len() == region.after.len() {
            let lines = region.before.zip(region.after);
            replacements.extend(lines.map(|(old, new)| Replacement {
                before: before.range(old),
                after: after.range(new),
            }));
        } else {
            replacements.push(Replacement {
                before: before.bytes(&region.before),
                after: after.bytes(&region.after),
            });
        }
    }
    let trimmed = replacements.into_iter().map(|it| it.trimmed(change));
    trimmed
        .filter(|it| !it.before.is_empty() || !it.after.is_empty())
        .collect()
}
