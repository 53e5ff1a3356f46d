//! The plans of many root modules, several at once, ended by a signal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use engine::settings::Settings;
use engine::verification::RootPlan;
use indicatif::{ProgressBar, ProgressStyle};
use rustix::process::Signal;

use super::identity::{self, caller};
use super::lock_file;
use super::outcome::RootResult;
use super::processes::Processes;
use super::programs::{self, PlanCredentials, Programs};
use super::root_module::{RootPlanner, credentials};
use super::state_directory::StateDirectory;
use crate::cli::VerifyArgs;
use crate::commit::{Interrupted, Watch};

/// How often a run looks whether it is to end.
const TICK: Duration = Duration::from_millis(100);

/// How long Terraform has to end by itself; it gives up what it does within seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the plans, several root modules at once.
pub fn run_plans(
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
pub fn wait(watch: &Watch, processes: &Processes, mut is_done: impl FnMut() -> bool) {
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
pub fn joined<T>(handle: thread::ScopedJoinHandle<'_, io::Result<T>>) -> anyhow::Result<T> {
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

fn progress(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} plans");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
