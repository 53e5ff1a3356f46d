//! From the files of a repository to its plan: survey all, decide, scan, splice, verify.
//!
//! Texts are read twice: once for the few facts that the tree as a whole has to know, once,
//! directory by directory, to scan the modules that matter. So memory grows with what changes and
//! with those facts, not with the tree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::PlanError;
use crate::index::survey::Survey;
use crate::index::{around, breaks, names, survey};
use crate::next_steps::{sign_in_steps, steps};
use crate::plan::Plan;
use crate::repo::Repo;
use crate::selection::Selection;
use crate::settings::Settings;
use crate::source::Source;
use crate::transform::{Catalogue, Scan, Transform, When};
use crate::{afterwards, verify, workflows};
use diagnostics::finding::{Finding, Safety};
use diagnostics::ignore::Ignore;
use diagnostics::skip::Skip;
use syntax::edit::{Edit, splice};
use syntax::fmt::tidy::{Unsettled, settle};
use syntax::hcl::Document;
use terraform::file_kind::FileKind;
use terraform::module::{Module, Scripts};
use terraform::terragrunt;
use terraform::terragrunt::generated::Generated;
use upgrade::calls::matters;

/// Plans the migration of one repository, whose files a [`Surveyor`](crate::index::survey::Surveyor) of `source` has been over.
///
/// # Errors
/// Broken or unreadable files, and plans that do not pass their own verification. Nothing of
/// the repository is changed then.
pub fn plan(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    settings: Settings,
    selection: Selection,
    catalogue: Catalogue,
) -> Result<Plan, PlanError> {
    let mut survey = Survey::of_all(surveys, &selection)?;
    let ignores = std::mem::take(&mut survey.ignores);
    let mut repo = Repo::new(catalogue, settings, selection, survey.facts);
    let mut plan = Plan {
        skipped: survey.skipped,
        ..Plan::default()
    };
    let directories: Vec<PathBuf> = repo.directories().map(Path::to_path_buf).collect();
    let unnamed = repo.unnamed();
    let mut needing = directories.iter();
    let may_leave = needing.any(|directory| repo.may_leave_variables(directory));
    let are_read = may_leave || !unnamed.is_empty();
    let scripts = match are_read {
        true => around::scripts(source)?,
        false => Scripts::default(),
    };
    let mut workflows = workflows::read(source)?;
    workflows.other_ci = survey.keyed;
    workflows.other_ci.retain(|at| {
        let mut ignores = ignores.iter();
        !ignores.any(|ignore| ignore.covers("workflow_oidc", at))
    });
    plan.skipped.extend(ignores.iter().map(Ignore::skip));
    workflows::scan(&mut workflows, &repo, When::Always);
    let is_told = |path: &Path| workflows.said.iter().any(|found| found.at.path == path);
    plan.skipped
        .extend(workflows::skipped(&workflows, &is_told));
    if repo.runs("workflow_oidc") {
        let staying = workflows.staying(&repo.settings().ci);
        repo.hold_for(staying);
    }
    names::learn(source, unnamed, &scripts, &mut repo)?;
    breaks::learn(source, &mut repo)?;
    let directories: Vec<PathBuf> = repo.directories().map(Path::to_path_buf).collect();
    let mut scanned: Vec<Scanned> = directories
        .into_par_iter()
        .map_init(Vec::new, |buffer, directory| {
            scan_directory(source, &directory, buffer, &repo, &scripts)
        })
        .collect::<Result<_, _>>()?;
    afterwards::scan(source, &mut scanned, &repo, are_read.then_some(scripts))?;
    let mut modules = Vec::new();
    for mut scanned in scanned {
        plan.findings.append(&mut scanned.module.said);
        plan.skipped.extend(scanned.skipped);
        modules.extend(scanned.is_changed.then_some(scanned.module));
    }
    plan.findings.extend(workflows.said.iter().cloned());
    let secrets = plan.findings.iter().flat_map(|found| found.secrets.clone());
    plan.secrets = secrets.collect();
    plan.secrets.sort();
    plan.secrets.dedup();
    let mut edits: BTreeMap<&Path, Vec<Edit>> = BTreeMap::new();
    for finding in plan.findings.iter().filter(|finding| finding.applied) {
        for edit in &finding.edits {
            edits.entry(&edit.path).or_default().push(edit.edit.clone());
        }
    }
    let modules: Vec<_> = modules
        .into_par_iter()
        .map(|module| change(module, &edits))
        .collect::<Result<_, _>>()?;
    let signed_in = workflows::stage(&workflows, &repo, When::Always)?;
    plan.free_secrets = workflows::free_secrets(&workflows, &signed_in.changes);
    plan.steps = steps(&plan, &repo);
    plan.changes = verify::verify(&mut repo, modules)?;
    let (said, changes) = workflows::afterwards(&workflows, signed_in, &plan, &repo)?;
    plan.findings.extend(said);
    plan.steps.extend(sign_in_steps(&plan, &repo.settings().ci));
    plan.changes.extend(changes);
    plan.changes.sort_by(|one, other| one.path.cmp(&other.path));
    plan.findings = merged(std::mem::take(&mut plan.findings));
    plan.skipped.sort();
    plan.skipped.dedup();
    let is_applied = |id: &str| plan.applied().any(|finding| finding.transform == id);
    let has_profiles = !plan.profiles().is_empty();
    let keyed = workflows.keyed_jobs(&repo.settings().ci);
    if has_profiles || is_applied("remove_assume_role") || is_applied("remove_static_keys") {
        plan.keyed_jobs.clone_from(&keyed);
    }
    if has_profiles && !repo.runs("ci_backend_profile") {
        plan.terraform_jobs = workflows.terraform_jobs(&keyed);
    }
    Ok(plan)
}

/// What the scan of one directory brings.
pub(crate) struct Scanned {
    /// What was said of it; the rest is kept only if something in it changes.
    pub(crate) module: Module,
    is_changed: bool,
    skipped: Vec<Skip>,
}

/// A module's documents before, and the new texts of those that change.
pub(crate) struct Changed {
    pub(crate) module: Module,
    pub(crate) texts: BTreeMap<PathBuf, String>,
}

fn scan_directory(
    source: &dyn Source,
    directory: &Path,
    buffer: &mut Vec<u8>,
    repo: &Repo,
    scripts: &Scripts,
) -> Result<Scanned, PlanError> {
    let mut module = read_module(source, directory, buffer, repo)?;
    if repo.has_breaks(&module.directory) {
        around::configuration(source, &mut module, buffer)?;
    }
    if repo.may_leave_variables(&module.directory) {
        around::add(source, &mut module, buffer, repo, scripts)?;
    }
    let skipped = module
        .documents
        .iter()
        .flat_map(|document| unparsed(document, repo.settings()))
        .collect();
    scan(&mut module, repo);
    let is_changed = module.said.iter().any(|finding| finding.applied);
    if !is_changed {
        let mut empty = Module::default();
        empty.said = module.said;
        module = empty;
    }
    Ok(Scanned {
        module,
        is_changed,
        skipped,
    })
}

/// The files of a directory that matter, read again.
pub(crate) fn read_module(
    source: &dyn Source,
    directory: &Path,
    buffer: &mut Vec<u8>,
    repo: &Repo,
) -> Result<Module, PlanError> {
    let files = repo.matter(directory).into_iter();
    let files = files.filter(|path| is_hcl(path));
    let documents = files
        .map(|path| survey::document(source, &path, buffer))
        .collect::<Result<_, _>>()?;
    Ok(Module::new(directory.to_path_buf(), documents))
}

fn is_hcl(path: &Path) -> bool {
    let kind = FileKind::of(path);
    kind.is_some_and(|kind| {
        let hcl = [
            FileKind::Configuration,
            FileKind::Test,
            FileKind::BackendSettings,
            FileKind::Lock,
            FileKind::Terragrunt,
        ];
        hcl.contains(&kind)
    })
}

/// Has the selected transforms say what they have to about a module, one after the other.
pub(crate) fn scan(module: &mut Module, repo: &Repo) {
    let running = repo
        .catalogue()
        .iter()
        .filter(|transform| repo.runs(transform.id));
    for transform in running.filter(|transform| transform.when != When::Afterwards) {
        say(transform, module, repo);
    }
}

/// Adds what a transform has to say about a module, its edits held back where they must not be
/// made.
pub(crate) fn say(transform: &Transform, module: &mut Module, repo: &Repo) {
    let Scan::Module(scan) = transform.scan else {
        return;
    };
    let mut findings = scan(module, repo);
    for finding in &mut findings {
        module.leave_inexact(finding);
        module.place(finding);
    }
    admit(&mut findings, repo, |path| {
        let obstacle = repo.obstacle(path);
        obstacle
            .or_else(|| module.obstacle(path))
            .map(str::to_owned)
    });
    module.said.append(&mut findings);
}

/// Keeps what is asked for, holds back edits that must not be made, and marks those that are.
pub(crate) fn admit(
    findings: &mut Vec<Finding>,
    repo: &Repo,
    obstacle: impl Fn(&Path) -> Option<String>,
) {
    let is_in_scope = |path: &Path| repo.selection().contains(path);
    findings.retain(|finding| {
        is_in_scope(&finding.at.path) || finding.edits.iter().any(|edit| is_in_scope(&edit.path))
    });
    for finding in findings {
        if SWITCHES.contains(&finding.transform) {
            hold_for_ci(finding, repo);
        }
        let obstacle = finding.edits.iter().find_map(|edit| {
            let path = edit.path.display();
            match is_in_scope(&edit.path) {
                true => Some(format!("{path} {}", obstacle(&edit.path)?)),
                false => Some(format!(
                    "{path}, which it needs too, is not among the paths named"
                )),
            }
        });
        if let Some(obstacle) = obstacle {
            finding.hold(&obstacle);
        }
        finding.applied = !finding.edits.is_empty() && repo.selection().admits(finding.safety);
    }
}

/// Transforms after which static keys act as somebody else, or find no state.
const SWITCHES: [&str; 4] = [
    "remove_assume_role",
    "remove_static_keys",
    "set_backend_profile",
    "account_guard",
];

/// Asks before it switches a module that a job on static keys runs.
fn hold_for_ci(finding: &mut Finding, repo: &Repo) {
    let mut directories = finding.edits.iter().filter_map(|edit| edit.path.parent());
    let holder = directories.find_map(|directory| repo.held_by(directory));
    if let Some(holder) = holder {
        finding.safety = Safety::Review;
        finding.message += &format!("; {} runs it and stays on static keys", holder.name());
    }
}

/// The blocks that transforms read and hcl-edit rejects: left alone, and said.
pub(crate) fn unparsed(document: &Document, settings: &Settings) -> Vec<Skip> {
    if FileKind::of(document.path()) == Some(FileKind::BackendSettings) {
        let why = document.body().err();
        let skip = why.map(|why| Skip {
            path: document.path().to_path_buf(),
            line: Some(1),
            reason: format!("is left: it is not understood: {why}"),
        });
        return skip.into_iter().collect();
    }
    if FileKind::of(document.path()) == Some(FileKind::Terragrunt) {
        let unread = terragrunt::unread(document, &Generated::of(document)).into_iter();
        let skips = unread.map(|unread| Skip {
            path: document.path().to_path_buf(),
            line: Some(document.location(unread.offset).line),
            reason: format!("is left: {}", unread.why),
        });
        return skips.collect();
    }
    let kinds = ["terraform", "provider", "module"].into_iter();
    let blocks = kinds.flat_map(|kind| document.top_blocks(kind).map(move |top| (kind, top)));
    let skips = blocks.filter_map(|(kind, top)| {
        let why = top.parse().err()?;
        let is_read = kind != "module" || matters(&document.text()[top.span()], &settings.upgrade);
        is_read.then(|| Skip {
            path: document.path().to_path_buf(),
            line: Some(document.location(top.span().start).line),
            reason: format!("is left: this `{kind}` block is not understood: {why}"),
        })
    });
    skips.collect()
}

/// Splices the edits of one module's files.
fn change(module: Module, edits: &BTreeMap<&Path, Vec<Edit>>) -> Result<Changed, PlanError> {
    let mut texts = BTreeMap::new();
    for document in &module.documents {
        let Some(edits) = edits.get(document.path()) else {
            continue;
        };
        let mut edits = edits.clone();
        if let Some(json) = document.json() {
            let raised = json.raise(document.text(), &edits);
            let after = raised.and_then(|mut raised| splice(json.text(), &mut raised).ok());
            let (after, _) = after.ok_or_else(|| {
                let path = document.path().display();
                PlanError::Unsound(format!("{path}: the edits together are not exact in JSON"))
            })?;
            if after != json.text() {
                texts.insert(document.path().to_path_buf(), after);
            }
            continue;
        }
        let after = settle(document.text(), &mut edits).map_err(|why| {
            let path = document.path().display();
            PlanError::Unsound(match why {
                Unsettled::Overlap(overlap) => format!("{path}: two edits overlap: {overlap:?}"),
                Unsettled::Broken(error) => format!("{path}: the result is broken: {}", error.kind),
            })
        })?;
        if !is_layout_alone(document.text(), &mut edits, &after) {
            let path = document.path().display();
            let what = format!("{path}: closing seams and aligning changed more than white space");
            return Err(PlanError::Unsound(what));
        }
        if after != document.text() {
            texts.insert(document.path().to_path_buf(), after);
        }
    }
    Ok(Changed { module, texts })
}

/// Whether `after` is what the edits make of `before`, but for white space.
fn is_layout_alone(before: &str, edits: &mut Vec<Edit>, after: &str) -> bool {
    fn ink(text: &str) -> impl Iterator<Item = u8> {
        text.bytes().filter(|byte| !byte.is_ascii_whitespace())
    }
    splice(before, edits).is_ok_and(|(spliced, _)| ink(&spliced).eq(ink(after)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settling_may_move_white_space_and_nothing_else() {
        let mut edits = vec![Edit::replace(0..1, "b")];
        assert!(is_layout_alone("a = 1\n", &mut edits, "b  =  1\n"));
        assert!(!is_layout_alone("a = 1\n", &mut edits, "b = 2\n"));
        assert!(!is_layout_alone("a = 1\n", &mut edits, "b = 1\nc\n"));
    }
}
