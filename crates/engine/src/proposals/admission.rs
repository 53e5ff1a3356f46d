//! Which edits of findings the plan makes.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ci::github::workflow::{WorkflowFile, Workflows};
use ci::runner::Runner;
use diagnostics::finding::{Finding, Safety};
use diagnostics::ignore::{Ignore, MARK};
use syntax::hcl::Document;
use terraform::module::Module;

use super::Proposer;
use crate::catalogue::{Purpose, Transform};
use crate::passed_keys::JobBeside;
use crate::{asks, other_runners, without_profiles};

impl Proposer<'_> {
    /// The findings of a transform on a module that are asked for, with those marked whose edits
    /// are made.
    pub(super) fn of_module(
        &self,
        mut findings: Vec<Finding>,
        module: &Module,
        transform: &Transform,
    ) -> Vec<Finding> {
        if findings.is_empty() {
            return findings;
        }
        module.leave_inexact(findings.iter_mut());
        // Most files have no such comment.
        let documents = module.documents.iter();
        let marked = documents.filter(|document| !document.marks(MARK).is_empty());
        let marked: HashMap<&Path, &Document> = marked.map(|it| (it.path(), it)).collect();
        for finding in &mut findings {
            finding.is_declined = is_ignored_in_module(finding, &marked);
        }
        module.place(&mut findings);
        self.admit(findings, transform, |path| {
            let obstacle = self.repo.obstacle(path);
            obstacle
                .or_else(|| module.obstacle(path))
                .map(str::to_owned)
        })
    }

    /// The same for workflows.
    pub(super) fn of_workflows(
        &self,
        mut findings: Vec<Finding>,
        workflows: &Workflows,
        transform: &Transform,
    ) -> Vec<Finding> {
        let sources = workflows.sources.iter();
        let sources: HashMap<&Path, &WorkflowFile> =
            sources.map(|it| (it.path.as_path(), &**it)).collect();
        for finding in &mut findings {
            // The transform that signs jobs in asks the comments itself: they keep jobs, and with these
            // others, of which it says so.
            let is_open =
                finding.edits.is_empty() && transform.purpose == Some(Purpose::SignInJobs);
            finding.is_declined = !is_open && is_ignored_in_workflow(finding, &sources);
        }
        self.admit(findings, transform, |path| {
            sources.get(path)?.obstacle.clone()
        })
    }

    /// Keeps the findings that are asked for and marks those whose edits are made: in scope,
    /// editable in every file, and safe or asked for with their review.
    fn admit(
        &self,
        mut findings: Vec<Finding>,
        transform: &Transform,
        obstacle: impl Fn(&Path) -> Option<String>,
    ) -> Vec<Finding> {
        let selection = self.repo.selection();
        let is_in_scope = |path: &Path| self.repo.is_in_scope(path);
        findings.retain(|finding| {
            selection.contains(&finding.at.path)
                || is_in_scope(&finding.at.path)
                || finding.edits.iter().any(|edit| is_in_scope(&edit.path))
        });
        for finding in &mut findings {
            let file = self.repo.file(&finding.at.path);
            finding.is_declined |= self.repo.declined().is(finding, file);
            if finding.is_declined {
                finding.make_manual("it is declined");
                continue;
            }
            if transform.changes_identities {
                self.ask_for_jobs(finding, transform);
                other_runners::ask(finding, transform, self.repo);
                without_profiles::ask(finding, self.repo);
            }
            // A finding is applied whole or not at all: half of it could change an account.
            let obstacle = finding.edits.iter().find_map(|edit| {
                let path = self.repo.file(&edit.path).display();
                match is_in_scope(&edit.path) {
                    true => Some(format!("{path} {}", obstacle(&edit.path)?)),
                    false => Some(format!(
                        "{path}, which it needs too, is not among the paths named"
                    )),
                }
            });
            let obstacle = obstacle.or_else(|| {
                let mut edits = finding.edits.iter();
                let bug = edits.find_map(|edit| self.repo.conflict_of(&edit.path, transform.id));
                bug.map(str::to_owned)
            });
            let obstacle = obstacle.or_else(|| self.ask_modules(finding, transform));
            if let Some(obstacle) = obstacle {
                finding.make_manual(&obstacle);
            }
            if !finding.edits.is_empty() {
                self.ask_for_passed_keys(finding, transform);
            }
            finding.applied = !finding.edits.is_empty() && selection.admits(finding.safety);
        }
        findings
    }

    /// Why the edits of a linked file are not made for all modules that have it; where they are once
    /// they are reviewed, asks for review instead.
    fn ask_modules(&self, finding: &mut Finding, transform: &Transform) -> Option<String> {
        let found = finding.edits.iter().find_map(|edit| {
            let found = self.repo.disagreement(&edit.path, transform.id)?;
            // No decision depends on the edits of the others: each stands for itself.
            if transform.purpose.is_none() && !found.concerns(&edit.edit.range) {
                return None;
            }
            Some((self.repo.file(&edit.path).display(), found))
        });
        let (file, found) = found?;
        let why = format!("{file} {}", found.why);
        if !found.is_review {
            return Some(why);
        }
        finding.ask_for_review(&why);
        None
    }

    /// Asks for review of an edit in a module that a job on static keys, or one of another account,
    /// runs: without the role, the job would act in the account of its own credentials.
    fn ask_for_jobs(&self, finding: &mut Finding, transform: &Transform) {
        let mut directories = finding.edits.iter().filter_map(|edit| edit.path.parent());
        if transform.purpose == Some(Purpose::RemoveRoles) {
            let hold = directories.find_map(|directory| self.repo.role_hold(directory));
            if let Some(hold) = hold.filter(|hold| !hold.is_certain()) {
                finding.ask_for_review(&hold.message(self.repo.settings()));
                finding.help = finding
                    .help
                    .take()
                    .or_else(|| asks::of_hold(hold, self.repo));
            }
            return;
        }
        let job = directories.find_map(|directory| self.job_on_static_keys(directory));
        if let Some(job) = job.and_then(Runner::on_static_keys) {
            finding.ask_for_review(&format!("{job} runs it and stays on static keys"));
        }
    }

    /// Leaves keys of providers alone that a job passes on and keeps, and asks for review where a job runs
    /// the module without any of its own.
    fn ask_for_passed_keys(&self, finding: &mut Finding, transform: &Transform) {
        let removals = [Purpose::RemoveStaticKeys, Purpose::RemoveRoles];
        if !transform.purpose.is_some_and(|it| removals.contains(&it)) {
            return;
        }
        let passed = self.passed.iter().find_map(|it| it.obstacle(finding));
        let kinds = ["provider", "variable", "module", "local"];
        let removes_keys = transform.purpose == Some(Purpose::RemoveStaticKeys);
        let is_taker = match removes_keys {
            true => kinds.iter().any(|kind| finding.subject.starts_with(kind)),
            false => !finding.removed_keys.is_empty(),
        };
        let beside = || {
            let directory = finding.at.path.parent()?;
            // Where a role goes, the account of a job's own sign-in is proved elsewhere.
            let is_concerned = |job: &&JobBeside| removes_keys || job.signs_in_nowhere;
            let mut holds = self.beside.iter().filter(|_| is_taker).filter(is_concerned);
            let mut holds = holds
                .by_ref()
                .filter_map(|it| it.holds(directory, self.repo));
            let first = holds.next()?;
            Some(holds.find(|hold| !hold.is_review).unwrap_or(first))
        };
        match passed.or_else(beside) {
            None => {}
            Some(hold) if hold.is_review => {
                finding.ask_for_review(&hold.why);
                // With review the advice about the keys themselves counts, before it the question.
                let asks = !self.repo.selection().admits(Safety::Review);
                if asks && hold.help.is_some() {
                    finding.help.clone_from(&hold.help);
                }
            }
            Some(hold) => {
                finding.make_manual(&hold.why);
                finding.help.clone_from(&hold.help);
            }
        }
    }

    /// The first job on static keys that runs a root module which the directory is part of.
    fn job_on_static_keys(&self, directory: &Path) -> Option<&Runner> {
        self.staying.iter().find(|job| {
            let mut roots = self.repo.roots(directory);
            job.may_run(directory) || roots.any(|root| job.may_run(root))
        })
    }
}

/// Whether a comment ignores a finding on a module: on the line of the finding, or of code that it
/// removes or replaces, on the line above, or in that code or the block that it is about.
fn is_ignored_in_module(finding: &Finding, marked: &HashMap<&Path, &Document>) -> bool {
    let mut documents = files(finding).into_iter().filter_map(|it| marked.get(it));
    documents.any(|document| {
        let mut offsets = offsets_in(finding, document.path());
        let mut removed = finding.edits.iter();
        let is_here = finding.at.path == document.path();
        offsets.any(|offset| Ignore::keeps(document, offset, finding.transform))
            || is_here && Ignore::keeps_within(document, &finding.range, finding.transform)
            || removed.any(|it| {
                it.path == document.path()
                    && Ignore::keeps_within(document, &it.edit.range, finding.transform)
            })
    })
}

/// The same in a workflow, where the line of a job that signs in counts, too.
fn is_ignored_in_workflow(finding: &Finding, sources: &HashMap<&Path, &WorkflowFile>) -> bool {
    let mut sources = files(finding).into_iter().filter_map(|it| sources.get(it));
    sources.any(|source| {
        let text = source.yaml.text();
        if memchr::memmem::find(text.as_bytes(), MARK.as_bytes()).is_none() {
            return false;
        }
        let signed_in = finding.signed_in.iter();
        let signed_in = signed_in.filter(|it| it.path == source.path);
        let of_jobs = signed_in.filter_map(|it| source.job_offset(it.job.as_deref()?));
        let removed = finding.edits.iter().filter(|it| it.path == source.path);
        let within = removed.flat_map(|it| {
            let start = it.edit.range.start;
            let marks = text[it.edit.range.clone()].match_indices(MARK);
            marks.map(move |(at, _)| start + at)
        });
        let mut offsets = offsets_in(finding, &source.path)
            .chain(of_jobs)
            .chain(within);
        offsets.any(|offset| source.ignores(offset, finding.transform))
    })
}

/// The files that a finding is about.
fn files(finding: &Finding) -> BTreeSet<&Path> {
    let edits = finding.edits.iter().map(|it| it.path.as_path());
    let signed_in = finding.signed_in.iter().map(|it| it.path.as_path());
    let others = edits.chain(signed_in);
    others.chain([finding.at.path.as_path()]).collect()
}

/// Where comments are looked for: the place of the finding, and where its edits remove something. What
/// is only added has no line of its own.
fn offsets_in(finding: &Finding, path: &Path) -> impl Iterator<Item = usize> {
    let own = (finding.at.path == path).then_some(finding.range.start);
    let edits = finding.edits.iter();
    let edits = edits.filter(move |it| it.path == path && !it.edit.range.is_empty());
    own.into_iter().chain(edits.map(|it| it.edit.range.start))
}
