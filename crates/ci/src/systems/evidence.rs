//! What files tell of runners.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syntax::location::Location;

use super::pinned::PinnedIdentity;
use super::shared_environment::{Loop, Recipe, called_runs};
use super::{Grade, SystemRunner, environment_files, naming, profile_files, taken_in, yaml};
use crate::runner::LocatedRun;
use crate::scripts::program::runs_terraform;
use crate::scripts::reader::{
    Called, Execution, ScriptBudget, ScriptCall, ScriptContext, ScriptReading, Tree, read,
};
use crate::scripts::tree::{TreeScripts, Wanted};
use crate::scripts::working_directory::{SYSTEMS, WorkingDirectory};
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
    /// The line by which a pipeline runs one that its jobs write.
    pub(super) generated: Option<Location>,
    /// What it calls that may run Terraform.
    pub(super) calls: Vec<(Location, ScriptCall)>,
    /// The first line that names Terraform.
    pub(super) named: Option<Location>,
    /// The identities that a wrapper pins.
    pub(super) pins: Vec<PinnedIdentity>,
    /// The files of the tree that are part of the pipeline, or that a wrapper loads, from the root; `*`
    /// stands for any names.
    pub(super) included: Vec<String>,
    /// The account of the role that the commands which are read now get credentials of.
    pub(super) account: Option<String>,
    /// The directory below which what a wrapper pins counts for every root module.
    pub(super) covers: Option<PathBuf>,
    /// The line by which a container gets its environment from files.
    pub(super) environment_file: Option<Location>,
    /// Whether all that a wrapper loads from `included` reaches its commands, exported there or not.
    pub(super) exports_all: bool,
    /// The targets or tasks of the file, each a call of its own, or the file as the only one.
    pub(super) recipes: Vec<Recipe>,
    /// Whether people call it from any directory, so that those of its commands are the ends of paths.
    pub(super) is_called_anywhere: bool,
    /// Its loops.
    pub(super) loops: Vec<Loop>,
    /// The files of tasks that it takes in, each with the directory that their tasks run in.
    pub(super) included_directories: Vec<(PathBuf, Option<PathBuf>)>,
    /// The text of a script that takes in files: it may call their functions.
    pub(super) script: Option<String>,
}

impl RunnerEvidence {
    pub(super) fn new(system: &'static str, path: &Path, text: &str) -> Self {
        let named = naming::named(text);
        Self {
            system,
            path: path.to_path_buf(),
            is_wrapper: false,
            runs: Vec::new(),
            unread: None,
            generated: None,
            calls: Vec::new(),
            named: named.map(|offset| Location::at(path, text, offset)),
            pins: Vec::new(),
            included: Vec::new(),
            account: None,
            covers: None,
            environment_file: None,
            exports_all: false,
            recipes: Vec::new(),
            is_called_anywhere: false,
            loops: Vec::new(),
            included_directories: Vec::new(),
            script: None,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files of the tree that are part of the pipeline, from the root; `*` stands for any names.
    pub fn included(&self) -> &[String] {
        &self.included
    }

    /// What a file tells that is part of this pipeline, or that this wrapper loads.
    #[must_use]
    pub fn of_included(&self, path: &Path, text: &str) -> Self {
        if self.is_wrapper && profile_files::is_one(text) {
            return profile_files::read(self, path, text);
        }
        if self.is_wrapper && taken_in::is_tasks(path) {
            return taken_in::read(self, path, text);
        }
        if self.is_wrapper {
            return environment_files::loaded_by(self, path, text);
        }
        yaml::read(Self::new(self.system, path, text), text)
    }

    /// What is known of a file that is part of this wrapper and not in the tree: a container that gets its
    /// environment from there has no other credentials.
    #[must_use]
    pub fn of_missing(&self, path: &Path) -> Option<Self> {
        let at = self.environment_file.clone()?;
        Some(Self {
            is_wrapper: true,
            runs: self.runs.clone(),
            is_called_anywhere: self.is_called_anywhere,
            pins: vec![PinnedIdentity::of_file(at)],
            ..Self::new(self.system, path, "")
        })
    }

    /// A wrapper that names no tool: a call of it runs none.
    pub fn without_tools(path: &Path) -> Self {
        Self {
            is_wrapper: true,
            ..Self::new("", path, "")
        }
    }

    /// The path, where it is a wrapper.
    pub fn wrapper(&self) -> Option<&Path> {
        self.is_wrapper.then_some(&self.path)
    }

    /// Adds what a script does; `at` locates its byte offsets.
    pub(super) fn add(&mut self, script: ScriptReading, at: impl Fn(usize) -> Location) {
        let account = self.account.clone();
        let runs = script.runs.into_iter();
        self.runs.extend(runs.map(|run| LocatedRun {
            at: at(run.offset),
            run,
            account: account.clone(),
        }));
        let calls = script.calls.into_iter();
        self.calls.extend(calls.map(|call| (at(call.offset), call)));
        if let Some(offset) = script.unknown.filter(|_| self.named.is_some()) {
            self.unread.get_or_insert(at(offset));
        }
    }

    /// The lines of the commands and calls that are known so far.
    pub(super) fn lines(&self) -> BTreeSet<usize> {
        let runs = self.runs.iter().map(|run| run.at.line);
        runs.chain(self.calls.iter().map(|(at, _)| at.line))
            .collect()
    }

    /// Whether what it calls matters: a wrapper that pins nothing leaves that to who calls it.
    fn follows(&self) -> bool {
        !self.is_wrapper || !self.pins.is_empty()
    }

    /// Adds what it calls in the tree; the place of the first call that cannot be read.
    fn add_called(&mut self, tree: &TreeScripts) -> Option<Location> {
        let mut unread = None;
        if let Some(script) = self.script.take() {
            self.runs = runs_of_script(&self.path, &script, tree).0;
            self.calls.clear();
        }
        // One of its own: what it calls was followed before, as files were asked for.
        let budget = ScriptBudget::default();
        for (at, mut call) in std::mem::take(&mut self.calls) {
            call.context.budget = budget.clone();
            let is_unread = match tree.follow(&call) {
                Called::Read(reading) => {
                    let mut words = reading.execution.commands.iter().flat_map(|it| &it.words);
                    if self.generated.is_some() && words.any(|word| runs_terraform(word)) {
                        self.unread = self.unread.take().or(self.generated.clone());
                    }
                    let runs = reading.runs.into_iter();
                    self.runs.extend(runs.map(|run| LocatedRun {
                        at: at.clone(),
                        run,
                        account: None,
                    }));
                    !reading.calls.is_empty()
                }
                Called::Unread => true,
                Called::Nothing => false,
            };
            if budget.is_spent() {
                match self.is_wrapper {
                    true => self.runs.push(run_in_any(at)),
                    false => drop(self.unread.get_or_insert(at)),
                }
                break;
            }
            if is_unread {
                unread.get_or_insert(at);
            }
        }
        unread
    }

    /// The runner that a pipeline is; what it calls is read in the tree.
    fn runner(mut self, tree: &TreeScripts) -> Option<SystemRunner> {
        // A script that is not in the tree may run Terraform where the pipeline names it.
        let called = self.add_called(tree).filter(|_| self.named.is_some());
        self.unread = self.unread.or(called);
        self.runs.sort_by(|one, other| one.at.cmp(&other.at));
        let (at, grade) = match (self.runs.first(), &self.unread) {
            (Some(run), _) => (run.at.clone(), Grade::Certain),
            (None, Some(at)) => (at.clone(), Grade::Possible),
            (None, None) => return None,
        };
        // Where one part cannot be read, that part may run anywhere.
        let is_whole = self.unread.is_none();
        Some(SystemRunner {
            system: self.system,
            at,
            grade,
            runs: if is_whole { self.runs } else { Vec::new() },
            is_wrapper: false,
            profile: None,
            job: None,
        })
    }

    fn pinned<'m>(
        mut self,
        modules: impl Iterator<Item = &'m Path> + Clone,
    ) -> impl Iterator<Item = SystemRunner> {
        if self.is_called_anywhere {
            let runs = std::mem::take(&mut self.runs).into_iter();
            self.runs = runs
                .flat_map(|run| anywhere(&run, modules.clone()))
                .collect();
        }
        let Self {
            system,
            mut runs,
            pins,
            covers,
            account,
            ..
        } = self;
        if let (Some(covers), Some(pin)) = (covers, pins.first()) {
            let below = modules.filter(|module| module.starts_with(&covers));
            runs.extend(below.map(|it| LocatedRun {
                account: account.clone(),
                ..run_in(pin.at.clone(), Some(it.to_path_buf()))
            }));
        }
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
                job: None,
            })
        })
    }
}

/// A command of a script whose directory is the end of a path, in each root module that has it; in any, where none has.
fn anywhere<'m>(located: &LocatedRun, modules: impl Iterator<Item = &'m Path>) -> Vec<LocatedRun> {
    let directory = located
        .run
        .directory
        .clone()
        .filter(|it| it.iter().next().is_some());
    let within = |directory: Option<PathBuf>| {
        let mut located = located.clone();
        located.run.directory = directory;
        located
    };
    let ends = modules.filter(|it| directory.as_ref().is_some_and(|end| it.ends_with(end)));
    let found: Vec<LocatedRun> = ends.map(|it| within(Some(it.to_path_buf()))).collect();
    match found.is_empty() || located.run.is_tree || located.run.named.is_some() {
        true => vec![within(None)],
        false => found,
    }
}

/// The account in the ARN of a role.
pub(super) fn account_of_role(arn: &str) -> Option<String> {
    let (_, rest) = arn.trim().split_once("arn:aws")?;
    let id = rest.split(':').nth(3)?;
    is_account(id).then(|| id.to_owned())
}

/// Whether a text is the id of an account.
pub(super) fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a script may choose other credentials than those that it is given.
pub(super) fn chooses_credentials(script: &str) -> bool {
    let words = [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_ROLE_ARN",
        "assume-role",
        "aws-vault",
    ];
    words.iter().any(|word| script.contains(word))
}

/// The Terraform commands of the script at `path` and of all that it leads to, and what it executes.
pub(super) fn runs_of_script(
    path: &Path,
    script: &str,
    tree: &TreeScripts,
) -> (Vec<LocatedRun>, Execution) {
    let reading = reading_of_script(path, script, tree);
    let runs = reading.runs.into_iter().map(|run| LocatedRun {
        at: Location::at(path, script, run.offset),
        run,
        account: None,
    });
    (runs.collect(), reading.execution)
}

/// What the script at `path` does, with directories as seen from that of who calls it.
pub(super) fn reading_of_script(path: &Path, script: &str, tree: &TreeScripts) -> ScriptReading {
    let own = WorkingDirectory::new(path.parent(), SYSTEMS).spelled();
    let mut context = ScriptContext::new(WorkingDirectory::new(Some(Path::new("")), SYSTEMS));
    context.environment.insert("BASH_SOURCE".to_owned(), own);
    read(script, context, tree)
}

/// What a script of such a system does, as far as its own text tells: it begins in the directory
/// `working`, in an environment that project settings may add to.
pub(super) fn reading(script: &str, working: Option<&Path>) -> ScriptReading {
    let working = WorkingDirectory::new(working, SYSTEMS);
    read(script, ScriptContext::new(working), &TreeScripts::default())
}

/// The directory that `to` names, seen from `from`; `None` where only the run determines it.
pub(super) fn directory(from: Option<&Path>, to: Option<&str>) -> Option<PathBuf> {
    WorkingDirectory::new(from, SYSTEMS).join(to?)
}

/// The files of the tree that pipelines run, and wrappers that pin an identity, and that were not added to `tree`. Those may lead to more,
/// so that it is asked again until nothing is wanted.
pub fn wanted_scripts(evidence: &[RunnerEvidence], tree: &TreeScripts) -> Wanted {
    let calling = evidence.iter().filter(|it| it.follows());
    let own = evidence.iter().flat_map(|it| &it.runs);
    let mut directories: Vec<PathBuf> = own.filter_map(|it| it.run.directory.clone()).collect();
    for (_, call) in calling.flat_map(|it| &it.calls) {
        if let Called::Read(reading) = tree.follow(call) {
            directories.extend(reading.runs.into_iter().filter_map(|it| it.directory));
        }
    }
    for it in evidence {
        called_runs(it, tree);
    }
    for directory in directories {
        tree.has_directory(&tree.linked.resolved(&directory));
    }
    tree.take_wanted()
}

/// A run of everything in a directory; of any where that is not known.
pub(super) fn run_in(at: Location, directory: Option<PathBuf>) -> LocatedRun {
    let run = TerraformRun {
        has_init: true,
        ..TerraformRun::new(0, directory, RunsIn::Runner)
    };
    LocatedRun {
        at,
        run,
        account: None,
    }
}

/// A run of any root module: what is too long to follow may do anything.
pub(super) fn run_in_any(at: Location) -> LocatedRun {
    LocatedRun {
        at,
        run: TerraformRun::unseen(None, RunsIn::Script),
        account: None,
    }
}

/// The runners that files define, by path, in a tree with these scripts and these directories of
/// configuration.
pub fn runners<'m>(
    evidence: Vec<RunnerEvidence>,
    tree: &TreeScripts,
    modules: &(impl Iterator<Item = &'m Path> + Clone),
) -> Vec<SystemRunner> {
    let (wrappers, pipelines): (Vec<_>, Vec<_>) =
        evidence.into_iter().partition(|it| it.is_wrapper);
    let pipelines = pipelines.into_iter().filter_map(|it| it.runner(tree));
    let mut runners: Vec<SystemRunner> = pipelines.collect();
    runners.extend(
        wrappers
            .into_iter()
            .filter(RunnerEvidence::follows)
            .flat_map(|mut it| {
                it.add_called(tree);
                it.pinned(modules.clone())
            }),
    );
    runners.retain_mut(|runner| {
        let is_open = runner.runs.is_empty();
        let runs = runner.runs.iter_mut();
        let placed = runs.filter_map(|it| {
            // Terragrunt's modules may be anywhere, whatever is in its directory.
            if !it.run.is_terragrunt {
                let directory = it.run.directory.as_deref();
                it.run.directory = placed(directory, modules.clone(), tree)?;
            }
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
    tree: &TreeScripts,
) -> Option<Option<PathBuf>> {
    let Some(directory) = directory else {
        return Some(None);
    };
    // The repository may lie in a directory of its own, beside others that are checked out.
    let ends = (0..directory.iter().count()).map(|from| directory.iter().skip(from).collect());
    let ends: Vec<PathBuf> = ends.collect();
    let known = ends
        .into_iter()
        .map(|end| tree.linked.resolved(&end).into_owned())
        .find(|end| modules.clone().any(|it| it == end));
    // Above its modules a command may be for any of them: what is there is made by the run, or the
    // job begins elsewhere.
    let above = tree.linked.resolved(directory);
    let may_be_any = modules.any(|it| it.starts_with(&above)) || !tree.has_directory(&above);
    match known {
        Some(known) => Some(Some(known)),
        None => may_be_any.then_some(None),
    }
}
