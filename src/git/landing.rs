//! The branch and the commit for what is written.
//!
//! What the run [holds](Hold) meanwhile says what it was about to do. A run that is killed or fails
//! on the way is so finished or taken back by the next. Once there is a commit, nothing is taken back.

mod record;
mod resume;
mod way;

use std::path::Path;

use anyhow::{anyhow, bail};
use engine::plan::FileChange;
use syntax::code::sentence;
use syntax::shell;

use super::begun::{Begun, Way};
use super::hold::Hold;
use super::repository::Repository;
use crate::outcome::Refusal;

pub use resume::Resumed;

/// A branch and a commit that a run is about to make.
#[derive(Debug)]
pub struct Landing {
    repository: Repository,
    begun: Begun,
    hold: Hold,
}

/// Why changes did not land.
#[derive(Debug)]
pub enum Failure {
    /// There is no commit, and what was written has to be put back.
    Commit(anyhow::Error),
    /// All is written, and committed where that was asked for or may be: nothing is put back, and the
    /// next run does the rest.
    Tidying(anyhow::Error),
}

impl Landing {
    /// Looks whether a branch and a commit can be made in the repository around `root`, notes what is
    /// to be, and goes to the branch: a new one from HEAD, or the one checked out where `branch` is its
    /// name or is not given. With a `message` there will be a commit. No file of the work tree
    /// changes.
    ///
    /// # Errors
    /// A branch that is there already, a merge that is not finished, another run or git at work.
    pub fn begin(
        root: &Path,
        branch: Option<&str>,
        message: Option<&str>,
        changes: &[FileChange],
    ) -> anyhow::Result<Self> {
        let repository = Repository::open(root)?;
        repository.refuse_unfinished()?;
        let (head, on) = repository.checked_out()?;
        let branch = branch.filter(|branch| on != Some(format!("refs/heads/{branch}")));
        if let Some(branch) = branch
            && repository.tip(branch)?.is_some()
        {
            bail!(Refusal(sentence!(
                "there is a branch {branch} already: take another name, or delete it (`git branch -D \
                 {}`)",
                shell::quoted(branch)
            )));
        }
        let way = Way {
            from: on.unwrap_or_else(|| head.clone()),
            branch: branch.map(str::to_owned),
        };
        let begun = Begun::new(root, &head, way, message, changes)?;
        let hold = Hold::begin(&repository, &begun)?;
        let landing = Self {
            repository,
            begun,
            hold,
        };
        match landing.create_branch() {
            Ok(()) => Ok(landing),
            Err(error) => Err(landing.give_up(error)),
        }
    }

    /// Commits what was written, where a commit was asked for, and lets go of what was held.
    ///
    /// # Errors
    /// There is no commit, or there is one and something of the rest failed.
    pub fn end(&self) -> Result<(), Failure> {
        match &self.begun.message {
            None => self.hold.let_go().map_err(|error| {
                Failure::Tidying(anyhow!(error).context(
                    "written, with files left to clean up\nhelp: run `tfkeyless apply` again",
                ))
            }),
            Some(message) => self.commit(message),
        }
    }

    /// Whether the commit is not signed though the repository's own configuration has settings of signatures.
    pub fn leaves_signing_out(&self) -> bool {
        self.begun.message.is_some() && self.repository.configuration.has_signing()
    }

    fn commit(&self, message: &str) -> Result<(), Failure> {
        let recorded = self.record(message).map(Ok);
        if recorded.is_err() {
            // A git that was killed leaves them, and the next would stop at them.
            let _ = self.hold.remove_locks(self.begun.way.destination());
        }
        // Git may fail at what comes after the commit.
        let recorded = recorded.or_else(|error| match self.is_committed() {
            Ok(false) => Err(Failure::Commit(error)),
            Ok(true) => Ok(self.renew_index()),
            // Nobody knows: the files stay, and the next run looks.
            Err(_) => Ok(Err(error)),
        });
        let tidied = recorded?.and_then(|()| {
            self.hold.remove_locks(self.begun.way.destination())?;
            Ok(self.hold.end()?)
        });
        tidied.map_err(|error| {
            let _ = self.hold.put_off();
            Failure::Tidying(error.context(
                "written and committed: git's index is not up to date\n\
                 note: the next `tfkeyless apply` tries that again",
            ))
        })
    }

    /// Leaves the rest to the next run; what was reported as `error`, with that.
    pub fn put_off(&self, error: anyhow::Error) -> anyhow::Error {
        let _ = self.hold.put_off();
        error.context("written and not committed\nnote: the next `tfkeyless apply` commits that")
    }

    /// Goes back to where the run began, and takes the branch away again; what was reported as `error`,
    /// with what did not succeed.
    pub fn give_up(&self, error: anyhow::Error) -> anyhow::Error {
        let Err(why) = self.take_back() else {
            return error;
        };
        let _ = self.hold.put_off();
        let branch = self.begun.way.branch.as_deref().unwrap_or("HEAD");
        error.context(format!(
            "{branch} could not be taken back ({why:#})\nnote: the next `tfkeyless apply` tries that again"
        ))
    }
}
