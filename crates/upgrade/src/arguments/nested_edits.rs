//! Edits inside of larger edits. A conversion writes a whole block anew and includes what other
//! rows change inside of it, so that their own edits would collide with it.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::site_change::ArgumentChange;
use diagnostics::finding::FileEdit;

/// Gives each change that has an edit inside of another change's edit all edits of that other one
/// instead: whichever of the two is applied, the result is the same.
pub fn absorb(changes: &mut [ArgumentChange]) {
    let wide = WideEdits::of(changes.iter().flat_map(|change| &change.finding.edits));
    // Most edits are in no other: only those that may be are compared with all.
    let may_be_inside = |change: &ArgumentChange| {
        let mut edits = change.finding.edits.iter();
        edits.any(|edit| wide.may_be_around(edit))
    };
    for index in 0..changes.len() {
        if !may_be_inside(&changes[index]) {
            continue;
        }
        while let Some(around) = around(changes, index) {
            let (edits, safety) = {
                let finding = &changes[around].finding;
                (finding.edits.clone(), finding.safety)
            };
            let finding = &mut changes[index].finding;
            finding
                .edits
                .retain(|it| !edits.iter().any(|wide| is_inside(it, wide)));
            finding.edits.extend(edits);
            let all = finding.edits.clone();
            let is_own = |it: &FileEdit| all.iter().any(|wide| is_inside(it, wide));
            finding.edits.retain(|it| !is_own(it));
            finding.safety = finding.safety.max(safety);
        }
    }
}

/// By file, the offsets at which edits begin, each with the furthest end of the edits that begin there,
/// and of those that begin before.
struct WideEdits(HashMap<PathBuf, Vec<(usize, usize, usize)>>);

impl WideEdits {
    fn of<'e>(edits: impl Iterator<Item = &'e FileEdit>) -> Self {
        let mut ends: HashMap<PathBuf, BTreeMap<usize, usize>> = HashMap::new();
        for edit in edits {
            let range = &edit.edit.range;
            let end = ends.entry(edit.path.clone()).or_default();
            let end = end.entry(range.start).or_default();
            *end = range.end.max(*end);
        }
        let with_earlier = |ends: BTreeMap<usize, usize>| {
            let mut before = 0;
            let with = ends.into_iter().map(|(start, end)| {
                let earlier = before;
                before = before.max(end);
                (start, end, earlier)
            });
            with.collect()
        };
        let all = ends.into_iter();
        Self(all.map(|(path, ends)| (path, with_earlier(ends))).collect())
    }

    /// Whether another edit may be around an edit of these; where it is `false`, none is.
    fn may_be_around(&self, edit: &FileEdit) -> bool {
        let range = &edit.edit.range;
        let starts = self.0.get(&edit.path).map_or(&[][..], Vec::as_slice);
        let at = starts.partition_point(|(start, ..)| *start < range.start);
        starts.get(at).is_some_and(|(_, end, earlier)| {
            *end > range.end || *earlier >= range.end && *earlier > range.start
        })
    }
}

/// Another change that has an edit around one of this one's.
fn around(changes: &[ArgumentChange], index: usize) -> Option<usize> {
    let own = &changes[index].finding.edits;
    let is_around = |change: &ArgumentChange| {
        let mut edits = change.finding.edits.iter();
        edits.any(|wide| own.iter().any(|it| is_inside(it, wide)))
    };
    let mut others = changes.iter().enumerate();
    others
        .find(|(other, change)| *other != index && is_around(change))
        .map(|(other, _)| other)
}

fn is_inside(it: &FileEdit, wide: &FileEdit) -> bool {
    let (inside, around) = (&it.edit.range, &wide.edit.range);
    // An insertion at either end stands beside the replaced text and does not collide with it.
    let is_beside = inside.is_empty() && [around.start, around.end].contains(&inside.start);
    it.path == wide.path
        && !is_beside
        && around.start <= inside.start
        && inside.end <= around.end
        && inside != around
        && !around.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::edit::Edit;

    #[test]
    fn no_edit_that_is_inside_of_another_is_passed_over() {
        let ranges = (0..5).flat_map(|start| (start..5).map(move |end| start..end));
        let all: Vec<FileEdit> = ranges
            .map(|range| FileEdit {
                path: "main.tf".into(),
                edit: Edit::replace(range, ""),
            })
            .collect();
        let mut passed_over = 0;
        for wide in &all {
            for other in &all {
                let edits = [wide.clone(), other.clone()];
                let found = WideEdits::of(edits.iter());
                for it in &edits {
                    let is_inside = edits.iter().any(|wide| is_inside(it, wide));
                    assert!(found.may_be_around(it) || !is_inside, "{it:?} in {edits:?}");
                    passed_over += usize::from(!found.may_be_around(it));
                }
            }
        }
        assert!(passed_over > 0);
    }
}
