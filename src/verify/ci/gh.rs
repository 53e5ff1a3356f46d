//! Reads of GitHub's API by `gh`, the user's own command.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::Command;

use serde_json::{Deserializer, Value};

use super::known::{Known, Unread};
use crate::verify::processes::Processes;

/// More than any list of variables: GitHub takes 1500 of 48 KiB, and no more than 256 KiB of them
/// ("Variables reference", limits).
pub const LONGEST_ANSWER: u64 = 16 * 1024 * 1024;

/// `gh` and the host that it asks.
pub struct Gh<'r> {
    /// `None` where it is not on PATH.
    pub program: Option<&'r Path>,
    pub host: String,
    pub processes: &'r Processes,
}

/// What the API answers.
#[derive(Debug)]
pub enum Answer {
    /// The document; of a list, one for each page.
    Pages(Vec<Value>),
    /// 404: it is not there, or the user may not know that it is.
    Absent,
}

/// Variables by which `gh` would print what is meant for people.
const REMOVED: [&str; 6] = [
    "GH_DEBUG",
    "DEBUG",
    "GH_FORCE_TTY",
    "CLICOLOR_FORCE",
    "GH_REPO",
    "GH_HOST",
];

impl Gh<'_> {
    /// Asks for a path of the API, all pages of it.
    ///
    /// # Errors
    /// `gh` cannot be started, or the run is being ended.
    pub fn get(&self, path: &str) -> io::Result<Known<Answer>> {
        let Some(program) = self.program else {
            let unread = Unread::new("`gh` is not on PATH");
            return Ok(Err(unread.cured_by("install gh: https://cli.github.com")));
        };
        let mut gh = Command::new(program);
        for name in REMOVED {
            gh.env_remove(name);
        }
        // In a repository it would read git's configuration there.
        gh.current_dir("/")
            .env("GH_PROMPT_DISABLED", "1")
            .env("GH_NO_UPDATE_NOTIFIER", "1")
            .env("NO_COLOR", "1")
            .args([
                "api",
                "--hostname",
                &self.host,
                "--method",
                "GET",
                "--paginate",
            ])
            .arg(path);
        let output = match self.processes.output_within(&mut gh, LONGEST_ANSWER) {
            Err(error) if error.kind() == ErrorKind::FileTooLarge => {
                return Ok(Err(Unread::new("GitHub's answer is too long")));
            }
            output => output?,
        };
        let stderr = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Ok(self.refused(&stderr, output.status.code()));
        }
        let pages = Deserializer::from_slice(&output.stdout).into_iter();
        let pages: Result<Vec<Value>, _> = pages.collect();
        Ok(match pages {
            Ok(pages) if !pages.is_empty() => Ok(Answer::Pages(pages)),
            _ => Err(Unread::new("GitHub's answer is no JSON")),
        })
    }

    /// What an error says. Its text is not shown: it is GitHub's.
    fn refused(&self, stderr: &str, code: Option<i32>) -> Known<Answer> {
        let has = |status: u16| stderr.contains(&format!("(HTTP {status})"));
        let login = format!("gh auth login --hostname {}", self.host);
        // `gh help exit-codes`: 4 is a missing sign-in.
        match code {
            _ if has(404) => Ok(Answer::Absent),
            _ if has(401) => Err(Unread::new("gh's token is not valid").cured_by(login)),
            Some(4) => {
                let reason = format!("gh is not signed in to {}", self.host);
                Err(Unread::new(reason).cured_by(login))
            }
            _ if has(403) => Err(Unread::new("GitHub denies it to gh's token")),
            _ => Err(Unread::new("gh failed to ask GitHub")),
        }
    }
}
