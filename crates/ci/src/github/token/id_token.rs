//! The jobs that sign in by OIDC and may not fetch the token for it.

use crate::github::permissions::{DefaultToken, Level, Scope};
use crate::github::workflow::WorkflowJob;
use crate::settings::Ci;

use crate::github::uses::used;
use crate::github::workflow::{Unit, Workflows};

impl Workflows {
    /// The jobs that assume a role by their token, and whose `permissions:`, or those of a caller,
    /// give them none (`id-token: write`).
    pub fn without_id_token(&self, ci: &Ci) -> Vec<WorkflowJob> {
        let default = ci.default_token;
        let units = self.units().filter(|unit| unit.job.is_some());
        let jobs = units.filter_map(|unit| {
            let offset = self.signs_in_at(unit)?;
            let lacks = !self.may_fetch_id_token(unit, default);
            lacks.then(|| self.job_at(unit, offset)).flatten()
        });
        jobs.collect()
    }

    /// Where a job's first step stands that assumes a role by the job's token.
    fn signs_in_at(&self, unit: Unit) -> Option<usize> {
        self.steps(unit).iter().find_map(|step| {
            let uses = step.uses.as_ref()?;
            let is_configure = used(&uses.value).is_some_and(|used| used.is_configure());
            let has = |name: &str| step.with.iter().any(|entry| entry.name == name);
            let by_token =
                has("role-to-assume") && !has("aws-access-key-id") && !has("role-chaining");
            (is_configure && by_token).then_some(uses.offset)
        })
    }

    fn may_fetch_id_token(&self, unit: Unit, default: DefaultToken) -> bool {
        let own = self.effective(unit, default);
        let callers: Vec<Unit> = self.callers(unit.source).collect();
        let is_write = |level: Level| level == Level::Write;
        match callers.is_empty() {
            true => is_write(own.level(&Scope::IdToken)),
            false => callers.into_iter().all(|caller| {
                let passed = self.effective(caller, default);
                is_write(passed.called(self.block(unit), None).level(&Scope::IdToken))
            }),
        }
    }
}
