//! Runs that end at any instant: by a panic at every step, by SIGKILL and SIGTERM at random ones.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::*;

#[test]
fn a_run_that_ends_anywhere_is_recovered() {
    for end in 0..16 {
        let world = TestTree::new(5);
        // A panic leaves everything lying about, as a kill does.
        let die = |n| {
            if n == end {
                resume_unwind(Box::new(()))
            } else {
                false
            }
        };
        catch_unwind(AssertUnwindSafe(|| write_asking(&world, die))).unwrap_err();
        assert_eq!(
            interrupted(world.root()).unwrap(),
            Some(Interruption::Killed)
        );
        let error = commit(world.root(), &world.changes).unwrap_err();
        assert!(error.to_string().starts_with("an earlier run"), "{error:#}");
        // Five questions while staging, five while backing up, then one before each rename.
        let replaced = end.saturating_sub(10);
        assert_eq!(recover(world.root()).unwrap(), Some(replaced));
        world.assert_old();
        assert_eq!(recover(world.root()).unwrap(), None);
    }
}

/// What the victims below do: one commit, in a process that may be killed.
#[test]
#[ignore = "needs the tests below, which start it"]
fn victim() {
    let Some(root) = std::env::var_os("TFKEYLESS_TEST_VICTIM") else {
        return;
    };
    let world = TestTree::new(VICTIMS);
    eprintln!("ready");
    let done = commit(Path::new(&root), &world.changes).map(Result::unwrap);
    let interrupted = done
        .as_ref()
        .is_err_and(|error| error.downcast_ref::<Interrupted>().is_some());
    std::process::exit(if interrupted {
        130
    } else {
        i32::from(done.is_err())
    });
}

/// Files a victim writes: enough for a kill to hit any step.
const VICTIMS: usize = 100;

/// Starts a victim and sends it `signal` after `delay`; how it ended, and after what time.
fn attack(world: &TestTree, signal: Signal, delay: Duration) -> (ExitStatus, Duration) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "commit::tests::crashes::victim"])
        .args(["--ignored", "--nocapture"])
        .env("TFKEYLESS_TEST_VICTIM", world.root())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "ready");
    let start = Instant::now();
    std::thread::sleep(delay);
    let pid = Pid::from_child(&child);
    let _ = kill_process(pid, signal);
    (child.wait().unwrap(), start.elapsed())
}

/// Attacks victims at instants spread over the time that one takes; `check` sees each result.
fn attacks(signal: Signal, check: impl Fn(&TestTree, ExitStatus)) {
    let (_, whole) = attack(&TestTree::new(VICTIMS), Signal::CONT, Duration::ZERO);
    for step in 0..30 {
        let world = TestTree::new(VICTIMS);
        let (status, _) = attack(&world, signal, whole * step / 30);
        check(&world, status);
    }
}

#[test]
fn a_kill_at_any_instant_leaves_all_or_nothing() {
    attacks(Signal::KILL, |world, _| {
        let standing = interrupted(world.root()).unwrap().is_some();
        world.clean_up();
        if standing || world.found() != world.expected(|change| &change.after) {
            world.assert_old();
        }
    });
}

#[test]
fn a_signal_is_noted_and_answered_once() {
    let watch = Watch::start().unwrap();
    assert!(!watch.interrupted());
    kill_process(rustix::process::getpid(), Signal::TERM).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while !watch.interrupted() {
        assert!(Instant::now() < deadline);
    }
    assert!(!watch.interrupted());
}

#[test]
fn a_signal_at_any_instant_leaves_all_or_nothing_and_no_traces() {
    attacks(Signal::TERM, |world, status| match status.code() {
        Some(130) => world.assert_old(),
        Some(code) => {
            assert_eq!(code, 0);
            world.assert_new();
        }
        // Before the first step or after the last one.
        None => {
            assert_eq!(status.signal(), Some(15));
            if world.found() != world.expected(|change| &change.after) {
                world.assert_old();
            }
        }
    });
}
