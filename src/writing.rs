//! Writing what is planned for one repository, and what git is to make of it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use engine::plan::{FileChange, Plan};
use syntax::visible;
use transforms::CATALOGUE;

use crate::cli::ApplyArgs;
use crate::git::Landing;
use crate::many::Find;
use crate::outcome::Refusal;
use crate::repository::Planned;
use crate::say::say;
use crate::{commit, git, report};

/// How plans are written.
#[derive(Debug)]
pub struct Writing<'a> {
    args: &'a ApplyArgs,
    /// The commits' message, where it is given.
    message: Option<String>,
}

impl<'a> Writing<'a> {
    /// Reads the message.
    ///
    /// # Errors
    /// It cannot be read, or is empty.
    pub fn new(args: &'a ApplyArgs) -> anyhow::Result<Self> {
        let message = match &args.message {
            None => None,
            Some(path) => {
                let text = fs::read_to_string(path).with_context(|| visible::path(path))?;
                if text.trim().is_empty() {
                    bail!("{} holds no message", visible::path(path));
                }
                Some(text)
            }
        };
        Ok(Self { args, message })
    }

    /// Finds and plans one repository, once what killed runs left there is put right.
    ///
    /// # Errors
    /// What keeps it from being planned.
    pub fn planned(find: Find<'_>) -> anyhow::Result<Planned> {
        let mut run = find()?;
        if let Some(count) = commit::recover(&run.root)? {
            let files = report::counted(count, "file");
            say(&format!(
                "A run that was killed is undone: {files} as before it."
            ));
            // The journal may have been all that made this directory a root.
            run = find()?;
        }
        if Landing::resume(&run.root)? {
            say("A run that was killed before it committed is finished.");
        }
        let planned = Planned::new(&run)?;
        commit::sweep(&planned.strays)?;
        Ok(planned)
    }

    /// Looks whether it may be written.
    ///
    /// # Errors
    /// Uncommitted changes in its files.
    pub fn admit(&self, planned: &Planned) -> anyhow::Result<()> {
        let root = &planned.root;
        if planned.plan.changes.is_empty() {
            return Ok(());
        }
        if !git::is_work_tree(root) {
            if self.args.commit || self.args.branch.is_some() {
                bail!(Refusal(format!(
                    "{} is no git repository",
                    visible::path(root)
                )));
            }
            say(&format!(
                "\n{} is no git repository: nothing to go back to but your own copy.",
                visible::path(root)
            ));
        } else if !self.args.allow_dirty {
            refuse_dirty(planned)?;
        }
        Ok(())
    }

    /// Writes all of it or nothing, on the branch and with the commit that were asked for.
    ///
    /// # Errors
    /// What keeps it from being written or committed; it is as before then.
    pub fn write(&self, planned: &Planned) -> anyhow::Result<()> {
        let changes = &planned.plan.changes;
        if changes.is_empty() {
            return Ok(());
        }
        let root = &planned.root;
        let landing = self.landing(planned);
        let message = match &self.message {
            Some(message) => message.clone(),
            None => message(&planned.plan),
        };
        let committed: Vec<FileChange> = changes
            .iter()
            .filter(|change| !planned.ignored.contains(&change.path))
            .cloned()
            .collect();
        let departure = landing.begin(&committed, &message)?;
        let written = commit::commit(root, changes);
        let committed = written.and_then(|()| {
            let ended = landing.end(&departure, &committed, &message);
            ended.or_else(|error| {
                // By the same transaction: a failure here leaves a journal and no half.
                let back: Vec<FileChange> = changes.iter().map(reversed).collect();
                commit::commit(root, &back)?;
                Err(error.context("nothing was changed"))
            })
        });
        committed.or_else(|error| {
            landing.give_up(&departure)?;
            Err(error)
        })
    }

    fn landing<'r>(&'r self, planned: &'r Planned) -> Landing<'r> {
        let changes = &planned.plan.changes;
        // Of no files git would commit what is staged.
        let is_kept = |change: &FileChange| !planned.ignored.contains(&change.path);
        Landing {
            root: &planned.root,
            branch: self.args.branch.as_deref(),
            commit: self.args.commit && changes.iter().any(is_kept),
        }
    }
}

fn reversed(change: &FileChange) -> FileChange {
    FileChange {
        path: change.path.clone(),
        before: change.after.clone(),
        after: change.before.clone(),
    }
}

/// The commit's message: a line per transform.
fn message(plan: &Plan) -> String {
    let mut message = "Move off static AWS keys\n\n".to_owned();
    for transform in CATALOGUE.iter() {
        let applied = plan.applied();
        let count = applied
            .filter(|finding| finding.transform == transform.id)
            .count();
        if count > 0 {
            let changes = report::counted(count, "change");
            message += &format!("{}: {changes}\n", transform.id);
        }
    }
    message
}

fn refuse_dirty(planned: &Planned) -> anyhow::Result<()> {
    let files = planned
        .plan
        .changes
        .iter()
        .map(|change| change.path.clone());
    // What git ignores has no commit to be clean against: who included it knows.
    let files: Vec<PathBuf> = files
        .filter(|path| !planned.ignored.contains(path))
        .collect();
    let dirty = git::dirty(&planned.root, &files)?;
    if dirty.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = dirty
        .iter()
        .take(10)
        .map(|path| format!("\n  {}", visible::path(path)))
        .collect();
    let more = match dirty.len().saturating_sub(10) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    bail!(Refusal(format!(
        "uncommitted changes in files that would be written; commit or stash them, or run with \
         --allow-dirty:{}{more}",
        shown.concat()
    )));
}
