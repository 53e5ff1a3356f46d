//! The programs that a run has started, so that a signal ends them before it ends the run.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

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
        self.run(command, Child::wait_with_output)
    }

    /// The same for a program that prints no more than so many bytes; one that does is ended.
    ///
    /// # Errors
    /// The same, and `FileTooLarge`.
    pub fn output_within(&self, command: &mut Command, most: u64) -> io::Result<Output> {
        self.run(command, |mut child| {
            let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
            let group = Pid::from_child(&child);
            let read = |from: Option<&mut dyn io::Read>| -> io::Result<Vec<u8>> {
                let mut bytes = Vec::new();
                if let Some(from) = from {
                    from.take(most + 1).read_to_end(&mut bytes)?;
                }
                if bytes.len() as u64 > most {
                    // It would wait for a reader for ever.
                    let _ = kill_process_group(group, Signal::KILL);
                    return Err(io::ErrorKind::FileTooLarge.into());
                }
                Ok(bytes)
            };
            let (stdout, stderr) = thread::scope(|scope| {
                let errors = scope.spawn(move || {
                    let mut stderr = stderr;
                    read(stderr.as_mut().map(|it| it as &mut dyn io::Read))
                });
                let mut stdout = stdout;
                let stdout = read(stdout.as_mut().map(|it| it as &mut dyn io::Read));
                (stdout, errors.join())
            });
            let status = child.wait()?;
            let stderr = stderr.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok(Output {
                status,
                stdout: stdout?,
                stderr: stderr?,
            })
        })
    }

    /// Starts a program, and ends with what `finish` makes of it.
    fn run(
        &self,
        command: &mut Command,
        finish: impl FnOnce(Child) -> io::Result<Output>,
    ) -> io::Result<Output> {
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
        let output = finish(child);
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
