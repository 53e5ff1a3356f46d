//! Locals that static keys go through.

use diagnostics::finding::{FileEdit, Finding};
use engine::repo::Repo;
use engine::scan::Earlier;
use engine::unused::declared::Declared;
use engine::unused::{EmptiedLocals, locals_left_unused, removal_edits};

use super::ID;

/// The findings on the locals that only removed keys reference.
pub fn left_unused(
    declared: &Declared<'_>,
    earlier: Earlier<'_>,
    repo: &Repo,
    edits: &[FileEdit],
) -> Vec<Finding> {
    let unused = locals_left_unused(declared, earlier, repo, (edits, ID));
    let emptied = EmptiedLocals::by(&unused);
    let findings = unused.iter().filter_map(|local| {
        let (document, span) = local.spans.first()?;
        let message = "held only static keys: it is removed".to_owned();
        let sentence = (local.name.subject(), message);
        let finding = Finding::new(ID, document, span.clone(), sentence);
        let edits = removal_edits(local, &emptied).into_iter();
        Some(edits.fold(finding, |finding, (document, edit)| {
            finding.edit(document, edit)
        }))
    });
    findings.collect()
}
