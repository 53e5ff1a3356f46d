//! What a repository still has from before the migration: static keys, assumed roles, modules in
//! S3. No configuration is needed; what it tells of runners keeps the roles that they need.

mod code;
mod jobs;
mod kept;
mod literal_keys;
mod texts;

use std::collections::HashSet;
use std::path::Path;

use rayon::prelude::*;
use texts::TextKeys;

use crate::catalogue::Purpose;
use crate::decisions::jobs::UnmovedJobs;
use crate::error::PlanError;
use crate::index::Index;
use crate::index::survey::Survey;
use crate::plan::Plan;
use crate::proposals::{read_module, unparsed, unread_workflows};
use crate::repo::Repo;
use crate::request::Request;
use crate::source::Source;
use ci::github::workflow::Workflows;
use diagnostics::finding::Finding;
use diagnostics::ignore::{ID, Ignore, Ignores};
use syntax::location::Location;

/// Audits one repository, whose files a `Surveyor` of `source` has surveyed. The plan changes
/// nothing; its findings are what no comment ignores, and the comments that ignore nothing. Roles
/// that stay on purpose are not among them.
///
/// # Errors
/// Broken or unreadable files.
pub fn audit(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    request: Request,
) -> Result<Plan, PlanError> {
    let index = Index::with_names(source, surveys, &request)?;
    let mut ignores = index.ignores.clone();
    let workflows = index.workflows.clone();
    let mut plan = Plan {
        skipped: index.skipped.clone(),
        ..Plan::default()
    };
    let repo = crate::jobs::decide(Repo::new(request, index), UnmovedJobs::default());
    let directories: Vec<&Path> = repo.directories().collect();
    let of_modules: Vec<_> = directories
        .into_par_iter()
        .map_init(Vec::new, |buffer, directory| {
            let module = read_module(source, directory, buffer, &repo)?;
            let documents = module.documents.iter();
            let skipped = documents.flat_map(|document| {
                let kind = repo.kind_of(document.path());
                unparsed(document, kind, repo.settings())
            });
            Ok((code::findings(&module, &repo), skipped.collect::<Vec<_>>()))
        })
        .collect::<Result<_, PlanError>>()?;
    for (findings, skipped) in of_modules {
        plan.findings.extend(findings);
        plan.skipped.extend(skipped);
    }
    plan.findings.extend(jobs::findings(&workflows, &repo));
    let mut in_texts = TextKeys::default();
    if runs(repo.catalogue().id_of(Purpose::RemoveStaticKeys), &repo) {
        in_texts = TextKeys::search(source, &repo)?;
        in_texts.besides(&plan.findings, &repo);
    }
    plan.findings.append(&mut in_texts.findings);
    plan.skipped.append(&mut in_texts.skipped);
    // All findings are still there: an unread file with a finding is not skipped, whatever is
    // selected.
    let unread = unread_workflows(&workflows, &plan.findings);
    plan.skipped.extend(unread);
    plan.findings.retain(|finding| {
        let path = &finding.at.path;
        let mut paths = [path, repo.file(path)].into_iter();
        runs(finding.transform, &repo) && paths.any(|path| repo.selection().contains(path))
    });
    plan.findings = repo
        .index()
        .modules
        .links
        .placed(plan.findings, |_, _| false);
    ignores.extend(in_actions(&workflows));
    ignores.retain(|ignore| repo.selection().contains(&ignore.at.path));
    // Before ignored findings are removed: a comment is needed if there is something for it to
    // ignore.
    let by_file = Ignores::of(&ignores);
    let needed = plan.findings.iter().flat_map(|finding| {
        let suppressing = by_file.suppressing(finding);
        suppressing.map(|ignore| (&ignore.at, finding.transform))
    });
    let needed: HashSet<(&Location, &str)> = needed.collect();
    let of_comments = ignores
        .iter()
        .filter_map(|ignore| useless(ignore, &needed, &repo));
    let of_comments: Vec<Finding> = of_comments.collect();
    // A comment in a file that no survey reads ignores a key, and nobody asks for its use: the file may be
    // a page about such comments.
    ignores.append(&mut in_texts.ignores);
    let by_file = Ignores::of(&ignores);
    plan.findings
        .retain(|finding| by_file.suppressing(finding).next().is_none());
    plan.kept = kept::take(&mut plan.findings, &repo);
    plan.findings.extend(of_comments);
    plan.findings.sort_by(|one, other| one.at.cmp(&other.at));
    plan.skipped.sort();
    plan.skipped.dedup();
    let secrets = plan.findings.iter().flat_map(|finding| &finding.secrets);
    plan.secrets = secrets.cloned().collect();
    Ok(plan)
}

/// The ignore comments of local actions: an action may be in any directory, and a survey does not
/// read it.
fn in_actions(workflows: &Workflows) -> impl Iterator<Item = Ignore> + '_ {
    let actions = workflows.sources.iter();
    let actions = actions.filter(|source| source.as_action().is_some());
    actions.flat_map(|source| Ignore::all(&source.path, source.yaml.text()))
}

/// The finding on a comment without a transform, or with one that finds nothing there; `None` where
/// it is `needed`, or its transform does not run.
fn useless(ignore: &Ignore, needed: &HashSet<(&Location, &str)>, repo: &Repo) -> Option<Finding> {
    let finding = |message: String, help: String| {
        let sentence = ("the comment", message);
        Finding::at(ID, ignore.at.clone(), ignore.range(), sentence).help(help)
    };
    let audited = repo.catalogue().audited();
    let known = || {
        format!(
            "write `tfkeyless: ignore[ID] reason`, with {}",
            audited.join(", ")
        )
    };
    if ignore.ids.is_empty() {
        return Some(finding(
            "ignores nothing: it names no transform".to_owned(),
            known(),
        ));
    }
    let mut ids = ignore.ids.iter();
    // What a comment tells a plan alone is nothing that an audit could judge.
    if let Some(id) = ids.find(|id| repo.catalogue().transform(id).is_none()) {
        let message = format!("ignores nothing: {}", repo.catalogue().unknown(id));
        return Some(finding(message, known()));
    }
    let is_useless = |id: &&String| {
        audited.contains(&id.as_str())
            && runs(id, repo)
            && !needed.contains(&(&ignore.at, id.as_str()))
    };
    let id = ignore.ids.iter().find(is_useless)?;
    let message = format!("ignores {id} without need: there is nothing on its line or the next");
    Some(finding(message, "take it away".to_owned()))
}

fn runs(id: &str, repo: &Repo) -> bool {
    let transform = repo.catalogue().transform(id);
    transform.is_some_and(|transform| repo.request().runs(transform))
}
