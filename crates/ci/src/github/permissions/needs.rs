//! What the steps of a job use the token for.

use super::block::PermissionsBlock;
use super::effective::Effective;
use super::scope::{Level, Scope, Scopes, raise};
use super::step::{TokenStep, UnknownNeed};
use super::{action, run};

/// A step whose use of the token is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Its index in the job.
    pub step: usize,
    /// Why.
    pub why: UnknownNeed,
}

/// What the steps of a job use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The known permissions, each scope at the highest level used.
    pub scopes: Scopes,
    /// The steps whose use is unknown.
    pub unknown: Vec<Unknown>,
}

impl Needs {
    /// What all steps of a job use.
    pub fn of(steps: &[TokenStep<'_>]) -> Self {
        let mut needs = Self::default();
        for (index, step) in steps.iter().enumerate() {
            let used = match (step.uses, step.run) {
                (Some(uses), _) => action::uses(uses, step, steps),
                (None, Some(script)) => run::uses(script, step.env),
                (None, None) => Ok(Scopes::new()),
            };
            match used {
                Ok(scopes) => needs.add(scopes),
                Err(why) => needs.unknown.push(Unknown { step: index, why }),
            }
        }
        needs
    }

    /// Adds what else the job uses: the jobs of a called workflow.
    pub fn add(&mut self, scopes: impl IntoIterator<Item = (Scope, Level)>) {
        raise(&mut self.scopes, scopes);
    }

    /// What the job must not lose; `None` while a step is unknown.
    pub fn rights(&self) -> Option<Effective> {
        let block = || PermissionsBlock::Scopes(self.scopes.clone());
        self.unknown
            .is_empty()
            .then(|| Effective::exactly(&block()))
    }
}
