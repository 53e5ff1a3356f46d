//! Which transform loses its edits where those of several do not go together.

use diagnostics::finding::Finding;
use syntax::hcl::Document;

use super::texts;
use crate::left_out::Conflict;
use crate::repo::Repo;

/// The conflict among findings that edit a document: the first of them, in the order of the
/// catalogue, whose edits do not go together with those before it loses. `what` happens with all.
pub(super) fn among(
    document: &Document,
    findings: &[&Finding],
    what: &str,
    repo: &Repo,
) -> Conflict {
    let mut ordered = findings.to_vec();
    ordered.sort_by_key(|finding| repo.catalogue().position(finding.transform));
    let fails = |some: &[&Finding]| texts::edit(document, some).is_err();
    let loser = (1..=ordered.len()).find(|count| fails(&ordered[..*count]));
    let loser = loser.unwrap_or(ordered.len()) - 1;
    let own = ordered[loser];
    let other = ordered[..loser].iter().find(|other| fails(&[**other, own]));
    let what = match other.filter(|_| !fails(&[own])) {
        Some(other) => format!(
            "the edits of {} and {} do not go together ({what})",
            other.transform, own.transform
        ),
        None => format!("the edits of {} cannot be made ({what})", own.transform),
    };
    Conflict {
        transform: own.transform,
        path: document.path().to_path_buf(),
        what,
    }
}
