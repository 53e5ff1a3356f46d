//! `tfkeyless verify`: the first plan of every root module, with the profile of its account. Nothing is
//! applied, no state is written, and the tree is as it was.

mod ci;
mod expected;
mod failure;
mod identity;
mod lock_file;
mod outcome;
mod plan_output;
mod processes;
mod programs;
mod ready_plan;
mod record;
mod report;
mod root_module;
mod state_directory;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use engine::index::survey::Surveyor;
use engine::request::Request;
use engine::settings::Settings;
use engine::verification::{AskedVariant, RootPlan, root_plans};
use indicatif::{ProgressBar, ProgressStyle};
use rustix::process::Signal;
use syntax::visible;
use transforms::CATALOGUE;

use crate::cli::{ReportFormat, VerifyArgs};
use crate::commit::{Interrupted, Watch};
use crate::config::Invocation;
use crate::counted::counted;
use crate::disk::Disk;
use crate::exit::Exit;
use crate::prompt::{self, Choice};
use crate::repository::{explained, refuse_interrupted};
use crate::say::say;
use crate::{pager, walk};
use expected::Expected;
use identity::caller;
use outcome::{ChangeStatus, PlanOutcome, RootResult};
use processes::Processes;
use programs::{PlanCredentials, Programs};
use record::Record;
use report::Report;
use root_module::{RootPlanner, credentials};
use state_directory::StateDirectory;

/// The file that keeps the result of the last run.
const LAST: &str = "last.json";

/// How often a run looks whether it is to end.
const TICK: Duration = Duration::from_millis(100);

/// How long Terraform has to end by itself; it gives up what it does within seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Plans every root module and shows what would change.
pub fn verify(args: &VerifyArgs) -> anyhow::Result<Exit> {
    if args.ci {
        return ci::verify_ci(args);
    }
    let expected = match &args.expect {
        Some(path) => Expected::read(path)?,
        None => Expected::default(),
    };
    let run = Invocation::around(&args.path, args.config.as_deref())?;
    let plans = plans(&run, args)?;
    if plans.is_empty() {
        say("There is no root module here.");
        return Ok(Exit::Done);
    }
    if !admitted(&plans, args)? {
        say("Nothing was planned.");
        return Ok(Exit::Done);
    }
    let state = StateDirectory::open(&run.root)?;
    let mut record = Record::read(&state)?;
    let mut results = run_plans(&run.root, &run.settings, &plans, &state, args)?;
    if args.before {
        let record = record.get_or_insert_default();
        for result in &results {
            match &result.outcome {
                PlanOutcome::NoChanges => record.add(&result.plan, &[]),
                PlanOutcome::Changes(changes) => {
                    let changes = changes.iter().map(|(change, _)| change.clone());
                    record.add(&result.plan, &changes.collect::<Vec<_>>());
                }
                PlanOutcome::Failed(_) | PlanOutcome::NotVerified(_) => {}
            }
        }
        record.write(&state)?;
    }
    for result in &mut results {
        mark(result, record.as_ref(), &expected);
    }
    let report = Report {
        root: &run.root,
        settings: &run.settings,
        is_before: args.before,
        record: record.as_ref(),
        expected: &expected,
        results: &results,
    };
    let document = report.json();
    let kept = state.write(LAST, &document)?;
    match args.format {
        ReportFormat::Json => pager::show(&document, false)?,
        ReportFormat::Text => pager::styled(&report.text(&kept), false)?,
    }
    Ok(exit(&results))
}

/// How the command ends: a difference counts more than what could not be verified.
fn exit(results: &[RootResult]) -> Exit {
    if results.iter().any(RootResult::is_found) {
        Exit::Found
    } else if results.iter().any(RootResult::is_unverified) {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// What is to be planned.
fn plans(run: &Invocation, args: &VerifyArgs) -> anyhow::Result<Vec<RootPlan>> {
    let mut selection = run.selection.clone();
    // A file stands for the directory that it is in.
    for path in &mut selection.scope {
        if run.root.join(&path).is_file() {
            path.pop();
        }
    }
    selection.scope.retain(|path| !path.as_os_str().is_empty());
    let request = Request {
        settings: run.settings.clone(),
        selection,
        ..Request::usual(CATALOGUE)
    };
    let source = Disk::new(&run.root);
    let walked = walk::walk(&source, &Surveyor::new(&source, &request))?;
    refuse_interrupted(&run.root, &walked.interrupted)?;
    let var_files = args.var_file.iter().map(|path| {
        // Programs run in another directory.
        fs::canonicalize(path).with_context(|| visible::path(path))
    });
    let backend_configs = args.backend_config.iter().map(|setting| {
        let is_file = !setting.contains('=');
        let path = Path::new(setting);
        match is_file {
            true => {
                let path = fs::canonicalize(path).with_context(|| visible::path(path))?;
                Ok(path.to_string_lossy().into_owned())
            }
            false => Ok(setting.clone()),
        }
    });
    let names = env::vars_os().filter_map(|(name, _)| {
        let name = name.into_string().ok()?;
        name.strip_prefix("TF_VAR_").map(str::to_owned)
    });
    let asked = AskedVariant {
        workspace: args.workspace.clone(),
        var_files: var_files.collect::<anyhow::Result<_>>()?,
        backend_configs: backend_configs.collect::<anyhow::Result<_>>()?,
        variables: names.collect(),
    };
    let plans = root_plans(&source, walked.surveys, request, &asked);
    let mut plans = plans.map_err(|error| explained(&error))?;
    // A run may name a directory that is not there, or that a link leads out of the tree.
    plans.retain(|plan| {
        let real = fs::canonicalize(run.root.join(&plan.directory));
        real.is_ok_and(|real| real.is_dir() && real.starts_with(&run.root))
    });
    Ok(plans)
}

/// Says what a plan does, and asks.
fn admitted(plans: &[RootPlan], args: &VerifyArgs) -> anyhow::Result<bool> {
    let roots: BTreeSet<&Path> = plans.iter().map(|plan| plan.directory.as_path()).collect();
    let by = match args.before {
        true => "the static keys in the environment".to_owned(),
        false => {
            let used = plans.iter().filter_map(|plan| credentials(plan, false));
            let profiles = used.filter_map(|(credentials, _)| match credentials {
                PlanCredentials::Profile(profile) => Some(profile),
                _ => None,
            });
            let profiles: BTreeSet<String> = profiles.collect();
            let names: Vec<String> = profiles.into_iter().collect();
            match names.as_slice() {
                [] => "no profile".to_owned(),
                [profile] => format!("profile {profile}"),
                _ => format!("profiles {}", names.join(", ")),
            }
        }
    };
    say(&format!(
        "Runs `init` and `plan` in {} ({}) with {by}. They run code of the repository: providers and \
         modules that init downloads, data sources, `external` programs, hooks of Terragrunt. Nothing is \
         applied and no state is written.",
        counted(roots.len(), "root module"),
        counted(plans.len(), "plan"),
    ));
    if args.yes {
        say("");
        return Ok(true);
    }
    if !prompt::is_possible() {
        bail!("there is no terminal to ask on: run with --yes");
    }
    let choices = [
        Choice::new(true, "yes", "run them"),
        Choice::new(false, "no", "run nothing"),
    ];
    Ok(prompt::ask("Run them?", &choices, false)?)
}

/// Makes the plans, several root modules at once.
fn run_plans(
    root: &Path,
    settings: &Settings,
    plans: &[RootPlan],
    state: &StateDirectory,
    args: &VerifyArgs,
) -> anyhow::Result<Vec<RootResult>> {
    let watch = Watch::start()?;
    let processes = Processes::default();
    let programs = Programs::find(plans.iter());
    let work = state.work()?;
    let cache = work.path().join("plugins");
    fs::create_dir(&cache)?;
    let mut planner = RootPlanner {
        root,
        settings,
        programs: &programs,
        processes: &processes,
        is_before: args.before,
        callers: BTreeMap::new(),
        notes: state.file(lock_file::NOTES),
        lists_workspaces: args.workspace.is_none(),
        cache: (!programs::has_plugin_cache()).then_some(cache),
    };
    let groups = groups(root, plans);
    let queue = Mutex::new(groups.iter().enumerate());
    let bar = progress(plans.len());
    let done: anyhow::Result<Vec<RootResult>> = thread::scope(|scope| {
        // The accounts first: nothing runs with credentials of another account.
        let asking = scope.spawn(|| callers(plans, args.before, &programs, &processes, settings));
        wait(&watch, &processes, || asking.is_finished());
        planner.callers = joined(asking)?;
        let planner = &planner;
        let (sender, receiver) = mpsc::channel();
        let workers = usize::from(args.jobs).min(groups.len());
        let mut handles = Vec::new();
        for _ in 0..workers {
            let (sender, work) = (sender.clone(), work.path());
            let queue = &queue;
            handles.push(scope.spawn(move || -> io::Result<()> {
                loop {
                    let next = queue.lock().ok().and_then(|mut queue| queue.next());
                    let Some((number, group)) = next else {
                        return Ok(());
                    };
                    let data = work.join(number.to_string());
                    fs::create_dir(&data)?;
                    let results = planner.root_module(group, &data)?;
                    // Providers of many root modules would fill a disk.
                    let _ = fs::remove_dir_all(&data);
                    let _ = sender.send((number, group.len(), results));
                }
            }));
        }
        drop(sender);
        let mut results = Vec::new();
        wait(&watch, &processes, || {
            for (number, count, of_group) in receiver.try_iter() {
                bar.inc(count as u64);
                results.push((number, of_group));
            }
            handles.iter().all(thread::ScopedJoinHandle::is_finished)
        });
        for handle in handles {
            joined(handle)?;
        }
        results.extend(
            receiver
                .try_iter()
                .map(|(number, _, of_group)| (number, of_group)),
        );
        results.sort_by_key(|(number, _)| *number);
        Ok(results
            .into_iter()
            .flat_map(|(_, of_group)| of_group)
            .collect())
    });
    bar.finish_and_clear();
    match done {
        Err(_) if processes.is_stopped() => bail!(Interrupted),
        done => done,
    }
}

/// Waits until it is done. A signal ends what is at work, and what does not end by itself is killed.
fn wait(watch: &Watch, processes: &Processes, mut is_done: impl FnMut() -> bool) {
    let mut since: Option<Instant> = None;
    let mut pause = Duration::from_millis(2);
    while !is_done() {
        if watch.interrupted() {
            since.get_or_insert_with(Instant::now);
            processes.stop(Signal::INT);
        }
        if since.is_some_and(|since| since.elapsed() > PATIENCE) {
            processes.stop(Signal::KILL);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(TICK);
    }
}

/// The value of a thread; its panic goes on here.
fn joined<T>(handle: thread::ScopedJoinHandle<'_, io::Result<T>>) -> anyhow::Result<T> {
    match handle.join() {
        Ok(done) => done.map_err(|error| match error.kind() {
            ErrorKind::Interrupted => Interrupted.into(),
            _ => error.into(),
        }),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Whose the credentials of the plans are.
fn callers(
    plans: &[RootPlan],
    is_before: bool,
    programs: &Programs,
    processes: &Processes,
    settings: &Settings,
) -> io::Result<BTreeMap<PlanCredentials, identity::Caller>> {
    let startable = plans.iter().filter(|plan| plan.obstacle.is_none());
    let used = startable.filter_map(|plan| Some(credentials(plan, is_before)?.0));
    let used: BTreeSet<PlanCredentials> = used.collect();
    let asked = used.into_iter().map(|credentials| {
        let caller = caller(&credentials, programs, processes, settings)?;
        Ok((credentials, caller))
    });
    asked.collect()
}

/// The plans of each root module: they share its lock file.
fn groups<'p>(root: &Path, plans: &'p [RootPlan]) -> Vec<Vec<&'p RootPlan>> {
    let mut groups: BTreeMap<PathBuf, Vec<&RootPlan>> = BTreeMap::new();
    for plan in plans {
        let directory = root.join(&plan.directory);
        let real = fs::canonicalize(&directory).unwrap_or(directory);
        groups.entry(real).or_default().push(plan);
    }
    groups.into_values().collect()
}

/// Marks the changes that do not count.
fn mark(result: &mut RootResult, record: Option<&Record>, expected: &Expected) {
    let before = record.and_then(|record| record.of(&result.plan));
    if let PlanOutcome::Changes(changes) = &mut result.outcome {
        for (change, known) in changes {
            // An entry counts as used, whether the change was there before or not.
            let is_expected = expected.has(&result.plan.directory, change);
            if before.is_some_and(|before| before.contains(change)) {
                *known = ChangeStatus::Before;
            } else if is_expected {
                *known = ChangeStatus::Expected;
            }
        }
    }
}

fn progress(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} plans");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
