//! From the files of a repository to its plan: survey all, decide, scan, splice, verify.
//!
//! Texts are read twice: once for the few facts that the tree as a whole has to know, once,
//! directory by directory, to scan the modules that matter. So memory grows with what changes and
//! with those facts, not with the tree.

mod afterwards;
mod around;
mod audit;
mod breaks;
mod inventory;
mod names;
mod propose;
mod readers;
mod survey;
mod verify;
mod workflows;

pub use audit::{AUDITED, audit};
pub use inventory::{Backend, Inventory, inventory};
pub use propose::{Proposal, propose};
pub use survey::{Survey, Surveyor};

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::model::edit::{Edit, splice};
use crate::model::file_kind::FileKind;
use crate::model::finding::{Finding, Location, Safety};
use crate::model::hcl::Document;
use crate::model::ignore::Ignore;
use crate::model::module::{Module, Scripts};
use crate::model::module_call::matters;
use crate::model::plan::{Plan, Skip};
use crate::model::repo::Repo;
use crate::model::selection::Selection;
use crate::model::settings::Settings;
use crate::model::settle::{Unsettled, settle};
use crate::model::sign_in_steps::sign_in_steps;
use crate::model::steps::steps;
use crate::model::terragrunt;
use crate::{CATALOGUE, Scan, Transform, When};

/// Where texts come from: a disk, or a map in a test.
pub trait Source: Sync {
    /// Reads the file at `path` (relative to the root) into `buffer`, in place of what was there.
    ///
    /// # Errors
    /// Whatever keeps it from being read.
    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()>;

    /// The plain files of a directory (relative to the root) as paths relative to the root; none
    /// where there is no such directory. Links are no plain files.
    ///
    /// # Errors
    /// Whatever keeps it from being listed.
    fn files(&self, directory: &Path) -> io::Result<Vec<PathBuf>>;

    /// All plain files of the tree, relative to the root, but for what git, Terraform and package
    /// managers keep for themselves.
    ///
    /// # Errors
    /// Whatever keeps it from being walked.
    fn tree(&self) -> io::Result<Vec<PathBuf>>;

    /// Why the file must not be replaced, as a phrase; `None` where it may be.
    ///
    /// # Errors
    /// Whatever keeps it from being looked at.
    fn obstacle(&self, path: &Path) -> io::Result<Option<String>>;
}

/// Why a repository has no plan.
#[derive(Debug)]
pub enum PlanError {
    /// Files whose brackets, strings, heredocs or comments do not close.
    Broken(Vec<(Location, String)>),
    /// A file that could not be read.
    Unreadable(PathBuf, io::Error),
    /// The plan does not hold what it promises: a fault of tfkeyless.
    Unsound(String),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(places) => {
                for (index, (at, what)) in places.iter().enumerate() {
                    let end = if index + 1 < places.len() { "\n" } else { "" };
                    let path = at.path.display();
                    write!(f, "{path}:{}:{}: {what}{end}", at.line, at.column)?;
                }
                Ok(())
            }
            Self::Unreadable(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Unsound(what) => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for PlanError {}

/// Plans the migration of one repository, whose files a [`Surveyor`] of `source` has been over.
///
/// # Errors
/// Broken or unreadable files, and plans that do not pass their own verification. Nothing of
/// the repository is changed then.
pub fn plan(
    source: &dyn Source,
    surveys: impl IntoIterator<Item = Survey>,
    settings: Settings,
    selection: Selection,
) -> Result<Plan, PlanError> {
    let mut survey = Survey::of_all(surveys, &selection)?;
    let ignores = std::mem::take(&mut survey.ignores);
    let mut repo = Repo::new(settings, selection, survey.facts);
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
struct Scanned {
    /// What was said of it; the rest is kept only if something in it changes.
    module: Module,
    is_changed: bool,
    skipped: Vec<Skip>,
}

/// A module's documents before, and the new texts of those that change.
struct Changed {
    module: Module,
    texts: BTreeMap<PathBuf, String>,
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
        module = Module {
            said: module.said,
            ..Module::default()
        };
    }
    Ok(Scanned {
        module,
        is_changed,
        skipped,
    })
}

/// The files of a directory that matter, read again.
fn read_module(
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
    Ok(Module {
        directory: directory.to_path_buf(),
        documents,
        ..Module::default()
    })
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
fn scan(module: &mut Module, repo: &Repo) {
    let running = CATALOGUE.iter().filter(|transform| repo.runs(transform.id));
    for transform in running.filter(|transform| transform.when != When::Afterwards) {
        say(transform, module, repo);
    }
}

/// Adds what a transform has to say about a module, its edits held back where they must not be
/// made.
fn say(transform: &Transform, module: &mut Module, repo: &Repo) {
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
fn admit(findings: &mut Vec<Finding>, repo: &Repo, obstacle: impl Fn(&Path) -> Option<String>) {
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
fn unparsed(document: &Document, settings: &Settings) -> Vec<Skip> {
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
        let unread = terragrunt::unread(document).into_iter();
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
        let is_read = kind != "module" || matters(&document.text()[top.span()], settings);
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
