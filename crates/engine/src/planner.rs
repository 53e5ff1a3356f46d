//! From the files of a repository to its plan: index, decide, propose, edit, prove.

use std::collections::BTreeMap;

use ci::runner::Runner;
use diagnostics::finding::Finding;
use diagnostics::ignore::Ignore;

use crate::edited::Edited;
use crate::edited::workflows::free_secrets;
use crate::error::PlanError;
use crate::index::Index;
use crate::index::survey::Survey;
use crate::left_out::{Failure, LeftOut};
use crate::next_steps::{next_steps, sign_in_steps};
use crate::plan::Plan;
use crate::proposals::{Admission, Proposals};
use crate::proved::Proved;
use crate::repo::Repo;
use crate::request::Request;
use crate::runners;
use crate::source::Source;
use crate::transform::Purpose;

/// Plans the migration of one repository, whose files a [`Surveyor`](crate::index::survey::Surveyor)
/// of `source` has been over.
///
/// # Errors
/// Broken or unreadable files, and plans that do not pass their own verification. Nothing of
/// the repository is changed then.
pub fn plan(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    request: Request,
) -> Result<Plan, PlanError> {
    let index = Index::read(source, surveys, &request)?;
    let repo = Repo::new(request, index);
    let mut left_out = LeftOut::default();
    loop {
        match attempt(source, &repo, &left_out) {
            Ok(plan) => return Ok(plan),
            Err(Failure::Refused(error)) => return Err(error),
            // Each time one more transform is left out of one more directory, so this ends.
            Err(Failure::Conflicts(conflicts)) => left_out.add(conflicts)?,
        }
    }
}

fn attempt(source: &dyn Source, repo: &Repo, left_out: &LeftOut) -> Result<Plan, Failure> {
    let proposals = Proposals::new(source, repo, left_out)?;
    let mut admission = Admission::new(repo, left_out);
    admission.staying.clone_from(&proposals.staying);
    let skipped = proposals.skipped.clone();
    let edited = Edited::new(proposals, repo)?;
    let proved = Proved::new(edited, &admission)?;
    let mut plan = assemble(proved, repo);
    let index = repo.index();
    plan.skipped.extend(index.skipped.iter().cloned());
    plan.skipped.extend(index.ignores.iter().map(Ignore::skip));
    plan.skipped.extend(skipped);
    plan.skipped.sort();
    plan.skipped.dedup();
    Ok(plan)
}

/// The plan of what is proved, but for what was skipped.
fn assemble(proved: Proved, repo: &Repo) -> Plan {
    let Proved {
        changes,
        mut findings,
        signed_in,
        first_findings,
    } = proved;
    let later = findings.split_off(first_findings);
    let workflows = &repo.index().workflows;
    let mut secrets: Vec<String> = findings
        .iter()
        .flat_map(|finding| finding.secrets.clone())
        .collect();
    secrets.sort();
    secrets.dedup();
    let mut plan = Plan {
        free_secrets: free_secrets(workflows, &findings, &signed_in),
        findings,
        secrets,
        ..Plan::default()
    };
    plan.steps = next_steps(&plan, repo);
    let runners = runners::after(workflows.as_ref(), &repo.settings().ci, &plan.findings);
    plan.findings.extend(later);
    plan.steps.extend(sign_in_steps(&plan, &repo.settings().ci));
    plan.changes = changes;
    plan.findings = merged(std::mem::take(&mut plan.findings));
    let has_profiles = !plan.profiles().is_empty();
    let removes = [Purpose::RemoveRoles, Purpose::RemoveStaticKeys];
    let removing = removes.map(|purpose| repo.catalogue().with_purpose(purpose));
    let mut removing = removing.iter().flatten();
    let removes = removing.any(|transform| {
        let mut applied = plan.applied();
        applied.any(|finding| finding.transform == transform.id)
    });
    if has_profiles || removes {
        plan.keyed_jobs = runners.iter().filter_map(Runner::on_static_keys).collect();
    }
    if has_profiles && !repo.carries_out(Purpose::AddJobProfiles) {
        let others = runners.iter().filter(|it| it.on_static_keys().is_none());
        plan.terraform_jobs = others.filter_map(Runner::running_terraform).collect();
    }
    plan
}

/// Findings by place; those that wait for the same setting are told once, at the first place.
fn merged(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|one, other| {
        one.at
            .cmp(&other.at)
            .then(one.transform.cmp(other.transform))
    });
    let mut waiting: BTreeMap<String, usize> = BTreeMap::new();
    for finding in &findings {
        if let Some(setting) = &finding.needs {
            *waiting.entry(setting.clone()).or_default() += 1;
        }
    }
    findings.retain_mut(|finding| {
        let Some(setting) = &finding.needs else {
            return true;
        };
        let Some(count) = waiting.remove(setting) else {
            return false;
        };
        if count > 1 {
            finding.message += &format!(" ({count} places wait for it, this is the first)");
        }
        finding.help = Some(format!("set `{setting}` in tfkeyless.hcl"));
        true
    });
    findings
}
