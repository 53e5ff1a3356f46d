//! The environment variables of a step: `env:` of the step, its job and its workflow.

use crate::github::workflow::model::{Step, Text};
use crate::github::workflow::{Unit, Workflows};

impl Workflows {
    /// What the environment of a step holds, in the innermost `env:`.
    pub fn variable<'w>(&'w self, unit: Unit, step: &'w Step, name: &str) -> Option<&'w Text> {
        let own = step.env.iter().find(|entry| entry.name == name);
        own.map(|entry| &entry.value)
            .or_else(|| self.inherited(unit, name))
    }

    /// What all steps of a unit inherit.
    pub fn inherited(&self, unit: Unit, name: &str) -> Option<&Text> {
        let job = self.job(unit).map(|job| &job.env);
        let workflow = self.workflow(unit).map(|workflow| &workflow.env);
        let envs = [job, workflow].into_iter().flatten();
        let mut found = envs.filter_map(|env| env.iter().find(|entry| entry.name == name));
        found.next().map(|entry| &entry.value)
    }
}
