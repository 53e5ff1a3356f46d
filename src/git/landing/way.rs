//! The way to the branch, and back.

use super::Landing;
use crate::git::begun::Way;
use crate::git::run;

impl Landing {
    /// Makes the branch and goes to it, unless that is done.
    pub(super) fn depart(&self) -> anyhow::Result<()> {
        let Way { from, branch } = &self.begun.way;
        let Some(branch) = branch else {
            return Ok(());
        };
        let reference = format!("refs/heads/{branch}");
        let (_, on) = self.repository.checked_out()?;
        if on.as_ref() == Some(&reference) {
            return Ok(());
        }
        if self.repository.tip(branch)?.as_ref() == Some(&self.begun.head) {
            return self.go_to(from, &reference);
        }
        self.create_branch()
    }

    /// Makes the branch and goes to it.
    pub(super) fn create_branch(&self) -> anyhow::Result<()> {
        let Some(branch) = &self.begun.way.branch else {
            return Ok(());
        };
        let mut switch = self.hold.git(&self.repository);
        switch.args(["switch", "--quiet", "--no-track", "--create", branch]);
        run(&mut switch).map(drop)
    }

    /// Goes back to where the run began, where it has not been left since, deletes the branch, and lets go.
    pub(super) fn take_back(&self) -> anyhow::Result<()> {
        let Way { from, branch } = &self.begun.way;
        // A git that was killed leaves them.
        self.hold.remove_locks(self.begun.way.destination())?;
        if let Some(branch) = branch {
            let reference = format!("refs/heads/{branch}");
            let (head, on) = self.repository.checked_out()?;
            if on.as_ref() == Some(&reference) && head == self.begun.head {
                self.go_to(&reference, from)?;
            }
        }
        self.delete_branch()?;
        Ok(self.hold.let_go()?)
    }

    /// Deletes the branch that the run made, where nothing is on it and it is not checked out.
    pub(super) fn delete_branch(&self) -> anyhow::Result<()> {
        let Some(branch) = &self.begun.way.branch else {
            return Ok(());
        };
        let reference = format!("refs/heads/{branch}");
        let (_, on) = self.repository.checked_out()?;
        if on.as_ref() == Some(&reference) {
            return Ok(());
        }
        // Before it is asked for: that git lists none is not enough.
        let mut delete = self.hold.git(&self.repository);
        let delete = delete.args(["update-ref", "-d", &reference, &self.begun.head]);
        let Err(error) = run(delete) else {
            return Ok(());
        };
        match self.repository.tip(branch)? {
            Some(tip) if tip == self.begun.head => Err(error),
            // There is none, or somebody put a commit on it: it is theirs.
            _ => Ok(()),
        }
    }

    /// Checks out a branch or a commit which is the same commit as the one checked out, so that no
    /// file and nothing of the index changes: git would look at each again, and run filters.
    fn go_to(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let name = |reference: &str| {
            let branch = reference.strip_prefix("refs/heads/");
            branch.unwrap_or(reference).to_owned()
        };
        // As `git switch` writes it, by which `git switch -` finds the branch before.
        let log = format!("checkout: moving from {} to {}", name(from), name(to));
        let mut go = self.hold.git(&self.repository);
        match to.starts_with("refs/heads/") {
            true => go.args(["symbolic-ref", "-m", &log, "HEAD", to]),
            false => go.args(["update-ref", "-m", &log, "--no-deref", "HEAD", to]),
        };
        run(&mut go).map(drop)
    }
}
