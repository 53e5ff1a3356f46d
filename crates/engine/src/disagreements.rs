//! Edits of files that several modules have, by symbolic links: such a file is edited once, and a
//! transform edits it only where it makes the same edits for each of these modules.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;
use syntax::text::shown;

use crate::index::links::{Links, directory};

/// The transforms that must not edit a file as the module has it whose path this is, since another
/// module that has it does not get the same edits.
#[derive(Debug, Clone, Default)]
pub struct Disagreements(BTreeMap<(PathBuf, &'static str), Disagreement>);

/// Why a transform must not edit a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The reason, as a phrase that follows the file.
    pub why: String,
    /// Whether the other module gets the same edits once it is reviewed.
    pub is_review: bool,
    /// The bytes that the edits replace which not all of the modules get, as start and end.
    ranges: BTreeSet<(usize, usize)>,
}

impl Disagreement {
    /// Whether it is about an edit in this part of the file.
    pub fn concerns(&self, range: &Range<usize>) -> bool {
        let mut ranges = self.ranges.iter();
        // An insertion replaces nothing, and is at its offset.
        ranges.any(|(start, end)| range.start == *start || range.start < *end && *start < range.end)
    }
}

impl Disagreements {
    /// Those among the findings of all modules.
    pub(crate) fn among(findings: &[&Finding], links: &Links) -> Self {
        let mut edits = SharedEdits::new();
        for finding in findings {
            for edit in finding.edits.iter().filter(|it| links.is_shared(&it.path)) {
                let of_file = edits.entry((&edit.path, finding.transform)).or_default();
                let range = &edit.edit.range;
                of_file.insert((range.start, range.end, &edit.edit.text, finding.applied));
            }
        }
        let mut disagreements = BTreeMap::new();
        let mut of_path: BTreeMap<&PathBuf, BTreeSet<&'static str>> = BTreeMap::new();
        for (path, transform) in edits.keys() {
            of_path.entry(path).or_default().insert(transform);
        }
        for paths in links.shared() {
            let transforms = paths.iter().filter_map(|path| of_path.get(path));
            let transforms: BTreeSet<&'static str> = transforms.flatten().copied().collect();
            for transform in transforms {
                let made = |path: &PathBuf| {
                    let own = edits.get(&(path, transform));
                    own.map(made_of).unwrap_or_default()
                };
                // Of two files that differ, each other one differs from the first or the second.
                let Some((first, more)) = paths.split_first() else {
                    continue;
                };
                let of_first = made(first);
                let Some(second) = more.iter().find(|path| made(path) != of_first) else {
                    continue;
                };
                for path in paths {
                    let other = match made(path) == of_first {
                        true => second,
                        false => first,
                    };
                    let found = disagreement(path, other, transform, &edits, findings);
                    let key = (path.clone(), transform);
                    disagreements.extend(found.map(|found| (key, found)));
                }
            }
        }
        Self(disagreements)
    }

    /// Why the transform must not edit the file at `path`; `None` where it may.
    pub fn of(&self, path: &Path, transform: &str) -> Option<&Disagreement> {
        // Nearly always: this is asked for every edit.
        if self.0.is_empty() {
            return None;
        }
        let of_path = self.0.range((path.to_path_buf(), "")..);
        let mut of_path = of_path.take_while(|((of, _), _)| of == path);
        let found = of_path.find(|((_, id), _)| *id == transform);
        found.map(|(_, disagreement)| disagreement)
    }

    /// The first file of a directory that the transform must not edit, and why.
    pub fn in_directory(&self, path: &Path, transform: &str) -> Option<(&Path, &Disagreement)> {
        let mut all = self.0.iter();
        let found = all.find(|((of, id), _)| directory(of) == path && *id == transform);
        found.map(|((path, _), disagreement)| (path.as_path(), disagreement))
    }

    /// Adds others. Whether any is about more, or forbids what needed review.
    pub(crate) fn add(&mut self, others: Self) -> bool {
        let mut is_more = false;
        for (key, mut other) in others.0 {
            if let Some(known) = self.0.get(&key) {
                is_more |= known.is_review && !other.is_review;
                is_more |= !other.ranges.is_subset(&known.ranges);
                other.is_review &= known.is_review;
                other.ranges.extend(&known.ranges);
            } else {
                is_more = true;
            }
            self.0.insert(key, other);
        }
        is_more
    }

    /// Whether all modules agree.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The edits of linked files by path and transform: where, what, and whether they are made.
type SharedEdits<'f> = BTreeMap<(&'f PathBuf, &'static str), BTreeSet<SharedEdit<'f>>>;
type SharedEdit<'f> = (usize, usize, &'f String, bool);

/// What edits make of a file.
fn made_of(edits: &BTreeSet<SharedEdit<'_>>) -> BTreeSet<(usize, usize, String)> {
    let made = edits.iter().filter(|(.., is_made)| *is_made);
    made.map(|(start, end, text, _)| (*start, *end, (*text).clone()))
        .collect()
}

/// Why the edits that a transform makes at `path`, one of the paths of a file, are not made, where it
/// makes others at `other`; `None` where it makes none.
fn disagreement(
    path: &PathBuf,
    other: &PathBuf,
    transform: &'static str,
    edits: &SharedEdits<'_>,
    findings: &[&Finding],
) -> Option<Disagreement> {
    let none = BTreeSet::new();
    let at = |path| edits.get(&(path, transform)).unwrap_or(&none);
    let own = at(path);
    let own_made = made_of(own);
    if own_made.is_empty() {
        return None;
    }
    let is_there = |edit: &SharedEdit<'_>| {
        let mut there = at(other).iter();
        there.any(|it| (it.0, it.1, it.2) == (edit.0, edit.1, edit.2))
    };
    // What is made here and not there stands there for review, all of it.
    let is_review = own.iter().filter(|it| it.3).all(is_there) && at(other).len() == own.len();
    let mut reasons = findings.iter().filter(|finding| {
        finding.transform == transform && finding.at.path == *other && !finding.applied
    });
    let what = match reasons.next() {
        Some(finding) if is_review => format!("it needs review: {}", finding.sentence()),
        Some(finding) => finding.sentence(),
        None if made_of(at(other)).is_empty() => "it stays as it is".to_owned(),
        None => {
            let mut others = findings.iter().filter(|finding| {
                let mut edits = finding.edits.iter();
                finding.transform == transform && edits.any(|edit| edit.path == *other)
            });
            let other = others.next().map(|finding| finding.sentence());
            other.unwrap_or_else(|| "it changes in another way".to_owned())
        }
    };
    let other_made = made_of(at(other));
    let apart = own_made.symmetric_difference(&other_made);
    Some(Disagreement {
        why: format!("belongs to {}, too, where {what}", shown(directory(other))),
        is_review,
        ranges: apart.map(|(start, end, _)| (*start, *end)).collect(),
    })
}
