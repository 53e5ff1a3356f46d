//! The phases in their order: index, decide, propose, edit, prove, assemble the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ci::runner::Runner;
use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use diagnostics::ignore::Ignore;
use diagnostics::skip::Skip;
use syntax::code::sentence;

use crate::asks;
use crate::catalogue::Purpose;
use crate::decisions::jobs::UnmovedJobs;
use crate::declined::Declined;
use crate::edited::Edited;
use crate::edited::workflows::unnamed_secrets;
use crate::error::PlanError;
use crate::index::Index;
use crate::index::survey::Survey;
use crate::jobs;
use crate::left_out::Failure;
use crate::next_steps::{next_steps, sign_in_steps};
use crate::passed_keys;
use crate::plan::Plan;
use crate::proposals::{Proposals, Proposer};
use crate::proved::Proved;
use crate::reached_states::reached_states;
use crate::repo::Repo;
use crate::request::Request;
use crate::role_callers::RoleCallers;
use crate::runners;
use crate::scan::Scans;
use crate::source::Source;
use crate::state_reads::state_reads;
use crate::staying_roles::staying_roles;

/// Plans the migration of one repository, whose files a
/// [`Surveyor`](crate::index::survey::Surveyor) of `source` has surveyed. Nothing is written.
///
/// # Errors
/// Broken or unreadable files, and plans that do not pass their own proof.
pub fn plan(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    request: Request,
    scans: Scans,
) -> Result<Plan, PlanError> {
    let index = Index::read(source, surveys, &request)?;
    let mut repo = Repo::new(request, index);
    repo.set_passed_keys(passed_keys::of(&repo));
    repo.check_answers()?;
    let mut repo = jobs::decide(repo, UnmovedJobs::default());
    loop {
        match attempt(source, Proposer::new(&repo, scans)) {
            Ok(plan) => return Ok(plan),
            Err(Failure::Refused(error)) => return Err(error),
            // Each attempt leaves at least one more transform out of a directory, or one more job
            // on its keys, so this ends.
            Err(Failure::Conflicts(conflicts)) => {
                let unmoved = repo.jobs().unmoved.clone();
                repo = jobs::decide(repo.with_left_out(conflicts)?, unmoved);
            }
            Err(Failure::JobsStay(jobs)) => {
                let mut unmoved = repo.jobs().unmoved.clone();
                unmoved.staying.extend(jobs);
                repo = jobs::decide(repo, unmoved);
            }
            // Each is converted once.
            Err(Failure::JobsConvert(jobs)) => {
                let mut unmoved = repo.jobs().unmoved.clone();
                unmoved.staying.retain(|job| !jobs.contains(job));
                unmoved.converted.extend(jobs);
                repo = jobs::decide(repo, unmoved);
            }
            Err(Failure::JobsKeepRoles(jobs)) => {
                let mut unmoved = repo.jobs().unmoved.clone();
                unmoved.keeping.extend(jobs);
                repo = jobs::decide(repo, unmoved);
            }
            Err(Failure::WithoutProfiles(runners)) => {
                if !repo.add_without_profiles(runners) {
                    let what = "a job would run without a profile that waits for review";
                    return Err(PlanError::Unsound(what.to_owned()));
                }
                let unmoved = repo.jobs().unmoved.clone();
                repo = jobs::decide(repo, unmoved);
            }
            // Each holds at least one group more, or holds it for good.
            Err(Failure::PassedKeys(holds)) => {
                repo.hold_passed_keys(holds)?;
                let unmoved = repo.jobs().unmoved.clone();
                repo = jobs::decide(repo, unmoved);
            }
            // Each declines at least one more.
            Err(Failure::Declined(names)) => {
                let unmoved = repo.jobs().unmoved.clone();
                repo = jobs::decide(repo.with_declined(names)?, unmoved);
            }
            // Each adds at least one edit that is not made, or forbids what needed review.
            Err(Failure::Disagreements(more)) => {
                let unmoved = repo.jobs().unmoved.clone();
                repo = jobs::decide(repo.with_disagreements(more)?, unmoved);
            }
        }
    }
}

/// One attempt at a plan.
fn attempt(source: &dyn Source, mut proposer: Proposer<'_>) -> Result<Plan, Failure> {
    let repo = proposer.repo;
    let mut proposals = Proposals::new(source, &mut proposer)?;
    proposals.refuse_undecided(repo)?;
    let disagreements = proposals.disagreements(repo);
    if !disagreements.is_empty() {
        return Err(Failure::Disagreements(disagreements));
    }
    let skipped = std::mem::take(&mut proposals.skipped);
    let edited = Edited::new(proposals, repo)?;
    let mut proved = Proved::new(edited, &proposer)?;
    let declined = take_declined(&mut proved, repo);
    let mut plan = assemble(proved, repo);
    let index = repo.index();
    plan.skipped.extend(index.skipped.iter().cloned());
    plan.skipped.extend(index.ignores.iter().map(Ignore::skip));
    plan.skipped.extend(skipped);
    plan.skipped.extend(declined);
    plan.warnings = repo.doubtful_settings();
    plan.skipped.sort();
    plan.skipped.dedup();
    Ok(plan)
}

/// Takes the findings that are declined out of what is proved, and returns those that the request
/// declines; of the others their comments are skipped input.
fn take_declined(proved: &mut Proved, repo: &Repo) -> Vec<Skip> {
    let mut skips = Vec::new();
    let Proved {
        findings,
        signed_in_findings,
        ..
    } = proved;
    for findings in [findings, signed_in_findings] {
        let declined = findings.extract_if(.., |finding| finding.is_declined);
        let asked = Declined::new(repo.request().declined.clone());
        let declined = declined.filter(|it| asked.is(it, repo.file(&it.at.path)));
        skips.extend(declined.map(|finding| Skip {
            path: repo.file(&finding.at.path).to_path_buf(),
            line: Some(finding.at.line),
            reason: format!(
                "is left as it is: {} of {} is declined",
                finding.transform, finding.subject
            ),
        }));
    }
    skips
}

/// The plan of what is proved, but for what was skipped.
fn assemble(proved: Proved, repo: &Repo) -> Plan {
    let workflows = &repo.index().workflows;
    let ci = &repo.settings().ci;
    let secrets: BTreeSet<&String> = proved
        .findings
        .iter()
        .flat_map(|finding| &finding.secrets)
        .collect();
    let unnamed = unnamed_secrets(&workflows.unread, &proved.findings, &proved.signed_in);
    let (free, shared): (Vec<_>, Vec<_>) = unnamed.into_iter().partition(|it| it.1.is_empty());
    let mut plan = Plan {
        secrets: secrets.into_iter().cloned().collect(),
        free_secrets: free.into_iter().map(|(name, _)| name).collect(),
        shared_secrets: shared,
        state_reads: state_reads(&proved.accounts, repo),
        accounts: proved.accounts,
        findings: proved.findings,
        ..Plan::default()
    };
    // What root modules need follows from their own edits; what jobs need, from those of the
    // signed-in workflows, too.
    plan.steps = next_steps(&plan, repo);
    let runners = runners::after(workflows.as_ref(), ci, &plan.findings);
    plan.findings.extend(proved.signed_in_findings);
    let who = RoleCallers::new(&plan, repo);
    plan.reached_states = reached_states(&plan, repo, &who);
    plan.staying_roles = staying_roles(&plan, repo, &who);
    plan.steps.extend(sign_in_steps(&plan, repo));
    plan.steps.sort_by_key(|step| step.when);
    plan.changes = proved.changes;
    // The steps are for the modules as they have their files; all else is about the files.
    let links = &repo.index().modules.links;
    let follows = |path: &Path, id: &str| repo.disagreement(path, id).is_some();
    plan.findings = merged(links.placed(std::mem::take(&mut plan.findings), follows));
    for finding in &mut plan.findings {
        asks::retain_open(finding, repo.settings());
    }
    let has_profiles = !plan.profiles().is_empty();
    if has_profiles || removes_credentials(&plan, repo) {
        plan.keyed_jobs = runners.iter().filter_map(Runner::on_static_keys).collect();
    }
    if has_profiles && !repo.carries_out(Purpose::AddJobProfiles) {
        let others = runners.iter().filter(|it| it.on_static_keys().is_none());
        plan.terraform_jobs = others.filter_map(Runner::running_terraform).collect();
    }
    plan
}

/// Whether the plan removes roles or static keys.
fn removes_credentials(plan: &Plan, repo: &Repo) -> bool {
    let removals = [Purpose::RemoveRoles, Purpose::RemoveStaticKeys];
    let removals = removals.map(|purpose| repo.catalogue().with_purpose(purpose));
    let mut removals = removals.iter().flatten();
    removals.any(|transform| {
        let mut applied = plan.applied();
        applied.any(|finding| finding.transform == transform.id)
    })
}

/// Findings by location; those that wait for the same setting are reported once, at the first one.
fn merged(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|one, other| {
        one.at
            .cmp(&other.at)
            .then(one.transform.cmp(other.transform))
    });
    let mut waiting: BTreeMap<String, usize> = BTreeMap::new();
    for finding in &findings {
        if let Some(setting) = &finding.needs {
            *waiting.entry(setting.snippet.clone()).or_default() += 1;
        }
    }
    // One missing setting may hold back hundreds of findings.
    findings.retain_mut(|finding| {
        let Some(setting) = &finding.needs else {
            return true;
        };
        let Some(count) = waiting.remove(&setting.snippet) else {
            return false;
        };
        if count > 1 {
            finding.message += &format!(" ({count} places wait for it, this is the first)");
        }
        let text = sentence!("set `{}` in tfkeyless.hcl", setting.shown());
        finding.help = Some(Help::asking(text, [setting.clone()]));
        true
    });
    findings
}
