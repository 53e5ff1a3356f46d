//! The steps by which a job signs in to AWS, and which of them a later step acts by.

use crate::github::configure_aws_credentials::KEY_INPUTS;
use crate::github::expression::outlives_failure;
use crate::github::uses::remote_action;
use crate::github::workflow::model::{Step, entry};
use crate::github::workflow::{StepOwner, Workflows};

/// A step that signs in: its credentials are those of all later steps, until the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSignIn {
    /// The index of the step.
    pub step: usize,
    /// How it signs in.
    pub how: SignInMethod,
    /// Its `if:`.
    pub condition: Option<String>,
    /// Whether the job goes on where it fails (`continue-on-error`).
    pub may_fail: bool,
}

/// How a step signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInMethod {
    /// With static keys.
    Keys,
    /// As this role; with the keys that it is given beside the role, or the job's token.
    Role(String),
}

/// The sign-ins that may be the last before a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reaching {
    /// Indices in the job's sign-ins.
    pub sign_ins: Vec<usize>,
    /// Whether none of them may have run: the step then acts as the job's environment says.
    pub may_be_none: bool,
}

impl Workflows {
    /// The steps of a job that sign in, in their order.
    pub fn sign_ins(&self, owner: StepOwner) -> Vec<StepSignIn> {
        let steps = self.steps(owner).iter().enumerate();
        let found = steps.filter_map(|(index, step)| {
            let uses = step.uses.as_ref()?;
            let is_configure =
                remote_action(&uses.value).is_some_and(|action| action.is_configure());
            let input = |name: &str| entry(&step.with, name).map(|it| it.value.value.clone());
            let how = match input("role-to-assume") {
                Some(role) => SignInMethod::Role(role),
                None => SignInMethod::Keys,
            };
            let is_one = input("role-to-assume").is_some() || input(KEY_INPUTS[0]).is_some();
            // Into a profile, or as outputs, it leaves the environment as it is.
            let is_aside = input("aws-profile").is_some()
                || input("output-env-credentials").as_deref() == Some("false");
            (is_configure && is_one && !is_aside).then(|| StepSignIn {
                step: index,
                how,
                condition: step.condition.as_ref().map(|it| it.value.clone()),
                may_fail: step.continues_on_error,
            })
        });
        found.collect()
    }

    /// The sign-ins of a job that may be the last before the step at that index.
    pub fn reaching(&self, owner: StepOwner, sign_ins: &[StepSignIn], step: usize) -> Reaching {
        let Some(reader) = self.steps(owner).get(step) else {
            return Reaching::default();
        };
        let mut reaching = Reaching {
            may_be_none: true,
            ..Reaching::default()
        };
        let own = reader.condition.as_ref().map(|it| it.value.as_str());
        let before = sign_ins.iter().enumerate().rev();
        for (index, sign_in) in before.filter(|(_, it)| it.step < step) {
            reaching.sign_ins.push(index);
            let condition = sign_in.condition.as_deref();
            // Steps with one `if:` run together, or not at all; a step that also runs after a
            // failure runs where the sign-in has failed or was skipped.
            let has_run = (condition.is_none() || condition == own) && !outlives(reader);
            if has_run && !sign_in.may_fail {
                reaching.may_be_none = false;
                break;
            }
        }
        reaching
    }
}

fn outlives(step: &Step) -> bool {
    let condition = step.condition.as_ref();
    condition.is_some_and(|it| outlives_failure(&it.value))
}
