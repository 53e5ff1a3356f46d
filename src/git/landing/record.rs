//! The commit, and what the index says afterwards.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::anyhow;

use super::Landing;
use crate::git::uncommitted::Mark;
use crate::git::{BATCH, not_started, run};
use crate::outcome::Refusal;

impl Landing {
    /// Whether the commit was made: the one checked out follows the one that was. Nobody else could
    /// commit while the run held the index.
    ///
    /// # Errors
    /// git fails.
    pub(super) fn is_committed(&self) -> anyhow::Result<bool> {
        let mut list = self.repository.git();
        let output = run(list.args(["rev-list", "--parents", "--max-count=1", "HEAD"]))?;
        let output = String::from_utf8(output)?;
        // The commit, and its parents.
        Ok(output.split_whitespace().nth(1) == Some(&self.begun.head))
    }

    /// Makes the copy of the index what it is after the commit.
    pub(super) fn renew_index(&self) -> anyhow::Result<()> {
        let files = self.begun.files();
        let marks = self.repository.marks(&files)?;
        for batch in files.chunks(BATCH) {
            let mut reset = self.hold.git(&self.repository);
            run(reset.args(["reset", "--quiet", "--"]).args(batch))?;
        }
        let git = || self.hold.git(&self.repository);
        mark(git, &marks, "")
    }

    /// Commits the files and no others, whatever is staged.
    pub(super) fn record(&self, message: &str) -> anyhow::Result<()> {
        // The commit would conclude a merge that somebody began since a run was killed.
        self.repository.refuse_unfinished()?;
        self.stage()?;
        let mut commit = self.hold.git_to_commit(&self.repository);
        // Git's housekeeping goes on in the background, and would hold locks after this run.
        commit.args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
        // The user's `commit.cleanup` may drop lines that begin with `#` from the message.
        commit.args(["commit", "--quiet", "--no-verify", "--cleanup=whitespace"]);
        commit.arg("--file=-").stdin(Stdio::piped());
        commit.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = commit.spawn().map_err(|error| not_started(&error))?;
        let input = child.stdin.take();
        let sent = input.map_or(Ok(()), |mut input| input.write_all(message.as_bytes()));
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(self.refused(&String::from_utf8_lossy(&output.stderr)));
        }
        // A git that refuses may not have read the message: the reason it gave was returned above.
        sent?;
        self.renew_index()
    }

    /// Makes the index of the commit to be: that of the commit checked out, with the files as they are.
    ///
    /// `git commit FILE` would do the same, and takes every file away that `lstat` does not find, whatever
    /// the reason (git's `builtin/commit.c`, `add_remove_files`). `git update-index` fails there.
    fn stage(&self) -> anyhow::Result<()> {
        let files = self.begun.files();
        let marks = self.repository.marks(&files)?;
        let mut output = OsString::from("--index-output=");
        output.push(self.hold.index_to_commit());
        let mut read = self.hold.git(&self.repository);
        run(read
            .args(["read-tree", "--reset"])
            .args([&*output, "HEAD".as_ref()]))?;
        let git = || self.hold.git_to_commit(&self.repository);
        // Git passes over files that are marked so. They were as committed before this run.
        mark(git, &marks, "no-")?;
        for batch in files.chunks(BATCH) {
            run(git().args(["update-index", "--"]).args(batch))?;
        }
        Ok(())
    }

    /// Why git does not commit.
    fn refused(&self, said: &str) -> anyhow::Error {
        match run(self.repository.git().args(["var", "GIT_COMMITTER_IDENT"])) {
            Ok(_) => anyhow!("git does not commit: {}", said.trim()),
            Err(_) => anyhow!(Refusal(
                "git user.name and user.email are not set".to_owned()
            )),
        }
    }
}

/// Sets these marks in the index of `git`, or takes them away with `no-`.
fn mark(git: impl Fn() -> Command, marks: &[(PathBuf, Mark)], no: &str) -> anyhow::Result<()> {
    for of in [Mark::AssumeUnchanged, Mark::SkipWorktree] {
        let files = marks.iter().filter(|(_, mark)| *mark == of);
        let files: Vec<_> = files.map(|(path, _)| path).collect();
        for batch in files.chunks(BATCH) {
            let option = format!("--{no}{}", of.name());
            run(git().args(["update-index", &option, "--"]).args(batch))?;
        }
    }
    Ok(())
}
