//! What of the time before the migration stands in a repository: static keys, role hopping, modules
//! in S3. Read as it is; nothing is decided, and nothing of the configuration is needed.

mod code;
mod jobs;

use std::path::Path;

use rayon::prelude::*;

use crate::error::PlanError;
use crate::index::survey::Survey;
use crate::plan::Plan;
use crate::planner::read_module;
use crate::planner::unparsed;
use crate::repo::Repo;
use crate::selection::Selection;
use crate::settings::Settings;
use crate::source::Source;
use crate::transform::Catalogue;
use crate::workflows;
use ci::github::workflow::Workflows;
use diagnostics::finding::Finding;
use diagnostics::ignore::{ID, Ignore};

/// The transforms that take away what must not come back, and whose places comments may keep.
pub const AUDITED: [&str; 4] = [
    "remove_assume_role",
    "remove_static_keys",
    "github_module_source",
    "workflow_oidc",
];

/// Audits one repository, whose files a `Surveyor` of `source` has been over. The plan that comes
/// back changes nothing; its findings are what is there and no comment keeps, and the comments
/// that keep nothing.
///
/// # Errors
/// Broken or unreadable files.
pub fn audit(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    settings: Settings,
    selection: Selection,
    catalogue: Catalogue,
) -> Result<Plan, PlanError> {
    let mut survey = Survey::of_all(surveys, &selection)?;
    let mut ignores = std::mem::take(&mut survey.ignores);
    let repo = Repo::new(catalogue, settings, selection, survey.facts);
    let mut workflows = workflows::read(source)?;
    workflows.other_ci = survey.keyed;
    let mut plan = Plan {
        skipped: survey.skipped,
        ..Plan::default()
    };
    let directories: Vec<&Path> = repo.directories().collect();
    let of_modules: Vec<_> = directories
        .into_par_iter()
        .map_init(Vec::new, |buffer, directory| {
            let module = read_module(source, directory, buffer, &repo)?;
            let documents = module.documents.iter();
            let skipped = documents.flat_map(|document| unparsed(document, repo.settings()));
            Ok((code::findings(&module, &repo), skipped.collect::<Vec<_>>()))
        })
        .collect::<Result<_, PlanError>>()?;
    for (findings, skipped) in of_modules {
        plan.findings.extend(findings);
        plan.skipped.extend(skipped);
    }
    plan.findings.extend(jobs::findings(&workflows, &repo));
    let keyed = |path: &Path| plan.findings.iter().any(|found| found.at.path == path);
    plan.skipped.extend(workflows::skipped(&workflows, &keyed));
    plan.findings.retain(|finding| {
        repo.runs(finding.transform) && repo.selection().contains(&finding.at.path)
    });
    ignores.extend(in_actions(&workflows));
    ignores.retain(|ignore| repo.selection().contains(&ignore.at.path));
    let of_comments = ignores
        .iter()
        .filter_map(|ignore| useless(ignore, &plan.findings, &repo));
    let of_comments: Vec<Finding> = of_comments.collect();
    plan.findings.retain(|finding| {
        let mut ignores = ignores.iter();
        !ignores.any(|ignore| ignore.covers(finding.transform, &finding.at))
    });
    plan.findings.extend(of_comments);
    plan.findings.sort_by(|one, other| one.at.cmp(&other.at));
    plan.skipped.sort();
    plan.skipped.dedup();
    Ok(plan)
}

/// The comments of local actions, which may stand anywhere and are no files that a survey reads.
fn in_actions(workflows: &Workflows) -> impl Iterator<Item = Ignore> + '_ {
    let actions = workflows.sources.iter();
    let actions = actions.filter(|source| source.as_action().is_some());
    actions.flat_map(|source| Ignore::all(&source.path, source.yaml.text()))
}

/// What is said of a comment that names no transform, or one that finds nothing there. Of a
/// transform that does not run nothing is known.
fn useless(ignore: &Ignore, findings: &[Finding], repo: &Repo) -> Option<Finding> {
    let says = |message: String, help: String| {
        let sentence = ("the comment", message);
        Finding::at(ID, ignore.at.clone(), ignore.range(), sentence).help(help)
    };
    let known = || {
        format!(
            "write `tfkeyless: ignore[ID] reason`, with {}",
            AUDITED.join(", ")
        )
    };
    if ignore.ids.is_empty() {
        return Some(says(
            "ignores nothing: it names no transform".to_owned(),
            known(),
        ));
    }
    let mut ids = ignore.ids.iter();
    if let Some(id) = ids.find(|id| !AUDITED.contains(&id.as_str())) {
        let message = format!("ignores {id}, which is not what an audit looks for");
        return Some(says(message, known()));
    }
    let is_useless = |id: &&String| {
        let mut findings = findings.iter();
        repo.runs(id)
            && !findings.any(|found| found.transform == *id && ignore.covers(id, &found.at))
    };
    let id = ignore.ids.iter().find(is_useless)?;
    let message = format!("ignores {id} without need: there is nothing on its line or the next");
    Some(says(message, "take it away".to_owned()))
}
