//! What kills runs and lets their system calls fail.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::calls::{CHANGES, ERRORS, strace};
use crate::support::environment;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

/// What is run again and again.
pub struct Subject {
    /// A directory as it is before, made once and copied for each run.
    pub before: TempDir,
    pub arguments: &'static [&'static str],
    /// Asserts what is promised of a directory in which a run ended.
    pub check: fn(&Path, &Ended),
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// What was done to it.
    pub what: String,
    /// `None` where a signal ended it.
    pub code: Option<i32>,
    pub stderr: String,
}

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub enum Extent {
    /// So many, evenly spread.
    Part(usize),
    All,
}

impl Extent {
    /// All where the environment asks for it, else `part`.
    pub fn asked(part: usize) -> Self {
        match std::env::var_os("TFKEYLESS_FAULTS").is_some_and(|asked| asked == "all") {
            true => Self::All,
            false => Self::Part(part),
        }
    }

    fn of<T>(self, mut all: Vec<T>) -> Vec<T> {
        if let Self::Part(count) = self
            && all.len() > count
        {
            let whole = all.len();
            let mut number = 0;
            all.retain(|_| {
                number += 1;
                number * count / whole > (number - 1) * count / whole
            });
        }
        all
    }
}

/// Who is killed.
#[derive(Debug, Clone, Copy)]
pub enum Victim {
    Process,
    /// The process and whatever it started.
    Group,
}

/// How long a run may take that waits for nobody.
const PATIENCE: Duration = Duration::from_secs(120);

impl Subject {
    /// Lets one system call after the other fail, each once and from then on; how many were.
    pub fn fail_calls(&self, extent: Extent) -> usize {
        let calls = ERRORS.iter().flat_map(|(calls, _)| *calls).copied();
        let counts = self.counts(&calls.collect::<Vec<_>>());
        let mut faults = Vec::new();
        for (calls, errors) in ERRORS {
            for call in calls {
                for number in 1..=counts.get(*call).copied().unwrap_or_default() {
                    for error in errors {
                        for then in ["", "+"] {
                            faults.push(format!("{call}:error={error}:when={number}{then}"));
                        }
                    }
                }
            }
        }
        self.inject(&extent.of(faults))
    }

    /// Kills a run at one system call after the other; how many times.
    pub fn kill_at_calls(&self, extent: Extent) -> usize {
        let counts = self.counts(&CHANGES);
        let kills = counts.iter().flat_map(|(call, count)| {
            (1..=*count).map(move |number| format!("{call}:signal=KILL:when={number}"))
        });
        self.inject(&extent.of(kills.collect()))
    }

    fn inject(&self, faults: &[String]) -> usize {
        side_by_side(faults, |fault| {
            let directory = self.fresh();
            let inject = format!("inject={fault}");
            let mut run = strace(&["-e", &inject, "-o", "/dev/null"]);
            run.arg(env!("CARGO_BIN_EXE_tfkeyless"))
                .args(self.arguments);
            let (status, stderr) = end(&mut run, directory.path(), |_| ());
            self.check(directory.path(), fault, status, stderr);
        })
    }

    /// Kills so many runs, at instants spread over the time that one takes.
    pub fn kill(&self, victim: Victim, count: usize) -> usize {
        let whole = (0..3).map(|_| {
            let directory = self.fresh();
            let begun = Instant::now();
            end(&mut self.run(), directory.path(), |_| ());
            begun.elapsed()
        });
        let whole = whole.max().unwrap_or_default();
        let numbers: Vec<usize> = (0..count).collect();
        side_by_side(&numbers, |number| {
            let directory = self.fresh();
            let delay = whole * u32::try_from(*number).unwrap() / u32::try_from(count).unwrap();
            let (status, stderr) = end(&mut self.run(), directory.path(), |child| {
                thread::sleep(delay);
                let pid = Pid::from_child(child);
                // It may have ended.
                let _ = match victim {
                    Victim::Process => kill_process(pid, Signal::KILL),
                    Victim::Group => kill_process_group(pid, Signal::KILL),
                };
            });
            let what = format!("{victim:?} killed after {delay:?}");
            self.check(directory.path(), &what, status, stderr);
        })
    }

    fn run(&self) -> Command {
        let mut run = environment::tfkeyless();
        run.args(self.arguments);
        run
    }

    fn check(&self, directory: &Path, what: &str, status: ExitStatus, stderr: String) {
        let ended = Ended {
            what: what.to_owned(),
            // `strace` ends as what it traced did; with 127, where the loader could not start it.
            code: status.code().filter(|code| *code < 127 || *code == 130),
            stderr,
        };
        // Without memory a Rust program aborts, which is like a kill.
        let is_abort = status.signal() == Some(6) && !ended.stderr.contains("allocat");
        assert!(!is_abort, "{ended:?}");
        (self.check)(directory, &ended);
    }

    /// A copy of the directory, for one run.
    fn fresh(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        for entry in walkdir::WalkDir::new(self.before.path()).min_depth(1) {
            let entry = entry.unwrap();
            let path = entry.path().strip_prefix(self.before.path()).unwrap();
            match entry.file_type().is_dir() {
                true => fs::create_dir(copy.path().join(path)).unwrap(),
                false => drop(fs::copy(entry.path(), copy.path().join(path)).unwrap()),
            }
        }
        copy
    }

    /// How often each of these calls is made, by the thread that makes it most: `when` counts for
    /// each of them.
    fn counts(&self, calls: &[&str]) -> BTreeMap<String, usize> {
        let directory = self.fresh();
        let log = tempfile::NamedTempFile::new().unwrap();
        let trace = format!("trace={}", calls.join(","));
        let mut run = strace(&["-e", &trace, "-o"]);
        run.arg(log.path()).arg(env!("CARGO_BIN_EXE_tfkeyless"));
        run.args(self.arguments);
        end(&mut run, directory.path(), |_| ());
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for line in fs::read_to_string(log.path()).unwrap().lines() {
            let (thread, rest) = line.split_once(' ').unwrap();
            // The second line of a call that another thread interrupted has no parenthesis after
            // its name.
            if let Some((call, _)) = rest.trim_start().split_once('(') {
                *counts
                    .entry((call.to_owned(), thread.to_owned()))
                    .or_default() += 1;
            }
        }
        let mut most: BTreeMap<String, usize> = BTreeMap::new();
        for ((call, _), count) in counts {
            let most = most.entry(call).or_default();
            *most = count.max(*most);
        }
        most
    }
}

/// Runs it in `directory`, with `during` in the meantime.
fn end(run: &mut Command, directory: &Path, during: impl FnOnce(&Child)) -> (ExitStatus, String) {
    let stderr = tempfile::NamedTempFile::new().unwrap();
    run.current_dir(directory).process_group(0);
    run.stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = run.stderr(stderr.reopen().unwrap()).spawn().unwrap();
    during(&child);
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if begun.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(1)),
            None => {
                let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
                panic!("does not end: {run:?}");
            }
        }
    };
    // A git that outlives it keeps its files for as long as it runs.
    while kill_process_group(Pid::from_child(&child), Signal::KILL).is_ok() {}
    let text = fs::read(stderr.path()).unwrap();
    (status, String::from_utf8_lossy(&text).into_owned())
}

/// Does something for each, on as many threads as there are processors; for how many.
fn side_by_side<T: Sync>(all: &[T], each: impl Fn(&T) + Sync) -> usize {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let each = std::panic::AssertUnwindSafe(|| each(one));
                    if let Err(why) = std::panic::catch_unwind(each) {
                        let why = why.downcast_ref::<String>().cloned();
                        failed.lock().unwrap().push(why.unwrap_or_default());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    let count = failed.len();
    assert_eq!(count, 0, "of {}:\n{}", all.len(), failed.join("\n\n"));
    all.len()
}

/// Whether nothing of a run stands below `directory`, in git's directory or elsewhere.
pub fn litter(directory: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(directory).into_iter();
    let paths = entries.filter_map(|entry| match entry {
        Ok(entry) => Some(entry.into_path()),
        Err(error) => {
            // A git that was killed with its run may still go.
            let kind = error.io_error().map(std::io::Error::kind);
            assert_eq!(kind, Some(ErrorKind::NotFound));
            None
        }
    });
    let is_litter = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".lock") && name != ".terraform.lock"
            || name.starts_with(".tfkeyless")
            || path.components().any(|part| part.as_os_str() == ".git")
                && name.contains("tfkeyless")
    };
    paths
        .filter(is_litter)
        .map(|path| path.display().to_string())
        .collect()
}
