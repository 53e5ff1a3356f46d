//! The OIDC sign-ins of jobs, and whether they may request the token.

use crate::github::permissions::{DefaultToken, Level, Scope};

use crate::github::uses::remote_action;
use crate::github::workflow::{StepOwner, Workflows};

impl Workflows {
    /// Byte offset of the first step of a job that assumes a role with the OIDC token; `None` where
    /// no step does.
    pub(in crate::github) fn sign_in(&self, owner: StepOwner) -> Option<usize> {
        self.steps(owner).iter().find_map(|step| {
            let uses = step.uses.as_ref()?;
            let is_configure =
                remote_action(&uses.value).is_some_and(|action| action.is_configure());
            let has = |name: &str| step.with.iter().any(|entry| entry.name == name);
            // The condition of the action itself (`useGitHubOIDCProvider`, read in v4.0.2 and
            // v6.2.3), as far as inputs decide it.
            let by_token =
                has("role-to-assume") && !has("aws-access-key-id") && !has("role-chaining");
            (is_configure && by_token).then_some(uses.offset)
        })
    }

    /// Whether the job, and where it is called every caller, has `id-token: write`.
    pub fn may_fetch_id_token(&self, owner: StepOwner, default: DefaultToken) -> bool {
        self.tokens(owner, default)
            .into_iter()
            .all(|is_write| is_write)
    }

    /// Whether it may in one of its runs.
    pub fn may_ever_fetch_id_token(&self, owner: StepOwner, default: DefaultToken) -> bool {
        self.tokens(owner, default)
            .into_iter()
            .any(|is_write| is_write)
    }

    /// For each caller, or for the job alone, whether the token is to be had.
    fn tokens(&self, owner: StepOwner, default: DefaultToken) -> Vec<bool> {
        let own = self.effective(owner, default);
        let callers: Vec<StepOwner> = self.callers(owner.source).collect();
        let is_write = |level: Level| level == Level::Write;
        match callers.is_empty() {
            true => vec![is_write(own.level(&Scope::IdToken))],
            false => {
                let passed = callers
                    .into_iter()
                    .flat_map(|caller| self.effective_of_runs(caller, default));
                let own = passed.map(|passed| passed.called(self.block(owner), None));
                own.map(|own| is_write(own.level(&Scope::IdToken)))
                    .collect()
            }
        }
    }
}
