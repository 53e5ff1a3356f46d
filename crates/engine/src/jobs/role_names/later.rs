//! Sign-ins of called workflows that a plan with `--review` makes to another account: what their callers pass now
//! could not be told from what a person passes, so that it would stay.

use super::Names;
use crate::jobs::sign_in::{SignIn, Targets};

impl Names<'_> {
    /// Why a sign-in has to wait for review: the roles of its root modules do, and it follows them.
    pub(super) fn moves_later(&self, sign_in: &SignIn) -> Option<String> {
        if sign_in.start.job == sign_in.job {
            // The job itself is decided again (`own_role`).
            return None;
        }
        let later = self.later.iter().find(|it| it.is_of_same_keys(sign_in))?;
        if later.targets == sign_in.targets {
            return None;
        }
        let settings = self.repo.settings();
        let to = match &later.targets {
            Targets::One(target) => target.id().map(|id| settings.labelled(id)),
            Targets::ByValue { .. } | Targets::InTurn(_) => None,
        };
        let to = to.map_or_else(
            || "other accounts".to_owned(),
            |account| format!("account {account}"),
        );
        Some(format!(
            "a role that it assumes is removed with --review only: it then signs in to {to}"
        ))
    }
}

impl SignIn {
    /// Whether both take the place of one pair of keys in one job, as the same job starts it.
    fn is_of_same_keys(&self, other: &Self) -> bool {
        let named = |it: &Self| (it.job, it.start.job, it.is_of_workflow);
        named(self) == named(other) && self.id == other.id
    }
}
