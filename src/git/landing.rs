//! What was written goes to a branch and into a commit.
//!
//! A note in git's own directory says what a run was about to commit. A run that is killed between
//! writing and committing is so finished by the next.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use transforms::model::plan::Change;

use super::layout::{self, CheckedOut};
use super::{filters, git, run};
use crate::outcome::Refusal;

/// The note, in git's own directory.
const NOTE: &str = "tfkeyless-commit";

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

/// What the note says.
struct Begun {
    head: String,
    message: String,
    /// The SHA-1 of each file as it will be, by its path relative to the root.
    files: BTreeMap<String, String>,
}

/// Where the work tree came from.
#[derive(Debug)]
pub struct Departure {
    /// The branch that was left, or the commit; `None` where the branch stayed.
    left: Option<String>,
    /// The note of what is to be committed.
    note: Option<PathBuf>,
}

/// Where the work tree is.
struct Place {
    /// Where the note goes.
    note: PathBuf,
    /// Whether a merge is not finished.
    is_merging: bool,
    /// The commit that is checked out.
    head: String,
    /// Its branch, as `refs/heads/NAME`; `None` where there is none.
    branch: Option<String>,
}

impl Landing<'_> {
    /// Finishes what a killed run had written and not committed; whether there was something.
    ///
    /// # Errors
    /// git fails.
    pub fn resume(&self) -> anyhow::Result<bool> {
        if !self.commit || !super::is_work_tree(self.root) {
            return Ok(false);
        }
        let note = self.directory()?.join(NOTE);
        let Ok(text) = fs::read_to_string(&note) else {
            return Ok(false);
        };
        let begun = Begun::parse(&text);
        let begun =
            begun.filter(|begun| super::head(self.root).is_some_and(|head| head == begun.head));
        let written = begun.filter(|begun| begun.is_written(self.root));
        if let Some(begun) = &written {
            self.depart(&self.place()?)?;
            let files: Vec<PathBuf> = begun.files.keys().map(PathBuf::from).collect();
            self.record(&files, &begun.message)?;
        }
        fs::remove_file(&note)?;
        Ok(written.is_some())
    }

    /// Looks whether a commit can be made, notes what it shall be, and goes to the branch. Nothing
    /// of the work tree changes.
    ///
    /// # Errors
    /// A branch that is there already, a merge that is not finished.
    pub fn begin(&self, changes: &[Change], message: &str) -> anyhow::Result<Departure> {
        if !self.commit && self.branch.is_none() {
            return Ok(Departure {
                left: None,
                note: None,
            });
        }
        let place = self.place()?;
        if !self.commit {
            let left = self.depart(&place)?;
            return Ok(Departure { left, note: None });
        }
        if place.is_merging {
            bail!(Refusal(
                "a merge is not finished: commit or abort it".to_owned()
            ));
        }
        let begun = Begun {
            head: place.head.clone(),
            message: message.to_owned(),
            files: changes.iter().map(Begun::file).collect(),
        };
        let departure = Departure {
            left: self.depart(&place)?,
            note: Some(place.note.clone()),
        };
        fs::write(&place.note, begun.text()).or_else(|error| {
            self.give_up(&departure)?;
            Err(error).context("nothing was written")
        })?;
        Ok(departure)
    }

    /// Commits what was written.
    ///
    /// # Errors
    /// git fails, or knows nobody to commit as.
    pub fn end(
        &self,
        departure: &Departure,
        changes: &[Change],
        message: &str,
    ) -> anyhow::Result<()> {
        let Some(note) = &departure.note else {
            return Ok(());
        };
        let files: Vec<PathBuf> = changes.iter().map(|change| change.path.clone()).collect();
        self.record(&files, message)?;
        Ok(fs::remove_file(note)?)
    }

    /// Goes back to where the run began, and takes the branch away again.
    ///
    /// # Errors
    /// git fails.
    pub fn give_up(&self, departure: &Departure) -> anyhow::Result<()> {
        if let (Some(left), Some(branch)) = (&departure.left, self.branch) {
            let back = match left.strip_prefix("refs/heads/") {
                Some(branch) => ["switch", "--quiet", "--no-guess", branch],
                None => ["switch", "--quiet", "--detach", left],
            };
            run(git(self.root).args(back))?;
            run(git(self.root).args(["branch", "--quiet", "-D", branch]))?;
        }
        if let Some(note) = &departure.note {
            // It may be what could not be written.
            let _ = fs::remove_file(note);
        }
        Ok(())
    }

    /// Makes the branch and goes to it, unless it is the one checked out; what was left for it.
    fn depart(&self, place: &Place) -> anyhow::Result<Option<String>> {
        let Some(branch) = self.branch else {
            return Ok(None);
        };
        if place.branch == Some(format!("refs/heads/{branch}")) {
            return Ok(None);
        }
        let mut switch = git(self.root);
        switch.args(["switch", "--quiet", "--no-track", "--create", branch]);
        run(&mut switch).map_err(|error| {
            let mut there = git(self.root);
            there.args(["rev-parse", "--verify", "--quiet"]);
            match run(there.arg(format!("refs/heads/{branch}"))) {
                Ok(_) => anyhow!(Refusal(format!(
                    "there is a branch {branch} already: take another name, or delete it \
                     (`git branch -D {branch}`)"
                ))),
                Err(_) => error,
            }
        })?;
        Ok(place.branch.clone().or_else(|| Some(place.head.clone())))
    }

    fn place(&self) -> anyhow::Result<Place> {
        let directory = self.directory()?;
        let (head, branch) = match layout::checked_out(self.root) {
            Some(CheckedOut { head, branch }) => (head, Some(branch)),
            None => self.checked_out()?,
        };
        Ok(Place {
            note: directory.join(NOTE),
            is_merging: directory.join("MERGE_HEAD").exists(),
            head,
            branch,
        })
    }

    /// The commit that is checked out, and its branch.
    fn checked_out(&self) -> anyhow::Result<(String, Option<String>)> {
        let mut ask = git(self.root);
        ask.args(["rev-parse", "HEAD", "--symbolic-full-name", "HEAD"]);
        let told = run(&mut ask).map_err(|error| match super::head(self.root) {
            Some(_) => error,
            None => anyhow!(Refusal(
                "there is no commit yet to make another upon".to_owned()
            )),
        })?;
        let told = String::from_utf8(told).context("the branch has no name in UTF-8")?;
        match told.trim_end().split_once('\n') {
            Some((head, "HEAD")) => Ok((head.to_owned(), None)),
            Some((head, branch)) => Ok((head.to_owned(), Some(branch.to_owned()))),
            None => bail!("unexpected answer: {told}"),
        }
    }

    /// git's own.
    fn directory(&self) -> anyhow::Result<PathBuf> {
        if let Some(directory) = layout::directory(self.root) {
            return Ok(directory);
        }
        let told = run(git(self.root).args(["rev-parse", "--absolute-git-dir"]))?;
        let told = String::from_utf8(told).context("git's directory has no name in UTF-8")?;
        Ok(PathBuf::from(told.trim_end_matches('\n')))
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
    fn record(&self, files: &[PathBuf], message: &str) -> anyhow::Result<()> {
        let own = filters::own(self.root)?;
        let mut commit = git(self.root);
        commit.args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
        commit.args(["commit", "--quiet", "--no-verify", "--cleanup=whitespace"]);
        commit.args(["--file=-", "--"]).args(files);
        filters::without(&mut commit, &own);
        commit.stdin(Stdio::piped());
        commit.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = commit.spawn().context("cannot start git")?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(message.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(self.refused(&String::from_utf8_lossy(&output.stderr)));
        }
        Ok(())
    }
}

impl Begun {
    fn file(change: &Change) -> (String, String) {
        let path = change.path.to_string_lossy().into_owned();
        (path, sha1(change.after.as_bytes()))
    }

    fn text(&self) -> String {
        let note = json!({ "head": self.head, "message": self.message, "files": self.files });
        format!("{note}\n")
    }

    /// `None` for a note that was cut off: nothing was written then.
    fn parse(text: &str) -> Option<Self> {
        let note: Value = serde_json::from_str(text).ok()?;
        let files = note.get("files")?.as_object()?.iter();
        let files = files.map(|(path, hash)| Some((path.clone(), hash.as_str()?.to_owned())));
        Some(Self {
            head: note.get("head")?.as_str()?.to_owned(),
            message: note.get("message")?.as_str()?.to_owned(),
            files: files.collect::<Option<_>>()?,
        })
    }

    fn is_written(&self, root: &Path) -> bool {
        self.files
            .iter()
            .all(|(path, hash)| fs::read(root.join(path)).is_ok_and(|text| sha1(&text) == *hash))
    }
}

fn sha1(bytes: &[u8]) -> String {
    let hash = Sha1::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
