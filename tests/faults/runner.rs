//! What kills runs and lets their system calls fail.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::calls::{CHANGES, ERRORS, strace};
use super::fresh::{Fresh, PROGRAM};
use anyhow::{anyhow, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

/// What is run again and again.
pub struct Subject {
    /// A directory as it is before, made once and copied for each run.
    pub before: TempDir,
    pub arguments: &'static [&'static str],
    /// Fails where something promised is not so of a copy in which a run ended.
    pub check: fn(&Fresh, &Ended) -> anyhow::Result<()>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// `None` where a signal ended it.
    pub code: Option<i32>,
    pub stderr: String,
}

/// How much is done.
#[derive(Debug, Clone)]
pub enum Extent {
    /// One for each kind of call.
    Part,
    All,
    /// The one that is called so, or those whose names begin so.
    Named(String),
}

impl Extent {
    /// As the environment asks, else a part.
    pub fn asked() -> Self {
        match std::env::var("TFKEYLESS_FAULTS") {
            Err(_) => Self::Part,
            Ok(all) if all == "all" => Self::All,
            Ok(name) => Self::Named(name),
        }
    }

    fn retain(&self, faults: &mut Vec<String>) {
        if let Self::Named(name) = self {
            let is_whole = faults.contains(name);
            faults.retain(|fault| fault == name || !is_whole && fault.starts_with(&**name));
        }
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
    pub fn fail_calls(&self, extent: &Extent) -> usize {
        let calls = ERRORS.iter().flat_map(|(calls, _)| *calls).copied();
        let counts = self.counts(&calls.collect::<Vec<_>>());
        let fault = |call: &str, error: &str, number: usize, then: &str| {
            format!("{call}:error={error}:when={number}{then}")
        };
        let mut faults = Vec::new();
        for (row, (calls, errors)) in ERRORS.iter().enumerate() {
            let made = calls.iter().map(|call| (*call, counts.get(*call)));
            let made = made.filter_map(|(call, count)| Some((call, *count?)));
            if matches!(extent, Extent::Part) {
                let most = made.max_by_key(|(_, count)| *count);
                let error = errors[row % errors.len()];
                let then = ["", "+"][row % 2];
                faults.extend(most.map(|(call, count)| fault(call, error, steady(count), then)));
                continue;
            }
            for (call, count) in made {
                for number in 1..=count {
                    for error in *errors {
                        faults.extend(["", "+"].map(|then| fault(call, error, number, then)));
                    }
                }
            }
        }
        extent.retain(&mut faults);
        self.inject(&faults)
    }

    /// Kills a run at one system call after the other; how many times.
    pub fn kill_at_calls(&self, extent: &Extent) -> usize {
        let counts = self.counts(&CHANGES);
        let kills = counts.iter().flat_map(|(call, count)| {
            let first = match extent {
                Extent::Part => steady(*count)..=steady(*count),
                _ => 1..=*count,
            };
            first.map(move |number| format!("{call}:signal=KILL:when={number}"))
        });
        let mut kills = kills.collect();
        extent.retain(&mut kills);
        self.inject(&kills)
    }

    fn inject(&self, faults: &[String]) -> usize {
        side_by_side(faults, |fault| {
            let fresh = self.fresh();
            let inject = format!("inject={fault}");
            let mut run = strace(&["-e", &inject, "-o", "/dev/null"]);
            run.arg(PROGRAM).args(self.arguments);
            let (status, stderr) = end(fresh.command(&mut run), |_| ())?;
            self.check(&fresh, status, stderr)
        })
    }

    /// Kills so many runs, at instants spread over the time that one takes.
    pub fn kill(&self, victim: Victim, count: usize) -> usize {
        let whole = (0..3).map(|_| {
            let fresh = self.fresh();
            let begun = Instant::now();
            end(&mut fresh.run(self.arguments), |_| ()).unwrap();
            begun.elapsed()
        });
        let whole = whole.max().unwrap_or_default();
        let count = u32::try_from(count).unwrap();
        let delays: Vec<Duration> = (0..count).map(|number| whole * number / count).collect();
        side_by_side(&delays, |delay| {
            let fresh = self.fresh();
            let (status, stderr) = end(&mut fresh.run(self.arguments), |child| {
                thread::sleep(*delay);
                let pid = Pid::from_child(child);
                // It may have ended.
                let _ = match victim {
                    Victim::Process => kill_process(pid, Signal::KILL),
                    Victim::Group => kill_process_group(pid, Signal::KILL),
                };
            })?;
            self.check(&fresh, status, stderr)
        })
    }

    /// Lets a file be away while one git after the other runs; how many did.
    pub fn hide(&self, file: &str) -> usize {
        let hide = |number: usize| {
            let fresh = self.fresh();
            let mut run = fresh.run(self.arguments);
            let (file, number) = (fresh.root().join(file), number.to_string());
            let variables = [("HIDDEN", file.as_ref()), ("HIDDEN_IN", number.as_ref())];
            let ended = end(fresh.with_git(&mut run, &variables), |_| ())?;
            anyhow::Ok((fresh, ended))
        };
        let count = hide(0).unwrap().0.gits();
        let numbers: Vec<usize> = (1..=count).collect();
        side_by_side(&numbers, |number| {
            let (fresh, (status, stderr)) = hide(*number)?;
            self.check(&fresh, status, stderr)
        })
    }

    fn check(&self, fresh: &Fresh, status: ExitStatus, stderr: String) -> anyhow::Result<()> {
        // Without memory a Rust program aborts, which is like a kill.
        let is_abort = status.signal() == Some(6) && !stderr.contains("allocat");
        // `strace` ends as what it traced did; with 127, where the loader could not start it.
        let code = status.code().filter(|code| *code < 127 || *code == 130);
        let ended = Ended { code, stderr };
        let checked = match is_abort {
            true => Err(anyhow!("it aborts")),
            false if ended.stderr.contains("report it") => Err(anyhow!("it asks for a report")),
            false if !matches!(code, None | Some(0 | 2)) => Err(anyhow!("it ends otherwise")),
            false => (self.check)(fresh, &ended),
        };
        checked.map_err(|error| anyhow!("{error:#}\n{ended:?}"))
    }

    /// A copy of the directory.
    pub fn fresh(&self) -> Fresh {
        Fresh::of(self.before.path())
    }

    /// How often each of these calls is made, by the thread that makes it most: `when` counts for
    /// each of them.
    fn counts(&self, calls: &[&str]) -> BTreeMap<String, usize> {
        let fresh = self.fresh();
        let log = tempfile::NamedTempFile::new().unwrap();
        let trace = format!("trace={}", calls.join(","));
        let mut run = strace(&["-e", &trace, "-o"]);
        run.arg(log.path()).arg(PROGRAM).args(self.arguments);
        end(fresh.command(&mut run), |_| ()).unwrap();
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for line in fs::read_to_string(log.path()).unwrap().lines() {
            let (thread, rest) = line.split_once(' ').unwrap();
            let call = rest.trim_start().split_once('(').map(|(call, _)| call);
            // The second line of a call that another thread interrupted is `<... NAME resumed>`.
            if let Some(call) = call.filter(|call| !call.starts_with('<')) {
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

/// The greatest power of two that is at most `count`: the number of a call that stays the same where a run makes
/// some calls more or fewer.
fn steady(count: usize) -> usize {
    1 << count.ilog2()
}

/// Runs it, with `during` in the meantime.
///
/// # Errors
/// It does not end.
fn end(run: &mut Command, during: impl FnOnce(&Child)) -> anyhow::Result<(ExitStatus, String)> {
    let stderr = tempfile::NamedTempFile::new().unwrap();
    run.process_group(0);
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
                bail!("does not end: {run:?}");
            }
        }
    };
    // A git that outlives it keeps its files for as long as it runs. One that has ended is still of the
    // group where nobody asks for how: in a container the first process may not.
    let ended = Instant::now();
    while kill_process_group(Pid::from_child(&child), Signal::KILL).is_ok()
        && ended.elapsed() < Duration::from_secs(1)
    {}
    let text = fs::read(stderr.path()).unwrap();
    Ok((status, String::from_utf8_lossy(&text).into_owned()))
}

/// Does something for each, on as many threads as there are processors; for how many.
///
/// # Panics
/// It fails for one or more: the first lines say for which, and how.
fn side_by_side<T: Sync + Debug>(
    all: &[T],
    each: impl Fn(&T) -> anyhow::Result<()> + Sync,
) -> usize {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(why) = each(one) {
                        failed.lock().unwrap().push(format!("{one:?}: {why}"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    let count = failed.len();
    assert!(
        count == 0,
        "{}\n{count} of {}",
        failed.join("\n\n"),
        all.len()
    );
    all.len()
}
