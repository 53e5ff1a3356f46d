//! Which transform loses its edits where those of several cannot be made together.

use diagnostics::finding::Finding;
use syntax::hcl::Document;

use super::texts;
use crate::left_out::EditConflict;
use crate::repo::Repo;

/// The conflict among findings that edit a document. Added in the order of the catalogue, the first
/// of them with which the edits fail is the one that loses. `what` happens with all of them.
pub(super) fn among(
    document: &Document,
    findings: &[&Finding],
    what: &str,
    repo: &Repo,
) -> EditConflict {
    let mut ordered = findings.to_vec();
    ordered.sort_by_key(|finding| repo.catalogue().position(finding.transform));
    let fails = |some: &[&Finding]| texts::edit(document, some).is_err();
    let loser = (1..=ordered.len()).find(|count| fails(&ordered[..*count]));
    let loser = loser.unwrap_or(ordered.len()) - 1;
    let own = ordered[loser];
    let other = ordered[..loser].iter().find(|other| fails(&[**other, own]));
    // Edits that fail alone are no conflict with another transform.
    let what = match other.filter(|_| !fails(&[own])) {
        Some(other) => format!(
            "the edits of {} and {} do not go together ({what})",
            other.transform, own.transform
        ),
        None => format!("the edits of {} cannot be made ({what})", own.transform),
    };
    EditConflict {
        transform: own.transform,
        path: document.path().to_path_buf(),
        what,
    }
}
