//! For whom a job asks its tokens to be made out.

use std::collections::BTreeSet;

use crate::github::uses::remote_action;
use crate::github::workflow::model::{Step, entry};
use crate::github::workflow::{StepOwner, Workflows};

/// The inputs by which a step of `configure-aws-credentials` signs in, or will.
const SIGNS_IN: [&str; 2] = ["role-to-assume", "aws-access-key-id"];

impl Workflows {
    /// What the steps of a job that sign in name as `audience:`, each `None` where the action's default
    /// is meant (README of aws-actions/configure-aws-credentials). A step that becomes a sign-in keeps the
    /// input, which counts for nothing beside keys.
    pub fn audiences(&self, owner: StepOwner) -> BTreeSet<Option<&str>> {
        let is_sign_in = |step: &&Step| {
            let action = step
                .uses
                .as_ref()
                .and_then(|uses| remote_action(&uses.value));
            let mut inputs = SIGNS_IN.iter();
            action.is_some_and(|action| action.is_configure())
                && inputs.any(|name| entry(&step.with, name).is_some())
        };
        let steps = self.steps(owner).iter().filter(is_sign_in);
        steps
            .map(|step| entry(&step.with, "audience").map(|it| it.value.value.as_str()))
            .collect()
    }
}
