//! What the steps of a job use the token for.

use super::block::PermissionsBlock;
use super::effective::Effective;
use super::scope::{Level, Scope, Scopes, raise};
use super::step::{TokenStep, UnknownNeed};
use super::{action, run};

/// A step of which it is not known what it uses.
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
    /// What is known, each scope at the highest level.
    pub scopes: Scopes,
    /// What is not.
    pub unknown: Vec<Unknown>,
}

impl Needs {
    /// Of all steps of a job.
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

    /// Adds what something else uses: the jobs of a called workflow, an image of a container.
    pub fn add(&mut self, scopes: impl IntoIterator<Item = (Scope, Level)>) {
        raise(&mut self.scopes, scopes);
    }

    /// What a job may not lose of it, where all is known.
    pub fn rights(&self) -> Option<Effective> {
        let block = || PermissionsBlock::Scopes(self.scopes.clone());
        self.unknown
            .is_empty()
            .then(|| Effective::exactly(&block()))
    }
}
