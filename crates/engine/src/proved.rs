//! The check that every plan passes before anyone sees it.

use std::path::Path;
use std::sync::Arc;

use ci::github::workflow::Workflows;
use diagnostics::finding::{Finding, Safety};
use rayon::prelude::*;
use terraform::module::Module;

use crate::account_table::{self, AccountRow};
use crate::edited::Edited;
use crate::edited::workflows::EditedWorkflows;
use crate::error::PlanError;
use crate::jobs;
use crate::left_out::{EditConflict, Failure};
use crate::plan::FileChange;
use crate::proposals::{Proposer, undecided};
use crate::provider_accounts::AccountsBefore;
use crate::repo::Repo;
use crate::scan::Introduced;
use crate::without_profiles;

/// A repository whose edits are proved: every changed file parses again; a second scan of the
/// changed modules and workflows, with everything decided anew, has nothing to edit; no provider
/// configuration acts in another account than before; no job loses a permission that it needs.
///
/// Two more properties are checked where edits are made: they do not overlap, and tidying around
/// them changes white space alone.
pub(crate) struct Proved {
    /// All files that change.
    pub changes: Vec<FileChange>,
    /// The findings of modules and of workflows whose jobs are not signed in yet.
    pub findings: Vec<Finding>,
    /// The findings of the signed-in workflows, which need what the edits of modules introduce.
    pub signed_in_findings: Vec<Finding>,
    /// The workflows whose jobs are signed in, before those findings are applied.
    pub signed_in: Arc<Workflows>,
    /// In which account every identity acts, before and after.
    pub accounts: Vec<AccountRow>,
}

impl Proved {
    /// Proves the edits of what `proposer` reported.
    ///
    /// # Errors
    /// Edits that leave something to edit again, and provider configurations that would change
    /// account.
    pub fn new(edited: Edited, proposer: &Proposer<'_>) -> Result<Self, Failure> {
        let before = proposer.repo;
        let after;
        let after = match edited.facts.is_empty() && edited.modules.is_empty() {
            true => before,
            false => {
                after = before.with(edited.facts);
                let of_providers = AccountsBefore::of(before).moved(&after);
                let of_jobs = || jobs::proof::moved(before, &after, &edited.workflows.after);
                if let Some(moved) = of_providers.or_else(of_jobs) {
                    return Err(PlanError::Unsound(moved).into());
                }
                &after
            }
        };
        let proposer = proposer.after(after);
        let (findings, workflows) = (edited.findings, edited.workflows);
        scan_again(edited.modules, &workflows, &findings, &proposer)?;
        let applied = findings.iter().filter(|finding| finding.applied);
        let introduced = Introduced::by(applied);
        let (mut signed_in_findings, more) = scan_signed_in(&workflows, &introduced, &proposer)?;
        undecided(signed_in_findings.iter(), before)?;
        workflows.place(&mut signed_in_findings, &before.index().workflows);
        // With review their root modules change even so, and what changes says that it needed it.
        let admits = before.selection().admits(Safety::Review);
        let mut reported =
            without_profiles::reported(&signed_in_findings, &workflows.after, before);
        reported.extend(without_profiles::unserved(
            &introduced,
            &workflows.after,
            before,
        ));
        reported.retain(|it| !admits || !before.without_profiles().contains(it));
        if !reported.is_empty() {
            return Err(Failure::WithoutProfiles(reported));
        }
        let mut changes = edited.changes;
        changes.extend(workflows.changes.iter().cloned());
        for change in more {
            match changes.iter_mut().find(|known| known.path == change.path) {
                Some(known) => known.after = change.after,
                None => changes.push(change),
            }
        }
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        let all: Vec<&Finding> = findings.iter().chain(&signed_in_findings).collect();
        Ok(Self {
            accounts: account_table::rows(before, after, &all),
            changes,
            findings,
            signed_in_findings,
            signed_in: workflows.after,
        })
    }
}

/// The second scan, of modules and workflows as they will be.
///
/// # Errors
/// Transforms that would edit something again.
fn scan_again(
    modules: Vec<Module>,
    workflows: &EditedWorkflows,
    findings: &[Finding],
    proposer: &Proposer<'_>,
) -> Result<(), Failure> {
    // By value: parse trees are many, and dropping them in parallel is faster, too.
    let modules = modules.into_par_iter();
    let conflicts = modules.filter_map(|module| {
        let again = proposer.scan_module(&module);
        edit_again(&again, findings, proposer.repo)
    });
    let conflicts: Vec<EditConflict> = conflicts.collect();
    if !conflicts.is_empty() {
        return Err(Failure::Conflicts(conflicts));
    }
    if !workflows.changes.is_empty() {
        let again = proposer.scan_workflows(&workflows.after);
        if let Some(conflict) = edit_again(&again, findings, proposer.repo) {
            return Err(conflict.into());
        }
    }
    Ok(())
}

/// The findings of workflows whose jobs are signed in, with the changes that they make.
fn scan_signed_in(
    signed_in: &EditedWorkflows,
    introduced: &Introduced,
    proposer: &Proposer<'_>,
) -> Result<(Vec<Finding>, Vec<FileChange>), EditConflict> {
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

/// The conflict of a second scan that would edit something; `None` where it would not. The
/// transform that loses its edits is the one that would edit again, if it has edited; else the last
/// that edited the same thing, and so made it possible.
fn edit_again(again: &[Finding], findings: &[Finding], repo: &Repo) -> Option<EditConflict> {
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
    Some(EditConflict {
        transform: cause.map_or(again.transform, |cause| cause.transform),
        path: file.map_or_else(|| again.at.path.clone(), |edit| edit.path.clone()),
        what,
    })
}
