//! What git is to make of files that a run has written, seen before it and after it.

use std::path::{Path, PathBuf};

use engine::plan::{Action, Moment, NextStep};
use syntax::shell;

use crate::cli::ApplyArgs;
use crate::git::{self, Repository};
use crate::repository::Planned;
use crate::written::Written;

/// What commits are called.
pub const SUBJECT: &str = "Move off static AWS keys";

/// A new branch where work is on the default one.
const BRANCH: &str = "off-static-keys";

/// What is known of git before anything is written.
pub struct Before {
    branch: Option<String>,
}

impl Before {
    /// Looks at the repository around `root`.
    pub fn of(root: &Path) -> Self {
        Self {
            branch: checked_out(root).and_then(|(_, branch)| branch),
        }
    }

    /// What was written of a plan since then, as `args` asked for.
    pub fn written(&self, planned: &Planned, args: &ApplyArgs) -> Written {
        let root = &planned.root;
        let files: Vec<PathBuf> = planned
            .plan
            .changes
            .iter()
            .map(|it| it.path.clone())
            .collect();
        let (head, branch) = match checked_out(root) {
            Some((head, branch)) => (Some(head), branch),
            None => (None, None),
        };
        let tracked = files.iter().filter(|path| !planned.ignored.contains(*path));
        let tracked: Vec<String> = tracked.map(|path| shell::path(path)).collect();
        let commit = head.filter(|_| args.commit && !tracked.is_empty());
        let mut written = Written {
            files,
            branch: branch.clone(),
            commit: commit.clone(),
            git: None,
            undo: None,
        };
        let Some(branch) = branch.filter(|_| !tracked.is_empty()) else {
            return written;
        };
        let (files, mut next, mut undo) = (tracked.join(" "), Vec::new(), Vec::new());
        let mut pushed = branch.clone();
        if let Some(commit) = written.short_commit() {
            undo.push(format!("git revert --no-edit {commit}"));
        } else {
            // A pull request needs a branch of its own.
            if args.branch.is_none() && is_default(root, &branch) {
                next.push(format!("git switch -c {BRANCH}"));
                BRANCH.clone_into(&mut pushed);
            }
            next.push(format!("git add -- {files}"));
            next.push(format!("git commit -m {}", shell::quoted(SUBJECT)));
            // What was not committed before would be lost, too.
            if !args.allow_dirty {
                undo.push(format!("git restore -- {files}"));
                let from = self.branch.as_ref().filter(|from| **from != branch);
                if let (Some(from), Some(_)) = (from, &args.branch) {
                    undo.push(format!("git switch {}", shell::quoted(from)));
                    undo.push(format!("git branch -d {}", shell::quoted(&branch)));
                }
            }
        }
        if git::has_origin(root) {
            next.push(format!("git push -u origin {}", shell::quoted(&pushed)));
        }
        let step = |why: &str, commands: Vec<String>| NextStep {
            why: why.to_owned(),
            commands,
            when: Moment::BeforeMerge,
            action: Action::Run,
        };
        written.git = (!next.is_empty()).then(|| step("For a pull request:", next));
        written.undo = (!undo.is_empty()).then(|| step("To undo it:", undo));
        written
    }
}

/// The commit and the branch that are checked out; `None` outside of git, and before the first commit.
fn checked_out(root: &Path) -> Option<(String, Option<String>)> {
    if !git::is_work_tree(root) {
        return None;
    }
    let (head, branch) = Repository::open(root).ok()?.checked_out().ok()?;
    let branch = branch.and_then(|it| Some(it.strip_prefix("refs/heads/")?.to_owned()));
    Some((head, branch))
}

/// Whether a branch is the one that pull requests go to, as far as that is known.
fn is_default(root: &Path, branch: &str) -> bool {
    match git::default_branch(root) {
        Some(default) => default == branch,
        None => ["main", "master"].contains(&branch),
    }
}
