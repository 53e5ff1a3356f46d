//! The programs that a run has started, so that a signal ends them before it ends the run.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

/// The process groups that are at work, one for each program.
#[derive(Debug, Default)]
pub struct Processes {
    running: Mutex<Running>,
}

#[derive(Debug, Default)]
struct Running {
    groups: BTreeSet<i32>,
    is_stopped: bool,
}

impl Processes {
    /// Runs a program without input and gives what it printed.
    ///
    /// # Errors
    /// It cannot be started; `Interrupted` where the run is being ended.
    pub fn output(&self, command: &mut Command) -> io::Result<Output> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own: what it starts, such as providers, ends with it.
            .process_group(0);
        let mut running = self.running();
        if running.is_stopped {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let child = command.spawn()?;
        let group = i32::try_from(child.id()).unwrap_or_default();
        running.groups.insert(group);
        drop(running);
        let output = child.wait_with_output();
        let mut running = self.running();
        running.groups.remove(&group);
        match running.is_stopped {
            true => Err(io::ErrorKind::Interrupted.into()),
            false => output,
        }
    }

    /// Starts nothing more, and sends a signal to all that is at work.
    pub fn stop(&self, signal: Signal) {
        let mut running = self.running();
        running.is_stopped = true;
        for group in running
            .groups
            .iter()
            .filter_map(|group| Pid::from_raw(*group))
        {
            // One that has just ended is no error.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Whether nothing more is started.
    pub fn is_stopped(&self) -> bool {
        self.running().is_stopped
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
