//! A git repository, and a git that works in it without reading the repository's own configuration.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, anyhow, bail};
use syntax::visible;

use super::configuration::Configuration;
use super::layout::{self, CheckedOut, Tip};
use super::stand_in::StandIn;
use super::{program, run};
use crate::outcome::Refusal;

/// A git repository around a directory.
#[derive(Debug)]
pub struct Repository {
    /// The directory, absolute.
    pub root: PathBuf,
    /// Git's directory of this work tree, absolute.
    pub directory: PathBuf,
    /// Git's directory of all work trees of the repository, absolute.
    pub common: PathBuf,
    /// What git's configuration says.
    pub configuration: Configuration,
    /// The top of the work tree.
    top: PathBuf,
    /// Stands for `common` where git is run.
    stand_in: StandIn,
}

impl Repository {
    /// Looks at the repository around `root`.
    ///
    /// # Errors
    /// There is none, git does not trust it, or a temporary directory cannot be made.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        let root = std::path::absolute(root)?;
        let plain = layout::directory(&root).and_then(|directory| {
            let text = fs::read_to_string(directory.join("config")).ok()?;
            Some((Configuration::plain(&text)?, directory))
        });
        let (configuration, [directory, common, top]) = match plain {
            Some((configuration, directory)) => {
                let common = directory.clone();
                (configuration, [directory, common, root.clone()])
            }
            None => {
                layout::refuse_pipes(&root)?;
                (configuration(&root)?, directories(&root)?)
            }
        };
        let stand_in =
            StandIn::new(&common, &configuration).context("cannot prepare to run git")?;
        Ok(Self {
            root,
            directory,
            common,
            configuration,
            top,
            stand_in,
        })
    }

    /// A git that works in this repository, reads the configuration of the user and of the stand-in, and
    /// runs no program that the repository names.
    pub fn git(&self) -> Command {
        let mut git = program(&self.root);
        // "Non-worktree files that are normally taken from $GIT_DIR will be taken from this path
        // instead", the configuration among them (`man git`).
        git.env("GIT_DIR", &self.directory)
            .env("GIT_COMMON_DIR", self.stand_in.path())
            .env("GIT_WORK_TREE", &self.top);
        git
    }

    /// The commit that is checked out, and its branch as `refs/heads/NAME`; `None` where there is none.
    ///
    /// # Errors
    /// No commit yet.
    pub fn checked_out(&self) -> anyhow::Result<(String, Option<String>)> {
        if let Some(CheckedOut { head, branch }) = layout::checked_out(&self.root) {
            return Ok((head, Some(branch)));
        }
        let mut ask = self.git();
        ask.args(["rev-parse", "HEAD", "--symbolic-full-name", "HEAD"]);
        let output = run(&mut ask).map_err(|error| match self.commit("HEAD") {
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

    /// The commit that a name stands for; `None` where there is none.
    pub fn commit(&self, name: &str) -> Option<String> {
        let mut ask = self.git();
        ask.args(["rev-parse", "--verify", "--quiet"]);
        let output = run(ask.arg(format!("{name}^{{commit}}"))).ok()?;
        Some(String::from_utf8(output).ok()?.trim().to_owned())
    }

    /// The commit of a branch; `None` where there is no such branch.
    ///
    /// # Errors
    /// git fails: that a branch is not there is not known then.
    pub fn tip(&self, branch: &str) -> anyhow::Result<Option<String>> {
        // Git lists a branch as absent that it cannot look at (measured: `lstat` with EIO).
        match layout::tip(&self.root, branch) {
            Some(Tip::Commit(commit)) => return Ok(Some(commit)),
            Some(Tip::Absent) => return Ok(None),
            None => {}
        }
        let reference = format!("refs/heads/{branch}");
        let mut list = self.git();
        list.args(["for-each-ref", "--format=%(refname) %(objectname)"]);
        let output = String::from_utf8(run(list.arg(&reference))?)?;
        // It lists those below a name, too.
        let mut lines = output.lines().filter_map(|line| line.rsplit_once(' '));
        let found = lines.find(|(name, _)| *name == reference);
        Ok(found.map(|(_, commit)| commit.to_owned()))
    }
}

/// Git's configuration, as git tells it. It runs no program for that.
fn configuration(root: &Path) -> anyhow::Result<Configuration> {
    let mut list = program(root);
    let listed = run(list.args(["config", "--list", "--show-scope", "-z"]))?;
    Ok(Configuration::listed(&listed))
}

/// Git's directory, that of all work trees, and the top of this one, as git tells them.
fn directories(root: &Path) -> anyhow::Result<[PathBuf; 3]> {
    let mut ask = program(root);
    let ask = ask.args([
        "rev-parse",
        "--path-format=absolute",
        "--absolute-git-dir",
        "--git-common-dir",
        "--show-toplevel",
    ]);
    let output = run(ask)?;
    let output = output.strip_suffix(b"\n").unwrap_or(&output);
    let lines = output.split(|&byte| byte == b'\n');
    let paths: Vec<PathBuf> = lines
        .map(|line| PathBuf::from(std::ffi::OsStr::from_bytes(line)))
        .collect();
    let paths: [PathBuf; 3] = paths
        .try_into()
        .map_err(|_| anyhow!("unexpected answer: {}", String::from_utf8_lossy(output)))?;
    let top = &paths[2];
    if !fs::canonicalize(root)?.starts_with(top) {
        bail!(Refusal(format!(
            "the work tree of this git repository is elsewhere, at {}",
            visible::path(top)
        )));
    }
    Ok(paths)
}
