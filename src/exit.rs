//! How the process ends, as `--help` and the README promise it.

use std::process::ExitCode;

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, with or without changes.
    Done = 0,
    /// Something was found, and the command was asked to say so: `plan --check`, `audit`, `doctor`,
    /// `verify`.
    Found = 1,
    /// Refused or failed, nothing written unless the message says so; of `verify`, something could not be verified. A wrong
    /// command line ends like this, too: clap's code is the same.
    Failed = 2,
    /// Ended by a signal, nothing written: 128 and the number of SIGINT, as shells have it.
    Interrupted = 130,
}

impl Exit {
    /// `Found` if `is_found`, else `Done`.
    pub fn found(is_found: bool) -> Self {
        match is_found {
            true => Self::Found,
            false => Self::Done,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
