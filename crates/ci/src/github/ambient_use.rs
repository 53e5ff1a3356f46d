//! Steps of a job, other than sign-ins and Terraform, that act by the credentials in the
//! environment.

use crate::github::uses::remote_action;
use crate::github::workflow::{StepOwner, Workflows};

/// A step that acts by the credentials in the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmbientUse {
    /// The index of the step.
    pub step: usize,
    /// What it does, as a short noun phrase.
    pub what: String,
}

impl Workflows {
    /// The steps of a job that act by the credentials in the environment, but for sign-ins and
    /// Terraform's commands.
    pub fn ambient_uses(&self, owner: StepOwner) -> Vec<AmbientUse> {
        let steps = self.steps(owner).iter().enumerate();
        let found = steps.filter_map(|(index, step)| {
            if let Some(run) = &step.run {
                let line = run.value.lines().find(|line| {
                    let line = line.trim_start();
                    line.starts_with("aws ")
                        && !line.starts_with("aws configure")
                        && !line.starts_with("aws sts get-caller-identity")
                })?;
                let words: Vec<&str> = line.split_whitespace().take(3).collect();
                return Some(AmbientUse {
                    step: index,
                    what: format!("`{}`", words.join(" ")),
                });
            }
            let action = remote_action(&step.uses.as_ref()?.value)?;
            let is_aws = action.action.starts_with("aws-actions/") && !action.is_configure();
            is_aws.then(|| AmbientUse {
                step: index,
                what: format!("action `{}`", action.action),
            })
        });
        found.collect()
    }
}
