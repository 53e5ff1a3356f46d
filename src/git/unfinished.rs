//! What git is in the middle of: a commit would become a part of it, and a branch would leave it.

use anyhow::bail;
use syntax::code::sentence;

use super::repository::Repository;
use crate::outcome::Refusal;

/// By the file or directory that stands in git's directory meanwhile (git's `wt-status.c`,
/// `wt_status_get_state`, asks for the same): what it is, and how it ends. `git am` has a file in the
/// directory of a rebase; a revert of several commits has, between two, only the sequencer.
const OPERATIONS: [(&str, &str, &str); 8] = [
    ("MERGE_HEAD", "a merge", "git merge --abort"),
    ("rebase-apply/applying", "git am", "git am --abort"),
    ("rebase-apply", "a rebase", "git rebase --abort"),
    ("rebase-merge", "a rebase", "git rebase --abort"),
    (
        "CHERRY_PICK_HEAD",
        "a cherry-pick",
        "git cherry-pick --abort",
    ),
    ("REVERT_HEAD", "a revert", "git revert --abort"),
    ("sequencer", "a revert or cherry-pick", "git revert --abort"),
    ("BISECT_LOG", "a bisection", "git bisect reset"),
];

impl Repository {
    /// Fails where git is in the middle of something.
    ///
    /// # Errors
    /// As above.
    pub fn refuse_unfinished(&self) -> anyhow::Result<()> {
        let mut operations = OPERATIONS.iter();
        let unfinished = operations.find(|(name, ..)| self.directory.join(name).exists());
        if let Some((_, operation, abort)) = unfinished {
            bail!(Refusal(sentence!(
                "{operation} is not finished: complete it, or take it back (`{abort}`)"
            )));
        }
        Ok(())
    }
}
