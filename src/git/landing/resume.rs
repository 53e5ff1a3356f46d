//! What is left to do of a run that was killed, or that failed on the way.

use std::path::Path;

use super::Landing;
use crate::git::begun::Written;
use crate::git::hold::Hold;
use crate::git::repository::Repository;
use crate::git::{self, layout};

/// What became of the run before, which was killed or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumed {
    /// There was none, or it had done nothing.
    Nothing,
    /// What it had written is committed.
    Finished,
    /// It had committed nothing, and its files were edited since: they stay as they are.
    LeftAlone,
}

impl Landing {
    /// Finishes or takes back what a run that was killed or failed had begun below `root`.
    ///
    /// # Errors
    /// That run is not dead, or git fails.
    pub fn resume(root: &Path) -> anyhow::Result<Resumed> {
        if !git::is_work_tree(root) || layout::directory(root).is_some_and(|it| !Hold::is_in(&it)) {
            return Ok(Resumed::Nothing);
        }
        // Without git nothing was begun; whoever needs it says that it is missing.
        let Ok(repository) = Repository::open(root) else {
            return Ok(Resumed::Nothing);
        };
        let Some((hold, begun)) = Hold::resume(&repository)? else {
            return Ok(Resumed::Nothing);
        };
        let Some(begun) = begun else {
            hold.let_go()?;
            return Ok(Resumed::Nothing);
        };
        let landing = Self {
            repository,
            begun,
            hold,
        };
        landing.settle().inspect_err(|_| {
            let _ = landing.hold.put_off();
        })
    }

    /// What [`resume`](Self::resume) does with what was begun.
    fn settle(&self) -> anyhow::Result<Resumed> {
        let Self {
            repository,
            begun,
            hold,
        } = self;
        let written = begun.written(&repository.root);
        let is_at_head = repository.checked_out()?.0 == begun.head;
        let is_committed = self.is_committed()?;
        let resumed = match (&begun.message, written) {
            (Some(_), Written::All) if is_committed => {
                self.renew_index()?;
                hold.end()?;
                Resumed::Finished
            }
            (Some(message), Written::All) if is_at_head => {
                // A merge that somebody began since the run was killed belongs to the branch checked out.
                repository.refuse_unfinished()?;
                self.depart()?;
                self.record(message)?;
                hold.end()?;
                Resumed::Finished
            }
            (_, Written::None) => {
                self.take_back()?;
                Resumed::Nothing
            }
            (message, _) => {
                self.delete_branch()?;
                hold.let_go()?;
                match message.is_some() && written == Written::Otherwise && is_at_head {
                    true => Resumed::LeftAlone,
                    false => Resumed::Nothing,
                }
            }
        };
        Ok(resumed)
    }
}
