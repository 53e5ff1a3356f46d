//! Writing what is planned for one repository, and what git is to make of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use engine::next_steps;
use engine::plan::{FileChange, Plan};
use syntax::code::sentence;
use syntax::{shell, visible};
use transforms::CATALOGUE;

use crate::after_writing::{Before, SUBJECT};
use crate::cli::ApplyArgs;
use crate::counted::counted;
use crate::git::{Failure, Landing, Repository, Resumed, Uncommitted};
use crate::many::Find;
use crate::outcome::Refusal;
use crate::repository::Planned;
use crate::say::say;
use crate::{commit, git, whole_file};

/// What a run says that has written everything and cannot remove what the files were before.
const LEFT: &str = "everything is written, but what the files were before is still there, with the keys \
                    in it; the next `tfkeyless apply` removes that";

/// How plans are written.
#[derive(Debug)]
pub struct Writing<'a> {
    args: &'a ApplyArgs,
    /// The commits' message, where it is given.
    message: Option<String>,
}

impl<'a> Writing<'a> {
    /// Reads the message, and looks at the branch's name.
    ///
    /// # Errors
    /// The message cannot be read, is no text or is empty, or git takes no branch with the name.
    pub fn new(args: &'a ApplyArgs) -> anyhow::Result<Self> {
        args.branch
            .as_deref()
            .map_or(Ok(()), git::refuse_bad_branch)?;
        let message = match &args.message {
            None => None,
            Some(path) => {
                let text = whole_file::text(path)?;
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
            let files = counted(count, "file");
            say(&format!(
                "A run that was killed is undone: {files} as before it."
            ));
            // The journal may have been all that made this directory a root.
            run = find()?;
        }
        match Landing::resume(&run.root)? {
            Resumed::Nothing => {}
            Resumed::Finished => say("A run that was killed before it committed is finished."),
            Resumed::LeftAlone => say(
                "A run was killed before it committed, and its files were edited since: they stay \
                 as they are.",
            ),
        }
        Planned::new(&run)
    }

    /// Looks whether it may be written.
    ///
    /// # Errors
    /// Uncommitted changes in its files, or a filter that git would have to run.
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
            // What git ignores has no commit to be clean against: who included it knows.
            let changes = planned.plan.changes.iter();
            let files = changes.map(|change| change.path.clone());
            let files = files.filter(|path| !planned.ignored.contains(path));
            self.refuse_uncommitted(root, files.collect())
                .map_err(advised)?;
        }
        Ok(())
    }

    /// Fails where `files` have uncommitted changes, or where that is not known.
    fn refuse_uncommitted(&self, root: &Path, mut files: Vec<PathBuf>) -> anyhow::Result<()> {
        let repository = Repository::open(root)?;
        let guarded = repository.guarded(&files)?;
        if !guarded.is_empty() {
            if self.args.commit || self.args.branch.is_none() {
                bail!(Refusal(filtered(&guarded)));
            }
            let unknown: BTreeSet<&PathBuf> = guarded.iter().map(|(path, _)| path).collect();
            files.retain(|path| !unknown.contains(path));
        }
        let uncommitted = repository.uncommitted(&files)?;
        if uncommitted.is_empty() {
            return Ok(());
        }
        let shown = uncommitted.iter().map(|Uncommitted { path, mark }| {
            let path = visible::path(path);
            mark.map_or(path.clone(), |mark| {
                format!(
                    "{path} (marked {}: `git status` does not show it)",
                    mark.name()
                )
            })
        });
        bail!(Refusal(format!(
            "uncommitted changes in files that would be written:{}\n\
             help: commit or stash them, or run with --allow-dirty",
            listed(&shown.collect::<Vec<_>>())
        )));
    }

    /// Writes all of it or nothing, on the branch and with the commit that were asked for.
    ///
    /// # Errors
    /// What keeps it from being written or committed; it is as before then.
    pub fn write(&self, planned: &mut Planned) -> anyhow::Result<()> {
        let before = Before::of(&planned.root);
        self.write_changes(planned)?;
        let written = before.written(planned, self.args);
        if let Some(commit) = written.short_commit() {
            let steps = planned.plan.steps.iter_mut();
            for command in steps.flat_map(|step| &mut step.commands) {
                *command = command.replace(&shell::quoted(next_steps::COMMIT), commit);
            }
        }
        planned.written = Some(written);
        Ok(())
    }

    fn write_changes(&self, planned: &Planned) -> anyhow::Result<()> {
        let changes = &planned.plan.changes;
        if changes.is_empty() {
            return Ok(());
        }
        let root = &planned.root;
        // What git ignores is never committed, and of no files it would commit what is staged.
        let kept = changes.iter();
        let kept = kept.filter(|change| !planned.ignored.contains(&change.path));
        let kept: Vec<FileChange> = kept.cloned().collect();
        let is_committed = self.args.commit && !kept.is_empty();
        if self.args.branch.is_none() && !is_committed {
            return commit::commit(root, changes)?.context(LEFT);
        }
        let message = is_committed.then(|| match &self.message {
            Some(message) => message.clone(),
            None => message(&planned.plan),
        });
        let branch = self.args.branch.as_deref();
        let landed = if is_committed { &kept } else { changes };
        let landing = Landing::begin(root, branch, message.as_deref(), landed)?;
        let cleaned_up = match commit::commit(root, changes) {
            Ok(cleaned_up) => cleaned_up,
            Err(error) => return Err(landing.give_up(error)),
        };
        let ended = landing.end();
        if ended.is_ok() && landing.leaves_signing_out() {
            say(
                "The commit is not signed as the repository's own configuration asks, whose programs \
                 and keys are not used. To sign it: `git commit --amend --no-edit --gpg-sign`",
            );
        }
        ended.map_err(|failure| match failure {
            Failure::Tidying(error) => error,
            Failure::Commit(error) => {
                // By the same transaction: a failure here leaves a journal and no half.
                let back: Vec<FileChange> = changes.iter().map(reversed).collect();
                match commit::commit(root, &back) {
                    Ok(_) => landing.give_up(error.context("nothing was changed")),
                    Err(why) => landing.put_off(why.context(format!("{error:#}"))),
                }
            }
        })?;
        cleaned_up.context(LEFT)
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
    let mut message = format!("{SUBJECT}\n\n");
    for transform in CATALOGUE.iter() {
        let applied = plan.applied();
        let count = applied
            .filter(|finding| finding.transform == transform.id)
            .count();
        if count > 0 {
            let changes = counted(count, "change");
            message += &format!("{}: {changes}\n", transform.id);
        }
    }
    message
}

/// An error of git's while looking for uncommitted changes, with what to do next.
fn advised(error: anyhow::Error) -> anyhow::Error {
    match error.is::<Refusal>() {
        true => error,
        false => anyhow!(
            "{error:#}\nhelp: fix that, or skip the check for uncommitted changes with --allow-dirty"
        ),
    }
}

/// Why files that the repository's own filters guard are neither compared nor committed.
fn filtered(guarded: &[(PathBuf, String)]) -> String {
    let what = match guarded {
        [(path, filter)] => sentence!(
            "{} passes through the git filter `{filter}`, which this repository's own configuration \
             defines and tfkeyless does not run",
            visible::path(path)
        ),
        _ => {
            let shown = guarded.iter();
            let shown =
                shown.map(|(path, filter)| sentence!("{} (`{filter}`)", visible::path(path)));
            format!(
                "files that would be written pass through git filters, which this repository's own \
                 configuration defines and tfkeyless does not run:{}",
                listed(&shown.collect::<Vec<_>>())
            )
        }
    };
    format!(
        "{what}\nhelp: write without a commit, on a branch of its own, with `tfkeyless apply --branch \
         off-static-keys`, and commit with git"
    )
}

/// The first of these, a line each.
fn listed(all: &[String]) -> String {
    let shown = all.iter().take(10).map(|text| format!("\n  {text}"));
    let shown: String = shown.collect();
    match all.len().saturating_sub(10) {
        0 => shown,
        more => format!("{shown}\n  and {more} more"),
    }
}
