//! What files tell of runners, joined: a pipeline that calls `make apply` runs what the Makefile
//! says.

use std::path::{Path, PathBuf};

use syntax::location::Location;
use terraform::linked_directories::LinkedDirectories;

use super::commands::{self, ScriptReading, WrapperCall};
use super::pinned::PinnedIdentity;
use super::wrappers::Targets;
use super::{Grade, SystemRunner};
use crate::runner::LocatedRun;
use crate::terraform_run::{RunsIn, TerraformRun};

/// What the file of a pipeline or a wrapper tells.
#[derive(Debug, Clone)]
pub struct RunnerEvidence {
    pub(super) system: &'static str,
    pub(super) path: PathBuf,
    /// Whether it only runs what it is called for, with the credentials of who calls it.
    pub(super) is_wrapper: bool,
    /// The commands that reach state.
    pub(super) runs: Vec<LocatedRun>,
    /// The line that names Terraform, or a command, in a form which cannot be read.
    pub(super) unread: Option<Location>,
    /// What it calls that may run Terraform.
    pub(super) calls: Vec<(Location, WrapperCall)>,
    /// The first line that names Terraform.
    pub(super) named: Option<Location>,
    /// The identities that a wrapper pins.
    pub(super) pins: Vec<PinnedIdentity>,
    /// The targets of a Makefile.
    pub(super) targets: Targets,
}

impl RunnerEvidence {
    pub(super) fn new(system: &'static str, path: &Path, text: &str) -> Self {
        let named = commands::named(text);
        Self {
            system,
            path: path.to_path_buf(),
            is_wrapper: false,
            runs: Vec::new(),
            unread: None,
            calls: Vec::new(),
            named: named.map(|offset| Location::at(path, text, offset)),
            pins: Vec::new(),
            targets: Targets::default(),
        }
    }

    /// A wrapper that names no tool: a call of it runs none.
    pub fn without_tools(path: &Path) -> Self {
        Self {
            is_wrapper: true,
            ..Self::new("", path, "")
        }
    }

    /// Adds what a script does; `at` locates its byte offsets.
    pub(super) fn add(&mut self, script: ScriptReading, at: impl Fn(usize) -> Location) {
        let runs = script.runs.into_iter();
        self.runs.extend(runs.map(|run| LocatedRun {
            at: at(run.offset),
            run,
        }));
        let calls = script.calls.into_iter();
        self.calls
            .extend(calls.map(|(offset, words)| (at(offset), words)));
        if let Some(offset) = script.unknown.filter(|_| self.named.is_some()) {
            self.unread.get_or_insert(at(offset));
        }
    }

    fn runner(self, wrappers: &[Self]) -> Option<SystemRunner> {
        let called = || {
            self.calls
                .iter()
                .find(|(_, call)| reaches_state(call, wrappers, self.named.is_some()))
        };
        let (at, grade) = match (self.runs.first(), &self.unread) {
            (Some(run), _) => (run.at.clone(), Grade::Certain),
            (None, Some(at)) => (at.clone(), Grade::Possible),
            (None, None) => (called()?.0.clone(), Grade::Possible),
        };
        // Where one part cannot be read, that part may run anywhere.
        let is_whole = self.unread.is_none() && called().is_none();
        Some(SystemRunner {
            system: self.system,
            at,
            grade,
            runs: if is_whole { self.runs } else { Vec::new() },
            is_wrapper: false,
            profile: None,
        })
    }

    fn pinned(self) -> impl Iterator<Item = SystemRunner> {
        let Self {
            system, runs, pins, ..
        } = self;
        pins.into_iter().filter_map(move |pin| {
            let reached = runs.iter().filter(|run| pin.covers(run));
            let runs: Vec<LocatedRun> = reached.cloned().collect();
            (!runs.is_empty()).then_some(SystemRunner {
                system,
                at: pin.at,
                grade: Grade::Certain,
                runs,
                is_wrapper: true,
                profile: pin.profile,
            })
        })
    }
}

/// Whether what is called runs Terraform; where it is not in the tree, whether the caller speaks of
/// Terraform at all.
fn reaches_state(call: &WrapperCall, wrappers: &[RunnerEvidence], is_named: bool) -> bool {
    let Some((name, arguments)) = call.words.split_first() else {
        return false;
    };
    if name == "make" {
        let is_there = |it: &&RunnerEvidence| {
            let directory = call
                .directory
                .as_deref()
                .filter(|it| !it.as_os_str().is_empty());
            it.targets.is_makefile
                && directory.is_none_or(|directory| it.path.parent() == Some(directory))
        };
        let mut makefiles = wrappers.iter().filter(is_there).peekable();
        return match makefiles.peek() {
            None => is_named,
            Some(_) => makefiles.any(|file| {
                let reached = file.targets.reached(arguments);
                file.runs.iter().any(|run| reached.covers(run.at.line))
            }),
        };
    }
    let tasks = match name.as_str() {
        "task" => Some("askfile."),
        "just" => Some("ustfile"),
        _ => None,
    };
    let scripts = call
        .words
        .iter()
        .filter(|word| word.contains('/') || word.contains('.'));
    let names: Vec<&str> = scripts.filter_map(|word| word.rsplit('/').next()).collect();
    let is_called = |it: &&RunnerEvidence| {
        let file = it.path.file_name().and_then(|name| name.to_str());
        file.is_some_and(|file| match tasks {
            Some(tasks) => file.contains(tasks),
            None => names.contains(&file),
        })
    };
    let mut called = wrappers.iter().filter(is_called).peekable();
    match called.peek() {
        // A script that is not in the tree may run Terraform where the pipeline names it. Scripts of
        // npm are not read, and hardly ever do.
        None => is_named && !matches!(name.as_str(), "npm"),
        Some(_) => called.any(|it| !it.runs.is_empty()),
    }
}

/// A run of everything in a directory; of any where that is not known.
pub(super) fn run_in(at: Location, directory: Option<PathBuf>) -> LocatedRun {
    LocatedRun {
        at,
        run: TerraformRun {
            offset: 0,
            directory,
            is_tree: false,
            is_terragrunt: false,
            has_init: true,
            runs_in: RunsIn::Runner,
        },
    }
}

/// The runners that files define, by path, in a tree with these directories of configuration, some of
/// which are linked.
pub fn runners<'m>(
    evidence: Vec<RunnerEvidence>,
    modules: &(impl Iterator<Item = &'m Path> + Clone),
    linked: &LinkedDirectories,
) -> Vec<SystemRunner> {
    let (wrappers, pipelines): (Vec<_>, Vec<_>) =
        evidence.into_iter().partition(|it| it.is_wrapper);
    let pipelines = pipelines.into_iter().filter_map(|it| it.runner(&wrappers));
    let mut runners: Vec<SystemRunner> = pipelines.collect();
    runners.extend(wrappers.into_iter().flat_map(RunnerEvidence::pinned));
    runners.retain_mut(|runner| {
        let is_open = runner.runs.is_empty();
        let runs = runner.runs.iter_mut();
        let placed = runs.filter_map(|it| {
            // Terragrunt's modules may be anywhere, whatever is in its directory.
            let directory = it.run.directory.as_deref();
            let directory = directory.filter(|_| !it.run.is_terragrunt);
            it.run.directory = placed(directory, modules.clone(), linked)?;
            Some(it.clone())
        });
        runner.runs = placed.collect();
        is_open || !runner.runs.is_empty()
    });
    runners.sort_by(|one, other| one.at.cmp(&other.at));
    runners
}

/// The directory of a command as the tree has it: `Some(None)` where it may be any, `None` where it
/// is none of this repository's.
#[expect(
    clippy::option_option,
    reason = "no directory, and any directory, are two answers"
)]
fn placed<'m>(
    directory: Option<&Path>,
    mut modules: impl Iterator<Item = &'m Path> + Clone,
    linked: &LinkedDirectories,
) -> Option<Option<PathBuf>> {
    let Some(directory) = directory else {
        return Some(None);
    };
    // The repository may lie in a directory of its own, beside others that are checked out.
    let ends = (0..directory.iter().count()).map(|from| directory.iter().skip(from).collect());
    let ends: Vec<PathBuf> = ends.collect();
    let known = ends
        .into_iter()
        .map(|end| linked.resolved(&end).into_owned())
        .find(|end| modules.clone().any(|it| it == end));
    // Above its modules a command may be for any of them: what is there is made by the run, or the
    // job begins elsewhere.
    let above = linked.resolved(directory);
    let is_above = modules.any(|it| it.starts_with(&above));
    match known {
        Some(known) => Some(Some(known)),
        None => is_above.then_some(None),
    }
}
