//! Runs of a program: how long they take and how much memory they hold.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A program with its arguments, run for its effort: what it writes is dropped.
pub struct Program {
    /// What the table calls it.
    pub name: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// It is slow, so it runs in every tenth round only.
    pub is_slow: bool,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.args).env_remove("TF_CLI_CONFIG_FILE");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// What it writes to stdout; for checks.
    pub fn output(&self) -> io::Result<String> {
        let output = self.command().stdout(Stdio::piped()).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// One run, from start to end.
    pub fn time(&self) -> io::Result<Duration> {
        let start = Instant::now();
        self.check(self.command().status()?)?;
        Ok(start.elapsed())
    }

    /// The largest amount of memory that one run ever held, in kB: Linux counts it, and it is read
    /// again and again until the program ends. `None` where there is no `/proc`.
    pub fn peak(&self) -> io::Result<Option<u64>> {
        let mut child = self.command().spawn()?;
        let status = PathBuf::from(format!("/proc/{}/status", child.id()));
        let mut peak = None;
        loop {
            peak = peak.max(high_water_mark(&status));
            if let Some(status) = child.try_wait()? {
                self.check(status)?;
                return Ok(peak);
            }
        }
    }

    /// 1 is how `terraform fmt -check` and `grep` say what they found; more is a failure.
    fn check(&self, status: ExitStatus) -> io::Result<()> {
        match status.code() {
            Some(0 | 1 | 3) => Ok(()),
            _ => Err(io::Error::other(format!("{} failed: {status}", self.name))),
        }
    }
}

fn high_water_mark(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The times of several programs on the same tree, run in turn, round after round, so that
/// whatever else the machine does meets all of them.
pub fn rounds(programs: &[Program], rounds: usize) -> io::Result<Vec<Vec<Option<Duration>>>> {
    for program in programs.iter().filter(|program| !program.is_slow) {
        program.time()?; // warms the cache
    }
    let round = |round: usize| {
        let due = |program: &Program| !program.is_slow || round.is_multiple_of(10);
        let run = |program: &Program| due(program).then(|| program.time()).transpose();
        programs.iter().map(run).collect()
    };
    (0..rounds).map(round).collect()
}

/// The middle one of some numbers.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
