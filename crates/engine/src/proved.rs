//! The check that every plan passes before anyone sees it.

use std::path::Path;

use diagnostics::finding::Finding;
use rayon::prelude::*;

use crate::edited::Edited;
use crate::edited::workflows::EditedWorkflows;
use crate::error::PlanError;
use crate::left_out::{Conflict, Failure};
use crate::plan::FileChange;
use crate::proposals::Proposer;
use crate::provider_accounts::AccountsBefore;
use crate::repo::Repo;
use crate::scan::Introduced;

/// A repository whose edits hold what they promise: every changed file is read again, a second scan
/// of the changed modules and workflows, with all that is decided anew, has nothing to edit, no
/// provider acts in another account than before, and no job loses a permission that it is known to
/// need.
///
/// That edits do not overlap was checked when they were spliced; that they did no more than they
/// said follows from splicing, and is checked for what was tidied around them.
pub(crate) struct Proved {
    /// All files that change.
    pub changes: Vec<FileChange>,
    /// All findings.
    pub findings: Vec<Finding>,
    /// The files of workflows that change by signing in, before profiles are added.
    pub signed_in: Vec<FileChange>,
    /// What was reported before the workflows got what modules brought in.
    pub first_findings: usize,
}

impl Proved {
    /// Proves the edits. `proposer` is that of the proposals.
    ///
    /// # Errors
    /// Edits that leave something to edit again, and providers that would change account.
    pub fn new(edited: Edited, proposer: &Proposer<'_>) -> Result<Self, Failure> {
        let before = proposer.repo;
        let after;
        let after = match edited.facts.is_empty() && edited.modules.is_empty() {
            true => before,
            false => {
                after = before.with(edited.facts);
                if let Some(moved) = AccountsBefore::of(before).moved(&after) {
                    return Err(PlanError::Unsound(moved).into());
                }
                &after
            }
        };
        let proposer = proposer.after(after);
        // By value: parse trees are many, and are dropped side by side, too.
        let conflicts: Vec<Conflict> = edited
            .modules
            .into_par_iter()
            .filter_map(|module| {
                let again = proposer.scan_module(&module);
                edit_again(&again, &edited.findings, before)
            })
            .collect();
        if !conflicts.is_empty() {
            return Err(Failure::Conflicts(conflicts));
        }
        let workflows = &edited.workflows.after;
        if !edited.workflows.changes.is_empty() {
            let again = proposer.scan_workflows(workflows);
            if let Some(conflict) = edit_again(&again, &edited.findings, before) {
                return Err(conflict.into());
            }
        }
        let first_findings = edited.findings.len();
        let mut findings = edited.findings;
        let applied = findings.iter().filter(|finding| finding.applied);
        let introduced = Introduced::by(applied);
        let signed_in = edited.workflows;
        let (mut more, profiles) = with_profiles(&signed_in, &introduced, &proposer)?;
        signed_in.place(&mut more, &before.index().workflows);
        findings.extend(more);
        let mut changes = edited.changes;
        changes.extend(signed_in.changes.iter().cloned());
        for change in profiles {
            match changes.iter_mut().find(|known| known.path == change.path) {
                Some(known) => known.after = change.after,
                None => changes.push(change),
            }
        }
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self {
            changes,
            findings,
            signed_in: signed_in.changes,
            first_findings,
        })
    }
}

/// Gives the workflows whose jobs are signed in what modules brought in.
fn with_profiles(
    signed_in: &EditedWorkflows,
    introduced: &Introduced,
    proposer: &Proposer<'_>,
) -> Result<(Vec<Finding>, Vec<FileChange>), Conflict> {
    let workflows = &signed_in.after;
    let findings = proposer.scan_signed_in(workflows, introduced);
    let edited = EditedWorkflows::new(workflows, &findings, proposer.repo)?;
    if !edited.changes.is_empty() {
        let again = proposer.scan_signed_in(&edited.after, introduced);
        if let Some(conflict) = edit_again(&again, &findings, proposer.repo) {
            return Err(conflict);
        }
    }
    Ok((findings, edited.changes))
}

/// The conflict of a second scan that would edit something. A transform is left out: the one that
/// would edit again, if it has edited; else the last that edited the same thing, and so made it
/// possible.
fn edit_again(again: &[Finding], findings: &[Finding], repo: &Repo) -> Option<Conflict> {
    let again = again.iter().find(|finding| finding.applied)?;
    let directory = again.at.path.parent();
    let is_beside = |path: &Path| path.parent() == directory;
    let beside = findings.iter().filter(|finding| {
        let mut edits = finding.edits.iter();
        finding.applied && edits.any(|edit| is_beside(&edit.path))
    });
    let cause = beside.max_by_key(|finding| {
        let is_own = finding.transform == again.transform;
        let is_same = finding.subject == again.subject;
        (
            is_own,
            is_same,
            repo.catalogue().position(finding.transform),
        )
    });
    let line = again.at.line;
    let what = match cause {
        Some(cause) if cause.transform != again.transform => format!(
            "{} would edit line {line} once {} has edited it",
            again.transform, cause.transform
        ),
        _ => format!("{} would edit line {line} again", again.transform),
    };
    let file = cause.and_then(|cause| {
        let mut edits = cause.edits.iter();
        edits.find(|edit| is_beside(&edit.path))
    });
    Some(Conflict {
        transform: cause.map_or(again.transform, |cause| cause.transform),
        path: file.map_or_else(|| again.at.path.clone(), |edit| edit.path.clone()),
        what,
    })
}
