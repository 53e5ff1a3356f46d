//! The branch and the commit for what was written.
//!
//! What the run [holds](Hold) meanwhile says what it was about to do. A run that is killed between
//! writing and committing is so finished by the next.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, anyhow, bail};
use engine::plan::FileChange;

use super::begun::Begun;
use super::hold::Hold;
use super::layout::{self, CheckedOut};
use super::{filters, git, run};
use crate::outcome::Refusal;

/// Where changes shall land.
#[derive(Debug)]
pub struct Landing<'a> {
    /// The repository.
    pub root: &'a Path,
    /// A branch to make from HEAD, or to stay on; the one checked out where there is none.
    pub branch: Option<&'a str>,
    /// Whether what was written is committed.
    pub commit: bool,
}

/// Where the work tree came from.
#[derive(Debug)]
pub struct Departure {
    /// The branch that was left, or the commit; `None` where the branch stayed.
    left: Option<String>,
    /// What is held until it is committed.
    hold: Option<Hold>,
}

/// Where the work tree is.
struct WorkTree {
    /// Git's own directory.
    directory: PathBuf,
    /// The commit that is checked out.
    head: String,
    /// Its branch, as `refs/heads/NAME`; `None` where there is none.
    branch: Option<String>,
}

impl Landing<'_> {
    /// Finishes what a killed run had written below `root` and not committed, as that run would
    /// have; whether there was something.
    ///
    /// # Errors
    /// That run is not dead, or git fails.
    pub fn resume(root: &Path) -> anyhow::Result<bool> {
        if !super::is_work_tree(root) {
            return Ok(false);
        }
        // Without git nothing was begun; whoever needs it says that it is missing.
        let Ok(directory) = directory(root) else {
            return Ok(false);
        };
        let Some((hold, begun)) = Hold::resume(&directory)? else {
            return Ok(false);
        };
        let branch = begun.as_ref().and_then(|begun| begun.branch.as_deref());
        let landing = Landing {
            root,
            branch,
            commit: true,
        };
        let written = begun.as_ref().filter(|begun| begun.is_written(root));
        landing.finish(written, &hold).or_else(|error| {
            hold.put_off()?;
            Err(error)
        })?;
        Ok(written.is_some())
    }

    fn finish(&self, written: Option<&Begun>, hold: &Hold) -> anyhow::Result<()> {
        let head = super::head(self.root).unwrap_or_default();
        let Some(begun) = written else {
            self.return_to_branch(&head, hold)?;
            return Ok(hold.let_go()?);
        };
        if head == begun.head {
            self.return_to_branch(&head, hold)?;
            self.depart(&self.place()?, Some(hold))?;
            self.record(&begun.files(), &begun.message, hold)?;
        } else {
            // It is committed, and the index may not know.
            let mut reset = hold.git(self.root);
            run(reset.args(["reset", "--quiet", "--"]).args(begun.files()))?;
        }
        Ok(hold.end()?)
    }

    /// Looks whether a commit can be made, notes what it shall be, and goes to the branch. Nothing
    /// of the work tree changes.
    ///
    /// # Errors
    /// A branch that is there already, a merge that is not finished, another run or git at work.
    pub fn begin(&self, changes: &[FileChange], message: &str) -> anyhow::Result<Departure> {
        let mut departure = Departure {
            left: None,
            hold: None,
        };
        if !self.commit && self.branch.is_none() {
            return Ok(departure);
        }
        let place = self.place()?;
        if self.commit {
            if place.directory.join("MERGE_HEAD").exists() {
                bail!(Refusal(
                    "a merge is not finished: commit or abort it".to_owned()
                ));
            }
            let begun = Begun::new(&place.head, self.branch, message, changes);
            departure.hold = Some(Hold::begin(&place.directory, &begun)?);
        }
        match self.depart(&place, departure.hold.as_ref()) {
            Ok(left) => departure.left = left,
            Err(error) => {
                self.give_up(&departure)?;
                return Err(error);
            }
        }
        Ok(departure)
    }

    /// Commits what was written.
    ///
    /// # Errors
    /// git fails, or knows nobody to commit as.
    pub fn end(
        &self,
        departure: &Departure,
        changes: &[FileChange],
        message: &str,
    ) -> anyhow::Result<()> {
        let Some(hold) = &departure.hold else {
            return Ok(());
        };
        let files: Vec<PathBuf> = changes.iter().map(|change| change.path.clone()).collect();
        self.record(&files, message, hold)?;
        Ok(hold.end()?)
    }

    /// Goes back to where the run began, and takes the branch away again.
    ///
    /// # Errors
    /// git fails.
    pub fn give_up(&self, departure: &Departure) -> anyhow::Result<()> {
        let hold = departure.hold.as_ref();
        if let (Some(left), Some(branch)) = (&departure.left, self.branch) {
            // `--no-guess`: else git makes a branch of that name from a remote one, where it is gone.
            let back = match left.strip_prefix("refs/heads/") {
                Some(branch) => ["switch", "--quiet", "--no-guess", branch],
                None => ["switch", "--quiet", "--detach", left],
            };
            run(self.git(hold).args(back))?;
            run(self.git(hold).args(["branch", "--quiet", "-D", branch]))?;
        }
        match hold {
            Some(hold) => Ok(hold.let_go()?),
            None => Ok(()),
        }
    }

    /// Makes the branch and goes to it, unless it is the one checked out; what was left for it.
    fn depart(&self, place: &WorkTree, hold: Option<&Hold>) -> anyhow::Result<Option<String>> {
        let Some(branch) = self.branch else {
            return Ok(None);
        };
        if place.branch == Some(format!("refs/heads/{branch}")) {
            return Ok(None);
        }
        let mut switch = self.git(hold);
        switch.args(["switch", "--quiet", "--no-track", "--create", branch]);
        run(&mut switch).map_err(|error| match self.tip(branch) {
            Some(_) => anyhow!(Refusal(format!(
                "there is a branch {branch} already: take another name, or delete it \
                 (`git branch -D {branch}`)"
            ))),
            None => error,
        })?;
        Ok(place.branch.clone().or_else(|| Some(place.head.clone())))
    }

    /// Goes to the branch where a killed run had made it upon `head` and not gone there yet.
    fn return_to_branch(&self, head: &str, hold: &Hold) -> anyhow::Result<()> {
        let Some(branch) = self.branch else {
            return Ok(());
        };
        if self.tip(branch).as_deref() == Some(head) {
            run(hold
                .git(self.root)
                .args(["switch", "--quiet", "--no-guess", branch]))?;
        }
        Ok(())
    }

    /// The commit of a branch; `None` where there is no such branch.
    fn tip(&self, branch: &str) -> Option<String> {
        let mut ask = git(self.root);
        ask.args(["rev-parse", "--verify", "--quiet"]);
        let output = run(ask.arg(format!("refs/heads/{branch}"))).ok()?;
        Some(String::from_utf8(output).ok()?.trim().to_owned())
    }

    fn git(&self, hold: Option<&Hold>) -> Command {
        hold.map_or_else(|| git(self.root), |hold| hold.git(self.root))
    }

    fn place(&self) -> anyhow::Result<WorkTree> {
        let (head, branch) = match layout::checked_out(self.root) {
            Some(CheckedOut { head, branch }) => (head, Some(branch)),
            None => self.checked_out()?,
        };
        Ok(WorkTree {
            directory: directory(self.root)?,
            head,
            branch,
        })
    }

    /// The commit that is checked out, and its branch.
    fn checked_out(&self) -> anyhow::Result<(String, Option<String>)> {
        let mut ask = git(self.root);
        ask.args(["rev-parse", "HEAD", "--symbolic-full-name", "HEAD"]);
        let output = run(&mut ask).map_err(|error| match super::head(self.root) {
            Some(_) => error,
            None => anyhow!(Refusal(
                "there is no commit yet to make another upon".to_owned()
            )),
        })?;
        let output = String::from_utf8(output).context("the branch has no name in UTF-8")?;
        match output.trim_end().split_once('\n') {
            Some((head, "HEAD")) => Ok((head.to_owned(), None)),
            Some((head, branch)) => Ok((head.to_owned(), Some(branch.to_owned()))),
            None => bail!("unexpected answer: {output}"),
        }
    }

    /// Why git does not commit.
    fn refused(&self, said: &str) -> anyhow::Error {
        match run(git(self.root).args(["var", "GIT_COMMITTER_IDENT"])) {
            Ok(_) => anyhow!("git does not commit: {}", said.trim()),
            Err(_) => anyhow!(Refusal(
                "git does not know who commits: set user.name and user.email".to_owned()
            )),
        }
    }

    /// Commits these files and no others, whatever is staged.
    fn record(&self, files: &[PathBuf], message: &str, hold: &Hold) -> anyhow::Result<()> {
        let own = filters::own(self.root)?;
        let mut commit = hold.git(self.root);
        // Git's housekeeping goes on in the background, and would hold locks after this run.
        commit.args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
        // The user's `commit.cleanup` may drop lines that begin with `#` from the message.
        commit.args(["commit", "--quiet", "--no-verify", "--cleanup=whitespace"]);
        commit.args(["--file=-", "--"]).args(files);
        filters::without(&mut commit, &own);
        commit.stdin(Stdio::piped());
        commit.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = commit.spawn().context("cannot start git")?;
        let input = child.stdin.take();
        let sent = input.map_or(Ok(()), |mut input| input.write_all(message.as_bytes()));
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(self.refused(&String::from_utf8_lossy(&output.stderr)));
        }
        // A git that refuses may not have read the message: the reason it gave was returned above.
        Ok(sent?)
    }
}

/// Git's own directory.
fn directory(root: &Path) -> anyhow::Result<PathBuf> {
    if let Some(directory) = layout::directory(root) {
        return Ok(directory);
    }
    let output = run(git(root).args(["rev-parse", "--absolute-git-dir"]))?;
    let output = String::from_utf8(output).context("git's directory has no name in UTF-8")?;
    Ok(PathBuf::from(output.trim_end_matches('\n')))
}
