//! Edits inside of larger edits. A conversion writes a whole block anew and includes what other
//! rows change inside of it, so that their own edits would collide with it.

use super::site_change::ArgumentChange;
use diagnostics::finding::FileEdit;

/// Gives each change that has an edit inside of another change's edit all edits of that other one
/// instead: whichever of the two is applied, the result is the same.
pub fn absorb(changes: &mut [ArgumentChange]) {
    for index in 0..changes.len() {
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
