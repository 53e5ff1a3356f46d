//! One repository on disk: read, and its migration planned.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use diagnostics::ask::Ask;
use diagnostics::skip::Skip;
use engine::audit;
use engine::error::PlanError;
use engine::index::survey::{Survey, Surveyor};
use engine::next_steps::REPOSITORY;
use engine::plan::{FileChange, Plan};
use engine::planner;
use engine::request::Request;
use engine::settings::Settings;
use engine::source::Source;
use rayon::prelude::*;
use syntax::code::sentence;
use syntax::{shell, visible};
use transforms::{CATALOGUE, SCANS};

use crate::commit::{self, Interruption};
use crate::config::{Invocation, wrong_configuration};
use crate::diff::FileDiff;
use crate::disk::Disk;
use crate::git;
use crate::outcome::Refusal;
use crate::redact::Known;
use crate::run_directory::RunDirectory;
use crate::walk;
use crate::written::Written;

/// A repository and its plan.
#[derive(Debug)]
pub struct Planned {
    /// The repository's root, absolute.
    pub root: PathBuf,
    /// Whether there is a configuration file.
    pub is_configured: bool,
    /// Its changes and findings.
    pub plan: Plan,
    /// The files among the changes that git ignores: these are never committed.
    pub ignored: BTreeSet<PathBuf>,
    /// The secrets in its files.
    pub known: Known,
    /// What of it is written; `None` where nothing is.
    pub written: Option<Written>,
}

/// Comes from what a walk found to a plan.
type Planner = fn(&dyn Source, Vec<Survey>, Request) -> Result<Plan, PlanError>;

impl Planned {
    /// Reads the repository and plans; nothing is written.
    ///
    /// # Errors
    /// A tree or a file that cannot be read, files that do not close, a run that was killed here.
    pub fn new(invocation: &Invocation) -> anyhow::Result<Self> {
        let plan =
            |source: &dyn Source, surveys, request| planner::plan(source, surveys, request, SCANS);
        let mut left = BTreeSet::new();
        let mut planned = loop {
            let mut planned = Self::by(invocation.clone(), left.clone(), plan)?;
            let changes = planned.plan.changes.iter();
            let changes: Vec<PathBuf> = changes.map(|change| change.path.clone()).collect();
            let ignored = git::ignored(&planned.root, &changes);
            // Which files are ignored is asked of those alone that would change: git is not started
            // where nothing does.
            if invocation.includes_ignored || ignored.is_empty() {
                planned.ignored = ignored;
                break planned;
            }
            // Another plan may change others: each leaves at least one more.
            let known = left.len();
            left.extend(ignored);
            if left.len() == known {
                let what = "a file that git ignores would be changed";
                return Err(explained(&PlanError::Unsound(what.to_owned())));
            }
        };
        name_repository(&mut planned, &invocation.settings);
        Ok(planned)
    }

    /// Reads the repository and finds what the migration would remove; the plan changes nothing.
    ///
    /// # Errors
    /// The same.
    pub fn audited(invocation: Invocation) -> anyhow::Result<Self> {
        Self::by(invocation, BTreeSet::new(), audit::audit)
    }

    /// The plan in which the files `left` stay as they are.
    fn by(
        invocation: Invocation,
        left: BTreeSet<PathBuf>,
        planner: Planner,
    ) -> anyhow::Result<Self> {
        let Invocation {
            root,
            settings,
            config,
            selection,
            declined,
            texts,
            ..
        } = invocation;
        let request = Request {
            catalogue: CATALOGUE,
            settings,
            selection,
            declined,
        };
        let source = Disk::new(&root).leaving(left).reading(texts.clone());
        let walked = walk::walk(&source, &Surveyor::new(&source, &request))?;
        refuse_interrupted(&root, &walked.interrupted)?;
        let plan = planner(&source, walked.surveys, request);
        let mut plan = plan.map_err(|error| match (&error, &config) {
            (PlanError::Configuration(errors), Some(config)) => {
                let text = match texts.get(config) {
                    Some(text) => text.clone(),
                    None => fs::read_to_string(root.join(config)).unwrap_or_default(),
                };
                wrong_configuration(errors, &visible::path(config), &text).into()
            }
            _ => explained(&error),
        })?;
        for warning in &mut plan.warnings {
            if let Some(config) = &config {
                warning.at.path.clone_from(config);
            }
        }
        plan.skipped.extend(walked.skipped);
        let foreign = RunDirectory::foreign(&root).into_iter();
        plan.skipped.extend(foreign.map(|path| Skip {
            path: path.strip_prefix(&root).unwrap_or(&path).to_path_buf(),
            line: None,
            reason:
                "is of a run in another directory, or is tracked by git: not acted on".to_owned(),
        }));
        plan.skipped.sort();
        add_texts(&mut plan, &root, texts)?;
        let known = hide_secrets(&mut plan);
        Ok(Self {
            root,
            is_configured: config.is_some(),
            plan,
            ignored: BTreeSet::new(),
            known,
            written: None,
        })
    }

    /// The diffs of its changes, what is known to be secret hidden where they are shown.
    pub fn diffs(&self) -> Vec<FileDiff<'_>> {
        let mut applied: HashMap<&Path, HashSet<&str>> = HashMap::new();
        for finding in self.plan.applied() {
            for edit in &finding.edits {
                let of_file = applied.entry(&edit.path).or_default();
                of_file.insert(finding.transform);
            }
        }
        let changes = self.plan.changes.par_iter().enumerate();
        let changes = changes.map(|(number, change)| {
            let applied = applied.get(change.path.as_path());
            let ids = CATALOGUE.iter().map(|transform| transform.id);
            let ids = ids.filter(|id| applied.is_some_and(|applied| applied.contains(id)));
            FileDiff::new(change)
                .hiding(&self.known, Some(number))
                .by(ids.collect())
        });
        changes.collect()
    }
}

/// Makes the changes those of the files as they are, where the plan was made of texts in their place.
///
/// # Errors
/// A file that cannot be read any more.
fn add_texts(plan: &mut Plan, root: &Path, texts: BTreeMap<PathBuf, String>) -> anyhow::Result<()> {
    for (path, text) in texts {
        let before = fs::read_to_string(root.join(&path)).with_context(|| visible::path(&path))?;
        match plan.changes.iter_mut().find(|change| change.path == path) {
            Some(change) => change.before = before,
            None if before == text => {}
            None => plan.changes.push(FileChange {
                path,
                before,
                after: text,
            }),
        }
    }
    plan.changes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(())
}

/// Masks the secrets of the files that change in all that the plan says. Where a text quotes one, its
/// name may not stand beside it.
fn hide_secrets(plan: &mut Plan) -> Known {
    let changes = plan.changes.iter();
    let texts = changes.flat_map(|change| [change.before.as_str(), change.after.as_str()]);
    let known = Known::of(&texts.collect::<Vec<_>>(), &plan.secrets);
    let mask = |text: &mut String| {
        if let Cow::Owned(masked) = known.masked(text) {
            *text = masked;
        }
    };
    for finding in plan.findings.iter_mut().chain(&mut plan.warnings) {
        if let Some(help) = &mut finding.help {
            help.change_texts(mask);
        }
        let asks = finding.questions.iter_mut().flat_map(Ask::texts_mut);
        asks.chain(&mut finding.reasons)
            .chain(&mut finding.notes)
            .chain([&mut finding.subject, &mut finding.message])
            .for_each(mask);
    }
    let skipped = plan.skipped.iter_mut().chain(&mut plan.kept);
    let steps = plan.steps.iter_mut();
    let steps = steps.flat_map(|step| step.commands.iter_mut().chain([&mut step.why]));
    let skipped = skipped.map(|skip| &mut skip.reason);
    skipped.chain(steps).for_each(mask);
    known
}

/// What the repository is called on GitHub, as `OWNER/NAME`: what `origin` says, else the first name in the configuration.
pub fn name_on_github(root: &Path, settings: &Settings) -> Option<String> {
    let host = ci::settings::host(&settings.ci.issuer);
    git::github_repository(root, host).or_else(|| settings.repositories.first().cloned())
}

/// Names the repository in the OIDC subjects, where that is known: the engine starts no process.
fn name_repository(planned: &mut Planned, settings: &Settings) {
    let mut steps = planned.plan.steps.iter();
    if !steps.any(|step| step.commands.iter().any(|it| it.contains(REPOSITORY))) {
        return;
    }
    if let Some(name) = name_on_github(&planned.root, settings) {
        for step in &mut planned.plan.steps {
            for command in &mut step.commands {
                *command = command.replacen(REPOSITORY, &name, 1);
            }
        }
    }
}

/// Fails where a run was killed at the root, above it or below it, or is at work there: its files are
/// half written, and it is undone from where it began.
pub fn refuse_interrupted(root: &Path, below: &[PathBuf]) -> anyhow::Result<()> {
    let below = below.iter().map(PathBuf::as_path).min();
    for directory in root.ancestors().chain(below) {
        let (place, path) = (visible::path(directory), shell::operand(directory));
        match commit::interrupted(directory)? {
            None => {}
            Some(Interruption::Writing) => bail!(commit::busy()),
            Some(Interruption::Killed) => {
                let edited = commit::edited(directory)?;
                if !edited.is_empty() {
                    let all = edited.iter().map(ToString::to_string);
                    bail!(Refusal(all.collect::<Vec<_>>().join("\n")));
                }
                bail!(Refusal(sentence!(
                    "a run that was killed left {place} half written: run `tfkeyless apply {path}` \
                     first, which undoes it"
                )))
            }
        }
    }
    Ok(())
}

/// A planning error with what to do next.
pub fn explained(error: &PlanError) -> anyhow::Error {
    let next = match error {
        PlanError::Broken(_) => {
            "\nnote: Terraform cannot read this either\nnote: nothing was written\n\
             help: fix it and run again, or name the paths to migrate"
        }
        PlanError::Unreadable(..) | PlanError::Configuration(_) => "",
        PlanError::Unsound(_) => {
            "\nnote: this is a bug in tfkeyless, please report it\nnote: nothing was written"
        }
    };
    match error {
        PlanError::Broken(_) | PlanError::Configuration(_) => {
            Refusal(format!("{error}{next}")).into()
        }
        _ => anyhow::anyhow!("{error}{next}"),
    }
}
